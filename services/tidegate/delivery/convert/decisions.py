"""Decisions of the gate as the contract has them, kept or not."""

from collections.abc import Iterable, Mapping

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import decisions_pb2, delivery_service_pb2, policy_service_pb2
from tidegate.delivery import words
from tidegate.delivery.announce import REASONS, numbers
from tidegate.delivery.asking import Foreseen
from tidegate.delivery.instants import set_timestamp
from tidegate.delivery.model import DropReason, GateCheck, Verdict
from tidegate.delivery.simulating import Simulated
from tidegate.delivery.store.reading import StoredDecision

_VERDICTS: Mapping[str, decisions_pb2.Verdict] = numbers(decisions_pb2.Verdict, "VERDICT", Verdict)
_CHECKS: Mapping[str, decisions_pb2.GateCheck] = numbers(decisions_pb2.GateCheck, "GATE_CHECK", GateCheck)


def eligibility_response(
    answers: Iterable[Foreseen | common_pb2.ItemError],
) -> delivery_service_pb2.CheckEligibilityResponse:
    """The answers of CheckEligibility."""
    response = delivery_service_pb2.CheckEligibilityResponse()
    showing = Showing()
    for answer in answers:
        result = response.results.add()
        if isinstance(answer, Foreseen):
            showing.show(result.decision, answer)
        else:
            result.error.CopyFrom(answer)
    return response


def simulation_response(
    answers: Iterable[Simulated | common_pb2.ItemError],
) -> policy_service_pb2.SimulateGateResponse:
    """The answers of SimulateGate."""
    response = policy_service_pb2.SimulateGateResponse()
    showing = Showing()
    for answer in answers:
        result = response.results.add()
        if isinstance(answer, Simulated):
            showing.show(result.decision, answer.foreseen)
            if answer.sent_time is not None:
                set_timestamp(result.sent_time, answer.sent_time)
        else:
            result.error.CopyFrom(answer)
    return response


class Showing:
    """Shows decisions that were not kept. A grant says the same of everybody: it is put in words once."""

    def __init__(self) -> None:
        self._granted: dict[tuple[object, ...], decisions_pb2.Decision] = {}

    def show(self, shown: decisions_pb2.Decision, foreseen: Foreseen) -> None:
        """Fills in ``shown``."""
        made = foreseen.decision
        if made.verdict is not Verdict.GRANTED or made.facts:
            _fill_in(shown, _as_stored(foreseen))
            return
        said = (made.time, made.channel, *foreseen[1:])
        known = self._granted.get(said)
        if known is None:
            _fill_in(shown, _as_stored(foreseen))
            self._granted[said] = shown
        else:
            shown.CopyFrom(known)


def _as_stored(foreseen: Foreseen) -> StoredDecision:
    """A decision that was not stored, as if it had been."""
    made = foreseen.decision
    return StoredDecision(
        made.time,
        made.verdict,
        made.check or "",
        made.reason or "",
        made.channel,
        foreseen.account_id if made.verdict is Verdict.GRANTED else "",
        made.wake_time,
        foreseen.policy_version,
        foreseen.identity_position,
        made.findings,
        made.facts,
    )


def stored_decision(made: StoredDecision) -> decisions_pb2.Decision:
    """A decision as it was kept."""
    shown = decisions_pb2.Decision()
    _fill_in(shown, made)
    return shown


def _fill_in(shown: decisions_pb2.Decision, made: StoredDecision) -> None:
    """What every decision has, kept or not."""
    set_timestamp(shown.time, made.time)
    shown.verdict = _VERDICTS[made.verdict]
    shown.channel = made.channel
    shown.account_id = made.account_id
    shown.policy_version = made.policy_version
    shown.identity_position = made.identity_position
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
