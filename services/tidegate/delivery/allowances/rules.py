"""What a platform allows on an account, as its adapter's manifest says it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from tidegate.channels import Limit, Manifest, Per, Period, Trigger, WindowRule
from tidegate.channels.allowances import PLATFORM_ZONE
from tidegate.delivery.allowances.model import Sent, Window
from tidegate.runtime.clock import from_micros, micros

_MICROSECOND = timedelta(microseconds=1)

REPLIES = (WindowRule(trigger=Trigger.MESSAGE, lifetime=timedelta(hours=48), messages=None),)
"""When a service reply may go where the platform itself asks for no window: the customer wrote not long ago."""


@dataclass(frozen=True, slots=True)
class Platform:
    """The rules of an account's platform."""

    needs_grant: bool = False
    windows: Sequence[WindowRule] = ()
    one_at_a_time: bool = False
    limits: Sequence[Limit] = ()
    caps: Sequence[Limit] = ()

    @classmethod
    def of(cls, manifest: Manifest) -> Platform:
        """Those of an adapter's channel: ``limits`` are per address, ``caps`` per account."""
        daily = [Limit(per=Per.ACCOUNT, most=manifest.daily_cap, within=Period.DAY)] if manifest.daily_cap else []
        return cls(
            manifest.needs_grant,
            manifest.windows,
            manifest.one_at_a_time,
            [one for one in manifest.limits if one.per is Per.ADDRESS],
            [*daily, *(one for one in manifest.limits if one.per is Per.ACCOUNT)],
        )

    @property
    def counts(self) -> bool:
        """Whether it counts messages to an address."""
        return self.needs_grant or bool(self.windows) or self.one_at_a_time or bool(self.limits)

    @property
    def window_rules(self) -> Sequence[WindowRule]:
        """The rules by which windows are open on it."""
        return self.windows or REPLIES

    @property
    def horizon(self) -> int:
        """How far back uses count in windows, in µs."""
        return max(span_of(rule.lifetime) for rule in self.window_rules)

    def counted_from(self, now: int) -> int:
        """From when on messages count for limits per address."""
        return min(_begin(limit, now) for limit in self.limits)


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


class Exceeded(NamedTuple):
    """A limit that has no room, what it counts, and when it has some again."""

    limit: Limit
    counted: int
    free_at: int


def exceeded(limits: Sequence[Limit], message_class: str, sent: Iterable[Sent], now: int) -> list[Exceeded]:
    """The limits in force at ``now`` that take no further message of the class; ``sent`` are those to the address."""
    found, known = [], list(sent)
    for limit in limits:
        if (limit.classes and message_class not in limit.classes) or not limit.in_force(from_micros(now)):
            continue
        begin = _begin(limit, now)
        times = sorted(one.time for one in known if one.time >= begin and _counts(limit, one))
        if len(times) >= limit.most:
            found.append(Exceeded(limit, len(times), _free_at(limit, times, now)))
    return found


def caps_in_force(platform: Platform, now: int) -> Sequence[Limit]:
    """The limits of the account itself that hold at an instant."""
    return [cap for cap in platform.caps if cap.in_force(from_micros(now))] if platform.caps else ()


Used = Mapping[tuple[str, int], int]
"""How many messages an account has sent, by the kind of the period and its start."""


def full(platform: Platform, used: Used, now: int) -> list[Exceeded]:
    """The limits of the account itself that are used up at an instant."""
    found = []
    for cap in caps_in_force(platform, now):
        starts, ends = period_of(cap, now)
        count = used.get((cap_key(cap), starts), 0)
        if count >= cap.most:
            found.append(Exceeded(cap, count, ends))
    return found


def cap_key(cap: Limit) -> str:
    """What kind of period a cap counts in, whatever its number: `day` or `month`."""
    return str(cap.within)


def period_of(limit: Limit, now: int) -> tuple[int, int]:
    """The period of the calendar at ``now`` by which a limit counts: from, and until."""
    day = from_micros(now).astimezone(PLATFORM_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    if limit.within is Period.MONTH:
        first = day.replace(day=1)
        return micros(first), micros((first + timedelta(days=31)).replace(day=1))
    return micros(day), micros(day + timedelta(days=1))


def _counts(limit: Limit, sent: Sent) -> bool:
    return not limit.classes or sent.message_class in limit.classes


def _begin(limit: Limit, now: int) -> int:
    """The first instant that still counts: exactly a span later, room is free again."""
    if isinstance(limit.within, Period):
        return period_of(limit, now)[0]
    return now - span_of(limit.within) + 1


def _free_at(limit: Limit, times: Sequence[int], now: int) -> int:
    if isinstance(limit.within, Period):
        return period_of(limit, now)[1]
    return times[len(times) - limit.most] + span_of(limit.within)


def best(windows: Iterable[Window]) -> Window | None:
    """The one to send by: windows do not add up, so the one that stays open longest and still takes a message."""
    usable = [one for one in windows if one.left is None or one.left > 0]
    return max(usable, key=lambda one: one.lapses, default=None)


def widest(windows: Iterable[Window]) -> Window | None:
    """The one that takes most messages; of those that take as many, the one that stays open longest."""
    return max(windows, key=lambda one: (one.left is None, one.left or 0, one.lapses), default=None)
