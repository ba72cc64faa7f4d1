"""What the gate must say, in plain Python: recounted from all that has happened, as slowly as one likes.

It is written from the design's words about the gate and uses nothing of delivery. Instants are µs since the epoch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEVERITY = ("drop", "next_channel", "defer")
LOOK_AHEAD = 45 * DAY
"""How far instants are tried."""


def instant(moment: datetime) -> int:
    """The instant of an aware datetime."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The datetime of an instant."""
    return _EPOCH + timedelta(microseconds=at)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A frequency rule. ``window``: ("rolling" | "min_gap", length), ("calendar", unit, whose), ("dated", start, end),
    or ("lifetime",). ``limit`` None limits nothing."""

    rule_id: str
    window: tuple[object, ...]
    limit: int | None
    version: int = 1
    scope: str = "all"
    scope_id: str = ""
    channels: frozenset[str] = frozenset()
    tier: str = ""
    distinct: bool = False
    on_exceed: str = "drop"
    replaces: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Quiet hours: from ``start`` to ``end`` by local clocks, on the weekdays it begins on."""

    rule_id: str
    start: time
    end: time
    weekdays: frozenset[int]
    version: int = 1
    channels: frozenset[str] = frozenset()
    brand: str = ""
    action: str = "defer"


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Opens rules to a customer within a span."""

    exemption_id: str
    rule_ids: frozenset[str]
    customer_id: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a caller said."""

    message_id: str
    customer_id: int
    channels: tuple[str, ...]
    kind: str
    caller: str
    expire_time: int
    brand: str = ""
    campaign_id: str = ""
    phase_id: str = ""
    journey_id: str = ""
    tier: str = ""
    override_end: int = 0

    def named(self, scope: str) -> str:
        """What a rule of ``scope`` counts it under; empty where it does not concern it."""
        if scope == "phase":
            return f"{self.campaign_id}/{self.phase_id}" if self.campaign_id and self.phase_id else ""
        return str(
            {"brand": self.brand, "campaign": self.campaign_id, "journey": self.journey_id}.get(scope, self.caller)
        )


@dataclass(frozen=True)
class Slot:
    """A slot that is taken: by which message, when and on which channel."""

    message: Message
    at: int
    channel: str


@dataclass
class Said:
    """What the gate must say. ``wake`` for what is put off; ``broken``: by rule (version, counted, limit, free at)."""

    verdict: str
    check: str = ""
    reason: str = ""
    wake: int | None = None
    broken: dict[str, tuple[int, int, int, int | None]] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()


@dataclass
class Model:
    """All that has happened, and what follows from it. ``owner`` is, by original id, whose it is now."""

    zone: str
    owner: dict[int, int] = field(default_factory=dict)
    zones: dict[int, str] = field(default_factory=dict)
    channels: dict[int, frozenset[str]] = field(default_factory=dict)
    consents: list[tuple[int, str, bool, int]] = field(default_factory=list)
    suppressed: dict[str, int] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    quiet: dict[str, Quiet] = field(default_factory=dict)
    exemptions: list[Exemption] = field(default_factory=list)
    slots: dict[str, Slot] = field(default_factory=dict)

    def decide(self, message: Message, place: int, now: int) -> Said:
        """The checks in their order, on the channel at ``place`` of the message's chain."""
        channel, owner = message.channels[place], self.owner[message.customer_id]
        if message.expire_time <= now:
            return Said("dropped", "state", "expired")
        counted = message.kind != "transactional"
        if counted and not self._agreed(owner, channel):
            return self._elsewhere(message, place, Said("", "consent", "no_consent"))
        if any(self.owner[one] == owner for one in self.suppressed.values()):
            return self._elsewhere(message, place, Said("", "consent", "suppressed"))
        if not any(channel in self.channels[one] for one in self.family(owner)):
            return self._elsewhere(message, place, Said("", "address", "no_address"))
        obeys = message.kind == "marketing" or (message.kind == "override" and message.override_end <= now)
        broken = self.broken(message, channel, now) if counted else {}
        loud = {one.rule_id for one in self.holding(message, channel, now)} if counted else set()
        if obeys and (closed := {key: one for key, one in broken.items() if not self._exempt(key, owner, now)}):
            findings = {
                key: (*one, self._rule_free(self.rules[key], message, channel, now)) for key, one in closed.items()
            }
            said = Said("", "frequency", "frequency", broken=findings)
            return self._react(message, place, now, said, {self.rules[key].on_exceed for key in closed})
        if obeys and loud:
            return self._react(
                message, place, now, Said("", "quiet_hours", "quiet"), {self.quiet[key].action for key in loud}
            )
        passed = {key for key in broken if obeys or not self._exempt(key, owner, now)} | (set() if obeys else loud)
        return Said("granted", passed=frozenset(passed))

    def family(self, owner: int) -> list[int]:
        """The original ids that are one customer."""
        return [original for original, whose in self.owner.items() if whose == owner]

    def rows(self, message: Message) -> list[Slot]:
        """The slots of the message's customer, its own left out."""
        owner = self.owner[message.customer_id]
        return [
            slot
            for key, slot in self.slots.items()
            if key != message.message_id and self.owner[slot.message.customer_id] == owner
        ]

    def broken(self, message: Message, channel: str, now: int) -> dict[str, tuple[int, int, int]]:
        """By rule that one more message would break, exempted or not: its version, what it counts, its limit."""
        applying = [rule for rule in self.rules.values() if _applies(rule, message, channel, now)]
        replaced = {key for rule in applying for key in rule.replaces}
        found = {}
        for rule in applying:
            if rule.rule_id not in replaced and rule.limit is not None:
                counted = self._counted(rule, message, now)
                if not _fits(rule, counted, channel):
                    found[rule.rule_id] = (rule.version, _amount(rule, counted), rule.limit)
        return found

    def holding(self, message: Message, channel: str, now: int) -> list[Quiet]:
        """The quiet hours that it is in."""
        zone = self._zone(message)
        return [
            one
            for one in self.quiet.values()
            if (not one.channels or channel in one.channels)
            and one.brand in ("", message.brand)
            and any(start <= now < end for start, end in _quiet_spans(one, zone, now))
        ]

    def earliest(self, message: Message, channel: str, now: int) -> int | None:
        """The first instant at which no rule is broken and it is not quiet, of all at which anything changes."""
        owner = self.owner[message.customer_id]
        for at in sorted({now, *self._turns(message, now)}):
            if at < now or self.holding(message, channel, at):
                continue
            if all(self._exempt(key, owner, at) for key in self.broken(message, channel, at)):
                return at
        return None

    def _agreed(self, owner: int, channel: str) -> bool:
        """The newest decision that covers the channel; of two at once, the denial; none is a denial."""
        said = [
            (at, not granted)
            for original, where, granted, at in self.consents
            if self.owner[original] == owner and where in ("", channel)
        ]
        return bool(said) and not max(said)[1]

    def _exempt(self, rule_id: str, owner: int, now: int) -> bool:
        return any(
            rule_id in one.rule_ids and self.owner[one.customer_id] == owner and one.start <= now < one.end
            for one in self.exemptions
        )

    def _elsewhere(self, message: Message, place: int, said: Said) -> Said:
        said.verdict = "next_channel" if place + 1 < len(message.channels) else "dropped"
        return said

    def _react(self, message: Message, place: int, now: int, said: Said, wanted: set[str]) -> Said:
        match next(one for one in _SEVERITY if one in wanted):
            case "drop":
                said.verdict = "dropped"
            case "next_channel":
                return self._elsewhere(message, place, said)
            case _:
                said.wake = self.earliest(message, message.channels[place], now)
                is_late = said.wake is None or said.wake >= message.expire_time
                said.verdict = "dropped" if is_late else "deferred"
        return said

    def _counted(self, rule: Rule, message: Message, now: int) -> list[Slot]:
        low, high = self._span(rule, message, now)
        return [
            slot
            for slot in self.rows(message)
            if low <= slot.at < high
            and (rule.scope == "all" or slot.message.named(rule.scope) == message.named(rule.scope))
            and (not rule.channels or slot.channel in rule.channels)
            and rule.tier in ("", slot.message.tier)
        ]

    def _span(self, rule: Rule, message: Message, now: int) -> tuple[float, float]:
        """Rows counted from the first instant on, and before the second, are in the window."""
        match rule.window:
            case ("rolling" | "min_gap", int(length)):
                return now - length + 1, float("inf")
            case ("calendar", str(unit), str(whose)):
                return period(unit, self._zone(message) if whose == "customer" else self.zone, now)
            case ("dated", int(start), int(end)):
                return start, end
        return float("-inf"), float("inf")

    def _rule_free(self, rule: Rule, message: Message, channel: str, now: int) -> int | None:
        """The first instant at which this rule alone lets the message go."""
        for at in sorted({now, *self._turns(message, now)}):
            applies = rule.window[0] != "dated" or int(str(rule.window[1])) <= at < int(str(rule.window[2]))
            if at >= now and (not applies or _fits(rule, self._counted(rule, message, at), channel)):
                return at
        return None

    def _zone(self, message: Message) -> str:
        return self.zones[self.owner[message.customer_id]] or self.zone

    def _turns(self, message: Message, now: int) -> Iterator[int]:
        """Every instant at which something may begin or end that allows or forbids the message."""
        for rule in self.rules.values():
            match rule.window:
                case ("rolling" | "min_gap", int(length)):
                    yield from (slot.at + length for slot in self.rows(message))
                case ("dated", int(start), int(end)):
                    yield from (start, end)
        for exemption in self.exemptions:
            yield from (exemption.start, exemption.end)
        for zone in {self.zone, self._zone(message)}:
            for day in _days(zone, now, now + LOOK_AHEAD):
                yield local(zone, datetime.combine(day, time.min))
        for one in self.quiet.values():
            for at in range(now, now + LOOK_AHEAD, DAY):
                for start, end in _quiet_spans(one, self._zone(message), at):
                    yield from (start, end)


def _applies(rule: Rule, message: Message, channel: str, now: int) -> bool:
    named = message.named(rule.scope)
    return (
        (rule.scope == "all" or (named != "" and rule.scope_id in ("", named)))
        and (not rule.channels or channel in rule.channels)
        and rule.tier in ("", message.tier)
        and (rule.window[0] != "dated" or int(str(rule.window[1])) <= now < int(str(rule.window[2])))
    )


def _amount(rule: Rule, counted: Sequence[Slot]) -> int:
    return len({slot.channel for slot in counted}) if rule.distinct else len(counted)


def _fits(rule: Rule, counted: Sequence[Slot], channel: str) -> bool:
    """Whether with one more there are no more than allowed."""
    with_it = {slot.channel for slot in counted} | {channel}
    return (len(with_it) if rule.distinct else len(counted) + 1) <= (rule.limit or 0)


def local(zone: str, wall: datetime, *, last: bool = False) -> int:
    """The instant at which clocks show ``wall``; of two the first, or the last; where there is none, the next valid."""
    tz = ZoneInfo(zone)
    around = (wall.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in (-36, 36))
    offsets = {at.astimezone(tz).utcoffset() or timedelta() for at in around}
    read = sorted({(wall - offset).replace(tzinfo=UTC) for offset in offsets})
    shown = [at for at in read if at.astimezone(tz).replace(tzinfo=None) == wall]
    if shown:
        return instant(shown[-1] if last else shown[0])
    at = read[0]
    while at.astimezone(tz).replace(tzinfo=None) < wall:
        at += timedelta(minutes=1)
    return instant(at)


def period(unit: str, zone: str, now: int) -> tuple[int, int]:
    """The day, the week from Monday on, or the month that an instant lies in, by clocks of the zone."""
    day = moment(now).astimezone(ZoneInfo(zone)).date()
    if unit == "week":
        day -= timedelta(days=day.weekday())
    elif unit == "month":
        day = day.replace(day=1)
    behind = {"day": day + timedelta(days=1), "week": day + timedelta(days=7)}
    end = behind.get(unit) or (day + timedelta(days=31)).replace(day=1)
    return local(zone, datetime.combine(day, time.min)), local(zone, datetime.combine(end, time.min))


def _days(zone: str, begin: int, end: int) -> Iterator[date]:
    day = moment(begin).astimezone(ZoneInfo(zone)).date()
    while day <= moment(end).astimezone(ZoneInfo(zone)).date():
        yield day
        day += timedelta(days=1)


def _quiet_spans(rule: Quiet, zone: str, at: int) -> Iterator[tuple[int, int]]:
    """The quiet times that begin on the local days around an instant."""
    today = moment(at).astimezone(ZoneInfo(zone)).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        if day.weekday() in rule.weekdays:
            end = day if rule.end > rule.start else day + timedelta(days=1)
            yield (
                local(zone, datetime.combine(day, rule.start)),
                local(zone, datetime.combine(end, rule.end), last=True),
            )
