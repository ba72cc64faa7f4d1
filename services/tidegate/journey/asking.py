"""What a walk must know or have done by the other services: asked for many walks at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import grpc
import structlog

from tidegate.api.delivery.v1 import decisions_pb2, delivery_service_pb2, messages_pb2
from tidegate.api.identity.v1 import customers_pb2, references_pb2
from tidegate.api.segmentation.v1 import experiments_pb2, rules_pb2, segments_pb2
from tidegate.journey import codec
from tidegate.journey.canvas import (
    AttributeWait,
    BindingKind,
    BranchCase,
    BranchNode,
    Definition,
    SendNode,
    SplitNode,
)
from tidegate.journey.conditions import Scalar, holds
from tidegate.journey.mover import Mover
from tidegate.journey.walk import Accepted, Arm, Excluded, Question, QuestionKind, Refused
from tidegate.runtime.client import Peers
from tidegate.runtime.clock import from_micros, micros
from tidegate.runtime.log import summary

T = TypeVar("T")
BATCH = 1000
TIMEOUT_SECONDS = 10.0
_TRANSIENT = {
    code.value[0]
    for code in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
    )
}
_OUT_OF_REACH = {
    decisions_pb2.GATE_CHECK_OWNERSHIP,
    decisions_pb2.GATE_CHECK_CONSENT,
    decisions_pb2.GATE_CHECK_ADDRESS,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """The journey around a question: what its messages belong to."""

    journey_id: str
    campaign_id: str
    brand: str
    definition: Definition


@dataclass(slots=True)
class Answers:
    """Answers by enrollment, and, for those that could not be given, why."""

    given: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def fail(self, walks: Sequence[Mover], reason: str) -> None:
        """Notes for all of these walks why there is no answer; one that was given before stays."""
        self.failed.update({walk.enrollment_id: reason for walk in walks})


class Asker:
    """Turns questions of many walks into few calls."""

    def __init__(self, peers: Peers, *, company_zone: ZoneInfo) -> None:
        self._peers = peers
        self._company_zone = company_zone

    def ask(self, setting: Setting, question: Question, walks: Sequence[Mover]) -> Answers:
        """Answers ``question`` for walks that all stand at its node."""
        node = setting.definition.canvas.nodes[question.node_id]
        answers = Answers()
        for part in _parts(walks):
            try:
                self._asked(setting, question.kind, node, part, answers)
            except grpc.RpcError as error:
                answers.fail(part, _described(error))
            except Exception as error:  # noqa: BLE001  (an answer that can't be used must not keep other walks)
                structlog.get_logger().exception("question.failed", kind=question.kind.value, walks=len(part))
                answers.fail(part, summary(error))
        return answers

    def members(
        self, segment_ids: Sequence[str], customers: Mapping[int, int], *, timeout: float = TIMEOUT_SECONDS
    ) -> dict[int, str]:
        """Of ``customers`` (with the feed positions that brought them) those in a segment, and in which."""
        found: dict[int, str] = {}
        for part in _parts(list(customers)) if segment_ids else ():
            request = segments_pb2.CheckMembershipRequest(
                customer_ids=part,
                segment_ids=segment_ids,
                min_identity_position=max(customers[each] for each in part),
            )
            answer = self._peers.segmentation().CheckMembership(request, timeout=timeout)
            for result in answer.results:
                if result.memberships:
                    found[result.customer_id] = result.memberships[0].segment_id
        return found

    def _asked(self, setting: Setting, kind: QuestionKind, node: Any, walks: Sequence[Mover], answers: Answers) -> None:
        match kind:
            case QuestionKind.SEND:
                self._send(setting, node, walks, answers)
            case QuestionKind.BRANCH:
                answers.given.update(self._branch(node, walks))
            case QuestionKind.ARM:
                self._arm(setting, node, walks, answers)
            case QuestionKind.ZONE:
                answers.given.update(self._zones(walks))
            case QuestionKind.ATTRIBUTE:
                answers.given.update(self._dates(node, walks))

    def _send(self, setting: Setting, node: SendNode, walks: Sequence[Mover], answers: Answers) -> None:
        excluded = self.members(
            setting.definition.entry.exclusions, {walk.customer_id: walk.position for walk in walks}
        )
        allowed = [walk for walk in walks if walk.customer_id not in excluded]
        answers.given.update(
            {walk.enrollment_id: Excluded(excluded[walk.customer_id]) for walk in walks if walk.customer_id in excluded}
        )
        if not allowed:
            return
        messages = self._messages(setting, node, allowed)
        answer = self._peers.delivery().Send(
            delivery_service_pb2.SendRequest(messages=messages), timeout=TIMEOUT_SECONDS
        )
        for walk, result in zip(allowed, answer.results, strict=True):
            if result.HasField("accepted"):
                answers.given[walk.enrollment_id] = Accepted(result.accepted.message_id)
            elif result.error.code in _TRANSIENT:
                answers.failed[walk.enrollment_id] = f"Send: {result.error.reason}: {result.error.message}"
            else:
                answers.given[walk.enrollment_id] = Refused(result.error.reason.lower() or "refused")

    def _messages(self, setting: Setting, node: SendNode, walks: Sequence[Mover]) -> list[messages_pb2.OutgoingMessage]:
        attributes = self._attributes(_attribute_names(node), walks)
        make = _message_maker(setting, node)
        return [make(walk, attributes.get(walk.customer_id, {})) for walk in walks]

    def _branch(self, node: BranchNode, walks: Sequence[Mover]) -> dict[str, str | None]:
        """The first case that holds, for each walk; a case is asked about only those left by the ones before."""
        found: dict[str, str | None] = {walk.enrollment_id: None for walk in walks}
        left = list(walks)
        for case in node.cases:
            if not left:
                break
            holding = self._holding(case, left)
            found.update(dict.fromkeys(holding, case.label))
            left = [walk for walk in left if walk.enrollment_id not in holding]
        return found

    def _holding(self, case: BranchCase, walks: Sequence[Mover]) -> set[str]:
        """The walks for which a case holds."""
        if case.entry is not None:
            test = case.entry
            return {walk.enrollment_id for walk in walks if holds(test, walk.memory.entry)}
        if case.segment_id:
            members: set[int] = set(
                self.members([case.segment_id], {walk.customer_id: walk.position for walk in walks})
            )
        else:
            members = self._matching(case.rule, walks)
        return {walk.enrollment_id for walk in walks if walk.customer_id in members}

    def _matching(self, rule: bytes, walks: Sequence[Mover]) -> set[int]:
        request = rules_pb2.EvaluateRuleRequest(
            customer_ids=_customers(walks),
            rule=rules_pb2.Rule.FromString(rule),
            min_identity_position=max(walk.position for walk in walks),
        )
        answer = self._peers.segmentation().EvaluateRule(request, timeout=TIMEOUT_SECONDS)
        return {result.customer_id for result in answer.results if result.matched}

    def _arm(self, setting: Setting, node: SplitNode, walks: Sequence[Mover], answers: Answers) -> None:
        reachable = self._reachable(setting, node, walks)
        answers.given.update(dict.fromkeys(_names(walks) - _names(reachable)))
        if not reachable:
            return
        request = experiments_pb2.AssignRequest(experiment_id=node.experiment_id, customer_ids=_customers(reachable))
        answer = self._peers.segmentation().Assign(request, timeout=TIMEOUT_SECONDS)
        by_customer = {result.customer_id: result for result in answer.results}
        for walk in reachable:
            result = by_customer[walk.customer_id]
            if result.HasField("error"):
                answers.failed[walk.enrollment_id] = f"Assign: {result.error.reason}: {result.error.message}"
            else:
                control = result.assignment.role == experiments_pb2.ARM_ROLE_CONTROL
                answers.given[walk.enrollment_id] = Arm(result.assignment.arm_id, control)

    def _reachable(self, setting: Setting, node: SplitNode, walks: Sequence[Mover]) -> Sequence[Mover]:
        """The walks whose customers the message in question could reach."""
        if not node.eligible_for:
            return walks
        send = setting.definition.canvas.nodes[node.eligible_for]
        assert isinstance(send, SendNode)
        messages = self._messages(setting, send, walks)
        answer = self._peers.delivery().CheckEligibility(
            delivery_service_pb2.CheckEligibilityRequest(messages=messages), timeout=TIMEOUT_SECONDS
        )
        return [
            walk
            for walk, result in zip(walks, answer.results, strict=True)
            if result.HasField("decision") and not _is_out_of_reach(result.decision)
        ]

    def _zones(self, walks: Sequence[Mover]) -> dict[str, ZoneInfo]:
        request = customers_pb2.BatchGetContactPointsRequest(customer_ids=_customers(walks), omit_consents=True)
        answer = self._peers.identity().BatchGetContactPoints(request, timeout=TIMEOUT_SECONDS)
        zones = {points.customer_id: points.zone for points in answer.points}
        return {walk.enrollment_id: self._zone(zones.get(walk.customer_id, "")) for walk in walks}

    def _zone(self, name: str) -> ZoneInfo:
        """The zone called ``name``; the company's when it is not known."""
        try:
            return ZoneInfo(name) if name else self._company_zone
        except (ZoneInfoNotFoundError, ValueError):
            return self._company_zone

    def _dates(self, node: AttributeWait, walks: Sequence[Mover]) -> dict[str, datetime | None]:
        attributes = self._attributes([node.attribute], walks)
        return {walk.enrollment_id: _date(attributes.get(walk.customer_id, {}).get(node.attribute)) for walk in walks}

    def _attributes(self, names: Sequence[str], walks: Sequence[Mover]) -> dict[int, dict[str, Scalar]]:
        if not names:
            return {}
        customers = _customers(walks)
        references = [references_pb2.CustomerReference(customer_id=each) for each in customers]
        answer = self._peers.identity().BatchGetCustomers(
            customers_pb2.BatchGetCustomersRequest(customers=references), timeout=TIMEOUT_SECONDS
        )
        return {
            customer_id: {
                name: codec.scalar(result.customer.attributes[name].value)
                for name in names
                if name in result.customer.attributes
            }
            for customer_id, result in zip(customers, answer.results, strict=True)
        }


def _message_maker(
    setting: Setting, node: SendNode
) -> Callable[[Mover, Mapping[str, Scalar]], messages_pb2.OutgoingMessage]:
    """Makes messages of one node; what is the same for all is made once."""
    node_id = next(name for name, each in setting.definition.canvas.nodes.items() if each is node)
    common = messages_pb2.OutgoingMessage(
        channels=node.channels,
        template_id=node.template_id,
        message_class=f"MESSAGE_CLASS_{node.message_class.name}",
        purpose=node.purpose,
        brand=node.brand or setting.brand,
        campaign_id=node.campaign_id or setting.campaign_id,
        phase_id=node.phase_id,
        journey_id=setting.journey_id,
        node_id=node_id,
        tier=node.tier,
        priority=node.priority,
    )
    if node.override is not None:
        common.override.reason = node.override.reason
        common.override.end_time.CopyFrom(codec.timestamp(node.override.end))
    constants = {
        name: binding.value for name, binding in node.variables.items() if binding.kind is BindingKind.CONSTANT
    }
    _fill(common, constants)
    varying = {name: binding for name, binding in node.variables.items() if name not in constants}

    def make(walk: Mover, attributes: Mapping[str, Scalar]) -> messages_pb2.OutgoingMessage:
        message = messages_pb2.OutgoingMessage()
        message.CopyFrom(common)
        message.idempotency_key = f"{walk.enrollment_id}/{node_id}/{walk.visit}"
        message.recipient.customer_id = walk.customer_id
        message.enrollment_id = walk.enrollment_id
        codec.set_time(message.expire_time, micros(walk.node_entered + node.expires_after))
        if varying:
            _fill(message, {name: _bound(each, walk, attributes) for name, each in varying.items()})
        if walk.memory.held is not None and node.message_class.is_marketing:
            message.holdout.experiment_id, message.holdout.arm = walk.memory.held
        return message

    return make


def _fill(message: messages_pb2.OutgoingMessage, values: Mapping[str, Scalar]) -> None:
    """Sets variables; one without a value is left out, so that the template's default applies."""
    for name, value in values.items():
        if value is not None:
            message.variables[name].CopyFrom(codec.value(value))


def _bound(binding: Any, walk: Mover, attributes: Mapping[str, Scalar]) -> Scalar:
    match binding.kind:
        case BindingKind.ENTRY:
            return walk.memory.entry.get(binding.name)
        case BindingKind.WAIT:
            ended = walk.memory.waits.get(binding.node_id)
            return None if ended is None else ended.properties.get(binding.name)
    return attributes.get(binding.name)


def _attribute_names(node: SendNode) -> list[str]:
    kinds = node.variables.values()
    return sorted({each.name for each in kinds if each.kind is BindingKind.ATTRIBUTE})


def _is_out_of_reach(decision: decisions_pb2.Decision) -> bool:
    return decision.verdict == decisions_pb2.VERDICT_DROPPED and decision.check in _OUT_OF_REACH


def _names(walks: Sequence[Mover]) -> set[str]:
    return {walk.enrollment_id for walk in walks}


def _customers(walks: Sequence[Mover]) -> list[int]:
    return list(dict.fromkeys(walk.customer_id for walk in walks))


def _date(value: Scalar) -> datetime | None:
    return from_micros(value["instant"]) if isinstance(value, dict) else None


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _described(error: grpc.RpcError) -> str:
    if isinstance(error, grpc.Call):
        return f"{error.code().name}: {error.details()}"
    return f"{type(error).__name__}: {error}"
