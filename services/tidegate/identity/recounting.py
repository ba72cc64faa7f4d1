"""Recounting: a page of a customer's timeline, of what identity has and of what delivery and journey have.

They are asked first and answer while identity reads its own. Whoever does not is named, and the page has the rest.

A page that waits for another service holds one of identity's threads, and that service may be waiting for identity:
so only some pages may be under way at a time, and threads are left for those who call.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from tidegate.identity import timeline
from tidegate.identity.asking import SERVICES, Asker
from tidegate.identity.model import Span
from tidegate.identity.reading import Reader, Reference
from tidegate.identity.store import conflicts, links, profiles
from tidegate.identity.timeline import Entry, Kind, Page, Place, Stream, Stretch
from tidegate.runtime.client import Peers
from tidegate.runtime.db import Database
from tidegate.runtime.errors import ResourceExhausted

_RETRY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which page: up to ``limit`` entries of ``kinds`` in ``span``, behind ``place`` (None: from the newest on)."""

    kinds: Collection[Kind]
    span: Span
    place: Place | None
    limit: int

    def stretch(self, kind: Kind) -> Stretch:
        """What it needs of a kind."""
        return timeline.stretch(kind, self.span, self.place, limit=self.limit)


@dataclass(frozen=True, slots=True)
class Recounted:
    """A page, and the services whose entries are missing from it."""

    page: Page
    missing: Sequence[str]


class Recounter:
    """Puts timelines together."""

    def __init__(self, database: Database, reader: Reader, peers: Peers, *, at_once: int) -> None:
        """``at_once`` is how many pages may wait for other services at a time."""
        self._database = database
        self._reader = reader
        self._asker = Asker(peers)
        self._at_once = at_once
        self._places = threading.Semaphore(at_once)

    def page(self, reference: Reference, wanted: Wanted) -> Recounted:
        """A page. Raises NotFound, and ResourceExhausted when too many are under way."""
        with self._place(wanted):
            with self._database.snapshot() as connection:
                customer_id = self._reader.customer_in(connection, reference)
                asked = {
                    kind: self._asker.ask(kind, customer_id, wanted.stretch(kind))
                    for kind in SERVICES
                    if kind in wanted.kinds
                }
                own = list(self._own(connection, customer_id, wanted))
            answers = {kind: question.answer() if question else None for kind, question in asked.items()}
        missing = {SERVICES[kind] for kind, answer in answers.items() if answer is None}
        told = [answer for answer in answers.values() if answer is not None]
        return Recounted(timeline.page([*own, *told], limit=wanted.limit), sorted(missing))

    @contextmanager
    def _place(self, wanted: Wanted) -> Iterator[None]:
        """Counts a page in that waits for other services."""
        if SERVICES.keys().isdisjoint(wanted.kinds):
            yield
            return
        if not self._places.acquire(blocking=False):
            raise ResourceExhausted(
                f"{self._at_once} pages of timelines wait for other services, which is the limit; wait for one to end",
                reason="TOO_MANY_TIMELINES",
                retry_after=_RETRY,
            )
        try:
            yield
        finally:
            self._places.release()

    def _own(self, connection: sa.Connection, customer_id: int, wanted: Wanted) -> Iterator[Stream]:
        readers: Mapping[Kind, Callable[[sa.Connection, int, Stretch], list[Entry]]] = {
            Kind.SPLIT: self._splits,
            Kind.MERGE: self._merges,
            Kind.CONSENT: self._consents,
            Kind.EVENT: self._events,
        }
        for kind, read in readers.items():
            if kind in wanted.kinds:
                stretch = wanted.stretch(kind)
                found = read(connection, customer_id, stretch._replace(limit=stretch.limit + 1))
                yield Stream(found[: stretch.limit], len(found) > stretch.limit)

    def _events(self, connection: sa.Connection, customer_id: int, wanted: Stretch) -> list[Entry]:
        found = self._reader.events_of(
            connection, customer_id, names=(), span=wanted.span, before=wanted.behind, limit=wanted.limit
        )
        return [Entry(Place(each.time, Kind.EVENT, (each.source, each.event_id)), each) for each in found]

    @staticmethod
    def _consents(connection: sa.Connection, customer_id: int, wanted: Stretch) -> list[Entry]:
        found = profiles.decisions_page(
            connection, customer_id, span=wanted.span, before=wanted.behind, limit=wanted.limit
        )
        return [Entry(Place(each.time, Kind.CONSENT, each.key), each) for each in found]

    @staticmethod
    def _merges(connection: sa.Connection, customer_id: int, wanted: Stretch) -> list[Entry]:
        found = conflicts.merges_by_time(
            connection, customer_id, span=wanted.span, before=wanted.behind, limit=wanted.limit
        )
        return [Entry(Place(each.time, Kind.MERGE, (each.merge_id,)), each) for each in found]

    @staticmethod
    def _splits(connection: sa.Connection, customer_id: int, wanted: Stretch) -> list[Entry]:
        """People decide splits, so that a customer has few: all are read, and those told that are wanted."""
        mine = {customer_id, *links.aliases(connection, [customer_id]).get(customer_id, ())}
        found = conflicts.splits_around(connection, customer_id, span=wanted.span, before=wanted.behind)
        told = [each for each in found if not mine.isdisjoint(each.original_ids)]
        return [Entry(Place(each.time, Kind.SPLIT, (each.split_id,)), each) for each in told[: wanted.limit]]
