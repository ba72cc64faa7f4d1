"""Decisions of the gate as the contract has them, kept or not."""

from collections.abc import Iterable, Mapping

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import decisions_pb2, delivery_service_pb2
from tidegate.delivery import words
from tidegate.delivery.announce import REASONS, numbers
from tidegate.delivery.instants import set_timestamp
from tidegate.delivery.model import Decision, DropReason, GateCheck, Verdict
from tidegate.delivery.store.reading import StoredDecision

_VERDICTS: Mapping[str, decisions_pb2.Verdict] = numbers(decisions_pb2.Verdict, "VERDICT", Verdict)
_CHECKS: Mapping[str, decisions_pb2.GateCheck] = numbers(decisions_pb2.GateCheck, "GATE_CHECK", GateCheck)


def eligibility_response(
    answers: Iterable[Decision | common_pb2.ItemError],
) -> delivery_service_pb2.CheckEligibilityResponse:
    """The answers of CheckEligibility."""
    response = delivery_service_pb2.CheckEligibilityResponse()
    granted: dict[tuple[int, str], decisions_pb2.Decision] = {}  # a grant says the same of everybody
    for answer in answers:
        result = response.results.add()
        if not isinstance(answer, Decision):
            result.error.CopyFrom(answer)
        elif answer.verdict is not Verdict.GRANTED or answer.facts:
            _fill_in(result.decision, _as_stored(answer))
        elif known := granted.get((answer.time, answer.channel)):
            result.decision.CopyFrom(known)
        else:
            _fill_in(result.decision, _as_stored(answer))
            granted[answer.time, answer.channel] = result.decision
    return response


def _as_stored(made: Decision) -> StoredDecision:
    """A decision that was not stored, as if it had been."""
    return StoredDecision(
        made.time,
        made.verdict,
        made.check or "",
        made.reason or "",
        made.channel,
        "",
        made.wake_time,
        0,
        0,
        made.findings,
        made.facts,
    )


def stored_decision(made: StoredDecision) -> decisions_pb2.Decision:
    """A decision as it was kept."""
    shown = decisions_pb2.Decision()
    _fill_in(shown, made)
    shown.account_id = made.account_id
    shown.policy_version = made.policy_version
    shown.identity_position = made.identity_position
    return shown


def _fill_in(shown: decisions_pb2.Decision, made: StoredDecision) -> None:
    """What every decision has, kept or not."""
    set_timestamp(shown.time, made.time)
    shown.verdict = _VERDICTS[made.verdict]
    shown.channel = made.channel
    shown.text = words.sentence(made)
    if made.gate_check:
        shown.check = _CHECKS[made.gate_check]
    if made.reason:
        shown.reason = REASONS[DropReason(made.reason)]
    if made.wake_time is not None:
        set_timestamp(shown.wake_time, made.wake_time)
    for rule_id, version, counted, limit, free_at in made.findings:
        finding = shown.findings.add(rule_id=rule_id, rule_version=version, counted=counted, limit=limit)
        if free_at is not None:
            set_timestamp(finding.free_time, free_at)
    shown.facts.update(made.facts)
