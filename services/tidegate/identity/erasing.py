"""Erasing: a person is taken out of identity at once, and all services are told to do the same.

One transaction takes the person's rows, leaves the tombstone, and announces the erasure; from then on whatever names
the person is dropped (see late.py). What can lie elsewhere is taken out by a loop, in short transactions: what the
feed told of the person before, and identifiers that events and conflicts of others carried. Killed in between, it
begins again. When that is done and every service has reported (see following.py), the erasure is done.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.identity import announce
from tidegate.identity.decision import Origin
from tidegate.identity.model import Erasure
from tidegate.identity.reading import Reference, canonical_ids, not_found
from tidegate.identity.situation import lock
from tidegate.identity.store import erasing as store
from tidegate.identity.store import erasures, links, tombstones
from tidegate.identity.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace, after_commit
from tidegate.runtime.errors import NotFound, Unavailable
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id

IDENTITY = "identity"
_TOGETHER = 200
_FEED_STRETCH = 20_000
_CONFLICTS = 1_000


@dataclass(frozen=True, slots=True)
class _Open:
    """Erasures whose part here is open, and whom and what they are about."""

    positions: dict[str, int]
    customer_ids: set[int]
    lookups: dict[str, str]

    @property
    def last(self) -> int:
        """The position of the last one."""
        return max(self.positions.values())


class Eraser:
    """Removes persons. ``others`` names the other services that have a part, ``wake`` rings for step()."""

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault,
        feed: Feed,
        clock: Clock,
        others: Callable[[], Sequence[str]],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._feed = feed
        self._clock = clock
        self._others = others
        self._wake = wake

    def erase(self, reference: Reference, origin: Origin) -> Erasure:
        """Begins to erase a customer; for one that was erased, the erasure from then. Raises NotFound."""
        try:
            return self._database.run(lambda connection: self._erase(connection, reference, origin))
        except LostRace as error:
            raise Unavailable("too many writers change this customer; erase it again") from error

    def get(self, erasure_id: str) -> Erasure:
        """An erasure. Raises NotFound."""
        with self._database.snapshot() as connection:
            return _existing(connection, erasure_id)

    def erasure_of(self, reference: Reference) -> str:
        """The erasure of a person who is no more, empty where there was none."""
        with self._database.snapshot() as connection:
            return _erased_before(connection, reference)

    def report(self, connection: sa.Connection, erasure_id: str, service: str, *, rows: int) -> None:
        """A service has done its part; with the last one the erasure is done and announced as completed."""
        now = micros(self._clock.now())
        customer_id = erasures.report(connection, erasure_id, service, rows=rows, now=now)
        if customer_id is not None:
            self._feed.append(connection, [announce.erasure_completed(customer_id, erasure_id, now=now)])

    def announce_again(self, connection: sa.Connection, service: str) -> None:
        """Asks once more for what ``service`` has not reported: its report may have been lost with its feed."""
        now = micros(self._clock.now())
        for erasure_id in erasures.waiting_for(connection, service, limit=_TOGETHER):
            root = _existing(connection, erasure_id).customer_id
            ids = store.ids_of(connection, [erasure_id])
            entry = announce.erasure_requested([root, *sorted(ids - {root})], erasure_id, now=now)
            self._feed.append(connection, [entry])

    def step(self) -> bool:
        """Takes out what lies elsewhere of the persons whose part here is open; returns whether there were any."""
        with self._database.snapshot() as connection:
            waiting = erasures.waiting_for(connection, IDENTITY, limit=_TOGETHER)
            if not waiting:
                return False
            of_persons = tombstones.of_erasures(connection, waiting)
            found = _Open(waiting, store.ids_of(connection, waiting), of_persons)
        rows = self._scrub_feed(found) + self._scrub_conflicts(found)
        self._database.run(lambda connection: self._finish(connection, found, rows))
        return True

    def _erase(self, connection: sa.Connection, reference: Reference, origin: Origin) -> Erasure:
        tombstones.erase_alone(connection)
        found = canonical_ids(connection, [reference], now=micros(self._clock.now()))
        if reference not in found:
            before = _erased_before(connection, reference)
            if not before:
                raise not_found(reference)
            return _existing(connection, before)
        return self._take(connection, found[reference], origin)

    def _take(self, connection: sa.Connection, root: int, origin: Origin) -> Erasure:
        lock(connection, [root])
        ids = [root, *links.aliases(connection, [root]).get(root, [])]
        lookups = store.lookups_of(connection, ids)
        erasure_id, now = new_id(), micros(self._clock.now())
        partners = store.partners(connection, ids, lookups)
        rows = store.erase(connection, ids, lookups)
        scrub = self._scrubbing(lookups)
        rows += store.scrub_events(connection, partners, scrub) if partners else 0
        store.remember(connection, ids, erasure_id)
        tombstones.put(connection, lookups, erasure_id)
        position = self._feed.append(connection, [announce.erasure_requested(ids, erasure_id, now=now)])
        erasures.add(
            connection,
            erasure_id,
            customer_id=root,
            reason=origin.reason,
            requester=origin.source,
            created=now,
            position=position,
            services=[IDENTITY, *self._others()],
        )
        erasures.add_rows(connection, erasure_id, IDENTITY, rows=rows)
        after_commit(connection, self._wake)
        return _existing(connection, erasure_id)

    def _scrub_feed(self, found: _Open) -> int:
        rows, after = 0, 0
        while True:

            def stretch(connection: sa.Connection, after: int = after) -> tuple[int, int]:
                return store.scrub_feed(
                    connection, found.customer_ids, after=after, upto=found.last, limit=_FEED_STRETCH
                )

            after, taken = self._database.run(stretch)
            rows += taken
            if not after:
                return rows

    def _scrub_conflicts(self, found: _Open) -> int:
        scrub = self._scrubbing(found.lookups)
        rows, after = 0, ""
        while True:

            def page(connection: sa.Connection, after: str = after) -> tuple[str, int]:
                return store.scrub_conflicts(connection, after=after, limit=_CONFLICTS, scrub=scrub)

            after, changed = self._database.run(page)
            rows += changed
            if not after:
                return rows

    def _scrubbing(self, lookups: Collection[str]) -> store.Scrub:
        def is_erased(namespace: str, value: str) -> bool:
            return self._vault.lookup(namespace, value) in lookups

        def scrub(sealed: str, about: str) -> str | None:
            left = store.without(self._vault.unseal(sealed, about), is_erased)
            return None if left is None else self._vault.seal(left, about)

        return scrub

    def _finish(self, connection: sa.Connection, found: _Open, rows: int) -> None:
        """The rows that were found in one go are told with the first."""
        for place, erasure_id in enumerate(found.positions):
            self.report(connection, erasure_id, IDENTITY, rows=0 if place else rows)


def _existing(connection: sa.Connection, erasure_id: str) -> Erasure:
    found = erasures.get(connection, erasure_id)
    if found is None:
        raise NotFound("erasure", erasure_id)
    return found


def _erased_before(connection: sa.Connection, reference: Reference) -> str:
    if isinstance(reference, int):
        return store.erasures_of(connection, [reference]).get(reference, "")
    found = tombstones.find(connection, [reference.lookup]).get(reference.lookup)
    return found.erasure_id if found is not None and found.returned is None else ""
