"""Who comes in, how often, and what brings them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from journey.canvases import by_event, definition, end, event, send, span, wait
from journey.conftest import World
from journey.peers import value_of
from support.patience import at_once
from support.status import failure
from tidegate.api.common.v1 import common_pb2
from tidegate.api.journey.v1 import conditions_pb2, enrollments_pb2, entry_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.segmentation.v1 import segments_pb2

ENTERED = enrollments_pb2.ENTRY_DECISION_ENTERED
REPLAYED = enrollments_pb2.ENTRY_DECISION_REPLAYED
POLICY = enrollments_pb2.ENTRY_DECISION_POLICY


def waiting(**entry: Any) -> Any:
    """A journey whose walks take an hour."""
    return definition([wait(hours=1), end()], ["pause end"], entry=entry_pb2.Entry(**entry))


def policy(name: str, **fields: Any) -> entry_pb2.EntryPolicy:
    return entry_pb2.EntryPolicy(frequency=f"ENTRY_FREQUENCY_{name}", **fields)


def decisions(world: World, *customers: int, **item: Any) -> list[int]:
    return [outcome.decision for outcome in world.enroll(*customers, **item)]


def test_once(world: World) -> None:
    world.publish(waiting())
    assert decisions(world, 1, 1, 2) == [ENTERED, POLICY, ENTERED]
    world.pass_time(hours=2)
    assert decisions(world, 1) == [POLICY]


def test_after_exit(world: World) -> None:
    world.publish(waiting(policy=policy("AFTER_EXIT")))
    assert decisions(world, 1, 1) == [ENTERED, POLICY]
    world.pass_time(hours=1)
    assert decisions(world, 1) == [ENTERED]
    assert len(world.walks()) == 2


def test_once_per_duration_is_free_again_exactly_then(world: World) -> None:
    world.publish(waiting(policy=policy("ONCE_PER_DURATION", duration=span(timedelta(days=7)))))
    assert decisions(world, 1) == [ENTERED]
    world.pass_time(days=6, hours=23, minutes=59, seconds=59)
    assert decisions(world, 1) == [POLICY]
    world.pass_time(seconds=1)
    assert decisions(world, 1) == [ENTERED]


def test_keys_tell_walks_of_one_customer_apart(world: World) -> None:
    world.publish(waiting(key_property="order_id"))
    first, again, other = (
        decisions(world, 1, properties={"order_id": value_of(order)})[0] for order in ("a", "a", "b")
    )
    assert (first, again, other) == (ENTERED, POLICY, ENTERED)


def test_at_most_so_many_walks_at_a_time(world: World) -> None:
    world.publish(waiting(policy=policy("ALWAYS"), max_concurrent=2))
    most = enrollments_pb2.ENTRY_DECISION_MAX_CONCURRENT
    assert decisions(world, 1, 1, 1, 2) == [ENTERED, ENTERED, most, ENTERED]
    world.pass_time(hours=1)
    assert decisions(world, 1, 1, 1) == [ENTERED, ENTERED, most]


def test_an_entry_id_is_decided_once(world: World) -> None:
    world.publish(waiting(policy=policy("ALWAYS")))
    first = world.enroll(1, 1, entry_id="visit-1")
    assert [outcome.decision for outcome in first] == [ENTERED, REPLAYED]
    again = world.enroll(1, entry_id="visit-1")
    assert again[0].decision == REPLAYED
    assert {outcome.enrollment_id for outcome in [*first, *again]} == {world.walks()[0].enrollment_id}


def test_calls_at_once_bring_each_customer_in_once(world: World) -> None:
    world.publish(waiting())
    found = at_once(*[lambda: decisions(world, *range(1, 51))] * 4)
    assert sum(each.count(ENTERED) for each in found) == 50
    assert len(world.walks()) == 50


def test_a_wrong_item_does_not_affect_the_others(world: World) -> None:
    world.publish(waiting())
    world.peers.identity.missing.add(7)
    unknown = common_pb2.Identifier(namespace="phone", value="+8613900000000")
    known = common_pb2.Identifier(namespace="phone", value="+8613800000000")
    world.peers.identity.identifiers["phone", known.value] = 9
    answer = world.stub.EnrollCustomers(
        api.EnrollCustomersRequest(
            journey_id="welcome",
            items=[
                entry_pb2.EnrollmentItem(),
                entry_pb2.EnrollmentItem(customer_id=7),
                entry_pb2.EnrollmentItem(identifier=unknown),
                entry_pb2.EnrollmentItem(identifier=known),
            ],
        )
    )
    codes = [result.error.code for result in answer.results]
    invalid, missing = grpc.StatusCode.INVALID_ARGUMENT.value[0], grpc.StatusCode.NOT_FOUND.value[0]
    assert codes == [invalid, missing, missing, 0]
    assert answer.results[0].error.field_violations[0].field == "items[0].customer_id"
    assert answer.results[3].outcome.customer_id == 9


def test_events_bring_customers_in_once_per_event(world: World) -> None:
    big = conditions_pb2.PropertyCondition(
        property="amount", operator=conditions_pb2.OPERATOR_GREATER, values=[value_of(100)]
    )
    world.publish(waiting(triggers=[by_event("order_placed", big)], policy=policy("ALWAYS")))
    record = world.peers.identity.record
    record(1, "order_placed", world.now(), event_id="a", amount=500)
    record(2, "order_placed", world.now(), event_id="b", amount=100)
    record(3, "page_viewed", world.now(), event_id="c", amount=500)
    record(1, "order_placed", world.now(), event_id="a", amount=500)
    record(1, "order_placed", world.now(), event_id="d", amount=101.5)
    world.settle()
    assert [walk.customer_id for walk in world.walks()] == [1, 1]
    (first, _) = world.walks()
    assert first.entry_cause.event == enrollments_pb2.EventCause(source="shop", event_id="a", event_name="order_placed")
    assert first.entry_properties["amount"].int_value == 500


def test_members_come_in_as_they_enter_the_segment(world: World) -> None:
    trigger = entry_pb2.Trigger(segment=entry_pb2.SegmentTrigger(segment_id="sleeping"))
    world.peers.segmentation.members["sleeping"] = {7}
    world.publish(waiting(triggers=[trigger]))
    enter = world.peers.segmentation.enter
    enter("sleeping", 1, world.now(), identity_position=3)
    enter("sleeping", 2, world.now(), cause=segments_pb2.CAUSE_MERGE)
    enter("other", 3, world.now())
    world.settle()
    assert [walk.customer_id for walk in world.walks()] == [1]
    assert world.walks()[0].entry_cause.segment.segment_id == "sleeping"


def test_leaving_the_segment_ends_the_walk_only_when_asked(world: World) -> None:
    for journey_id, leaves in (("stays", False), ("leaves", True)):
        segment = entry_pb2.SegmentTrigger(segment_id="sleeping", exit_on_leave=leaves)
        world.peers.segmentation.members["sleeping"] = set()
        world.publish(waiting(triggers=[entry_pb2.Trigger(segment=segment)]), journey_id)
    world.peers.segmentation.enter("sleeping", 1, world.now())
    world.settle()
    world.peers.segmentation.leave("sleeping", 1, world.now())
    world.settle()
    assert world.walk(1, "stays").enrollment.state == enrollments_pb2.ENROLLMENT_STATE_OPEN
    assert world.walk(1, "leaves").enrollment.end_reason == "left:sleeping"


def scheduled(start: datetime, **fields: Any) -> entry_pb2.Trigger:
    return entry_pb2.Trigger(schedule=entry_pb2.ScheduleTrigger(segment_id="vip", start_time=start, **fields))


def test_an_audience_comes_in_at_its_instant(world: World) -> None:
    world.peers.segmentation.members["vip"] = set(range(1, 2501))
    world.publish(waiting(triggers=[scheduled(world.now() + timedelta(hours=1))]))
    world.settle()
    assert not world.walks()
    world.pass_time(hours=1)
    world.peers.segmentation.enter("vip", 9000, world.now())
    world.settle()
    stats = world.stub.GetJourneyStats(api.GetJourneyStatsRequest(journey_id="welcome")).stats
    assert (stats.entered, stats.open) == (2500, 2500)
    world.stub.PublishJourney(api.PublishJourneyRequest(journey_id="welcome"))
    world.settle()
    assert len(world.walks(customer_id=1)) == 1


def test_a_live_audience_follows_its_segment(world: World) -> None:
    world.peers.segmentation.members["vip"] = {1}
    live = scheduled(
        world.now(),
        audience_mode=entry_pb2.AUDIENCE_MODE_LIVE,
        end_time=(world.now() + timedelta(days=2)),
    )
    world.publish(waiting(triggers=[live]))
    world.settle()
    world.peers.segmentation.enter("vip", 2, world.now())
    world.pass_time(days=2)
    world.peers.segmentation.enter("vip", 3, world.now())
    world.settle()
    assert [walk.customer_id for walk in world.walks()] == [1, 2]


def test_excluded_customers_stay_out_and_are_taken_out_before_a_send(world: World) -> None:
    world.peers.segmentation.members["risk"] = {1}
    made = definition(
        [wait(hours=1), send(), end()],
        ["pause hello", "hello end"],
        entry=entry_pb2.Entry(exclusion_segment_ids=["risk"], triggers=[by_event("followed")]),
    )
    world.publish(made)
    for customer in (1, 2):
        world.peers.identity.record(customer, "followed", world.now())
    world.settle()
    assert decisions(world, 1, 3) == [enrollments_pb2.ENTRY_DECISION_EXCLUDED, ENTERED]
    world.peers.segmentation.members["risk"].add(2)
    world.pass_time(hours=1)
    ends = {walk.customer_id: walk.end_reason for walk in world.walks()}
    assert ends == {2: "excluded:risk", 3: "exit"}
    assert not world.sent_to(2)


def test_a_merged_customers_walk_goes_on_under_the_survivor(world: World) -> None:
    made = waiting()
    made.exits.conditions.add(happening=event("order_paid"), reason="bought")
    world.publish(made)
    world.enroll(1, 2, 3)
    world.peers.identity.merge(merged=2, survivor=5, time=world.now())
    world.settle()
    (walk,) = world.walks(customer_id=2)
    assert (walk.customer_id, walk.original_customer_id) == (5, 2)
    assert decisions(world, 2) == [POLICY]
    world.peers.identity.record(5, "order_paid", world.now())
    world.settle()
    assert world.walks(customer_id=5)[0].end_reason == "bought"


def test_of_two_walks_that_meet_by_a_merge_the_older_goes_on(world: World) -> None:
    world.publish(waiting())
    world.enroll(1)
    world.pass_time(minutes=1)
    world.enroll(2)
    world.peers.identity.merge(merged=1, survivor=2, time=world.now())
    world.settle()
    older, younger = world.walks(customer_id=2)
    assert older.state == enrollments_pb2.ENROLLMENT_STATE_OPEN
    assert younger.state == enrollments_pb2.ENROLLMENT_STATE_MERGED
    assert younger.merged_into_enrollment_id == older.enrollment_id
    world.peers.identity.merge(merged=2, survivor=3, time=world.now())
    world.settle()
    assert len(world.walks(customer_id=1)) == 2
    world.pass_time(hours=1)
    stats = world.stub.GetJourneyStats(api.GetJourneyStatsRequest(journey_id="welcome")).stats
    assert (stats.entered, stats.open, stats.finished, stats.merged) == (2, 0, 1, 1)


def test_a_split_gives_walks_back_to_those_under_whose_ids_they_began(world: World) -> None:
    made = waiting(triggers=[by_event("followed")])
    made.exits.conditions.add(happening=event("order_paid"), reason="bought")
    world.publish(made)
    world.enroll(2)
    world.peers.identity.merge(merged=2, survivor=1, time=world.now())
    world.settle()
    world.enroll(3)
    assert world.walks(customer_id=2)[0].customer_id == 1
    world.peers.identity.split(remaining=1, separated={2: [2]}, time=world.now())
    world.settle()
    (walk,) = world.walks(customer_id=2)
    assert (walk.customer_id, walk.original_customer_id) == (2, 2)
    assert world.walks(customer_id=1) == []
    assert decisions(world, 1, 2) == [ENTERED, POLICY], "who stays never came in; who left is still there"
    world.peers.identity.record(1, "order_paid", world.now(), original_id=2)  # was on its way when they were split
    world.settle()
    assert world.walks(customer_id=2)[0].end_reason == "bought"
    assert world.walks(customer_id=1)[0].state == enrollments_pb2.ENROLLMENT_STATE_OPEN


def test_nobody_comes_into_a_journey_that_is_not_active(world: World) -> None:
    world.publish(waiting(triggers=[by_event("followed")]))
    world.stub.PauseJourney(api.PauseJourneyRequest(journey_id="welcome"))
    world.peers.identity.record(1, "followed", datetime(2026, 10, 10, 3, tzinfo=UTC))
    world.settle()
    refused = failure(lambda: world.enroll(2))
    assert (refused.code, refused.metadata["state"]) == (grpc.StatusCode.FAILED_PRECONDITION, "paused")
    assert not world.walks()


def publish_recall(world: World) -> None:
    """A cart that is left brings a recall after an hour, unless the customer buys."""
    world.peers.segmentation.members["left"] = set()
    made = definition(
        [wait(hours=1), send(), end()],
        ["pause hello", "hello end"],
        entry=entry_pb2.Entry(
            triggers=[
                by_event("cart_left"),
                entry_pb2.Trigger(segment=entry_pb2.SegmentTrigger(segment_id="left", exit_on_leave=True)),
            ]
        ),
    )
    made.exits.conditions.add(happening=event("order_paid"), reason="bought")
    world.publish(made)


def test_what_follows_the_entry_counts_however_late_the_entry_is_made(world: World) -> None:
    """The cart is left and the order paid before the journey hears of either: both lie in one page of the feed."""
    publish_recall(world)
    left, paid = world.now() - timedelta(seconds=9), world.now() - timedelta(seconds=2)
    with world.peers.identity.stream.held():
        for customer, name, time in ((1, "cart_left", left), (1, "order_paid", paid), (2, "cart_left", left)):
            world.peers.identity.record(customer, name, time)
    world.settle()
    assert {walk.customer_id: walk.end_reason for walk in world.walks()} == {1: "bought", 2: ""}


def test_what_came_before_the_entry_does_not_count(world: World) -> None:
    publish_recall(world)
    with world.peers.identity.stream.held():
        world.peers.identity.record(1, "order_paid", world.now() - timedelta(seconds=9))
        world.peers.identity.record(1, "cart_left", world.now() - timedelta(seconds=2))
    world.settle()
    world.peers.identity.record(1, "order_paid", world.now() - timedelta(days=30))
    world.settle()
    assert [walk.end_reason for walk in world.walks()] == [""]


def test_who_enters_and_leaves_a_segment_within_a_page_leaves_the_walk(world: World) -> None:
    publish_recall(world)
    with world.peers.segmentation.stream.held():
        world.peers.segmentation.enter("left", 1, world.now())
        world.peers.segmentation.leave("left", 1, world.now())
    world.settle()
    assert [walk.end_reason for walk in world.walks()] == ["left:left"]


def test_an_order_between_the_event_and_the_segments_evaluation_counts(world: World) -> None:
    publish_recall(world)
    world.peers.segmentation.enter("left", 1, world.now(), identity_position=1)
    world.settle()
    world.peers.identity.record(1, "order_paid", world.now() - timedelta(seconds=20))
    world.settle()
    assert [walk.end_reason for walk in world.walks()] == ["bought"]
