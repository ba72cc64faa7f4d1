"""Reads walks, what they add up to, and which of them stand still."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from tidegate.journey.catalogue import Catalogue
from tidegate.journey.listing import Listing
from tidegate.journey.store import aliases, journeys
from tidegate.journey.store import readings as store
from tidegate.journey.store.rows import Enrollment
from tidegate.journey.walk import Step
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.errors import NotFound, TidegateError

FAILING = "failing"
OVERDUE = "overdue"
NOTHING_PENDING = "nothing_pending"
UNREADABLE = "unreadable"
_MANY_ATTEMPTS = 3


@dataclass(slots=True)
class NodeCounts:
    """What happened at one node: visits that ended by (label, reason), and walks that stand there."""

    standing: int = 0
    edges: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Stats:
    """What the walks through a journey add up to; ``ended`` by state."""

    entered: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    goals: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, NodeCounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stuck:
    """An open walk that does not get on: why, and since when."""

    enrollment: Enrollment
    reason: str
    since: datetime


class Reading:
    """Answers questions about walks."""

    def __init__(self, *, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue

    def enrollment(self, enrollment_id: str) -> tuple[Enrollment, list[Step]]:
        """One walk with the visits that have ended."""
        with self._database.read() as connection:
            found = store.enrollment(connection, enrollment_id)
            if found is None:
                raise NotFound("enrollment", enrollment_id)
            return found, store.steps(connection, enrollment_id)

    def enrollments(self, listing: Listing, *, limit: int) -> list[Enrollment]:
        """Up to ``limit`` walks of a list; the customer's aliases are followed. Raises NotFound for the journey."""
        with self._database.read() as connection:
            if listing.journey_id and journeys.get(connection, listing.journey_id) is None:
                raise NotFound("journey", listing.journey_id)
            now = aliases.current(connection, [listing.customer_id])
            customer_id = now.get(listing.customer_id, listing.customer_id)
            return store.enrollments(connection, replace(listing, customer_id=customer_id), limit=limit)

    def stats(self, journey_id: str, version: int) -> Stats:
        """A journey's counts, of one version or of all (0)."""
        with self._database.read() as connection:
            journey = journeys.get(connection, journey_id)
            if journey is None:
                raise NotFound("journey", journey_id)
            if version > journey.live_version:
                raise NotFound("journey version", f"{journey_id}/{version}")
            tallies = store.tallies(connection, journey_id, version)
            standing = store.standing(connection, journey_id, version)
            order = self._nodes(connection, journey_id, version or journey.live_version)
        return _stats(tallies, standing, order)

    def _nodes(self, connection: sa.Connection, journey_id: str, version: int) -> list[str]:
        if not version:
            return []
        definition = self._catalogue.definition(connection, journey_id, version)
        return list(definition.canvas.nodes)

    def stuck(self, *, journey_id: str, overdue_after: timedelta, after: str, limit: int) -> list[Stuck]:
        """Up to ``limit`` walks, behind the id ``after``, that nothing moves or that do not get on.

        Walks of paused journeys stand still on purpose and are left out.
        """
        due_before = self._clock.now() - overdue_after
        with self._database.read() as connection:
            found = store.laggards(
                connection,
                journey_id=journey_id,
                due_before=due_before,
                attempts=_MANY_ATTEMPTS,
                after=after,
                limit=limit,
            )
            return [
                Stuck(each, self._reason(connection, each, due_before), each.due or each.node_entered) for each in found
            ]

    def _reason(self, connection: sa.Connection, walk: Enrollment, due_before: datetime) -> str:
        try:
            definition = self._catalogue.definition(connection, walk.journey_id, walk.version)
        except TidegateError:
            return UNREADABLE
        if walk.node_id not in definition.canvas.nodes:
            return UNREADABLE
        if walk.attempts >= _MANY_ATTEMPTS:
            return FAILING
        return OVERDUE if walk.due is not None and walk.due < due_before else NOTHING_PENDING


def _stats(
    tallies: Sequence[tuple[str, str, str, str, int]],
    standing: dict[str, int],
    order: Sequence[str],
) -> Stats:
    stats = Stats()
    nodes: defaultdict[str, NodeCounts] = defaultdict(NodeCounts)
    for node_id in order:
        nodes[node_id].standing = standing.get(node_id, 0)
    for node_id, count in standing.items():
        nodes[node_id].standing = count
    for kind, node_id, label, reason, count in tallies:
        match kind:
            case "entry":
                stats.entered += count
            case "end":
                stats.ended[label] = count
            case "goal":
                stats.goals[label] = count
            case _:
                nodes[node_id].edges[(label, reason)] = count
    stats.nodes = dict(nodes)
    return stats
