"""The change feed: what a service announces, in an order that no reader can miss anything of.

A feed is a table. Entries are appended in the transaction whose effect they announce, and read by position.
Rows of concurrent transactions commit out of order, so positions are made such that a reader who has seen
position p has seen everything up to p:

- SQLite has one writer at a time; positions are counted up.
- On PostgreSQL a position is ``(base + transaction id) << 20 | ordinal within the transaction``, and readers
  are shown only positions below the oldest transaction that is still running (pg_snapshot_xmin). A
  transaction that runs for long anywhere on the server therefore delays all readers; it never makes them
  lose anything. ``base`` lifts the positions when a dump is restored on a server with younger ids.

Entries are kept for a limited time; a reader that comes too late is told to rebuild.
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from tidegate.runtime.clock import from_micros
from tidegate.runtime.db import Database, Instant, after_commit, bulk_insert, bulk_upsert
from tidegate.runtime.db.database import write_state
from tidegate.runtime.edge.call import PlaceToWait
from tidegate.runtime.errors import FailedPrecondition
from tidegate.runtime.loops import Activity, Loop

T = TypeVar("T")

_ORDINAL_BITS = 20
_PAGE_BYTES = 4 * 1024 * 1024
"""A page ends with the entry whose body reaches this: it has to fit into an answer."""
_POLL_OTHER_REPLICAS = 1.0
_POLL_HIDDEN = 0.01
_NEXT_WAIT = 0.01
_NO_PLACE = 0.25


class Entry(NamedTuple):
    """One announcement: its kind, whom it concerns (0: nobody in particular), its body, its business time."""

    kind: str
    customer_id: int
    body: bytes
    time: datetime | int


class StoredEntry(NamedTuple):
    """An entry as it is read back, with its position."""

    position: int
    kind: str
    customer_id: int
    body: bytes
    time_micros: int

    @property
    def time(self) -> datetime:
        """The business time."""
        return from_micros(self.time_micros)


class _Bounds(NamedTuple):
    """What can be read at an instant.

    ``pruned``: up to there entries are gone. ``head``: the newest entry that may be read. ``committed``: the newest
    of all, which may not be read while an older transaction is running.
    """

    pruned: int
    head: int
    committed: int


@dataclass(frozen=True, slots=True)
class Page:
    """Entries behind a position; ``next_position`` asks for what follows; ``head`` is the newest committed."""

    entries: Sequence[StoredEntry]
    next_position: int
    head: int


@dataclass(frozen=True, slots=True, eq=False)
class FeedTables:
    """The tables of one feed."""

    entries: sa.Table
    base: sa.Table


def feed_tables(metadata: sa.MetaData) -> FeedTables:
    """Declares a service's feed in its metadata."""
    entries = sa.Table(
        "feed",
        metadata,
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("time", Instant, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("customer_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Index("ix_feed_time", "time"),
        sqlite_autoincrement=True,
    )
    base = sa.Table(
        "feed_base",
        metadata,
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("base", sa.BigInteger, nullable=False),
        sa.Column("pruned_through", sa.BigInteger, nullable=False),
    )
    return FeedTables(entries, base)


def cursor_table(metadata: sa.MetaData) -> sa.Table:
    """Declares where a service keeps how far it has read the feeds of others."""
    return sa.Table(
        "feed_cursor",
        metadata,
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )


def load_cursor(connection: sa.Connection, table: sa.Table, source: str) -> int:
    """How far ``source`` has been read; 0 before the first page."""
    stored = connection.scalar(sa.select(table.c.position).where(table.c.source == source))
    return stored or 0


def save_cursor(connection: sa.Connection, table: sa.Table, source: str, position: int) -> None:
    """Notes how far ``source`` has been read, in the transaction that holds the effect of reading it."""
    row = {"source": source, "position": position}
    bulk_upsert(connection, table, [row], key=["source"], update=["position"])


class Feed:
    """Appends to and reads from one service's feed."""

    def __init__(self, database: Database, tables: FeedTables) -> None:
        self._database = database
        self._entries = tables.entries
        self._base = tables.base
        self._grown = threading.Condition()
        self._generation = 0
        self._ending = False
        self._nudges = 0
        self._bounds = _bounds(tables, database.dialect)
        self._newest = sa.select(sa.func.max(self._entries.c.position))
        self._epoch = sa.select(self._base.c.base + _TRANSACTION)
        self._page = _page(tables.entries, of_kinds=False)
        self._page_of_kinds = _page(tables.entries, of_kinds=True)

    def append(self, connection: sa.Connection, entries: Sequence[Entry]) -> int:
        """Announces ``entries``, in order, when the write transaction of ``connection`` commits.

        Returns the position of the last one, 0 when there are none.
        """
        if not entries:
            return 0
        first = self._first_position(connection, len(entries)) if self._database.dialect == "postgresql" else None
        bulk_insert(
            connection,
            self._entries,
            [
                (None if first is None else first + place, time, kind, customer_id, body)
                for place, (kind, customer_id, body, time) in enumerate(entries)
            ],
        )
        after_commit(connection, self._announce)
        return int(connection.scalar(self._newest) or 0) if first is None else first + len(entries) - 1

    def read(self, after: int, *, limit: int, kinds: Collection[str] = ()) -> Page:
        """Up to ``limit`` entries behind position ``after``, of ``kinds`` only when any are named.

        They are fewer when their bodies are large, but one at least.
        """
        return self._read(after, limit, kinds)[0]

    def wait(self, after: int, *, limit: int, timeout: float, kinds: Collection[str] = ()) -> Page:
        """Like read(), but waits up to ``timeout`` seconds until there is something to return.

        A page may be empty and yet lead further: behind entries of other kinds. A call does not wait when as
        many as may do so already: the threads that are left answer the others.
        """
        deadline = time.monotonic() + timeout
        nudges = self._nudges
        with PlaceToWait() as place:
            while True:
                generation = self._generation
                page, hidden = self._read(after, limit, kinds)
                remaining = deadline - time.monotonic()
                is_over = remaining <= 0 or self._ending or self._nudges != nudges
                if page.next_position > after or is_over or not place.take():
                    return page
                with self._grown:
                    if self._generation == generation:
                        self._grown.wait(min(remaining, _POLL_HIDDEN if hidden else self._patience()))

    def head(self) -> int:
        """The newest position that can be read, 0 when there is none."""
        with self._database.read() as connection:
            return self.head_in(connection)

    def head_in(self, connection: sa.Connection) -> int:
        """The same within a transaction: what it announces itself lies behind, as does what is committed later."""
        return self._bounds_in(connection).head

    def nudge(self) -> None:
        """Ends the waiting of those who wait now; they get what there is, if only nothing."""
        self._nudges += 1
        self._announce()

    def wake(self) -> None:
        """Ends the waiting of all readers for good, because the process is to stop."""
        self._ending = True
        self._announce()

    def rebase(self) -> None:
        """Puts new positions above all stored ones."""
        with self._database.write() as connection:
            self.rebase_in(connection)

    def rebase_in(self, connection: sa.Connection) -> None:
        """The same in the transaction that brings a schema up to date."""
        base = self._base.c
        row = {"id": 1, "base": 0, "pruned_through": 0}
        bulk_upsert(connection, self._base, [row], key=["id"], update=[])
        if self._database.dialect == "sqlite":
            return
        newest = connection.scalar(self._newest) or 0
        needed = (newest >> _ORDINAL_BITS) + 1 - connection.scalars(sa.select(_TRANSACTION)).one()
        connection.execute(
            sa.update(self._base).where(base.base < needed).values(base=sa.literal(needed, sa.BigInteger))
        )

    def prune(self, before: datetime, *, limit: int) -> int:
        """Deletes up to ``limit`` entries older than ``before``, oldest first; returns how many it did."""
        entries = self._entries.c
        kept = sa.select(sa.func.min(entries.position)).where(entries.time >= before).scalar_subquery()
        old = sa.select(entries.position).where(sa.or_(kept.is_(None), entries.position < kept))
        with self._database.write() as connection:
            first = old.order_by(entries.position).limit(limit).subquery()
            newest = connection.scalar(sa.select(sa.func.max(first.c.position)))
            if newest is None:
                return 0
            gone = connection.execute(sa.delete(self._entries).where(entries.position <= newest))
            connection.execute(sa.update(self._base).values(pruned_through=newest))
            return gone.rowcount

    def _read(self, after: int, limit: int, kinds: Collection[str]) -> tuple[Page, bool]:
        """A page, and whether there are committed entries that may not be shown yet.

        Both statements see one state: what is pruned between them would be passed over otherwise.
        """
        with self._database.snapshot() as connection:
            bounds = self._bounds_in(connection)
            if after < bounds.pruned:
                raise FailedPrecondition(
                    f"the feed begins behind position {bounds.pruned}; rebuild from a snapshot and go on from there",
                    reason="FEED_PRUNED",
                    pruned_through=str(bounds.pruned),
                )
            stored = self._entries_in(connection, after, bounds.head, limit=limit, kinds=kinds)
        full = len(stored) == limit or sum(len(entry.body) for entry in stored) >= _PAGE_BYTES
        following = stored[-1].position if full else max(bounds.head, after)
        return Page(stored, following, bounds.committed), bounds.committed > bounds.head

    def _bounds_in(self, connection: sa.Connection) -> _Bounds:
        return _Bounds._make(connection.execute(self._bounds).one())

    def _entries_in(
        self, connection: sa.Connection, after: int, head: int, *, limit: int, kinds: Collection[str]
    ) -> list[StoredEntry]:
        """Entries behind ``after``, up to ``head``: what follows may have come since the head was asked for."""
        if head <= after:
            return []
        wanted: dict[str, Any] = {"after": after, "head": head, "most": limit}
        if kinds:
            found = connection.execute(self._page_of_kinds, {**wanted, "kinds": sorted(kinds)})
        else:
            found = connection.execute(self._page, wanted)
        return list(map(StoredEntry._make, found.all()))

    def _first_position(self, connection: sa.Connection, count: int) -> int:
        state = write_state(connection)
        ordinal, state.ordinal = state.ordinal, state.ordinal + count
        if state.ordinal >> _ORDINAL_BITS:
            raise ValueError(f"one transaction announces at most {1 << _ORDINAL_BITS} changes")
        epoch = connection.scalar(self._epoch)
        if epoch is None:
            raise RuntimeError("the feed has no base: run `tidegate migrate`")
        return int((epoch << _ORDINAL_BITS) + ordinal)

    def _patience(self) -> float:
        return 60.0 if self._database.dialect == "sqlite" else _POLL_OTHER_REPLICAS

    def _announce(self) -> None:
        with self._grown:
            self._generation += 1
            self._grown.notify_all()


class Follower(Generic[T]):
    """Reads another service's feed: fetches what lies behind the cursor and applies it.

    ``fetch(after, wait)`` returns the items, the position behind them, and the feed's head. ``apply(items,
    position)`` must store the position in the same transaction as the effect, and ``cursor()`` loads it; then
    every item has its effect exactly once, whenever the process is killed.
    """

    def __init__(
        self,
        name: str,
        *,
        fetch: Callable[[int, float], tuple[Sequence[T], int, int]],
        apply: Callable[[Sequence[T], int], None],
        cursor: Callable[[], int],
        activity: Activity,
        wait: float = 20.0,
        gather: float = 0.0,
    ) -> None:
        """``wait`` is for how many seconds a fetch waits for news; for ``gather`` seconds more news is left to gather
        after some, where it does not matter how soon it has its effect.
        """
        self._fetch = fetch
        self._apply = apply
        self._cursor = cursor
        self._wait = wait
        self._gather = gather
        self._had_news = False
        self.position: int | None = None
        self.head = 0
        activity.follow(name, lambda: self.lag)
        self.loop = Loop(name, self._step, activity=activity, rest=_NEXT_WAIT)

    @property
    def lag(self) -> int:
        """Zero when everything readable has been applied; otherwise a measure of what is behind."""
        return max(self.head - (self.position or 0), 0)

    def _step(self) -> bool:
        if self.position is None:
            self.position = self._cursor()
        with self.loop.meter.listening():
            time.sleep(self._gather if self._had_news and not self.lag else 0.0)
            began = time.monotonic()
            items, position, self.head = self._fetch(self.position, self._wait)
        self._had_news = position != self.position
        if not self._had_news:
            return self._found_nothing(position, has_waited=time.monotonic() - began > self._wait / 2)
        try:
            self._apply(items, position)
        except BaseException:
            self.position = None  # what is stored decides where to go on
            raise
        self.position = position
        return True

    def _found_nothing(self, position: int, *, has_waited: bool) -> bool:
        """Where there is no place to wait the answer comes at once, and asking again and again would not help."""
        if self.head <= position:
            self.loop.rest = _NEXT_WAIT if has_waited else _NO_PLACE
            return False
        if not has_waited:
            time.sleep(_NEXT_WAIT)
        return True  # something is committed, and to be read once older transactions have ended


_TRANSACTION: sa.ColumnElement[int] = sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger)
_OLDEST_RUNNING: sa.ColumnElement[int] = sa.cast(
    sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text), sa.BigInteger
)


@cache
def _bounds(tables: FeedTables, dialect: str) -> sa.Select[int, int, int]:
    """One row: pruned, head, committed."""
    position = tables.entries.c.position
    newest = sa.func.coalesce(sa.func.max(position), 0)
    committed = sa.select(newest).scalar_subquery()
    readable = committed
    if dialect == "postgresql":
        lifted = tables.base.c.base + _OLDEST_RUNNING
        readable = sa.select(newest).where(position < lifted * (1 << _ORDINAL_BITS)).scalar_subquery()
    return sa.select(tables.base.c.pruned_through, readable, committed)


@cache
def _page(entries: sa.Table, *, of_kinds: bool) -> sa.Select[*tuple[Any, ...]]:
    """The entries of a page; of bodies that are not returned it looks at the lengths, which are kept apart."""
    c = entries.c
    wanted = c.kind.in_(sa.bindparam("kinds", expanding=True, type_=sa.Text())) if of_kinds else sa.true()
    behind = sa.and_(c.position > sa.bindparam("after"), c.position <= sa.bindparam("head"), wanted)
    most = sa.bindparam("most", type_=sa.Integer)
    size = sa.func.length(c.body).label("size")
    sizes = sa.select(c.position, size).where(behind).order_by(c.position).limit(most).subquery()
    reached = sa.func.sum(sizes.c.size).over(order_by=sizes.c.position).label("reached")
    sums = sa.select(sizes.c.position, sizes.c.size, reached).subquery()
    fitting = sa.select(sa.func.max(sums.c.position)).where(sums.c.reached - sums.c.size < _PAGE_BYTES)
    return (
        sa.select(c.position, c.kind, c.customer_id, c.body, sa.type_coerce(c.time, sa.BigInteger))
        .where(behind, c.position <= fitting.scalar_subquery())
        .order_by(c.position)
    )
