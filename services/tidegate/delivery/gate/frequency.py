"""Step 6, frequency: whether a slot is free by every rule that applies."""

from tidegate.delivery.gate.terms import Case, Terms
from tidegate.delivery.gate.verdicts import defer, drop, elsewhere
from tidegate.delivery.model import Decision, DropReason, Finding, GateCheck
from tidegate.delivery.policy.frequency import reaction
from tidegate.delivery.policy.model import OnExceed, Violation


def check(terms: Terms, case: Case) -> Decision | None:
    """Whether no rule is broken; else what the strictest of those that are says."""
    message, customer, _ = case
    broken = terms.policies.rules.violations(message, customer, customer.rows, terms.now)
    if not broken:
        return None
    reason, step = DropReason.FREQUENCY, GateCheck.FREQUENCY
    findings = [_finding(violation) for violation in broken]
    match reaction(broken):
        case OnExceed.DEFER:
            return defer(terms, case, step, reason, findings)
        case OnExceed.NEXT_CHANNEL:
            return elsewhere(terms, case, step, reason, findings=findings)
    return drop(terms, case, step, reason, findings=findings)


def _finding(violation: Violation) -> Finding:
    rule = violation.rule
    return Finding(rule.rule_id, rule.version, violation.counted, violation.limit, violation.free_at)
