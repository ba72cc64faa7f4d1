"""Segmentation's operations without a server: facts are handed in, passes are made by hand."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from tidegate.api.identity.v1 import changes_pb2
from tidegate.api.segmentation.v1 import rules_pb2
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.evaluation import Evaluator
from tidegate.segmentation.following import Facts
from tidegate.segmentation.mirroring import Mirror
from tidegate.segmentation.model.segment import Announcement, Segment
from tidegate.segmentation.naming import Names
from tidegate.segmentation.publishing import Publisher
from tidegate.segmentation.segments import Segments
from tidegate.segmentation.store.tables import FEED, MEMBERSHIPS, METADATA

START = datetime(2026, 10, 10, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
_MANY = 1_000


@dataclass
class Rig:
    """The parts that keep memberships, over one database and one analytic store."""

    database: Database
    feed: Feed
    analytics: Analytics
    clock: ManualClock
    facts: Facts
    publisher: Publisher
    evaluator: Evaluator
    segments: Segments
    mirror: Mirror
    position: int = 0

    def hear(self, changes: Sequence[changes_pb2.Change]) -> None:
        """Applies changes of identity's feed."""
        for change in changes:
            self.position += 1
            change.position = self.position
        self.facts.apply_identity(changes, self.position)
        self.evaluator.note_touched()

    def create(self, segment_id: str, rule: rules_pb2.Rule, **fields: object) -> None:
        """Creates a segment; the next passes compute it."""
        segment = Segment(segment_id=segment_id, rule=rule.SerializeToString())
        self.segments.create(replace(segment, **fields), Announcement.QUIET)  # type: ignore[arg-type]

    def settle(self) -> int:
        """Makes passes until one finds nothing; returns how many found something."""
        for passes in range(_MANY):
            if not self.evaluator.step():
                return passes
        raise AssertionError(f"{_MANY} passes, and each found something to do")

    def members(self, segment_id: str) -> set[int]:
        """The members as the service's database has them."""
        m = MEMBERSHIPS.c
        with self.database.read() as connection:
            wanted = sa.select(m.customer_id).where(m.segment_id == segment_id, m.member)
            return set(connection.scalars(wanted))

    def copied(self, segment_id: str) -> set[int]:
        """The members as the analytic store's copy has them."""
        with self.analytics.reader() as connection:
            rows = connection.execute("SELECT customer_id FROM members WHERE segment_id = ?", [segment_id])
            return {customer_id for (customer_id,) in rows.fetchall()}


@contextmanager
def rig(
    folder: Path, database: Database, *, clock: ManualClock | None = None, questions: Questions | None = None
) -> Iterator[Rig]:
    """The parts over ``database`` and an analytic store in ``folder``; again over the same: a restart."""
    clock = clock or ManualClock(START)
    questions = questions or Questions(ZONE)
    feed = Feed(database, FEED)
    feed.rebase()
    analytics = Analytics.open(folder / "segmentation.duckdb", owner="test")
    try:
        facts = Facts(analytics)
        publisher = Publisher(database, feed, analytics, facts)
        mirror = Mirror(database, analytics, facts, lambda: None)
        evaluator = Evaluator(
            database,
            feed,
            analytics,
            facts=facts,
            publisher=publisher,
            questions=questions,
            clock=clock,
            prepare=mirror.catch_up,
            monotonic=lambda: (clock.now() - START).total_seconds(),
        )
        segments = Segments(
            database,
            feed,
            analytics,
            facts,
            Names(facts, questions),
            publisher,
            evaluator,
            clock,
            evaluator.refresh_definitions,
            lambda after: after,
        )
        yield Rig(
            database, feed, analytics, clock, facts, publisher, evaluator, segments, mirror, facts.position("identity")
        )
    finally:
        analytics.close()


def sqlite_database(folder: Path) -> Database:
    """A SQLite database with segmentation's tables."""
    database = Database.open(f"sqlite:///{folder / 'segmentation.db'}", schema="segmentation")
    with database.write() as connection:
        METADATA.create_all(connection)
    return database
