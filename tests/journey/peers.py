# ruff: noqa: N802  (methods are named by the contracts)
"""The services that journey calls, as small real servers: they keep the contracts, and what they know is given."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import changes_pb2 as delivery_changes
from tidegate.api.delivery.v1 import decisions_pb2, delivery_service_pb2, messages_pb2
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import (
    DeliveryServiceServicer,
    add_DeliveryServiceServicer_to_server,
)
from tidegate.api.identity.v1 import changes_pb2 as identity_changes
from tidegate.api.identity.v1 import customers_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import (
    IdentityServiceServicer,
    add_IdentityServiceServicer_to_server,
)
from tidegate.api.segmentation.v1 import changes_pb2 as segmentation_changes
from tidegate.api.segmentation.v1 import experiments_pb2, rules_pb2, segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import (
    SegmentationServiceServicer,
    add_SegmentationServiceServicer_to_server,
)
from tidegate.runtime.errors import InvalidArgument, NotFound, Unavailable, item_error
from tidegate.runtime.service import Context, Service

Outcome = tuple[int, dict[str, Any]]
"""A message's state, and further fields of MessageChanged."""

_MOST = 1000
SENT = messages_pb2.MESSAGE_STATE_SENT
DROPPED = messages_pb2.MESSAGE_STATE_DROPPED


def stamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made


def _refuse_more(items: Sequence[Any]) -> None:
    """No call takes more than 1,000 items."""
    if len(items) > _MOST:
        raise InvalidArgument.at("items", f"has {len(items):,} of them; send at most {_MOST:,}")


class Stream:
    """A feed in memory, with the reading rules of the real ones."""

    def __init__(self) -> None:
        self._grown = threading.Condition(threading.RLock())
        self._nudges = 0
        self.changes: list[Any] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lets nobody read until the end of the block, so that all of it lies in one page."""
        with self._grown:
            yield

    def append(self, *changes: Any) -> None:
        with self._grown:
            for change in changes:
                change.position = len(self.changes) + 1
                self.changes.append(change)
            self._grown.notify_all()

    def nudge(self) -> None:
        """Ends the waiting of those who wait now."""
        with self._grown:
            self._nudges += 1
            self._grown.notify_all()

    def read(self, request: Any, response: Callable[..., Any]) -> Any:
        """What lies behind the request's position; waits for it as long as the request says, or until a nudge."""
        after = request.after_position
        with self._grown:
            nudges = self._nudges
            self._grown.wait_for(
                lambda: len(self.changes) > after or self._nudges != nudges,
                request.wait.ToTimedelta().total_seconds(),
            )
            page = self.changes[after : after + (request.page_size or 1000)]
            return response(changes=page, next_position=after + len(page), head_position=len(self.changes))


class Identity(IdentityServiceServicer):
    """Knows every customer but those that are missing."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.missing: set[int] = set()
        self.zones: dict[int, str] = {}
        self.attributes: dict[int, dict[str, common_pb2.Value]] = {}
        self.identifiers: dict[tuple[str, str], int] = {}

    def record(
        self,
        customer_id: int,
        name: str,
        time: datetime,
        event_id: str = "",
        *,
        original_id: int = 0,
        **properties: Any,
    ) -> None:
        """An event, as identity announces it."""
        event = identity_changes.EventRecorded(
            source="shop",
            event_id=event_id or f"e{len(self.stream.changes) + 1}",
            name=name,
            time=stamp(time),
            received_time=stamp(time),
            properties={key: value_of(each) for key, each in properties.items()},
            original_customer_id=original_id or customer_id,
        )
        self.stream.append(identity_changes.Change(time=stamp(time), customer_id=customer_id, event_recorded=event))

    def merge(self, *, merged: int, survivor: int, time: datetime) -> None:
        """A merge, as identity announces it."""
        merge = identity_changes.CustomerMerged(survivor_id=survivor, merged_id=merged)
        self.stream.append(identity_changes.Change(time=stamp(time), customer_id=survivor, customer_merged=merge))

    def split(self, *, remaining: int, separated: Mapping[int, Sequence[int]], time: datetime) -> None:
        """A split, as identity announces it."""
        split = identity_changes.CustomerSplit(remaining_id=remaining)
        for customer_id, original_ids in separated.items():
            split.separated.add(customer_id=customer_id, original_customer_ids=original_ids)
        self.stream.append(identity_changes.Change(time=stamp(time), customer_id=remaining, customer_split=split))

    def ListChanges(self, request: Any, _context: grpc.ServicerContext) -> Any:
        return self.stream.read(request, identity_changes.ListChangesResponse)

    def BatchGetContactPoints(self, request: Any, _context: grpc.ServicerContext) -> Any:
        _refuse_more(request.customer_ids)
        return customers_pb2.BatchGetContactPointsResponse(
            points=[self._points(each) for each in request.customer_ids], position=len(self.stream.changes)
        )

    def _points(self, customer_id: int) -> customers_pb2.ContactPoints:
        if customer_id in self.missing:
            return customers_pb2.ContactPoints(
                customer_id=customer_id, error=item_error(NotFound("customer", customer_id))
            )
        return customers_pb2.ContactPoints(
            customer_id=customer_id,
            canonical_customer_id=customer_id,
            zone=self.zones.get(customer_id, ""),
        )

    def ResolveIdentifiers(self, request: Any, _context: grpc.ServicerContext) -> Any:
        return customers_pb2.ResolveIdentifiersResponse(results=[self._resolved(each) for each in request.identifiers])

    def _resolved(self, identifier: common_pb2.Identifier) -> customers_pb2.ResolveResult:
        found = self.identifiers.get((identifier.namespace, identifier.value))
        if found is None:
            return customers_pb2.ResolveResult(error=item_error(NotFound("identifier", identifier.namespace)))
        return customers_pb2.ResolveResult(customer_id=found)

    def BatchGetCustomers(self, request: Any, _context: grpc.ServicerContext) -> Any:
        _refuse_more(request.customers)
        return customers_pb2.BatchGetCustomersResponse(
            results=[
                customers_pb2.CustomerResult(
                    customer=customers_pb2.Customer(
                        customer_id=each.customer_id,
                        attributes={
                            name: customers_pb2.AttributeValue(value=value)
                            for name, value in self.attributes.get(each.customer_id, {}).items()
                        },
                    )
                )
                for each in request.customers
            ]
        )


class Segmentation(SegmentationServiceServicer):
    """Segments with given members; a rule over one tag is true for the members of the segment of that name."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.members: dict[str, set[int]] = {}
        self.arms: Callable[[int], tuple[str, bool]] = lambda customer: (
            ("control", True) if customer % 10 == 0 else ("talk", False)
        )
        self.known_arms = ("talk", "control")
        self.assigned: dict[tuple[str, int], tuple[str, bool]] = {}
        self.positions_asked: list[int] = []
        self.is_down = False
        self.is_behind = False
        self.before_answering: Callable[[], None] = lambda: None

    def enter(self, segment_id: str, customer_id: int, time: datetime, **fields: Any) -> None:
        """A membership that begins, as segmentation announces it."""
        self.members.setdefault(segment_id, set()).add(customer_id)
        self._change(segment_id, customer_id, time, segments_pb2.TRANSITION_ENTERED, **fields)

    def leave(self, segment_id: str, customer_id: int, time: datetime, **fields: Any) -> None:
        """A membership that ends."""
        self.members.setdefault(segment_id, set()).discard(customer_id)
        self._change(segment_id, customer_id, time, segments_pb2.TRANSITION_LEFT, **fields)

    def _change(self, segment_id: str, customer_id: int, time: datetime, transition: Any, **fields: Any) -> None:
        membership = segmentation_changes.MembershipChanged(
            segment_id=segment_id,
            version=1,
            customer_id=customer_id,
            transition=transition,
            seq=fields.pop("seq", len(self.stream.changes) + 1),
            **fields,
        )
        self.stream.append(
            segmentation_changes.Change(time=stamp(time), customer_id=customer_id, membership_changed=membership)
        )

    def ListChanges(self, request: Any, _context: grpc.ServicerContext) -> Any:
        return self.stream.read(request, segmentation_changes.ListChangesResponse)

    def GetSegment(self, request: Any, _context: grpc.ServicerContext) -> Any:
        if request.segment_id not in self.members:
            raise NotFound("segment", request.segment_id)
        return segments_pb2.GetSegmentResponse(segment=segments_pb2.Segment(segment_id=request.segment_id))

    def ValidateRule(self, _request: Any, _context: grpc.ServicerContext) -> Any:
        return rules_pb2.ValidateRuleResponse()

    def GetExperiment(self, request: Any, _context: grpc.ServicerContext) -> Any:
        return experiments_pb2.GetExperimentResponse(
            experiment=experiments_pb2.Experiment(
                experiment_id=request.experiment_id,
                state=experiments_pb2.EXPERIMENT_STATE_RUNNING,
                arms=[experiments_pb2.Arm(arm_id=name) for name in self.known_arms],
            )
        )

    def ListMembers(self, request: Any, _context: grpc.ServicerContext) -> Iterator[Any]:
        members = sorted(each for each in self.members.get(request.segment_id, ()) if each > request.after_customer_id)
        for start in range(0, len(members), 1000):
            yield segments_pb2.ListMembersResponse(
                members=[segments_pb2.Membership(customer_id=each) for each in members[start : start + 1000]]
            )

    def CheckMembership(self, request: Any, _context: grpc.ServicerContext) -> Any:
        _refuse_more(request.customer_ids)
        self._reached(request.min_identity_position)
        return segments_pb2.CheckMembershipResponse(
            results=[
                segments_pb2.CustomerMemberships(
                    customer_id=customer,
                    memberships=[
                        segments_pb2.SegmentMembership(segment_id=segment)
                        for segment in request.segment_ids
                        if customer in self.members.get(segment, ())
                    ],
                )
                for customer in request.customer_ids
            ]
        )

    def EvaluateRule(self, request: Any, _context: grpc.ServicerContext) -> Any:
        _refuse_more(request.customer_ids)
        self._reached(request.min_identity_position)
        members = self.members.get(request.rule.tag.tags[0], set())
        return rules_pb2.EvaluateRuleResponse(
            results=[
                rules_pb2.RuleResult(customer_id=each, canonical_customer_id=each, matched=each in members)
                for each in request.customer_ids
            ]
        )

    def _reached(self, position: int) -> None:
        if self.is_down:
            raise Unavailable("segmentation is down")
        if self.is_behind and position:
            raise Unavailable("segmentation is behind the position that is asked for")
        self.before_answering()
        self.positions_asked.append(position)

    def Assign(self, request: Any, _context: grpc.ServicerContext) -> Any:
        _refuse_more(request.customer_ids)
        return experiments_pb2.AssignResponse(
            results=[self._assign(request.experiment_id, each) for each in request.customer_ids]
        )

    def _assign(self, experiment_id: str, customer_id: int) -> experiments_pb2.AssignResult:
        arm, is_control = self.assigned.setdefault((experiment_id, customer_id), self.arms(customer_id))
        role = experiments_pb2.ARM_ROLE_CONTROL if is_control else experiments_pb2.ARM_ROLE_TREATMENT
        return experiments_pb2.AssignResult(
            customer_id=customer_id,
            assignment=experiments_pb2.Assignment(
                experiment_id=experiment_id, customer_id=customer_id, arm_id=arm, role=role
            ),
        )


@dataclass
class Sent:
    """A message that was handed over, and under which id."""

    message_id: str
    message: messages_pb2.OutgoingMessage


def goes_out(message: messages_pb2.OutgoingMessage) -> Sequence[Outcome]:
    """What delivery announces of a message: held out where the caller says so, else sent."""
    if message.HasField("holdout"):
        return [(DROPPED, {"drop_reason": messages_pb2.DROP_REASON_HELD_OUT})]
    return [(SENT, {})]


@dataclass
class Delivery(DeliveryServiceServicer):
    """Takes every message once per key, and announces what the test says becomes of it."""

    stream: Stream = field(default_factory=Stream)
    sent: dict[str, Sent] = field(default_factory=dict)
    calls: int = 0
    cancelled: list[str] = field(default_factory=list)
    outcomes: Callable[[messages_pb2.OutgoingMessage], Sequence[Outcome]] = goes_out
    refuses: Callable[[messages_pb2.OutgoingMessage], common_pb2.ItemError | None] = lambda _message: None
    out_of_reach: set[int] = field(default_factory=set)
    unknown_templates: set[str] = field(default_factory=set)
    is_down: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def Send(self, request: Any, _context: grpc.ServicerContext) -> Any:
        if self.is_down:
            raise Unavailable("delivery is down")
        _refuse_more(request.messages)
        with self.lock:
            self.calls += 1
            results = [self._take(message) for message in request.messages]
        return delivery_service_pb2.SendResponse(results=results)

    def _take(self, message: messages_pb2.OutgoingMessage) -> messages_pb2.SendResult:
        error = self.refuses(message)
        if error is not None:
            return messages_pb2.SendResult(error=error)
        known = self.sent.get(message.idempotency_key)
        if known is None:
            known = self.sent[message.idempotency_key] = Sent(f"m{len(self.sent) + 1}", message)
            for state, fields in self.outcomes(message):
                self.announce(message, state, **fields)
        return messages_pb2.SendResult(
            accepted=messages_pb2.AcceptedMessage(
                message_id=known.message_id, state=messages_pb2.MESSAGE_STATE_ACCEPTED
            )
        )

    def announce(self, message: messages_pb2.OutgoingMessage, state: Any, **fields: Any) -> None:
        """A message's new state."""
        changed = delivery_changes.MessageChanged(
            message_id=self.sent[message.idempotency_key].message_id,
            idempotency_key=message.idempotency_key,
            caller="journey",
            customer_id=message.recipient.customer_id,
            journey_id=message.journey_id,
            enrollment_id=message.enrollment_id,
            node_id=message.node_id,
            state=state,
            **fields,
        )
        self.stream.append(
            delivery_changes.Change(
                time=stamp(datetime.now(UTC)),
                customer_id=message.recipient.customer_id,
                message_changed=changed,
            )
        )

    def react(self, message: messages_pb2.OutgoingMessage, kind: Any, time: datetime, **fields: Any) -> None:
        """An open or a click."""
        interaction = delivery_changes.MessageInteraction(
            message_id=self.sent[message.idempotency_key].message_id,
            kind=kind,
            enrollment_id=message.enrollment_id,
            journey_id=message.journey_id,
            node_id=message.node_id,
            time=stamp(time),
            **fields,
        )
        self.stream.append(
            delivery_changes.Change(
                time=stamp(time), customer_id=message.recipient.customer_id, interaction=interaction
            )
        )

    def CheckEligibility(self, request: Any, _context: grpc.ServicerContext) -> Any:
        _refuse_more(request.messages)
        return delivery_service_pb2.CheckEligibilityResponse(
            results=[
                delivery_service_pb2.EligibilityResult(decision=self._decision(each.recipient.customer_id))
                for each in request.messages
            ]
        )

    def _decision(self, customer_id: int) -> decisions_pb2.Decision:
        if customer_id in self.out_of_reach:
            return decisions_pb2.Decision(verdict=decisions_pb2.VERDICT_DROPPED, check=decisions_pb2.GATE_CHECK_CONSENT)
        return decisions_pb2.Decision(verdict=decisions_pb2.VERDICT_GRANTED)

    def CancelMessages(self, request: Any, _context: grpc.ServicerContext) -> Any:
        _refuse_more(request.message_ids)
        self.cancelled.extend(request.message_ids)
        return delivery_service_pb2.CancelMessagesResponse(cancelled_count=len(request.message_ids))

    def GetTemplate(self, request: Any, _context: grpc.ServicerContext) -> Any:
        if request.template_id in self.unknown_templates:
            raise NotFound("template", request.template_id)
        return delivery_service_pb2.GetTemplateResponse()

    def ListChanges(self, request: Any, _context: grpc.ServicerContext) -> Any:
        return self.stream.read(request, delivery_service_pb2.ListChangesResponse)


@dataclass
class PeerServices:
    """The three peers of one test."""

    identity: Identity = field(default_factory=Identity)
    segmentation: Segmentation = field(default_factory=Segmentation)
    delivery: Delivery = field(default_factory=Delivery)

    def builders(self) -> dict[str, Callable[[Context], Service]]:
        """What the process builds in place of the suite's own services."""
        return {
            "identity": _builder(add_IdentityServiceServicer_to_server, self.identity),
            "segmentation": _builder(add_SegmentationServiceServicer_to_server, self.segmentation),
            "delivery": _builder(add_DeliveryServiceServicer_to_server, self.delivery),
        }


def _builder(add: Callable[..., None], peer: Identity | Segmentation | Delivery) -> Callable[[Context], Service]:
    """Builds a service of one servicer, whose feed's readers are nudged and drained as the real ones' are."""

    def build(context: Context) -> Service:
        context.activity.on_nudge(peer.stream.nudge)
        return Service(context.name, [(add, peer)], drain=peer.stream.nudge)

    return build


def value_of(value: Any) -> common_pb2.Value:
    """A value of the contract."""
    if isinstance(value, bool):
        return common_pb2.Value(bool_value=value)
    if isinstance(value, int):
        return common_pb2.Value(int_value=value)
    if isinstance(value, float):
        return common_pb2.Value(double_value=value)
    if isinstance(value, datetime):
        return common_pb2.Value(timestamp_value=stamp(value))
    return common_pb2.Value(string_value=value)
