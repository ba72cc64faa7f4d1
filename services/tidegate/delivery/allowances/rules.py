"""What a platform allows on an account, as its adapter's manifest says it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tidegate.channels import Manifest, Trigger, WindowRule
from tidegate.delivery.allowances.model import Window
from tidegate.runtime.clock import from_micros

_MICROSECOND = timedelta(microseconds=1)

REPLIES = (WindowRule(trigger=Trigger.MESSAGE, lifetime=timedelta(hours=48), messages=None),)
"""When a service reply may go where the platform itself asks for no window: the customer wrote not long ago."""


@dataclass(frozen=True, slots=True)
class Platform:
    """The rules of an account's platform."""

    needs_grant: bool = False
    windows: Sequence[WindowRule] = ()
    one_at_a_time: bool = False

    @classmethod
    def of(cls, manifest: Manifest) -> Platform:
        """Those of an adapter's channel."""
        return cls(manifest.needs_grant, manifest.windows, manifest.one_at_a_time)

    @property
    def limits(self) -> bool:
        """Whether it asks for anything at all."""
        return self.needs_grant or bool(self.windows) or self.one_at_a_time

    @property
    def window_rules(self) -> Sequence[WindowRule]:
        """The rules by which windows are open on it."""
        return self.windows or REPLIES

    @property
    def horizon(self) -> int:
        """How far back uses count, in µs."""
        return max(span_of(rule.lifetime) for rule in self.window_rules)


ANY = Platform()
"""A platform that asks for nothing."""


def span_of(span: timedelta) -> int:
    """The span in µs."""
    return span // _MICROSECOND


def open_windows(
    rules: Sequence[WindowRule], openings: Mapping[str, int], uses: Iterable[int], now: int
) -> list[Window]:
    """The windows that are open at ``now``; all that went out since one was opened counts in it.

    ``openings`` are the newest ones by trigger. A window whose messages are used up is open, with none left.
    """
    found, sent = [], list(uses)
    for rule in rules:
        opened = openings.get(rule.trigger)
        if opened is None or not rule.in_force(from_micros(opened)):
            continue
        lapses = opened + span_of(rule.lifetime)
        if lapses > now:
            used = sum(1 for use in sent if use >= opened)
            left = None if rule.messages is None else max(rule.messages - used, 0)
            found.append(Window(rule.trigger, lapses, left))
    return found


def best(windows: Iterable[Window]) -> Window | None:
    """The one to send by: windows do not add up, so the one that stays open longest and still takes a message."""
    usable = [one for one in windows if one.left is None or one.left > 0]
    return max(usable, key=lambda one: one.lapses, default=None)


def widest(windows: Iterable[Window]) -> Window | None:
    """The one that takes most messages; of those that take as many, the one that stays open longest."""
    return max(windows, key=lambda one: (one.left is None, one.left or 0, one.lapses), default=None)
