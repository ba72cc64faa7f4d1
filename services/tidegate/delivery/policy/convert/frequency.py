"""Frequency rules on the wire."""

from collections.abc import Iterable

from google.protobuf.duration_pb2 import Duration

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import frequency_pb2 as pb
from tidegate.delivery.announce import numbers
from tidegate.delivery.instants import DAY, SECOND, duration, span, timestamp
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import (
    channel_set,
    check_id,
    check_length,
    class_numbers,
    held_classes,
    interval,
    member,
)
from tidegate.delivery.policy.model import (
    TIER_SEPARATOR,
    CalendarPeriod,
    CalendarUnit,
    Dated,
    FrequencyRule,
    Kept,
    Lifetime,
    Measure,
    MinGap,
    OnExceed,
    Rolling,
    Scope,
    Window,
    ZoneOf,
    model_tier,
)
from tidegate.runtime.errors import InvalidArgument, Violation, Violations

FIXED = {"rule_id", "version", "etag", "create_time", "update_time"}
"""The fields that an update can't change."""

_SCOPES = numbers(pb.ScopeKind, "SCOPE_KIND", Scope)
_UNITS = numbers(pb.CalendarUnit, "CALENDAR_UNIT", CalendarUnit)
_ZONES = numbers(pb.ZoneSource, "ZONE_SOURCE", ZoneOf)
_MEASURES = numbers(pb.Measure, "MEASURE", Measure)
_ACTIONS = numbers(pb.ExceedPolicy, "EXCEED_POLICY", OnExceed)

_LONGEST = 366 * DAY
_MOST_REPLACED = 100
_LIFETIME_SCOPES = (Scope.CAMPAIGN, Scope.PHASE, Scope.JOURNEY)


def rule_of(message: pb.FrequencyRule, path: str = "frequency_rule") -> FrequencyRule:
    """The rule that a caller means. Raises InvalidArgument naming every field at fault."""
    found = Violations()
    note_nul(found, path, message)
    check_id(found, f"{path}.rule_id", message.rule_id)
    check_length(found, f"{path}.display_name", message.display_name, 200)
    scope, scope_id = _scope(found, f"{path}.scope", message.scope)
    window = _window(found, f"{path}.window", message.window)
    if isinstance(window, Lifetime) and scope not in _LIFETIME_SCOPES:
        found.add(f"{path}.window.lifetime", "needs a scope of a campaign, a phase or a journey")
    tier, segment_id = _audience(found, f"{path}.audience", message.audience)
    rule = FrequencyRule(
        rule_id=message.rule_id,
        display_name=message.display_name,
        window=window,
        limit=_limit(found, path, message, window),
        target=message.target,
        scope=scope,
        scope_id=scope_id,
        classes=held_classes(found, f"{path}.classes", message.classes),
        channels=channel_set(found, f"{path}.channels", message.channels),
        tier=tier,
        segment_id=segment_id,
        measure=member(found, f"{path}.measure", message.measure, _MEASURES, Measure.MESSAGES) or Measure.MESSAGES,
        on_exceed=member(found, f"{path}.on_exceed", message.on_exceed, _ACTIONS, OnExceed.DROP) or OnExceed.DROP,
        precedence=message.precedence,
        replaces=frozenset(message.replaces),
    )
    if len(message.replaces) > _MOST_REPLACED:
        found.add(f"{path}.replaces", f"names more than {_MOST_REPLACED} rules; name fewer")
    found.raise_if_any()
    return rule


def rules_of(messages: Iterable[pb.FrequencyRule], path: str) -> list[FrequencyRule]:
    """The rules that a caller means, each of an id of its own. Raises InvalidArgument naming every field at fault."""
    rules: dict[str, FrequencyRule] = {}
    found: list[Violation] = []
    for index, message in enumerate(messages):
        try:
            rule = rule_of(message, f"{path}[{index}]")
        except InvalidArgument as error:
            found += error.violations
            continue
        if rules.setdefault(rule.rule_id, rule) is not rule:
            found.append(Violation(f"{path}[{index}].rule_id", f"{rule.rule_id} stands twice; give it once"))
    if found:
        raise InvalidArgument(found)
    return [*rules.values()]


def rule_message(kept: Kept[FrequencyRule]) -> pb.FrequencyRule:
    """A rule as callers see it."""
    rule = kept.policy
    return pb.FrequencyRule(
        rule_id=rule.rule_id,
        display_name=rule.display_name,
        scope=pb.RuleScope(kind=_SCOPES[rule.scope], id=rule.scope_id),
        classes=class_numbers(rule.classes),
        channels=sorted(rule.channels),
        audience=_audience_message(rule),
        window=_window_message(rule.window),
        max=rule.limit,
        target=rule.target,
        measure=_MEASURES[rule.measure],
        on_exceed=_ACTIONS[rule.on_exceed],
        precedence=rule.precedence,
        replaces=sorted(rule.replaces),
        version=rule.version,
        etag=kept.etag,
        create_time=timestamp(kept.create_time),
        update_time=timestamp(kept.update_time),
    )


def _scope(found: Violations, path: str, message: pb.RuleScope) -> tuple[Scope, str]:
    scope = member(found, f"{path}.kind", message.kind, _SCOPES, Scope.ALL)
    if scope is None:
        return Scope.ALL, ""
    if scope is Scope.ALL and message.id:
        found.add(f"{path}.id", "belongs to a narrower scope; set its kind, or leave the id out")
    if scope not in (Scope.ALL, Scope.BRAND) and not message.id:
        found.add(f"{path}.id", f"must name the {scope}")
    elif scope is Scope.PHASE and not all(message.id.partition("/")):
        found.add(f"{path}.id", "must name the campaign and the phase, such as double11/early")
    return scope, message.id


def _limit(found: Violations, path: str, message: pb.FrequencyRule, window: Window) -> int | None:
    limit = message.max if message.HasField("max") else None
    if limit is not None and limit < 0:
        found.add(f"{path}.max", "is negative; 0 closes, and without it the rule limits nothing")
    if message.target < 0 or (limit is not None and message.target > limit >= 0):
        found.add(f"{path}.target", "must be from 0 to max")
    if isinstance(window, MinGap):
        if limit not in (None, 1):
            found.add(f"{path}.max", "must be left out, or 1, with a minimum gap")
        return 1
    return limit


def _audience(found: Violations, path: str, message: pb.RuleAudience) -> tuple[str, str]:
    """The tier, and the segment (or tier of a model)."""
    match message.WhichOneof("kind"):
        case "segment_id":
            if not message.segment_id:
                found.add(f"{path}.segment_id", "must name a segment")
            return "", message.segment_id
        case "tier":
            if not message.tier.tier:
                found.add(f"{path}.tier.tier", "must name a tier")
            if message.tier.model_id:
                return "", model_tier(message.tier.model_id, message.tier.tier)
            return message.tier.tier, ""
    return "", ""


def _audience_message(rule: FrequencyRule) -> pb.RuleAudience | None:
    if rule.tier:
        return pb.RuleAudience(tier=pb.TierAudience(tier=rule.tier))
    if not rule.segment_id:
        return None
    model_id, separator, tier = rule.segment_id.partition(TIER_SEPARATOR)
    if separator:
        return pb.RuleAudience(tier=pb.TierAudience(tier=tier, model_id=model_id))
    return pb.RuleAudience(segment_id=rule.segment_id)


def _window(found: Violations, path: str, message: pb.RuleWindow) -> Window:
    match message.WhichOneof("kind"):
        case "rolling":
            return Rolling(_length(found, f"{path}.rolling.duration", message.rolling.duration))
        case "min_gap":
            return MinGap(_length(found, f"{path}.min_gap.duration", message.min_gap.duration))
        case "calendar":
            return _calendar(found, f"{path}.calendar", message.calendar)
        case "dated":
            return Dated(interval(found, f"{path}.dated.interval", message.dated.interval))
        case "lifetime":
            return Lifetime()
    found.add(path, "must be set: rolling, calendar, dated, lifetime or min_gap")
    return Rolling(SECOND)


def _length(found: Violations, path: str, value: Duration) -> int:
    length = span(value)
    if not SECOND <= length <= _LONGEST:
        found.add(path, "must be from 1 s to 366 days")
    return length


def _calendar(found: Violations, path: str, message: pb.CalendarWindow) -> Window:
    unit = member(found, f"{path}.unit", message.unit, _UNITS)
    zone = member(found, f"{path}.zone", message.zone, _ZONES, ZoneOf.COMPANY)
    return CalendarPeriod(unit or CalendarUnit.DAY, zone or ZoneOf.COMPANY)


def _window_message(window: Window) -> pb.RuleWindow:
    match window:
        case Rolling(length):
            return pb.RuleWindow(rolling=pb.RollingWindow(duration=duration(length)))
        case MinGap(length):
            return pb.RuleWindow(min_gap=pb.MinimumGap(duration=duration(length)))
        case CalendarPeriod(unit, zone_of):
            return pb.RuleWindow(calendar=pb.CalendarWindow(unit=_UNITS[unit], zone=_ZONES[zone_of]))
        case Dated(between):
            ends = common_pb2.Interval(start=timestamp(between.start), end=timestamp(between.end))
            return pb.RuleWindow(dated=pb.DatedWindow(interval=ends))
        case Lifetime():
            return pb.RuleWindow(lifetime=pb.LifetimeWindow())
