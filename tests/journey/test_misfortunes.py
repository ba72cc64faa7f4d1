"""What goes wrong with one walk, journey, or worker does no harm to the others."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp
from journey.canvases import branch, by_event, definition, end, event, send, span, tagged, wait
from journey.conftest import World, running
from journey.peers import PeerServices, value_of
from support.patience import at_once, wait_until
from tidegate.api.common.v1 import common_pb2
from tidegate.api.journey.v1 import canvas_pb2, enrollments_pb2, entry_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.journey.entering import Gatehouse
from tidegate.journey.store.tables import ALIASES, SCHEDULES, VERSIONS
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database

ENTERED = enrollments_pb2.ENTRY_DECISION_ENTERED
REPLAYED = enrollments_pb2.ENTRY_DECISION_REPLAYED
OPEN = enrollments_pb2.ENROLLMENT_STATE_OPEN


def until_a_day_after(attribute: str) -> Any:
    date = canvas_pb2.AttributeDate(attribute=attribute, offset=span(timedelta(days=1)))
    return definition(
        [canvas_pb2.Node(node_id="until", wait=canvas_pb2.WaitNode(attribute_date=date)), end()], ["until end"]
    )


def enroll(world: World, *customers: int, journey_id: str = "welcome", **item: Any) -> list[Any]:
    """Brings customers in and does not wait for what follows."""
    items = [entry_pb2.EnrollmentItem(customer_id=each, **item) for each in customers]
    request = api.EnrollCustomersRequest(journey_id=journey_id, items=items)
    return [result.outcome for result in world.stub.EnrollCustomers(request).results]


def once(action: Callable[[], Any]) -> Callable[[], None]:
    """Does something the first time only."""
    left = [action]

    def act() -> None:
        if left:
            left.pop()()

    return act


def test_a_date_at_the_end_of_time_holds_up_nobody(world: World) -> None:
    attributes = world.peers.identity.attributes
    attributes[1] = attributes[3] = {"ends": value_of(world.now() + timedelta(days=1))}
    attributes[2] = {"ends": value_of(datetime(9999, 12, 31, 23, 59, tzinfo=UTC))}
    world.publish(until_a_day_after("ends"))
    world.enroll(1, 2, 3)
    world.pass_time(days=2)
    assert [walk.state == OPEN for walk in world.walks()] == [False, True, False]
    assert world.nobody_is_stuck()


def test_an_answer_that_cannot_be_used_is_said_and_tried_again_later(world: World) -> None:
    unusable = common_pb2.Value(timestamp_value=Timestamp(seconds=10**13))
    world.peers.identity.attributes[1] = {"ends": unusable}
    world.publish(until_a_day_after("ends"))
    enroll(world, 1)
    wait_until(lambda: world.walk(1).enrollment.attempts)
    assert "OverflowError" in world.walk(1).enrollment.last_error


def test_a_pause_while_an_audience_comes_in_loses_nobody(world: World) -> None:
    trigger = entry_pb2.Trigger(
        schedule=entry_pb2.ScheduleTrigger(segment_id="vip", start_time=world.now() + timedelta(hours=1))
    )
    segmentation = world.peers.segmentation
    segmentation.members.update(vip={1, 2, 3}, risk={99})
    entry = entry_pb2.Entry(triggers=[trigger], exclusion_segment_ids=["risk"])
    world.publish(definition([wait(hours=1), end()], ["pause end"], entry=entry))
    pause = api.PauseJourneyRequest(journey_id="welcome")
    segmentation.before_answering = once(lambda: world.stub.PauseJourney(pause))
    world.pass_time(hours=2)
    assert not world.walks()
    world.stub.ResumeJourney(api.ResumeJourneyRequest(journey_id="welcome"))
    world.settle()
    assert [walk.customer_id for walk in world.walks()] == [1, 2, 3]


def test_a_merge_while_a_walk_is_under_way_leaves_no_guard_behind(world: World) -> None:
    policy = entry_pb2.EntryPolicy(frequency="ENTRY_FREQUENCY_AFTER_EXIT")
    world.publish(
        definition(
            [branch("b", tagged("yes", "x")), end()], ["b yes end", "b end"], entry=entry_pb2.Entry(policy=policy)
        )
    )
    world.peers.segmentation.before_answering = once(lambda: merge(world, merged=2, survivor=1))
    world.enroll(2)
    assert [walk.customer_id for walk in world.walks()] == [1]
    assert [outcome.decision for outcome in world.enroll(1)] == [ENTERED]


def merge(world: World, *, merged: int, survivor: int) -> None:
    """Has a merge applied before it returns."""
    world.peers.identity.merge(merged=merged, survivor=survivor, time=world.now())
    wait_until(lambda: is_merged(world.database, merged))


def is_merged(database: Database, customer_id: int) -> bool:
    with database.read() as connection:
        found = connection.scalar(sa.select(ALIASES.c.customer_id).where(ALIASES.c.alias_id == customer_id))
    return found is not None


def test_all_waiting_messages_of_an_archived_journey_are_taken_back(world: World) -> None:
    world.peers.delivery.outcomes = lambda _message: []
    world.publish(definition([send(), end()], ["hello end"]))
    for start in (0, 1000):
        enroll(world, *range(start + 1, start + (1001 if start == 0 else 501)))
    world.settle()
    world.stub.ArchiveJourney(api.ArchiveJourneyRequest(journey_id="welcome"))
    world.settle()
    assert len(set(world.peers.delivery.cancelled)) == 1500


def test_a_version_that_cannot_be_read_stops_no_other_journey(
    tmp_path: Path, database_url: str, clock: ManualClock
) -> None:
    entry = entry_pb2.Entry(triggers=[by_event("followed")])
    for is_first in (True, False):
        peers = PeerServices()
        with running(tmp_path, database_url, clock, peers) as world:
            if is_first:
                for journey_id in ("bad", "good"):
                    world.publish(definition([wait(hours=1), end()], ["pause end"], entry=entry), journey_id)
                world.database.run(spoil)
                continue
            peers.identity.record(1, "followed", world.now())
            world.settle()
            assert (len(world.walks("good")), len(world.walks("bad"))) == (1, 0)


def spoil(connection: sa.Connection) -> None:
    connection.execute(sa.update(VERSIONS).where(VERSIONS.c.journey_id == "bad").values(definition=b"\xff\xff"))


def test_an_audience_that_fails_does_not_keep_the_next_waiting(world: World) -> None:
    for journey_id in ("bad", "good"):
        trigger = entry_pb2.ScheduleTrigger(segment_id="vip", start_time=world.now() + timedelta(hours=1))
        world.peers.segmentation.members["vip"] = {1}
        entry = entry_pb2.Entry(triggers=[entry_pb2.Trigger(schedule=trigger)])
        world.publish(definition([wait(hours=1), end()], ["pause end"], entry=entry), journey_id)
    world.database.run(lambda connection: connection.execute(sa.update(SCHEDULES).where(_IS_BAD).values(version=7)))
    world.database.run(lambda connection: connection.execute(sa.update(VERSIONS).where(_BAD_VERSION).values(version=8)))
    world.clock.advance(timedelta(hours=1))
    wait_until(lambda: world.walks("good"))


_IS_BAD = SCHEDULES.c.journey_id == "bad"
_BAD_VERSION = VERSIONS.c.journey_id == "bad"


def test_who_comes_in_while_merged_away_walks_as_the_survivor(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The merge is read while the entry is being decided: it waits, or the entry sees it."""
    made = definition([wait(hours=1), end()], ["pause end"])
    made.exits.conditions.add(happening=event("order_paid"), reason="bought")
    world.publish(made)
    decided = Gatehouse._decided

    def decide(self: Gatehouse, connection: sa.Connection, *arguments: Any) -> Any:
        merging()
        return decided(self, connection, *arguments)

    def announce() -> None:
        world.peers.identity.merge(merged=20, survivor=10, time=world.now())
        threading.Event().wait(0.5)  # more than a merge that waits for nobody takes

    merging = once(announce)
    monkeypatch.setattr(Gatehouse, "_decided", decide)
    enroll(world, 20)
    world.settle()
    assert [walk.customer_id for walk in world.walks()] == [10]
    world.peers.identity.record(10, "order_paid", world.now())
    world.settle()
    assert world.walks()[0].end_reason == "bought"


def test_the_same_entry_asked_for_twice_at_once_is_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = entry_pb2.EntryPolicy(frequency="ENTRY_FREQUENCY_ALWAYS")
    world.publish(definition([wait(hours=1), end()], ["pause end"], entry=entry_pb2.Entry(policy=policy)))
    barrier = threading.Barrier(2)
    decided = Gatehouse._decided

    def decide(self: Gatehouse, *arguments: Any) -> Any:
        found = decided(self, *arguments)
        meet(barrier)
        return found

    monkeypatch.setattr(Gatehouse, "_decided", decide)
    answers = at_once(*[lambda: enroll(world, 1, entry_id="visit-1")] * 2)
    assert sorted(answer[0].decision for answer in answers) == sorted([ENTERED, REPLAYED])
    assert len(world.walks()) == 1


def meet(barrier: threading.Barrier) -> None:
    """Both have looked before either writes; SQLite lets only one in."""
    try:
        barrier.wait(1)
    except threading.BrokenBarrierError:
        return


def test_segmentation_that_is_behind_or_away_does_not_keep_the_feed(world: World) -> None:
    world.peers.segmentation.members["risk"] = {1, 2}
    entry = entry_pb2.Entry(triggers=[by_event("followed")], exclusion_segment_ids=["risk"])
    world.publish(definition([send(), end()], ["hello end"], entry=entry))
    world.peers.segmentation.is_behind = True
    world.peers.identity.record(1, "followed", world.now())
    world.settle()
    assert not world.walks(), "it is known by now"
    world.peers.segmentation.is_down = True
    world.peers.identity.record(2, "followed", world.now())
    wait_until(world.walks)
    assert not world.peers.delivery.sent
    world.peers.segmentation.is_behind = world.peers.segmentation.is_down = False
    wait_until(lambda: world.walk(2).enrollment.state != OPEN)
    assert world.walk(2).enrollment.end_reason == "excluded:risk"
    assert not world.peers.delivery.sent
