"""A reader of a feed misses nothing, whatever order transactions commit in."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from support.echo import Echo, EchoStub, request
from support.patience import at_once, wait_until
from support.server import serving
from tidegate.runtime.db import NAMING, Database
from tidegate.runtime.errors import FailedPrecondition
from tidegate.runtime.feed import Entry, Feed, Follower, cursor_table, feed_tables, load_cursor, save_cursor
from tidegate.runtime.loops import Activity

METADATA = sa.MetaData(naming_convention=NAMING)
TABLES = feed_tables(METADATA)
CURSORS = cursor_table(METADATA)
SEEN = sa.Table("seen", METADATA, sa.Column("body", sa.Text, primary_key=True))
NOW = datetime(2026, 11, 11, tzinfo=UTC)


@pytest.fixture
def database(open_database: Callable[[sa.MetaData], Database]) -> Database:
    return open_database(METADATA)


@pytest.fixture
def feed(database: Database) -> Feed:
    feed = Feed(database, TABLES)
    feed.rebase()
    return feed


def entries(*bodies: str, time: datetime = NOW) -> list[Entry]:
    return [Entry("noted", 7, body.encode(), time) for body in bodies]


def append(database: Database, feed: Feed, *bodies: str, time: datetime = NOW) -> None:
    database.run(lambda connection: feed.append(connection, entries(*bodies, time=time)))


def bodies(feed: Feed, count: int) -> list[str]:
    """The first ``count`` entries; other tests' transactions on the same server may delay them."""
    read: list[str] = []
    position = 0
    while len(read) < count:
        page = feed.wait(position, limit=count, timeout=10)
        assert page.entries, f"{count} entries were expected, {read} came"
        read += [entry.body.decode() for entry in page.entries]
        position = page.next_position
    return read


def test_entries_come_back_in_order_and_by_pages(database: Database, feed: Feed) -> None:
    append(database, feed, "a", "b")
    append(database, feed, "c")
    assert bodies(feed, 3) == ["a", "b", "c"]
    first = feed.read(0, limit=2)
    assert [entry.body for entry in first.entries] == [b"a", b"b"]
    assert (first.entries[0].kind, first.entries[0].customer_id, first.entries[0].time) == ("noted", 7, NOW)
    second = feed.read(first.next_position, limit=2)
    assert [entry.body for entry in second.entries] == [b"c"]
    assert first.head == second.head == second.next_position == feed.head()
    assert feed.read(second.next_position, limit=2).next_position == second.next_position


def test_a_page_ends_where_its_bodies_would_be_too_large_for_an_answer(database: Database, feed: Feed) -> None:
    """And goes on behind them, whether kinds are named or not; a body that is larger still has its place, too."""
    large = [Entry("noted", 7, bytes(size), NOW) for size in (1, 4_200_000, 2, 4_200_000, 3)]
    last = database.run(lambda connection: feed.append(connection, large))
    for kinds in ((), ("noted",)):
        position, sizes = 0, []
        while position < last:
            page = feed.wait(position, limit=100, timeout=10, kinds=kinds)
            sizes.append([len(entry.body) for entry in page.entries])
            position = page.next_position
        assert sizes == [[1, 4_200_000], [2, 4_200_000], [3]]


def test_two_appends_of_one_transaction_keep_their_order(database: Database, feed: Feed) -> None:
    with database.write() as connection:
        feed.append(connection, entries("a"))
        feed.append(connection, entries("b", "c"))
    assert bodies(feed, 3) == ["a", "b", "c"]


def test_a_rolled_back_entry_never_was(database: Database, feed: Feed) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        feed.append(connection, entries("a"))
        raise ZeroDivisionError
    append(database, feed, "b")
    assert bodies(feed, 1) == ["b"]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_commits_late_is_not_overtaken(database: Database, feed: Feed) -> None:
    """The older transaction commits last; a reader in between sees neither, afterwards both."""
    with database.write() as older:
        feed.append(older, entries("older"))
        append(database, feed, "younger")
        assert feed.read(0, limit=10).entries == []
    assert bodies(feed, 2) == ["older", "younger"]


def test_concurrent_writers_and_one_reader(database: Database, feed: Feed) -> None:
    def write(name: str) -> list[str]:
        for number in range(25):
            append(database, feed, f"{name}{number}.0", f"{name}{number}.1")
        return []

    *_, read = at_once(*(partial(write, name) for name in "abcd"), lambda: bodies(feed, 200))
    assert len(set(read)) == 200
    for name in "abcd":
        own = [body for body in read if body.startswith(name)]
        assert own == [f"{name}{number}.{part}" for number in range(25) for part in (0, 1)]


def test_a_waiting_reader_is_woken_by_a_commit(database: Database, feed: Feed) -> None:
    pages = []
    reader = threading.Thread(target=lambda: pages.append(feed.wait(0, limit=10, timeout=600)))
    reader.start()
    append(database, feed, "a")
    reader.join(timeout=60)
    assert [entry.body for page in pages for entry in page.entries] == [b"a"]


def test_calls_that_wait_leave_threads_to_the_others(tmp_path: Path, database: Database, feed: Feed) -> None:
    """Of eight threads two may have streams, and half of the others may wait."""

    def act(texts: list[str]) -> list[str]:
        page = feed.wait(0, limit=10, timeout=60 if texts == ["wait"] else 0)
        return [entry.body.decode() for entry in page.entries]

    limits: dict[str, Any] = {"pools": {"workers": 8}, "limits": {"streams": 2}}
    builders = {"identity": Echo(act=act).builder()}
    with serving(tmp_path / "echo", builders=builders, prepare=lambda _database, _service: None, **limits) as suite:
        stub = suite.stub("identity", EchoStub)
        polls = [stub.Echo.future(request("wait")) for _ in range(12)]
        wait_until(lambda: sum(poll.done() for poll in polls) == 9)
        assert list(stub.Echo(request("read"), timeout=20).texts) == []
        append(database, feed, "news")
        assert sorted(list(poll.result(60).texts) for poll in polls) == [[]] * 9 + [["news"]] * 3


def test_a_follower_that_finds_no_place_to_wait_does_not_ask_without_end(database: Database, feed: Feed) -> None:
    asked: list[float] = []

    def fetch(after: int, _wait: float) -> tuple[Sequence[str], int, int]:
        asked.append(time.monotonic())
        return [], after, after

    follower = Follower(
        "reader", fetch=fetch, apply=lambda _items, _position: None, cursor=lambda: 0, activity=Activity()
    )
    follower.loop.start()
    wait_until(lambda: len(asked) == 4)
    assert follower.loop.stop()
    assert asked[3] - asked[1] > 0.2


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_is_pruned_while_a_reader_reads_is_not_passed_over(database: Database, feed: Feed) -> None:
    append(database, feed, "a", time=NOW - timedelta(days=1))
    append(database, feed, "b", time=NOW)
    assert bodies(feed, 2) == ["a", "b"]

    pruned: list[int] = []

    def prune(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT feed.position, feed.kind") and not pruned:
            pruned.extend(at_once(lambda: feed.prune(NOW, limit=10)))

    event.listen(database.engine, "before_cursor_execute", prune)
    assert [entry.body for entry in feed.read(0, limit=10).entries] == [b"a", b"b"]
    assert pruned == [1]
    with pytest.raises(FailedPrecondition, match="rebuild"):
        feed.read(0, limit=10)


def test_waiting_ends_without_entries(feed: Feed) -> None:
    assert feed.wait(0, limit=10, timeout=0.01).entries == []


def test_the_end_of_the_process_ends_all_waiting(feed: Feed) -> None:
    waiting = threading.Thread(target=lambda: feed.wait(feed.head(), limit=10, timeout=600))
    waiting.start()
    feed.wake()
    waiting.join(60)
    assert not waiting.is_alive()


def test_positions_rise_above_those_of_a_restored_dump(database: Database, feed: Feed) -> None:
    """A dump from a server with older transaction ids holds positions far above what this server gives."""
    append(database, feed, "old")
    with database.write() as connection:
        lifted = TABLES.entries.c.position + (1 << 50)
        connection.execute(sa.update(TABLES.entries).values(position=lifted))
        if database.dialect == "sqlite":
            connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = seq + (1 << 50)")
    feed.rebase()
    append(database, feed, "new")
    assert bodies(feed, 2) == ["old", "new"]


def test_a_reader_that_comes_too_late_is_told_to_rebuild(database: Database, feed: Feed) -> None:
    append(database, feed, "a", "b", time=NOW)
    append(database, feed, "c", time=NOW + timedelta(days=1))
    assert feed.prune(NOW + timedelta(hours=1), limit=1) == 1
    with pytest.raises(FailedPrecondition, match="rebuild"):
        feed.read(0, limit=10)
    assert feed.prune(NOW + timedelta(hours=1), limit=10) == 1
    assert feed.prune(NOW + timedelta(hours=1), limit=10) == 0
    with database.read() as connection:
        pruned = connection.scalars(sa.select(TABLES.base.c.pruned_through)).one()
    [left] = feed.wait(pruned, limit=10, timeout=10).entries
    assert left.body == b"c"


class Reader:
    """Follows a feed into a table, and can be made to fail halfway."""

    def __init__(self, database: Database, feed: Feed, *, gather: float = 0.0) -> None:
        self.database = database
        self.feed = feed
        self.failures = 0
        self.applied: list[Sequence[str]] = []
        self.activity = Activity()
        self.follower = Follower(
            "reader",
            fetch=self._fetch,
            apply=self._apply,
            cursor=self._cursor,
            activity=self.activity,
            wait=0.01,
            gather=gather,
        )

    def caught_up(self, bodies: str) -> bool:
        """Whether all of these have been applied, and nothing is left."""
        with self.database.read() as connection:
            seen = set(connection.scalars(sa.select(SEEN.c.body)))
        return seen == set(bodies) and not self.follower.lag

    def _fetch(self, after: int, wait: float) -> tuple[Sequence[str], int, int]:
        page = self.feed.wait(after, limit=3, timeout=wait)
        return [entry.body.decode() for entry in page.entries], page.next_position, page.head

    def _apply(self, items: Sequence[str], position: int) -> None:
        with self.database.write() as connection:
            connection.execute(sa.insert(SEEN), [{"body": item} for item in items])
            if self.failures:
                self.failures -= 1
                raise ConnectionError("lost in the middle")
            save_cursor(connection, CURSORS, "feed", position)
        self.applied.append(items)

    def _cursor(self) -> int:
        with self.database.read() as connection:
            return load_cursor(connection, CURSORS, "feed")


def test_a_follower_applies_each_entry_once_through_failures(database: Database, feed: Feed) -> None:
    reader = Reader(database, feed)
    reader.failures = 2
    append(database, feed, *"abcdefgh")
    reader.follower.loop.start()
    try:
        wait_until(lambda: reader.caught_up("abcdefgh"))
    finally:
        assert reader.follower.loop.stop()
    assert reader.follower.position == feed.head()
    assert reader.activity.lags() == {reader.follower.loop.name: 0}


def test_news_that_nobody_waits_for_gathers_and_what_is_behind_does_not_wait(database: Database, feed: Feed) -> None:
    """The first comes at once, and what follows it together; of what there is already, page follows page."""
    reader = Reader(database, feed, gather=1.5)
    append(database, feed, *"abcdefg")
    reader.follower.loop.start()
    try:
        began = time.monotonic()
        wait_until(lambda: reader.caught_up("abcdefg"))
        assert time.monotonic() - began < 1.5
        for body in "hij":
            append(database, feed, body)
        wait_until(lambda: reader.caught_up("abcdefghij"))
        assert [*map("".join, reader.applied)] == ["abc", "def", "g", "hij"]
    finally:
        assert reader.follower.loop.stop()


def test_a_reader_of_some_kinds_passes_over_the_others(database: Database, feed: Feed) -> None:
    def noted(kind: str, *bodies: str) -> None:
        kinds = [Entry(kind, 7, body.encode(), NOW) for body in bodies]
        database.run(lambda connection: feed.append(connection, kinds))

    noted("other", "1", "2")
    noted("wanted", "a", "b")
    noted("other", "3")
    assert bodies(feed, 5) == ["1", "2", "a", "b", "3"]
    first = feed.read(0, limit=1, kinds={"wanted"})
    second = feed.read(first.next_position, limit=2, kinds={"wanted"})
    assert [entry.body for page in (first, second) for entry in page.entries] == [b"a", b"b"]
    assert second.next_position == second.head == feed.head()
    nothing = feed.wait(0, limit=10, timeout=10, kinds={"unheard-of"})
    assert nothing.entries == []
    assert nothing.next_position == feed.head()
