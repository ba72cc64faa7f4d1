"""The campaign's journey: one canvas over four phases, ended the moment the customer buys."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tidegate.api.common.v1.common_pb2 import Interval, Value
from tidegate.api.delivery.v1.messages_pb2 import MESSAGE_CLASS_MARKETING
from tidegate.api.journey.v1.canvas_pb2 import (
    RESOLVE_ON_SENT,
    BranchCase,
    BranchNode,
    Canvas,
    Edge,
    ExitNode,
    Node,
    SendNode,
    SplitNode,
    WaitNode,
)
from tidegate.api.journey.v1.conditions_pb2 import Binding, EventCondition, Happening
from tidegate.api.journey.v1.entry_pb2 import (
    AUDIENCE_MODE_FROZEN,
    ENTRY_FREQUENCY_ONCE,
    Entry,
    EntryPolicy,
    ExitCondition,
    ExitConditions,
    ScheduleTrigger,
    Trigger,
)
from tidegate.api.journey.v1.journeys_pb2 import Definition, Journey
from tidegate.api.segmentation.v1.rules_pb2 import (
    AGGREGATE_COUNT,
    OPERATOR_GREATER_OR_EQUAL,
    Comparison,
    EventRule,
    EventSelection,
    Rule,
    TierRule,
    Window,
)
from tidegate.demo.audience import AUDIENCE, CONTROL, EXPERIMENT, MODEL, TALKED_TO
from tidegate.demo.calendar import Calendar
from tidegate.demo.policies import CAMPAIGN
from tidegate.demo.words import duration, text, timestamp, whole

JOURNEY = "double11"
_LIFETIME = timedelta(hours=36)
"""Of a message; staff have so long to confirm one."""

_Step = tuple[str, str, str]


def journey(calendar: Calendar) -> Journey:
    """The journey, ready to be created and published."""
    nodes = list(_nodes(calendar))
    return Journey(
        journey_id=JOURNEY,
        display_name="Double 11",
        campaign_id=CAMPAIGN,
        draft=Definition(
            canvas=Canvas(
                start_node_id=nodes[0].node_id,
                nodes=nodes,
                edges=[Edge(from_node_id=a, label=label, to_node_id=b) for a, label, b in _edges()],
            ),
            entry=_entry(calendar.first_messages),
            exits=ExitConditions(
                conditions=[
                    ExitCondition(happening=Happening(event=EventCondition(event_name="order.paid")), reason="bought")
                ]
            ),
        ),
    )


def _entry(start: datetime) -> Entry:
    schedule = ScheduleTrigger(segment_id=AUDIENCE, start_time=timestamp(start), audience_mode=AUDIENCE_MODE_FROZEN)
    return Entry(triggers=[Trigger(schedule=schedule)], policy=EntryPolicy(frequency=ENTRY_FREQUENCY_ONCE))


def _nodes(calendar: Calendar) -> Iterator[Node]:
    yield Node(
        node_id="split",
        split=SplitNode(experiment_id=EXPERIMENT, arms=[TALKED_TO, CONTROL], eligible_for_node_id="early"),
    )
    yield _send("early", "early-bird", ["wechat.subscription", "email", "sms"], phase="early")
    yield _until("until-parallel", calendar.wave)
    yield Node(node_id="tiers", branch=BranchNode(cases=[_tier("best", "high", "fan"), _tier("waverers", "waverer")]))
    yield _send("wave-push", "wave", ["wecom", "push", "sms"], phase="parallel")
    yield _send("wave-sms", "wave", ["sms"], phase="parallel")
    yield _until("until-peak", calendar.peak)
    yield Node(node_id="awake", branch=BranchNode(cases=[_tier("awake", "high", "fan", "waverer")]))
    yield _send("peak", "double-eleven", ["wechat.subscription", "push", "email"], phase="peak-3")
    yield _until("until-return", calendar.last_chance)
    yield Node(node_id="interested", branch=BranchNode(cases=[_clicked("clicked", calendar)]))
    yield _send("return", "last-chance", ["wecom", "email", "sms"], phase="return", lifetime=timedelta(days=4))
    yield Node(node_id="done", exit=ExitNode(reason="campaign over"))


def _edges() -> Iterator[_Step]:
    yield "split", TALKED_TO, "early"
    yield "split", CONTROL, "early"
    yield "split", "not_eligible", "done"
    yield "early", "next", "until-parallel"
    yield "until-parallel", "next", "tiers"
    yield "tiers", "best", "wave-push"
    yield "tiers", "waverers", "wave-sms"
    yield "tiers", "next", "until-peak"
    yield "wave-push", "next", "until-peak"
    yield "wave-sms", "next", "until-peak"
    yield "until-peak", "next", "awake"
    yield "awake", "awake", "peak"
    yield "awake", "next", "until-return"
    yield "peak", "next", "until-return"
    yield "until-return", "next", "interested"
    yield "interested", "clicked", "return"
    yield "interested", "next", "done"
    yield "return", "next", "done"


def _send(node_id: str, template: str, channels: list[str], *, phase: str, lifetime: timedelta = _LIFETIME) -> Node:
    return Node(
        node_id=node_id,
        send=SendNode(
            template_id=template,
            channels=channels,
            variables={"offer": Binding(constant=_offer(phase))},
            message_class=MESSAGE_CLASS_MARKETING,
            campaign_id=CAMPAIGN,
            phase_id=phase,
            expires_after=duration(lifetime),
            resolve_on=RESOLVE_ON_SENT,
        ),
    )


def _offer(phase: str) -> Value:
    return text({"early": "100 off 500", "parallel": "free lenses"}.get(phase, "200 off 800"))


def _until(node_id: str, instant: datetime) -> Node:
    return Node(node_id=node_id, wait=WaitNode(instant=timestamp(instant)))


def _clicked(label: str, calendar: Calendar) -> BranchCase:
    span = Interval(start=timestamp(calendar.opening), end=timestamp(calendar.end))
    clicks = EventSelection(names=["message.clicked"], window=Window(interval=span))
    at_least_once = Comparison(operator=OPERATOR_GREATER_OR_EQUAL, values=[whole(1)])
    rule = EventRule(events=clicks, aggregate=AGGREGATE_COUNT, comparison=at_least_once)
    return BranchCase(label=label, rule=Rule(event=rule))


def _tier(label: str, *tiers: str) -> BranchCase:
    return BranchCase(label=label, rule=Rule(tier=TierRule(model_id=MODEL, tiers=tiers)))
