"""Walks from their entry to their end, through the contract."""

from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from journey.canvases import (
    branch,
    by_event,
    case,
    definition,
    end,
    event,
    send,
    span,
    split,
    tagged,
    wait,
    wait_for,
)
from journey.conftest import World, paths
from journey.peers import DROPPED, SENT, value_of
from support.patience import wait_until
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import changes_pb2 as delivery_changes
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.api.journey.v1 import canvas_pb2, conditions_pb2, enrollments_pb2, entry_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api

CAMPAIGN = definition(
    [split(), send(), wait(days=1), branch("bought", tagged("yes", "buyer")), end("thanks"), end("remind")],
    ["split hello", "hello pause", "pause bought", "bought yes thanks", "bought otherwise remind"],
)


def test_split_send_wait_branch_exit(world: World) -> None:
    world.peers.segmentation.members["buyer"] = {1, 10}
    world.publish(CAMPAIGN, campaign_id="double11")
    world.enroll(1, 2, 10)
    assert {walk.node_id for walk in world.walks()} == {"pause"}
    world.pass_time(days=1)
    assert world.path(1) == ["split talk", "hello sent", "pause next", "bought yes", "thanks"]
    assert world.path(2) == ["split talk", "hello sent", "pause next", "bought otherwise", "remind"]
    assert world.path(10) == ["split control", "hello held_out", "pause next", "bought yes", "thanks"]
    assert {walk.state for walk in world.walks()} == {enrollments_pb2.ENROLLMENT_STATE_FINISHED}
    assert world.walk(10).enrollment.held_out
    assert world.nobody_is_stuck()


def test_messages_carry_what_they_belong_to(world: World) -> None:
    variables = {
        "code": conditions_pb2.Binding(constant=value_of("D11")),
        "order": conditions_pb2.Binding(entry_property="order_id"),
        "city": conditions_pb2.Binding(attribute="city"),
        "absent": conditions_pb2.Binding(entry_property="nothing"),
    }
    world.peers.identity.attributes[10] = {"city": value_of("Hefei")}
    world.publish(
        definition([split(), send(variables=variables, phase_id="early")], ["split hello"]),
        campaign_id="double11",
        brand="tide",
    )
    world.enroll(10, properties={"order_id": value_of("o-7")})
    (message,) = world.sent_to(10)
    (walk,) = world.walks()
    assert message.idempotency_key == f"{walk.enrollment_id}/hello/2"
    assert (message.campaign_id, message.phase_id, message.brand) == ("double11", "early", "tide")
    assert (message.journey_id, message.enrollment_id, message.node_id) == (
        "welcome",
        walk.enrollment_id,
        "hello",
    )
    assert {name: value.string_value for name, value in message.variables.items()} == {
        "code": "D11",
        "order": "o-7",
        "city": "Hefei",
    }
    assert (message.holdout.experiment_id, message.holdout.arm) == ("double11", "control")
    assert message.message_class == messages_pb2.MESSAGE_CLASS_MARKETING
    assert message.expire_time.ToDatetime(tzinfo=UTC) == world.now() + timedelta(days=3)


def test_controls_get_what_is_not_marketing(world: World) -> None:
    transactional = send(message_class=messages_pb2.MESSAGE_CLASS_TRANSACTIONAL)
    world.publish(definition([split(), transactional], ["split hello"]))
    world.enroll(10)
    assert not world.sent_to(10)[0].HasField("holdout")


LABELS = {
    "FREQUENCY": "capped",
    "REPEATED": "capped",
    "QUIET": "quiet_expired",
    "NO_CONSENT": "no_consent",
    "SUPPRESSED": "no_consent",
    "NO_ADDRESS": "no_address",
    "NO_CREDIT": "no_credit",
    "WINDOW_CLOSED": "window_closed",
    "HELD_OUT": "held_out",
    "NOT_OWNER": "not_owner",
    "EXPIRED": "expired",
    "TEMPLATE_INVALID": "failed",
}


def test_a_dropped_send_leaves_by_the_edge_of_its_reason(world: World) -> None:
    """Each reason befalls a customer of its own."""
    reasons = dict(enumerate(LABELS, start=1))

    def dropped(message: messages_pb2.OutgoingMessage) -> list[tuple[int, dict[str, Any]]]:
        reason = messages_pb2.DropReason.Value(f"DROP_REASON_{reasons[message.recipient.customer_id]}")
        return [(DROPPED, {"drop_reason": reason})]

    world.peers.delivery.outcomes = dropped
    labels = sorted(set(LABELS.values()))
    nodes = [send(), *(end(f"by-{label}") for label in labels), end()]
    world.publish(definition(nodes, [*(f"hello {label} by-{label}" for label in labels), "hello end"]))
    world.enroll(*reasons)
    found = {reason: (world.path(each), world.walk(each).steps[0].reason) for each, reason in reasons.items()}
    expected = {reason: ([f"hello {label}", f"by-{label}"], reason.lower()) for reason, label in LABELS.items()}
    assert found == expected


def test_labels_that_are_not_wired_fall_to_next(world: World) -> None:
    dropped = {"drop_reason": messages_pb2.DROP_REASON_NO_ADDRESS}
    world.peers.delivery.outcomes = lambda _message: [(DROPPED, dropped)]
    world.publish(definition([send(), end()], ["hello sent end", "hello end"]))
    world.enroll(1)
    assert world.path(1) == ["hello no_address", "end"]


def test_a_refused_message_is_an_edge_and_no_exception(world: World) -> None:
    error = common_pb2.ItemError(code=grpc.StatusCode.INVALID_ARGUMENT.value[0], reason="UNKNOWN_VARIABLE")
    world.peers.delivery.refuses = lambda message: error if message.recipient.customer_id == 1 else None
    world.publish(definition([send(), end("sorry"), end()], ["hello failed sorry", "hello end"]))
    world.enroll(1, 2)
    assert world.path(1) == ["hello failed", "sorry"]
    assert world.walk(1).steps[0].reason == "unknown_variable"
    assert world.path(2) == ["hello sent", "end"]


def test_a_send_may_wait_for_its_receipt(world: World) -> None:
    patient = send(resolve_on=canvas_pb2.RESOLVE_ON_DELIVERED, receipt_timeout=span(timedelta(hours=2)))
    world.publish(definition([patient, end("arrived"), end()], ["hello delivered arrived", "hello end"]))
    world.enroll(1, 2)
    world.peers.delivery.announce(world.sent_to(1)[0], messages_pb2.MESSAGE_STATE_DELIVERED)
    world.settle()
    assert world.path(1) == ["hello delivered", "arrived"]
    assert world.path(2) == ["hello"]
    world.pass_time(hours=2)
    assert world.path(2) == ["hello sent", "end"]
    assert world.walk(2).steps[0].reason == "no_receipt"


def test_a_message_without_an_outcome_does_not_keep_its_walk(world: World) -> None:
    world.peers.delivery.outcomes = lambda _message: []
    world.publish(definition([send(expires_after=span(timedelta(hours=5))), end()], ["hello end"]))
    world.enroll(1)
    assert world.walk(1).enrollment.waiting_for == enrollments_pb2.WAITING_FOR_MESSAGE
    world.pass_time(hours=5)
    assert world.path(1) == ["hello"]
    world.pass_time(hours=1)
    assert world.path(1) == ["hello expired", "end"]


def waiting_for_an_order(*, since: str = "", matching: str = "") -> Any:
    return definition(
        [
            send(),
            wait_for("order", case("ordered", event("order_paid"), matching), since=since, hours=24),
            end("thanks"),
            end("remind"),
        ],
        ["hello order", "order ordered thanks", "order timeout remind"],
    )


def test_wait_for_an_event_or_the_time_out(world: World) -> None:
    world.publish(waiting_for_an_order())
    world.enroll(1, 2)
    world.peers.identity.record(1, "order_paid", world.now())
    world.peers.identity.record(2, "page_viewed", world.now())
    world.settle()
    assert world.path(1) == ["hello sent", "order ordered", "thanks"]
    assert world.path(2) == ["hello sent", "order"]
    world.pass_time(hours=23, minutes=59)
    assert world.path(2) == ["hello sent", "order"]
    world.pass_time(minutes=1)
    assert world.path(2) == ["hello sent", "order timeout", "remind"]


def test_a_wait_sees_what_happened_while_it_was_being_written(world: World) -> None:
    """The event is in the feed before the send, which leads to the wait, has its outcome."""
    world.peers.delivery.outcomes = lambda _message: []
    world.publish(waiting_for_an_order(since="hello"))
    world.enroll(1)
    world.clock.advance(timedelta(minutes=1))
    world.peers.identity.record(1, "order_paid", world.now())
    world.settle()
    world.clock.advance(timedelta(minutes=1))
    world.peers.delivery.announce(world.sent_to(1)[0], SENT)
    world.settle()
    assert world.path(1) == ["hello sent", "order ordered", "thanks"]


def test_a_wait_does_not_see_what_happened_before(world: World) -> None:
    world.publish(waiting_for_an_order())
    world.peers.identity.record(1, "order_paid", world.now() - timedelta(seconds=1))
    world.enroll(1)
    world.peers.identity.record(1, "order_paid", world.now() - timedelta(seconds=1))
    world.settle()
    assert world.path(1) == ["hello sent", "order"]


def test_a_wait_may_be_tied_to_the_entry(world: World) -> None:
    entry = entry_pb2.Entry(
        triggers=[by_event("order_placed")],
        key_property="order_id",
        policy=entry_pb2.EntryPolicy(frequency=entry_pb2.ENTRY_FREQUENCY_ONCE),
    )
    made = waiting_for_an_order(matching="order_id")
    made.entry.CopyFrom(entry)
    world.publish(made)
    for order in ("a", "b"):
        world.peers.identity.record(1, "order_placed", world.now(), order_id=order)
    world.settle()
    world.peers.identity.record(1, "order_paid", world.now(), order_id="b")
    world.settle()
    assert {walk.entry_key: walk.node_id for walk in world.walks()} == {"a": "order", "b": "thanks"}


def test_clicks_and_opens_can_be_waited_for(world: World) -> None:
    clicked = conditions_pb2.Happening(
        interaction=conditions_pb2.InteractionCondition(
            send_node_id="hello", interaction=delivery_changes.INTERACTION_KIND_CLICKED
        )
    )
    world.publish(
        definition(
            [send(), wait_for("click", case("yes", clicked), hours=1), end("warm"), end("cold")],
            ["hello click", "click yes warm", "click timeout cold"],
        )
    )
    world.enroll(1, 2)
    react = world.peers.delivery.react
    react(world.sent_to(1)[0], delivery_changes.INTERACTION_KIND_CLICKED, world.now())
    react(world.sent_to(2)[0], delivery_changes.INTERACTION_KIND_CLICKED, world.now(), scanner=True)
    react(world.sent_to(2)[0], delivery_changes.INTERACTION_KIND_OPENED, world.now())
    world.settle()
    assert (world.path(1)[-1], world.path(2)[-1]) == ("warm", "click")


def test_exit_conditions_stop_a_walk_before_its_next_action(world: World) -> None:
    made = definition([wait(hours=1), send(), end()], ["pause hello", "hello end"])
    made.exits.conditions.add(happening=event("order_paid"), reason="bought")
    world.publish(made)
    world.enroll(1, 2)
    world.peers.identity.record(1, "order_paid", world.now())
    world.settle()
    world.pass_time(hours=1)
    assert (world.path(1), world.walk(1).enrollment.end_reason) == (["pause"], "bought")
    assert world.walk(1).enrollment.state == enrollments_pb2.ENROLLMENT_STATE_EXITED
    assert not world.sent_to(1)
    assert world.sent_to(2)


def test_an_exit_takes_the_waiting_message_back(world: World) -> None:
    world.peers.delivery.outcomes = lambda _message: []
    made = definition([send(), end()], ["hello end"])
    made.exits.conditions.add(happening=event("order_paid"))
    world.publish(made)
    world.enroll(1, 2)
    world.peers.identity.record(1, "order_paid", world.now())
    world.settle()
    world.stub.ExitCustomers(api.ExitCustomersRequest(journey_id="welcome", customer_ids=[2], reason="asked"))
    world.settle()
    assert sorted(world.peers.delivery.cancelled) == ["m1", "m2"]
    assert {walk.end_reason for walk in world.walks()} == {"event:order_paid", "asked"}


def test_goals_are_counted_and_do_not_end_the_walk(world: World) -> None:
    made = definition([send(), wait(hours=1), end()], ["hello pause", "pause end"])
    made.goals.add(name="bought", happening=event("order_paid"))
    world.publish(made)
    world.enroll(1)
    for _ in range(2):
        world.peers.identity.record(1, "order_paid", world.now())
        world.settle()
    assert [goal.name for goal in world.walk(1).enrollment.goals] == ["bought"]
    assert world.path(1) == ["hello sent", "pause"]
    stats = world.stub.GetJourneyStats(api.GetJourneyStatsRequest(journey_id="welcome")).stats
    assert [(goal.name, goal.reached) for goal in stats.goals] == [("bought", 1)]


def test_a_branch_is_asked_at_the_position_that_brought_the_customer(world: World) -> None:
    made = definition(
        [branch("buyer", tagged("yes", "buyer")), end()], ["buyer end"], entry=entry_pb2.Entry(
            triggers=[by_event("order_paid")]
        )
    )  # fmt: skip
    world.publish(made)
    world.peers.identity.record(5, "noise", world.now())
    world.peers.identity.record(1, "order_paid", world.now())
    world.settle()
    assert world.peers.segmentation.positions_asked == [2]


def test_a_branch_by_segment_and_by_the_entry(world: World) -> None:
    world.peers.segmentation.members["vip"] = {1}
    big = conditions_pb2.PropertyCondition(
        property="amount", operator=conditions_pb2.OPERATOR_AT_LEAST, values=[value_of(100)]
    )
    node = branch(
        "kind",
        canvas_pb2.BranchCase(label="vip", segment_id="vip"),
        canvas_pb2.BranchCase(label="big", entry_property=big),
    )
    world.publish(definition([node, end()], ["kind end"]))
    for customer, amount in ((1, 500), (2, 100), (3, 99.5)):
        world.enroll(customer, properties={"amount": value_of(amount)})
    assert [world.path(each)[0] for each in (1, 2, 3)] == ["kind vip", "kind big", "kind otherwise"]


def test_customers_out_of_reach_are_not_assigned_an_arm(world: World) -> None:
    world.peers.delivery.out_of_reach.add(1)
    made = definition(
        [split(eligible_for_node_id="hello"), send(), end()],
        ["split hello", "split not_eligible end", "hello end"],
    )
    world.publish(made)
    world.enroll(1, 2)
    assert world.path(1) == ["split not_eligible", "end"]
    assert list(world.peers.segmentation.assigned) == [("double11", 2)]


def test_local_time_is_the_customers(world: World) -> None:
    """It is 10:00 in Shanghai, 22:00 of the day before in New York."""
    world.peers.identity.zones[2] = "America/New_York"
    at_nine = canvas_pb2.Node(node_id="nine", wait=canvas_pb2.WaitNode(local_time=canvas_pb2.LocalTime(hour=9)))
    world.publish(definition([at_nine, end()], ["nine end"]))
    world.enroll(1, 2)
    due = {walk.customer_id: walk.due_time.ToDatetime(tzinfo=UTC) for walk in world.walks()}
    assert due == {1: datetime(2026, 10, 11, 1, 0, tzinfo=UTC), 2: datetime(2026, 10, 10, 13, 0, tzinfo=UTC)}


def test_waits_until_an_instant_and_until_an_attributes_date(world: World) -> None:
    world.peers.identity.attributes[1] = {"renewal": value_of(world.now() + timedelta(days=10))}
    date = canvas_pb2.AttributeDate(attribute="renewal", offset=span(-timedelta(days=3)))
    node = canvas_pb2.Node(node_id="before", wait=canvas_pb2.WaitNode(attribute_date=date))
    world.publish(definition([node, end()], ["before end"]))
    world.enroll(1, 2)
    assert world.path(2) == ["before next", "end"]
    world.pass_time(days=6, hours=23)
    assert world.path(1) == ["before"]
    world.pass_time(hours=1)
    assert world.path(1) == ["before next", "end"]


def test_a_peer_that_is_away_delays_and_loses_nothing(world: World) -> None:
    world.peers.segmentation.is_down = True
    world.publish(definition([branch("buyer", tagged("yes", "buyer")), end()], ["buyer end"]))
    world.stub.EnrollCustomers(
        api.EnrollCustomersRequest(journey_id="welcome", items=[entry_pb2.EnrollmentItem(customer_id=1)])
    )
    wait_until(lambda: world.walk(1).enrollment.attempts)
    assert "UNAVAILABLE" in world.walk(1).enrollment.last_error
    world.peers.segmentation.is_down = False
    wait_until(lambda: world.walk(1).enrollment.state != enrollments_pb2.ENROLLMENT_STATE_OPEN)
    assert world.path(1) == ["buyer otherwise", "end"]


def test_many_walks_take_few_calls(world: World) -> None:
    world.publish(CAMPAIGN)
    customers = list(range(1, 1001))
    world.enroll(*customers)
    world.pass_time(days=1)
    assert len(world.peers.delivery.sent) == 1000
    assert world.peers.delivery.calls <= 5
    assert len(paths(world, customers[:20])) == 2
    stats = world.stub.GetJourneyStats(api.GetJourneyStatsRequest(journey_id="welcome")).stats
    assert (stats.entered, stats.open, stats.finished) == (1000, 0, 1000)
    nodes = {node.node_id: {edge.label: edge.count for edge in node.edges} for node in stats.nodes}
    assert nodes["split"] == {"talk": 900, "control": 100}
    assert nodes["hello"] == {"sent": 900, "held_out": 100}
    assert nodes["remind"] == {"": 1000}
