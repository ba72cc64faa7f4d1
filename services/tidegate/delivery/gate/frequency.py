"""Step 6, frequency: whether a slot is free by every rule that applies."""

from collections.abc import Sequence

from tidegate.delivery.gate.address import closing
from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import defer, drop, elsewhere
from tidegate.delivery.model import Address, CustomerFacts, Decision, DropReason, Facts, Finding, GateCheck
from tidegate.delivery.policy.frequency import reaction
from tidegate.delivery.policy.model import OnExceed, Violation


def check(terms: Terms, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
    """Whether no rule is broken; else what the strictest of those that are says."""
    broken = terms.policies.rules.violations(message, customer, customer.rows, terms.now, terms.inactive)
    if not broken:
        return None
    reason, step = DropReason.FREQUENCY, GateCheck.FREQUENCY
    findings = [_finding(violation) for violation in broken]
    holds = sorted({hold_id for violation in broken for hold_id in violation.holds})
    facts = {"holds": ", ".join(holds)} if holds else {}
    match reaction(broken):
        case OnExceed.DEFER:
            closes = closing(terms, message, customer, addresses)
            return defer(terms, message, customer, step, reason, findings, closes, facts)
        case OnExceed.NEXT_CHANNEL:
            return elsewhere(terms, message, step, reason, facts, findings)
    return drop(terms, message, step, reason, facts, findings)


def _finding(violation: Violation) -> Finding:
    rule = violation.rule
    return Finding(rule.rule_id, rule.version, violation.counted, violation.limit, violation.free_at)
