"""Puts the journey service together."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.journey.v1.campaign_service_pb2_grpc import (
    CampaignServiceServicer,
    add_CampaignServiceServicer_to_server,
)
from tidegate.api.journey.v1.journey_service_pb2_grpc import add_JourneyServiceServicer_to_server
from tidegate.journey.asking import TIMEOUT_SECONDS, Asker
from tidegate.journey.catalogue import Catalogue
from tidegate.journey.drafts import Drafts
from tidegate.journey.enrolling import Enrolling
from tidegate.journey.entering import Gatehouse
from tidegate.journey.erasing import Eraser
from tidegate.journey.exiting import Exits
from tidegate.journey.exporting import Exporting
from tidegate.journey.following import Fetched, Fetching, Following
from tidegate.journey.lifecycle import Lifecycle
from tidegate.journey.reading import Reading
from tidegate.journey.references import References
from tidegate.journey.servicer import JourneyServicer
from tidegate.journey.servicer.tools import Tools
from tidegate.journey.store import walks
from tidegate.journey.store.tables import FEED, METADATA, WORK
from tidegate.journey.walking import CANCEL, Walking
from tidegate.runtime.client import Peers
from tidegate.runtime.feed import Feed, Follower
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import Context, Service
from tidegate.runtime.work import Claimed, Worker, WorkQueue

__all__ = ["METADATA", "build"]

Fetch = Callable[[int, float], Fetched]

_WORKERS = {"sqlite": 1, "postgresql": 2}
"""Workers per process: SQLite has one writer, PostgreSQL decides one batch while it stores another."""


def build(context: Context) -> Service:
    """The service with its loops: workers, followers of three feeds, schedules, and cancelled messages."""
    parts = _Parts.of(context)
    loops = [*parts.workers(), *parts.followers(), *parts.chores()]
    return Service(
        name="journey",
        servicers=[
            (add_JourneyServiceServicer_to_server, JourneyServicer(parts.tools())),
            (add_CampaignServiceServicer_to_server, CampaignServiceServicer()),
        ],
        loops=loops,
        start=parts.free_leases,
        drain=parts.feed.wake,
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the service is made of."""

    context: Context
    feed: Feed
    work: WorkQueue
    catalogue: Catalogue
    asker: Asker
    gatehouse: Gatehouse
    exits: Exits
    enrolling: Enrolling
    bell: "_Bell"

    @classmethod
    def of(cls, context: Context) -> "_Parts":
        feed = Feed(context.database, FEED)
        context.activity.on_nudge(feed.nudge)
        work = WorkQueue(context.database, WORK)
        catalogue = Catalogue()
        asker = Asker(context.peers, company_zone=context.settings.company_zone)
        bell = _Bell([])
        gatehouse = Gatehouse(feed, wake=bell.ring)
        exits = Exits(database=context.database, feed=feed, clock=context.clock, work=work)
        enrolling = Enrolling(
            database=context.database,
            clock=context.clock,
            catalogue=catalogue,
            gatehouse=gatehouse,
            asker=asker,
            peers=context.peers,
        )
        return cls(context, feed, work, catalogue, asker, gatehouse, exits, enrolling, bell)

    def tools(self) -> Tools:
        """What the calls work with."""
        database, clock = self.context.database, self.context.clock
        drafts = Drafts(database=database, clock=clock, references=References(self.context.peers))
        lifecycle = Lifecycle(
            database=database,
            feed=self.feed,
            clock=clock,
            drafts=drafts,
            catalogue=self.catalogue,
            wake=self.bell.ring,
        )
        reading = Reading(database=database, clock=clock, catalogue=self.catalogue)
        return Tools(drafts, lifecycle, self.enrolling, self.exits, reading, Exporting(database), self.feed)

    def workers(self) -> list[Loop]:
        """The loops that move walks; whoever begins or wakes one rings for them."""
        count = _WORKERS[self.context.database.dialect]
        loops = [self._loop(f"journey.walk.{number}", self._walking().step) for number in range(1, count + 1)]
        self.bell.listeners.extend(loop.wake for loop in loops)
        return loops

    def _walking(self) -> Walking:
        return Walking(
            database=self.context.database,
            feed=self.feed,
            clock=self.context.clock,
            catalogue=self.catalogue,
            asker=self.asker,
            work=self.work,
        )

    def followers(self) -> list[Loop]:
        """The loops that follow identity, segmentation, and delivery."""
        following = Following(
            database=self.context.database,
            clock=self.context.clock,
            catalogue=self.catalogue,
            gatehouse=self.gatehouse,
            exits=self.exits,
            eraser=Eraser(feed=self.feed, clock=self.context.clock, exits=self.exits),
            asker=self.asker,
            wake=self.bell.ring,
        )
        fetching = Fetching(self.context.peers)
        feeds: dict[str, tuple[Fetch, Callable[..., None]]] = {
            "identity": (fetching.identity, following.apply_identity),
            "segmentation": (fetching.segmentation, following.apply_segmentation),
            "delivery": (fetching.delivery, following.apply_delivery),
        }
        return [
            Follower(
                f"journey.follow.{source}",
                fetch=fetch,
                apply=apply,
                cursor=partial(following.cursor, source),
                activity=self.context.activity,
                wait=self.context.pace.wait,
            ).loop
            for source, (fetch, apply) in feeds.items()
        ]

    def chores(self) -> list[Loop]:
        """The loops that take audiences in and messages back."""
        worker = Worker(
            self.work,
            CANCEL,
            _Cancelling(self.context.peers, self.work, self.context.database.run).handle,
            activity=self.context.activity,
            rest=self.context.pace.rest,
        )
        return [self._loop("journey.schedules", self.enrolling.run_schedules), worker.loop]

    def _loop(self, name: str, step: Callable[[], bool]) -> Loop:
        return Loop(name, step, activity=self.context.activity, rest=self.context.pace.rest)

    def free_leases(self) -> None:
        """A SQLite file has one process: what another one held when it was killed is free at once."""
        if self.context.database.dialect == "sqlite":
            self.context.database.run(walks.free_leases)


@dataclass(frozen=True, slots=True)
class _Bell:
    """Wakes the workers."""

    listeners: list[Callable[[], None]]

    def ring(self) -> None:
        """There is something to do."""
        for listener in self.listeners:
            listener()


@dataclass(frozen=True, slots=True)
class _Cancelling:
    """Takes messages back whose walks have ended."""

    peers: Peers
    work: WorkQueue
    run: Callable[..., None]

    def handle(self, job: Claimed) -> None:
        """Cancels the messages of one job; those that went out already stay as they are."""
        request = delivery_service_pb2.CancelMessagesRequest(message_ids=json.loads(job.payload))
        self.peers.delivery().CancelMessages(request, timeout=TIMEOUT_SECONDS)
        self.run(lambda connection: self.work.complete(connection, [job]))
