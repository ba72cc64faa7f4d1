"""Erases what delivery holds of a person, once their messages are at rest, and reports it on the feed.

That nothing is sent any more is settled when the erasure is read off identity's feed (see follow.py). Then, here:
messages that wait are dropped; calls that are under way are waited for, since their answers name the address; and what
tells who the person is goes: contents, addresses, links, suppressions, memberships. What counts stays: messages
without words, slots, decisions. Killed at any point it begins again.
"""

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.delivery import machine
from tidegate.delivery.announce import Announcer
from tidegate.delivery.model import DropReason, MessageState
from tidegate.delivery.rescue import drop
from tidegate.delivery.store import calling, erasing
from tidegate.delivery.store.erasing import Person
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database


class Erasing:
    """Does what the followed feed has asked for."""

    def __init__(self, database: Database, clock: Clock, announcer: Announcer) -> None:
        self._database = database
        self._clock = clock
        self._announcer = announcer

    def step(self) -> bool:
        """Erases everybody who can be erased now; returns whether there was anybody."""
        with self._database.read() as connection:
            waiting = erasing.open_ids(connection)
        done = [self._database.run(lambda c, which=each: self._erase(c, which)) for each in waiting]  # type: ignore[misc]
        return any(done)

    def _erase(self, connection: sa.Connection, erasure_id: str) -> bool:
        person = erasing.lock(connection, erasure_id)
        if person is None:
            return False
        now = micros(self._clock.now())
        unsettled = erasing.unsettled(connection, person)
        waiting = calling.lock(connection, unsettled, machine.WAITING)
        drop(connection, self._announcer, waiting, DropReason.SUPPRESSED, now)
        if calling.lock(connection, unsettled, {MessageState.CALLING}):
            return bool(waiting)
        rows = erasing.strip(connection, person)
        erasing.reported(connection, erasure_id)
        self._report(connection, person, rows, now)
        return True

    def _report(self, connection: sa.Connection, person: Person, rows: int, now: int) -> None:
        erased = changes_pb2.CustomerErased(erasure_id=person.erasure_id, rows=rows)
        self._announcer.changes(connection, [(changes_pb2.Change(customer_erased=erased), person.customer_id, now)])
