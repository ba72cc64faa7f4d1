"""What let a message pass where others are held: its override, or exemptions of its customer."""

from collections.abc import Iterable, Mapping

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.model import NO_FACTS, CustomerFacts, Facts, MessageClass
from tidegate.delivery.policy.model import FrequencyRule, QuietRule


def facts(terms: Terms, message: Facts, customer: CustomerFacts) -> Mapping[str, str]:
    """The facts of a grant: which exemption opened which rules, or what the override was needed for."""
    if message.message_class is MessageClass.MARKETING_OVERRIDE:
        return _overridden(terms, message._replace(message_class=MessageClass.MARKETING), customer)
    if not terms.policies.rules.has_exemptions:
        return NO_FACTS
    opened = terms.policies.rules.opened(message, customer, customer.rows, terms.now, terms.inactive)
    if not opened:
        return NO_FACTS
    exemptions = {f"{one.exemption_id} (version {one.version})": one for _, one in opened}
    return {"exempted_from": versions(rule for rule, _ in opened), "exemptions": ", ".join(sorted(exemptions))}


def versions(rules: Iterable[FrequencyRule | QuietRule]) -> str:
    """The rules with their versions."""
    return ", ".join(sorted({f"{rule.rule_id} (version {rule.version})" for rule in rules}))


def _overridden(terms: Terms, message: Facts, customer: CustomerFacts) -> Mapping[str, str]:
    broken = terms.policies.rules.violations(message, customer, customer.rows, terms.now, terms.inactive)
    quiet = terms.policies.quiet.holding(terms.now, message, customer)
    passed = {
        "overridden_rules": versions(violation.rule for violation in broken),
        "overridden_quiet_hours": versions(quiet),
    }
    return {"override_end": str(message.override_end), **{key: value for key, value in passed.items() if value}}
