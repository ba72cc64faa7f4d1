"""What an account may send in a day or month: leased in slices before the gate, as its rate is.

So no message waits on another's lock for it, and none holds a slot while it waits; what has no room stays in the queue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.channels import Limit
from tidegate.delivery.allowances.rules import Platform, Used, cap_key, caps_in_force, period_of
from tidegate.delivery.store import caps as store
from tidegate.delivery.store.caps import Span
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database


@dataclass(slots=True)
class Slice:
    """What was leased of an account's caps; what is not used of it goes back."""

    count: int
    used: int = 0


class Caps:
    """Leases slices; all replicas share what an account may send."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def lease(self, account_id: str, platform: Platform, wanted: int) -> Iterator[Slice]:
        """Leases up to ``wanted`` messages for the block, which says how many it used."""
        now = micros(self._clock.now())
        caps = caps_in_force(platform, now)
        if not caps:
            yield Slice(wanted)
            return
        spans = _spans(caps, now)
        leased = Slice(self._database.run(lambda connection: store.take(connection, account_id, spans, wanted)))
        try:
            yield leased
        finally:
            back = leased.count - leased.used
            if back:
                self._database.run(lambda connection: store.give_back(connection, account_id, spans, back))


def used(connection: sa.Connection, account_id: str, now: int) -> Used:
    """What is used of the periods that have not ended."""
    return store.used(connection, account_id, now)


def _spans(caps: Sequence[Limit], now: int) -> list[Span]:
    """The periods that the caps count in; of several that count in one the least holds."""
    least: dict[str, Span] = {}
    for cap in caps:
        key, (starts, ends) = cap_key(cap), period_of(cap, now)
        known = least.get(key)
        least[key] = Span(key, starts, ends, cap.most if known is None else min(cap.most, known.most))
    return sorted(least.values())
