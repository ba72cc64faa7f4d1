"""Facts of decisions in words, for people to read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tidegate.runtime.clock import from_micros, micros

_LAST = micros(datetime.fromisoformat("9999-12-30T00:00:00+00:00"))


def when(instant: int) -> str:
    """An instant, in UTC."""
    return f"{from_micros(instant):%Y-%m-%d %H:%M:%S} UTC" if instant <= _LAST else "the end of all calendars"


def counts(findings: Sequence[tuple[str, int, int, int, int | None]]) -> str:
    """What rules counted, by which version, and when each of them allows the message again; empty for none."""
    return f" ({'; '.join(_count(*finding) for finding in findings)})" if findings else ""


def _count(rule_id: str, version: int, counted: int, limit: int, free_at: int | None) -> str:
    free = "never free" if free_at is None else f"free at {when(free_at)}"
    return f"{rule_id} counts {counted} of {limit}, by version {version}, {free}"


def quiet_words(facts: Mapping[str, str]) -> str:
    """The quiet hours that hold a message."""
    return f" (by {facts['quiet_hours']})" if "quiet_hours" in facts else ""


def left_words(facts: Mapping[str, str]) -> str:
    """The other accounts of the channel that a message is left to."""
    return f"; it is left to {facts['left_to']}" if "left_to" in facts else ""


def passing_words(facts: Mapping[str, str]) -> str:
    """What let a message pass."""
    text = ""
    if "exemptions" in facts:
        text += f", since the customer is exempted from {facts['exempted_from']} by {facts['exemptions']}"
    if "override_end" in facts:
        text += f", by its caller's override until {when(int(facts['override_end']))}"
        passed = [facts[key] for key in ("overridden_rules", "overridden_quiet_hours") if key in facts]
        text += f" of {', '.join(passed)}" if passed else ", which was not needed"
    return text
