"""How a check says no: an end, the next channel of the message's chain, or a later instant."""

from collections.abc import Mapping, Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.model import CustomerFacts, Decision, DropReason, Facts, Finding, GateCheck, Verdict
from tidegate.delivery.policy import deferral
from tidegate.delivery.policy.frequency import reaction
from tidegate.delivery.policy.model import OnExceed


def drop(
    terms: Terms,
    message: Facts,
    check: GateCheck,
    reason: DropReason,
    facts: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
) -> Decision:
    """The message ends."""
    return Decision(Verdict.DROPPED, terms.now, message.channel, check, reason, findings=findings, facts=facts or {})


def elsewhere(
    terms: Terms,
    message: Facts,
    check: GateCheck,
    reason: DropReason,
    facts: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
) -> Decision:
    """The next channel of the chain, if there is one; else the message ends."""
    if message.channel_index + 1 >= len(message.channels):
        return drop(terms, message, check, reason, facts, findings)
    verdict = Verdict.NEXT_CHANNEL
    return Decision(verdict, terms.now, message.channel, check, reason, findings=findings, facts=facts or {})


def defer(
    terms: Terms,
    message: Facts,
    customer: CustomerFacts,
    check: GateCheck,
    reason: DropReason,
    findings: Sequence[Finding] = (),
    closes: int | None = None,
    facts: Mapping[str, str] | None = None,
    since: int | None = None,
) -> Decision:
    """Until every rule and quiet hours allow it; dropped at once when that is after its expiry.

    ``since`` is when the platform itself allows it: no longer, where the checks behind will end the message then, or
    send it another way. Where the platform's window ``closes`` before, the next channel is tried.
    """
    if since is not None and _is_turned_away(terms, message, customer, since):
        wake: int | None = since
    else:
        wake = _wake_time(terms, message, customer, terms.now if since is None else since)
    if closes is not None and (wake is None or wake >= closes):
        lapses = {"window_lapses": str(closes)} | ({} if wake is None else {"free_at": str(wake)})
        return elsewhere(terms, message, check, reason, {**(facts or {}), **lapses}, findings)
    if wake is None or wake >= message.expire_time:
        too_late = {} if wake is None else {"free_at": str(wake)}
        return drop(terms, message, check, reason, {**(facts or {}), **too_late}, findings)
    return Decision(
        Verdict.DEFERRED,
        terms.now,
        message.channel,
        check,
        reason,
        wake_time=wake,
        findings=findings,
        facts=facts or {},
    )


def wait(terms: Terms, message: Facts, check: GateCheck, facts: Mapping[str, str]) -> Decision:
    """Until something that comes at no known time: whoever brings it about wakes what is deferred to its expiry."""
    return Decision(Verdict.DEFERRED, terms.now, message.channel, check, wake_time=message.expire_time, facts=facts)


def _is_turned_away(terms: Terms, message: Facts, customer: CustomerFacts, instant: int) -> bool:
    """Whether, as it stands, rules or quiet hours would say something else than to wait at an instant."""
    rules, quiet = terms.policies.rules, terms.policies.quiet
    if broken := rules.violations(message, customer, customer.rows, instant, terms.inactive):
        return reaction(broken) is not OnExceed.DEFER
    is_quiet = quiet.next_allowed(instant, message, customer) != instant
    return is_quiet and quiet.action(instant, message, customer) is not OnExceed.DEFER


def _wake_time(terms: Terms, message: Facts, customer: CustomerFacts, since: int) -> int | None:
    """What waits for quiet hours to end is spread behind their end, as far as its expiry allows."""
    rules, quiet = terms.policies.rules, terms.policies.quiet
    free = deferral.earliest_free(message, customer, customer.rows, rules, quiet, since, terms.inactive)
    if free is None:
        return None
    spread = quiet.release(free, message, customer)
    return spread if spread < message.expire_time else free
