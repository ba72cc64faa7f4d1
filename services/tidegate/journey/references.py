"""Looks up what a draft names of other services: segments, rules, experiments, templates."""

from collections.abc import Callable, Iterator

import grpc

from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.journey.v1 import canvas_pb2, conditions_pb2, journeys_pb2
from tidegate.api.segmentation.v1 import experiments_pb2, rules_pb2, segments_pb2
from tidegate.journey.issues import Issue, Reason, Severity
from tidegate.runtime.client import Peers

_TIMEOUT_SECONDS = 5.0


class References:
    """Asks the other services whether they know what a draft names."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def check(self, definition: journeys_pb2.Definition) -> list[Issue]:
        """What is not known; a service that can't be asked gives a warning."""
        return [
            *self._unknown(_segments(definition), "segment", self._segment),
            *self._unknown(_templates(definition), "template", self._template),
            *self._experiments(definition),
            *self._rules(definition),
        ]

    def _unknown(
        self, named: Iterator[tuple[str, str, str]], kind: str, ask: Callable[[str], object]
    ) -> Iterator[Issue]:
        for name, field, node_id in named:
            if name:
                yield from _asked(lambda name=name: ask(name), kind, name, field, node_id)  # type: ignore[misc]

    def _segment(self, segment_id: str) -> object:
        request = segments_pb2.GetSegmentRequest(segment_id=segment_id)
        return self._peers.segmentation().GetSegment(request, timeout=_TIMEOUT_SECONDS)

    def _template(self, template_id: str) -> object:
        request = delivery_service_pb2.GetTemplateRequest(template_id=template_id)
        return self._peers.delivery().GetTemplate(request, timeout=_TIMEOUT_SECONDS)

    def _experiments(self, definition: journeys_pb2.Definition) -> Iterator[Issue]:
        for index, node in enumerate(definition.canvas.nodes):
            if not node.split.experiment_id:
                continue
            field = f"canvas.nodes[{index}].split"
            request = experiments_pb2.GetExperimentRequest(experiment_id=node.split.experiment_id)
            found: list[experiments_pb2.Experiment] = []

            def ask(
                request: experiments_pb2.GetExperimentRequest = request,
                found: list[experiments_pb2.Experiment] = found,
            ) -> None:
                answer = self._peers.segmentation().GetExperiment(request, timeout=_TIMEOUT_SECONDS)
                found.append(answer.experiment)

            name = node.split.experiment_id
            yield from _asked(ask, "experiment", name, f"{field}.experiment_id", node.node_id)
            for experiment in found:
                yield from _split(node, experiment, field)

    def _rules(self, definition: journeys_pb2.Definition) -> Iterator[Issue]:
        for index, node in enumerate(definition.canvas.nodes):
            for number, case in enumerate(node.branch.cases):
                if case.rule.WhichOneof("node"):
                    field = f"canvas.nodes[{index}].branch.cases[{number}].rule"
                    yield from self._rule(case.rule, field, node.node_id)

    def _rule(self, rule: rules_pb2.Rule, field: str, node_id: str) -> Iterator[Issue]:
        request = rules_pb2.ValidateRuleRequest(rule=rule)
        try:
            answer = self._peers.segmentation().ValidateRule(request, timeout=_TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            yield _not_asked("the rule", error, field, node_id)
            return
        for violation in answer.violations:
            path = field + violation.field.removeprefix("rule")
            yield Issue(Reason.INVALID_FIELD, violation.description, field=path, node_id=node_id)


def _asked(ask: Callable[[], object], kind: str, name: str, field: str, node_id: str) -> Iterator[Issue]:
    try:
        ask()
    except grpc.RpcError as error:
        if _code(error) is grpc.StatusCode.NOT_FOUND:
            yield Issue(Reason.UNKNOWN_REFERENCE, f"there is no {kind} {name}", field=field, node_id=node_id)
        else:
            yield _not_asked(f"{kind} {name}", error, field, node_id)


def _not_asked(what: str, error: grpc.RpcError, field: str, node_id: str) -> Issue:
    return Issue(
        Reason.UNKNOWN_REFERENCE,
        f"{what} could not be looked up: {_code(error).name}",
        severity=Severity.WARNING,
        field=field,
        node_id=node_id,
    )


def _code(error: grpc.RpcError) -> grpc.StatusCode:
    return error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN


def _split(node: canvas_pb2.Node, experiment: experiments_pb2.Experiment, field: str) -> Iterator[Issue]:
    if experiment.state != experiments_pb2.EXPERIMENT_STATE_RUNNING:
        yield Issue(
            Reason.UNKNOWN_REFERENCE,
            f"experiment {experiment.experiment_id} is not running; walks stand at the split until it is started",
            severity=Severity.WARNING,
            field=f"{field}.experiment_id",
            node_id=node.node_id,
        )
    known = {arm.arm_id for arm in experiment.arms}
    for index, arm in enumerate(node.split.arms):
        if arm not in known:
            yield Issue(
                Reason.UNKNOWN_REFERENCE,
                f"experiment {experiment.experiment_id} has no arm {arm}; it has {', '.join(sorted(known))}",
                field=f"{field}.arms[{index}]",
                node_id=node.node_id,
            )


def _templates(definition: journeys_pb2.Definition) -> Iterator[tuple[str, str, str]]:
    for index, node in enumerate(definition.canvas.nodes):
        yield node.send.template_id, f"canvas.nodes[{index}].send.template_id", node.node_id


def _segments(definition: journeys_pb2.Definition) -> Iterator[tuple[str, str, str]]:
    entry = definition.entry
    for index, name in enumerate(entry.exclusion_segment_ids):
        yield name, f"entry.exclusion_segment_ids[{index}]", ""
    for index, trigger in enumerate(entry.triggers):
        yield trigger.segment.segment_id, f"entry.triggers[{index}].segment.segment_id", ""
        yield trigger.schedule.segment_id, f"entry.triggers[{index}].schedule.segment_id", ""
    for index, condition in enumerate(definition.exits.conditions):
        yield _member(condition.happening), f"exits.conditions[{index}].happening.membership", ""
    for index, node in enumerate(definition.canvas.nodes):
        for number, case in enumerate(node.branch.cases):
            field = f"canvas.nodes[{index}].branch.cases[{number}].segment_id"
            yield case.segment_id, field, node.node_id
        for number, wait in enumerate(node.wait_for.cases):
            field = f"canvas.nodes[{index}].wait_for.cases[{number}].happening.membership"
            yield _member(wait.happening), field, node.node_id


def _member(happening: conditions_pb2.Happening) -> str:
    return happening.membership.segment_id
