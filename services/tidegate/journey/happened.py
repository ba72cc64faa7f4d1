"""Pure: what the feeds of the other services tell, in journey's own words."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.api.identity.v1 import changes_pb2 as identity
from tidegate.api.segmentation.v1 import changes_pb2 as segmentation
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.journey import codec
from tidegate.journey.canvas import Definition, ScheduleTrigger
from tidegate.journey.checks import INTERACTIONS
from tidegate.journey.conditions import Signal, matches
from tidegate.journey.entering import Candidate
from tidegate.journey.outcomes import news_of
from tidegate.journey.walk import News

EVALUATION = timedelta(minutes=5)
"""How much later than an event a membership that rests on it may begin. What happens to the customer in between is
known to come after it by its place in the feed, and counts for the walk, though its time is before the entry."""

_MERGES = {segments_pb2.CAUSE_MERGE, segments_pb2.CAUSE_SPLIT}


class Happened(NamedTuple):
    """Something that happened to a customer: what it is to walks under way, and whom it would bring in where."""

    position: int
    signal: Signal
    candidate: Candidate
    enters: Callable[[Definition], bool]

    @property
    def customer_id(self) -> int:
        """The customer, as the feed names it."""
        return self.candidate.customer_id


class MessageNews(NamedTuple):
    """What became of the message of one visit of one walk."""

    enrollment_id: str
    visit: int
    message_id: str
    news: News


def event(change: identity.Change) -> Happened:
    """An event. A walk that it begins counts what happens from the event's time on."""
    recorded = change.event_recorded
    time = codec.instant(recorded.time)
    properties = codec.properties(recorded.properties)
    signal = Signal(f"event:{recorded.name}", time, change.position, f"identity/{change.position}", properties)
    candidate = Candidate(
        change.customer_id,
        f"event:{recorded.source}/{recorded.event_id}",
        {"kind": "event", "source": recorded.source, "event_id": recorded.event_id, "name": recorded.name},
        properties,
        change.position,
        since=time,
        original_id=recorded.original_customer_id,
    )
    return Happened(
        change.position,
        signal,
        candidate,
        lambda definition: any(matches(each, signal) for each in definition.entry.events),
    )


def membership(change: segmentation.Change) -> Happened:
    """A membership that began or ended."""
    changed = change.membership_changed
    time = codec.instant(change.time)
    is_entry = changed.transition == segments_pb2.TRANSITION_ENTERED
    signal = Signal(
        f"{'entered' if is_entry else 'left'}:{changed.segment_id}",
        time,
        changed.identity_position,
        f"segmentation/{change.position}",
    )
    candidate = Candidate(
        changed.customer_id,
        f"segment:{changed.segment_id}/{changed.customer_id}/{changed.seq}",
        {"kind": "segment", "segment_id": changed.segment_id, "sequence": changed.seq},
        {},
        changed.identity_position,
        since=time - EVALUATION,
    )
    return Happened(change.position, signal, candidate, lambda definition: _enters(definition, changed, time))


def _enters(definition: Definition, changed: segmentation.MembershipChanged, time: datetime) -> bool:
    """Whether a change of membership brings the customer in."""
    if changed.transition != segments_pb2.TRANSITION_ENTERED:
        return False
    by_segment = any(
        trigger.segment_id == changed.segment_id and (trigger.include_merges or changed.cause not in _MERGES)
        for trigger in definition.entry.segments
    )
    return by_segment or any(_takes(each, changed.segment_id, time) for each in definition.entry.schedules)


def _takes(schedule: ScheduleTrigger, segment_id: str, instant: datetime) -> bool:
    """Whether a live audience takes in who enters the segment at ``instant``."""
    if not schedule.live or schedule.segment_id != segment_id or instant < schedule.start:
        return False
    return schedule.end is None or instant < schedule.end


def turns(happened: Sequence[Happened], definitions: Sequence[Definition]) -> Iterator[list[Happened]]:
    """Cuts what happened into parts, such that what follows a customer's entry comes in a later part than it."""
    turn: list[Happened] = []
    entering: set[int] = set()
    for each in happened:
        if each.customer_id in entering:
            yield turn
            turn, entering = [], set()
        turn.append(each)
        if any(each.enters(definition) for definition in definitions):
            entering.add(each.customer_id)
    if turn:
        yield turn


def news(change: delivery.Change) -> MessageNews | None:
    """What a message has come to, when it is one of a walk's and settled."""
    message = change.message_changed
    if not message.enrollment_id:
        return None
    found = news_of(state=message.state, drop_reason=message.drop_reason, outcome=message.outcome)
    visit = message.idempotency_key.rpartition("/")[2]
    if found is None or not visit.isdecimal():
        return None
    return MessageNews(message.enrollment_id, int(visit), message.message_id, found)


def reaction(change: delivery.Change) -> tuple[str, Signal] | None:
    """What a customer, and no scanner, did with a message: the walk that sent it, and the signal."""
    done = change.interaction
    if not done.enrollment_id or done.scanner or done.kind not in INTERACTIONS:
        return None
    signal = Signal(
        f"{INTERACTIONS[done.kind]}:{done.node_id}",
        codec.instant(done.time),
        0,
        f"delivery/{change.position}",
        {"link_label": done.link_label, "channel": done.channel},
    )
    return done.enrollment_id, signal
