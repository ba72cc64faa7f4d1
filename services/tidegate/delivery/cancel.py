"""CancelMessages: takes back what no provider has been called for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.delivery import machine
from tidegate.delivery.announce import Announcer
from tidegate.delivery.model import DropReason, MessageState
from tidegate.delivery.rescue import drop
from tidegate.delivery.store import calling
from tidegate.delivery.store.calling import Stored
from tidegate.delivery.store.tables import MESSAGES, STATES
from tidegate.runtime.callers import Caller
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition, NotFound, PermissionDenied, TidegateError, item_error

_ADMIN = "delivery.admin"
_BATCH = 1_000
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Cancelled:
    """One answer per id that was given, None where it is cancelled now; and how many were in all."""

    refusals: Sequence[common_pb2.ItemError | None]
    count: int


class Canceller:
    """Takes messages back."""

    def __init__(self, database: Database, clock: Clock, announcer: Announcer) -> None:
        self._database = database
        self._clock = clock
        self._announcer = announcer

    def cancel(
        self, message_ids: Sequence[str], caller: Caller, *, enrollment_id: str = "", campaign_id: str = ""
    ) -> Cancelled:
        """Takes back the messages named, and the waiting ones of the enrollment and the campaign."""
        refusals, count = self._database.run(lambda c: self._cancel_named(c, message_ids, caller))
        for column, value in (
            (MESSAGES.c.enrollment_id, enrollment_id),
            (MESSAGES.c.campaign_id, campaign_id),
        ):
            if value:
                count += self._cancel_all(column == value, caller)
        return Cancelled(refusals, count)

    def _cancel_named(
        self, connection: sa.Connection, message_ids: Sequence[str], caller: Caller
    ) -> tuple[list[common_pb2.ItemError | None], int]:
        if not message_ids:
            return [], 0
        found = calling.lock(connection, set(message_ids), frozenset(MessageState))
        waiting = {key: one for key, one in found.items() if one.message.state in machine.WAITING and _may(caller, one)}
        drop(connection, self._announcer, waiting, DropReason.CANCELLED, micros(self._clock.now()))
        return [_refusal(message_id, found, caller) for message_id in message_ids], len(waiting)

    def _cancel_all(self, condition: sa.ColumnElement[bool], caller: Caller) -> int:
        """In transactions of a thousand, so that none holds locks for long."""
        count = 0
        while count < _MOST:
            more = self._database.run(lambda connection: self._cancel_some(connection, condition, caller))
            count += more
            if more < _BATCH:
                break
        return count

    def _cancel_some(self, connection: sa.Connection, condition: sa.ColumnElement[bool], caller: Caller) -> int:
        conditions = [condition, STATES.c.state.in_(sorted(machine.WAITING))]
        if not caller.may(_ADMIN):
            conditions.append(MESSAGES.c.caller == caller.name)
        waiting = calling.lock_where(connection, *conditions, limit=_BATCH)
        drop(connection, self._announcer, waiting, DropReason.CANCELLED, micros(self._clock.now()))
        return len(waiting)


def _may(caller: Caller, stored: Stored) -> bool:
    return stored.message.caller == caller.name or caller.may(_ADMIN)


def _refusal(message_id: str, found: Mapping[str, Stored], caller: Caller) -> common_pb2.ItemError | None:
    """Why the message was not taken back; None when it was, by this call or an earlier one."""
    stored = found.get(message_id)
    error: TidegateError | None = None
    if stored is None:
        error = NotFound("message", message_id)
    elif not _may(caller, stored):
        error = PermissionDenied(
            f"message {message_id} is {stored.message.caller}'s; its caller may cancel it, or {_ADMIN}",
            reason="NOT_YOUR_MESSAGE",
        )
    elif stored.message.state not in (*machine.WAITING, MessageState.DROPPED):
        error = FailedPrecondition(
            f"message {message_id} is {stored.message.state}: its provider has been called",
            reason="TOO_LATE",
            state=stored.message.state,
        )
    return None if error is None else item_error(error)
