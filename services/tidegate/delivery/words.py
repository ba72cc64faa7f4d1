"""What the gate decided, and what became of a message, in words for people to read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tidegate.delivery.allowances.words import allowance_words
from tidegate.delivery.model import DropReason, GateCheck, LedgerState, ReceiptState, Verdict
from tidegate.runtime.clock import from_micros, micros

_LAST = micros(datetime.fromisoformat("9999-12-30T00:00:00+00:00"))

WHY = {
    DropReason.EXPIRED: "its expiry had passed",
    DropReason.CANCELLED: "its caller took it back",
    DropReason.NOT_ACTIVE: "its campaign or journey is not active",
    DropReason.NOT_OWNER: "the sender unit may not market to this customer",
    DropReason.NO_CONSENT: "the customer has not agreed to this purpose on this channel",
    DropReason.SUPPRESSED: "the customer or the address is suppressed",
    DropReason.NO_ADDRESS: "the customer has no address on this channel",
    DropReason.WINDOW_CLOSED: "the platform's interaction window is not open",
    DropReason.NO_CREDIT: "the customer has granted no message that is still unused",
    DropReason.TEMPLATE_INVALID: "the template has no usable content for this channel",
    DropReason.HELD_OUT: "the customer is in a control group",
    DropReason.FREQUENCY: "a frequency rule does not allow it",
    DropReason.QUIET: "it is quiet for the customer",
    DropReason.REPEATED: "the same content was just sent to the customer",
}
_DONE: Mapping[str, str] = {
    Verdict.GRANTED: "let it through",
    Verdict.DEFERRED: "put it off",
    Verdict.DROPPED: "ended it",
    Verdict.NEXT_CHANNEL: "passed it on to the next channel",
}


def when(instant: int) -> str:
    """An instant, in UTC."""
    return f"{from_micros(instant):%Y-%m-%d %H:%M:%S} UTC" if instant <= _LAST else "the end of all calendars"


def sentence(decision: Any) -> str:
    """A decision in words: what the gate did, why, by which counts, and until when."""
    facts, check = decision.facts, GateCheck(decision.gate_check or GateCheck.STATE).replace("_", " ")
    text = f"On {decision.channel} the gate {_DONE[decision.verdict]}"
    if decision.reason:
        text += f" at the check of {check}, because {_why(decision)}"
        text += "".join(words(facts) for words in _DETAILS.get(decision.reason, ()))
    elif awaited := facts.get("awaits"):
        text += f" before the check of {check}, because segmentation has not told yet who is in {awaited}"
    elif guardrail := facts.get("guardrail"):
        text += f", because the guardrail {guardrail} has paused its campaign"
    text += _passing(facts) + _counts(decision.findings)
    text += allowance_words(facts, granted=decision.verdict == Verdict.GRANTED)
    if refused := facts.get("refused_by"):
        text += f"; {refused} has refused it already"
    if left := facts.get("left_to"):
        text += f"; it is left to {left}"
    if late := facts.get("free_at"):
        text += f", and it is free at {when(int(late))} only"
    if decision.wake_time is not None:
        text += f", until {when(decision.wake_time)}"
    return f"{text}{behind_words(decision.facts, decision.identity_position)}."


def _why(decision: Any) -> str:
    if "first_message_id" not in decision.facts:
        return WHY[DropReason(decision.reason)]
    done = "was just sent" if decision.verdict == Verdict.DROPPED else "is on its way"
    facts = decision.facts
    return f"the same content {done} to the customer (message {facts['first_message_id']} of {facts['first_caller']})"


def _inactive(facts: Mapping[str, str]) -> str:
    return f" ({facts['inactive']})" if "inactive" in facts else ""


def _ownership(facts: Mapping[str, str]) -> str:
    if "segments" not in facts:
        return ""
    return f" ({facts['sender_unit']} may market to {facts['segments']}, where they are not)"


def _denial(facts: Mapping[str, str]) -> str:
    if "denied" not in facts:
        return f" (nothing was said of {facts['purpose']})" if "purpose" in facts else ""
    where = f"{facts['denied_channel'] or 'every channel'} and {facts['denied_brand'] or 'every brand'}"
    return f" ({facts['purpose']} was denied at {when(int(facts['denied']))}, for {where})"


def _suppression(facts: Mapping[str, str]) -> str:
    if "suppression_id" not in facts:
        return " (the customer is erased)" if facts.get("cause") == "erasure" else ""
    if "segment_id" in facts:
        whose = f"as is all of the segment {facts['segment_id']}, by"
    else:
        whose = f"the {facts['suppressed']} by" if "suppressed" in facts else "by"
    return f" ({whose} {facts['suppression_id']}, cause {facts['cause']})"


def _named(key: str, what: str) -> Any:
    return lambda facts: f" ({what} {facts[key]})" if key in facts else ""


def _holds(facts: Mapping[str, str]) -> str:
    return f" beside the slots that are held by {facts['holds']}" if "holds" in facts else ""


_DETAILS: Mapping[str, Sequence[Any]] = {
    DropReason.NOT_ACTIVE: [_inactive],
    DropReason.NOT_OWNER: [_ownership],
    DropReason.NO_CONSENT: [_denial],
    DropReason.SUPPRESSED: [_suppression],
    DropReason.NO_ADDRESS: [_named("namespace", "none of the namespace")],
    DropReason.TEMPLATE_INVALID: [_named("template_id", "template")],
    DropReason.HELD_OUT: [_named("experiment_id", "of the experiment")],
    DropReason.FREQUENCY: [_holds],
    DropReason.QUIET: [_named("quiet_hours", "by")],
}
"""What the facts add to a reason."""


def _counts(findings: Sequence[tuple[str, int, int, int, int | None]]) -> str:
    """What rules counted, by which version, and when each of them allows the message again; empty for none."""
    return f" ({'; '.join(_count(*finding) for finding in findings)})" if findings else ""


def _count(rule_id: str, version: int, counted: int, limit: int, free_at: int | None) -> str:
    """A limit of a platform has no version."""
    free = "never free" if free_at is None else f"free at {when(free_at)}"
    return f"{rule_id} counts {counted} of {limit}, {f'by version {version}, ' if version else ''}{free}"


def _passing(facts: Mapping[str, str]) -> str:
    """What let a message pass."""
    text = ""
    if "exemptions" in facts:
        text += f", since the customer is exempted from {facts['exempted_from']} by {facts['exemptions']}"
    if "override_end" in facts:
        text += f", by its caller's override until {when(int(facts['override_end']))}"
        passed = [facts[key] for key in ("overridden_rules", "overridden_quiet_hours") if key in facts]
        text += f" of {', '.join(passed)}" if passed else ", which was not needed"
    return text


def behind_words(facts: Mapping[str, str], applied: int) -> str:
    """How much of identity's feed a decision rests on, where that is less than identity has told."""
    told = facts.get("identity_position")
    return f", though of identity's feed, which goes to {told}, it knows what stands up to {applied}" if told else ""


def call(attempt: Any) -> str:
    """A call, and what came of it."""
    code = f" ({attempt.provider_code})" if attempt.provider_code else ""
    return f"Call {attempt.number} through {attempt.account_id} on {attempt.channel}: {attempt.outcome}{code}."


_HEARD: Mapping[str, str] = {
    ReceiptState.APPLIED: "",
    ReceiptState.WAITING: ", which waits",
    ReceiptState.SUPERSEDED: ", which changed nothing",
}


def heard(receipt: Any) -> str:
    """A receipt: what it says, of when, and whether it changed anything."""
    code = f" ({receipt.provider_code})" if receipt.provider_code else ""
    by = f" from {receipt.account_id}" if receipt.account_id else ""
    return f"A receipt{by} says {receipt.kind}{code} at {when(receipt.time)}{_HEARD[receipt.state]}."


_SLOTS: Mapping[str, str] = {
    LedgerState.RESERVED: "It holds a slot on {channel}, counted at {time}.",
    LedgerState.COMMITTED: "It has used a slot on {channel}, counted at {time}.",
    LedgerState.RELEASED: "Its slot on {channel}, counted at {time}, was given back.",
}


def slot_words(slot: Any) -> str:
    """What became of the slot that the message took."""
    return _SLOTS[slot.state].format(channel=slot.channel, time=when(slot.counted_at))
