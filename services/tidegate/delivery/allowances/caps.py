"""What an account may send in a day or month: leased in slices before the gate, as its rate is.

So no message waits on another's lock for it, and none holds a slot while it waits; what has no room stays in the queue.
What counts is what is called for: a slice is only leased, and what comes of its messages instead (they are not granted,
go back to the queue, or their process dies) needs nobody to give it back.

An account that has sent all that it may is not asked about until the period ends, or the account or its number changes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.channels import Limit
from tidegate.delivery.allowances.rules import Platform, Used, cap_key, caps_in_force, period_of
from tidegate.delivery.store import caps as store
from tidegate.delivery.store.caps import Span
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

_LOOK_AGAIN_SECONDS = 60.0
"""Another process may give back what it had begun to call for and then did not."""


class _Full(NamedTuple):
    """An account whose ``spans`` have no room while it stands like this; until ``again`` it is taken for granted."""

    platform: Platform
    spans: Sequence[Span]
    again: float


@dataclass(slots=True)
class Slice:
    """What was leased of an account's caps; what is not used of it is free at once."""

    count: int
    used: int = 0


class Caps:
    """Leases slices; all replicas share what an account may send."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._full: dict[str, _Full] = {}

    def is_full(self, account_id: str, platform: Platform) -> bool:
        """Whether the account is known to have sent all that it may: asks nobody.

        ``platform`` is that of the account's line: another one has to be looked at.
        """
        known = self._full.get(account_id)
        if known is None:
            return False
        if known.platform is platform and time.monotonic() < known.again and known.spans == self._spans(platform):
            return True
        self._full.pop(account_id, None)
        return False

    def has_room(self, connection: sa.Connection, account_id: str, platform: Platform) -> bool:
        """Whether lease() would get anything at this moment: a read."""
        spans = self._spans(platform)
        taken = store.taken(connection, account_id, spans) if spans else {}
        left = [(one.most - sent, leased) for one in spans for sent, leased in [taken.get(one.name, (0, 0))]]
        if any(room <= 0 for room, _ in left):
            self._full[account_id] = _Full(platform, spans, time.monotonic() + _LOOK_AGAIN_SECONDS)
        return all(room > leased for room, leased in left)

    def _spans(self, platform: Platform) -> list[Span]:
        now = micros(self._clock.now())
        return _spans(caps_in_force(platform, now), now)

    @contextmanager
    def lease(self, account_id: str, platform: Platform, wanted: int, *, token: str, lasting: int) -> Iterator[Slice]:
        """Leases up to ``wanted`` messages for the batch ``token``; the block says how many it used.

        Those are to be called for within ``lasting`` µs of real time.
        """
        spans = self._spans(platform)
        if not spans:
            yield Slice(wanted)
            return
        leased = Slice(
            self._database.run(
                lambda connection: store.take(connection, account_id, spans, wanted, token=token, lasting=lasting)
            )
        )
        try:
            yield leased
        finally:
            if leased.used < leased.count:
                self._database.run(
                    lambda connection: store.keep(connection, account_id, token=token, count=leased.used)
                )


def call(
    connection: sa.Connection, account_id: str, platform: Platform, called: Mapping[str, int], now: int
) -> Mapping[str, int]:
    """How many messages of each batch the account may be called for at ``now``, where that many are to be; they count.

    All of them, but for what comes after its lease, or in another period, and finds no room.
    """
    caps = caps_in_force(platform, now)
    return store.call(connection, account_id, _spans(caps, now), called) if caps else called


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
