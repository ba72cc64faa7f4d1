"""Frequency rules: every window, scope, measure and exception by table, and recounted by brute force."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.policies import DAY, HOUR, MARKETING, SOMEBODY, Customer, Message, Row, at, rows
from tidegate.delivery.model import MessageClass
from tidegate.delivery.policy.calendars import FOREVER
from tidegate.delivery.policy.frequency import RuleSet, reaction
from tidegate.delivery.policy.model import (
    CalendarPeriod,
    CalendarUnit,
    Dated,
    Exemption,
    FrequencyRule,
    Lifetime,
    Measure,
    MinGap,
    OnExceed,
    Rolling,
    Scope,
    Span,
    Violation,
    Window,
    ZoneOf,
)
from tidegate.runtime.clock import from_micros

NOW = at("2026-11-10T12:00")
SHANGHAI = "Asia/Shanghai"


def rule(window: Window, limit: int | None = 1, **more: Any) -> FrequencyRule:
    return replace(FrequencyRule(rule_id="r", window=window, limit=limit), **more)


def broken(
    *rules: FrequencyRule,
    held: list[Row],
    message: Message = MARKETING,
    customer: Customer = SOMEBODY,
    now: int = NOW,
    exemptions: tuple[Exemption, ...] = (),
) -> list[Violation]:
    compiled = RuleSet.compile(rules, SHANGHAI, exemptions)
    return list(compiled.violations(message, customer, held, now))


@pytest.mark.parametrize(
    ("window", "counted_at", "free_at"),
    [
        pytest.param(Rolling(DAY), NOW - DAY + 1, NOW + 1, id="rolling: just inside"),
        pytest.param(Rolling(DAY), NOW - DAY, None, id="rolling: exactly the length later is free"),
        pytest.param(Rolling(DAY), NOW + DAY, NOW + 2 * DAY, id="rolling: a clock set back forgets nothing"),
        pytest.param(MinGap(HOUR), NOW - HOUR + 1, NOW + 1, id="gap: too soon"),
        pytest.param(MinGap(HOUR), NOW - HOUR, None, id="gap: kept"),
        pytest.param(
            CalendarPeriod(CalendarUnit.DAY),
            at("2026-11-10", SHANGHAI),
            at("2026-11-11", SHANGHAI),
            id="day: its start",
        ),
        pytest.param(CalendarPeriod(CalendarUnit.DAY), at("2026-11-10", SHANGHAI) - 1, None, id="day: the one before"),
        pytest.param(
            CalendarPeriod(CalendarUnit.DAY), at("2026-11-11", SHANGHAI), None, id="day: its end is the next's"
        ),
        pytest.param(
            CalendarPeriod(CalendarUnit.WEEK),
            at("2026-11-09", SHANGHAI),
            at("2026-11-16", SHANGHAI),
            id="week: Monday",
        ),
        pytest.param(CalendarPeriod(CalendarUnit.WEEK), at("2026-11-09", SHANGHAI) - 1, None, id="week: Sunday before"),
        pytest.param(
            CalendarPeriod(CalendarUnit.MONTH),
            at("2026-11-01", SHANGHAI),
            at("2026-12-01", SHANGHAI),
            id="month: the 1st",
        ),
        pytest.param(
            CalendarPeriod(CalendarUnit.MONTH), at("2026-11-01", SHANGHAI) - 1, None, id="month: the one before"
        ),
        pytest.param(Dated(Span(NOW - DAY, NOW + DAY)), NOW - DAY, NOW + DAY, id="phase: its start"),
        pytest.param(Dated(Span(NOW - DAY, NOW + DAY)), NOW - DAY - 1, None, id="phase: before it"),
        pytest.param(Dated(Span(NOW - DAY, NOW)), NOW - HOUR, None, id="phase: over at its end"),
        pytest.param(Dated(Span(NOW + 1, NOW + DAY)), NOW + 1, None, id="phase: not begun"),
    ],
)
def test_one_row_in_each_window(window: Window, counted_at: int, free_at: int | None) -> None:
    found = broken(rule(window), held=rows(counted_at))
    assert [violation.free_at for violation in found] == ([] if free_at is None else [free_at])


def test_a_lifetime_never_gets_free() -> None:
    forever = rule(Lifetime(), 1, scope=Scope.CAMPAIGN)
    (found,) = broken(forever, held=rows(0, like=Row(counted_at=0, campaign_id="c")), message=Message(campaign_id="c"))
    assert (found.counted, found.limit, found.free_at) == (1, 1, None)


def test_a_calendar_runs_by_the_customers_clocks_when_asked() -> None:
    by_customer = rule(CalendarPeriod(CalendarUnit.DAY, ZoneOf.CUSTOMER))
    held = rows(at("2026-11-10T07:00"))  # Nov 10 in Shanghai at 15:00 and in Honolulu still Nov 9
    assert broken(by_customer, held=held, customer=Customer(zone=SHANGHAI))
    assert not broken(by_customer, held=held, customer=Customer(zone="Pacific/Honolulu"))
    assert broken(by_customer, held=held), "a customer without a zone is on the company's clocks"


@pytest.mark.parametrize(
    ("limit", "held", "refused"),
    [(None, 9, False), (0, 0, True), (1, 0, False), (1, 1, True), (3, 2, False), (3, 3, True)],
)
def test_limits(limit: int | None, held: int, refused: bool) -> None:
    assert bool(broken(rule(Rolling(DAY), limit), held=rows(*[NOW - HOUR] * held))) is refused


def test_a_closed_rule_never_gets_free_but_a_closed_phase_ends() -> None:
    (closed,) = broken(rule(Rolling(DAY), 0), held=[])
    (day,) = broken(rule(CalendarPeriod(CalendarUnit.DAY), 0), held=[])
    (phase,) = broken(rule(Dated(Span(NOW, NOW + DAY)), 0), held=[])
    assert (closed.free_at, day.free_at, phase.free_at) == (None, None, NOW + DAY)


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.ALL])
def test_a_scope_counts_each_of_its_kind_by_itself(scope: Scope) -> None:
    field = scope.value if scope in {Scope.BRAND, Scope.CALLER} else f"{scope.value}_id"
    scoped = rule(Rolling(DAY), scope=scope)

    def refused(row: str, message: str, limit: FrequencyRule = scoped) -> bool:
        of = {"campaign_id": "c"} if scope is Scope.PHASE else {}
        like: dict[str, Any] = {**of, field: row}
        sent: dict[str, Any] = {**of, field: message}
        held = rows(NOW - HOUR, like=replace(Row(counted_at=0), **like))
        return bool(broken(limit, held=held, message=replace(Message(), **sent)))

    assert refused("a", "a")
    assert not refused("a", "b")
    assert not refused("", ""), "it belongs to none"
    assert not refused("a", "a", replace(scoped, scope_id="b")), "it isn't the named one"


def test_channels_are_counted_together_and_others_are_not() -> None:
    mobile = rule(Rolling(DAY), 2, channels=frozenset({"sms", "mms"}))
    held = rows(NOW - 1) + rows(NOW - 2, like=Row(counted_at=0, channel="mms"))
    assert broken(mobile, held=held, message=Message(channel="sms"))
    assert not broken(mobile, held=held, message=Message(channel="email"))
    assert not broken(mobile, held=rows(NOW - 1, NOW - 2, like=Row(counted_at=0, channel="email")))
    assert broken(rule(Rolling(DAY), 2), held=held, message=Message(channel="email")), "over all channels"


def test_classes() -> None:
    plain = rule(Rolling(DAY), 1)
    for passing in set(MessageClass) - {MessageClass.MARKETING}:
        assert not broken(plain, held=rows(NOW - 1), message=Message(message_class=passing))
    only = replace(plain, classes=frozenset({MessageClass.MARKETING_OVERRIDE}))
    assert not broken(only, held=rows(NOW - 1)), "it holds a class that nothing holds"


def test_a_tier_is_the_one_that_message_and_rows_carry() -> None:
    for_gold = rule(Rolling(DAY), tier="gold")
    gold, silver = (
        rows(NOW - 1, like=Row(counted_at=0, tier="gold")),
        rows(NOW - 1, like=Row(counted_at=0, tier="silver")),
    )
    assert broken(for_gold, held=gold, message=Message(tier="gold"))
    assert not broken(for_gold, held=gold, message=Message(tier="silver"))
    assert not broken(for_gold, held=silver, message=Message(tier="gold")), "history isn't rewritten"


def test_a_segment_is_the_one_the_customer_is_in_now() -> None:
    for_segment = rule(Rolling(DAY), segment_id="vip")
    assert broken(for_segment, held=rows(NOW - 1), customer=Customer(segments=frozenset({"vip", "other"})))
    assert not broken(for_segment, held=rows(NOW - 1), customer=Customer(segments=frozenset({"other"})))


def test_a_phase_is_one_of_its_campaign() -> None:
    early = rule(Rolling(DAY), scope=Scope.PHASE, scope_id="spring/early")
    message = Message(campaign_id="spring", phase_id="early")
    mine = rows(NOW - 1, like=Row(counted_at=0, campaign_id="spring", phase_id="early"))
    theirs = rows(NOW - 1, like=Row(counted_at=0, campaign_id="autumn", phase_id="early"))
    assert broken(early, held=mine, message=message)
    assert not broken(early, held=theirs, message=message)
    assert not broken(early, held=mine, message=Message(campaign_id="autumn", phase_id="early"))
    assert not broken(early, held=mine, message=Message(campaign_id="spring", phase_id="late"))
    assert not broken(replace(early, scope_id=""), held=theirs, message=message), "each phase by itself"


def test_distinct_channels() -> None:
    one_channel = rule(Rolling(DAY), 1, measure=Measure.DISTINCT_CHANNELS)
    held = rows(NOW - 3 * HOUR, NOW - HOUR)
    assert not broken(one_channel, held=held, message=Message(channel="sms")), "used already: adds none"
    (found,) = broken(one_channel, held=held, message=Message(channel="email"))
    assert (found.counted, found.free_at) == (1, NOW - HOUR + DAY), "the channel's last use must have left"
    closed = replace(one_channel, limit=0)
    assert broken(closed, held=held, message=Message(channel="sms"))


def test_distinct_channels_wait_for_as_many_as_must_leave() -> None:
    two = rule(Rolling(DAY), 2, measure=Measure.DISTINCT_CHANNELS)
    held = [Row(counted_at=NOW - n * HOUR, channel=channel) for n, channel in enumerate(("sms", "push", "mms"))]
    (found,) = broken(two, held=held, message=Message(channel="email"))
    assert (found.counted, found.free_at) == (3, NOW - HOUR + DAY), "mms and push must leave, sms may stay"


def test_free_when_enough_rows_have_left() -> None:
    (found,) = broken(rule(Rolling(DAY), 2), held=rows(NOW - 1, NOW - 5, NOW - 3))
    assert (found.counted, found.free_at) == (3, NOW - 3 + DAY)


def test_a_rule_replaces_others_by_id_only_while_it_applies() -> None:
    parallel = rule(Dated(Span(NOW - 20 * DAY, NOW + 2 * DAY)), 1)
    peak = replace(parallel, rule_id="peak", window=Dated(Span(NOW, NOW + DAY)), limit=2, precedence=1)
    replacing = replace(peak, replaces=frozenset({"r"}))
    held = rows(NOW - 2 * DAY)
    assert [v.rule.rule_id for v in broken(parallel, peak, held=held)] == ["r"], "precedence alone replaces nothing"
    assert not broken(parallel, replacing, held=held)
    assert [v.rule.rule_id for v in broken(parallel, replacing, held=held, now=NOW + DAY)] == ["r"]
    elsewhere = replace(replacing, channels=frozenset({"push"}))
    assert [v.rule.rule_id for v in broken(parallel, elsewhere, held=held)] == ["r"], "it isn't about sms"


def test_a_rule_without_a_limit_may_lift_another_one() -> None:
    lifting = rule(Rolling(DAY), None, rule_id="open", replaces=frozenset({"r"}))
    assert not broken(rule(Rolling(DAY), 0), lifting, held=[])


def test_all_rules_that_apply_must_allow_and_are_reported_by_precedence() -> None:
    low = rule(Rolling(DAY), 1, rule_id="low")
    high = rule(Rolling(7 * DAY), 1, rule_id="high", precedence=5)
    roomy = rule(Rolling(DAY), 9, rule_id="roomy", precedence=9)
    assert [v.rule.rule_id for v in broken(low, roomy, high, held=rows(NOW - 1))] == ["high", "low"]


def test_exemptions_open_what_they_name_to_whom_they_name_until_their_end() -> None:
    limit, other = rule(Rolling(DAY), 1), rule(Rolling(DAY), 1, rule_id="other")
    exemption = Exemption(
        exemption_id="e",
        rule_ids=frozenset({"r"}),
        span=Span(NOW - DAY, NOW + DAY),
        reason="asked for it",
        granted_by="crm",
        customer_ids=frozenset({7}),
        segment_id="vip",
    )
    held = rows(NOW - 1)

    def left(customer: Customer, now: int = NOW) -> list[str]:
        found = broken(limit, other, held=held, customer=customer, now=now, exemptions=(exemption,))
        return [violation.rule.rule_id for violation in found]

    assert left(Customer(7)) == left(Customer(8, segments=frozenset({"vip"}))) == ["other"]
    assert left(Customer(8)) == ["other", "r"]
    assert left(Customer(7), NOW - DAY - 1) == ["other", "r"]
    ends = NOW + DAY
    late = rows(ends - 1)
    found = broken(limit, held=late, customer=Customer(7), now=ends, exemptions=(exemption,))
    assert [violation.rule.rule_id for violation in found] == ["r"], "at its end it is over"


def test_the_strictest_reaction_wins() -> None:
    found = [
        Violation(rule(Rolling(DAY), on_exceed=on_exceed), 1, 1, None)
        for on_exceed in (OnExceed.DEFER, OnExceed.NEXT_CHANNEL, OnExceed.DROP)
    ]
    assert reaction(found) is OnExceed.DROP
    assert reaction(found[:2]) is OnExceed.NEXT_CHANNEL
    assert reaction(found[:1]) is OnExceed.DEFER


def test_the_horizon_reaches_as_far_back_as_any_rule_looks() -> None:
    def horizon(*rules: FrequencyRule) -> int:
        return RuleSet.compile(rules, SHANGHAI).horizon(NOW)

    assert horizon() == NOW
    assert horizon(rule(Rolling(DAY)), rule(Rolling(7 * DAY), rule_id="week")) == NOW - 7 * DAY + 1
    assert horizon(rule(Dated(Span(NOW - 9 * DAY, NOW + 1)))) == NOW - 9 * DAY
    assert horizon(rule(Dated(Span(NOW - 9 * DAY, NOW)))) > NOW, "a phase that is over counts nothing"
    assert horizon(rule(Lifetime())) == -FOREVER


def test_what_rules_may_still_count_is_told_from_what_they_can_not() -> None:
    def kept(*rules: FrequencyRule, row: Row) -> bool:
        counting = RuleSet.compile(rules, SHANGHAI).counting(NOW, before=NOW - 90 * DAY)
        return counting is not None and counting(row)

    old = replace(*rows(NOW - 400 * DAY), campaign_id="a", phase_id="early", tier="gold")
    yearly = rule(Rolling(500 * DAY))
    assert kept(rule(Rolling(7 * DAY)), yearly, row=old)
    assert not kept(yearly, row=replace(old, counted_at=NOW - 500 * DAY))
    assert not kept(rule(Rolling(7 * DAY)), rule(CalendarPeriod(CalendarUnit.MONTH)), row=old)
    assert kept(rule(Dated(Span(NOW - 401 * DAY, NOW + 1))), row=old)
    assert not kept(rule(Dated(Span(NOW - 401 * DAY, NOW))), row=old), "a phase that is over counts nothing"
    forever = rule(Lifetime(), scope=Scope.CAMPAIGN)
    assert [kept(forever, row=each) for each in (old, replace(old, campaign_id=""))] == [True, False]
    assert [kept(replace(forever, scope_id=one), row=old) for one in ("a", "b")] == [True, False]
    phase = replace(forever, scope=Scope.PHASE)
    assert [kept(replace(phase, scope_id=one), row=old) for one in ("a/early", "b/early")] == [True, False]
    assert [kept(replace(forever, tier=one), row=old) for one in ("gold", "silver")] == [True, False]
    assert [kept(replace(forever, channels=frozenset({one})), row=old) for one in ("sms", "email")] == [True, False]


CHANNELS = ("sms", "email", "push")
instants = st.integers(-40, 10).flatmap(lambda hours: st.integers(-1, 1).map(lambda step: NOW + hours * HOUR + step))
held_rows = st.lists(
    st.builds(
        Row,
        counted_at=instants,
        channel=st.sampled_from(CHANNELS),
        campaign_id=st.sampled_from(("", "a", "b")),
        tier=st.sampled_from(("gold", "silver")),
    ),
    max_size=12,
)
windows = st.one_of(
    st.integers(1, 40).map(lambda hours: Rolling(hours * HOUR)),
    st.builds(CalendarPeriod, st.sampled_from(CalendarUnit), st.sampled_from(ZoneOf)),
    st.tuples(st.integers(-40, 0), st.integers(1, 20)).map(
        lambda ends: Dated(Span(NOW + ends[0] * HOUR, NOW + ends[1] * HOUR))
    ),
)
rules = st.builds(
    FrequencyRule,
    rule_id=st.just("r"),
    window=windows,
    limit=st.integers(0, 4),
    scope=st.sampled_from((Scope.ALL, Scope.CAMPAIGN)),
    channels=st.sets(st.sampled_from(CHANNELS)).map(frozenset),
    tier=st.sampled_from(("", "gold")),
    measure=st.sampled_from(Measure),
)
messages = st.builds(
    Message,
    channel=st.sampled_from(CHANNELS),
    campaign_id=st.sampled_from(("", "a")),
    tier=st.sampled_from(("gold", "silver")),
)


def counts(one: FrequencyRule, message: Message, row: Row, now: int, zone: str) -> bool:
    """Whether a row counts, by the words of the design."""
    return (
        in_window(one.window, row.counted_at, now, zone)
        and (not one.channels or row.channel in one.channels)
        and (not one.tier or row.tier == one.tier)
        and (one.scope is Scope.ALL or row.campaign_id == message.campaign_id)
    )


def in_window(window: Window, counted_at: int, now: int, zone: str) -> bool:
    match window:
        case Rolling(length):
            return counted_at > now - length
        case Dated(span):
            return span.start <= counted_at < span.end
        case CalendarPeriod(unit, zone_of):
            clocks = SHANGHAI if zone_of is ZoneOf.COMPANY else zone
            return period_of(unit, counted_at, clocks) == period_of(unit, now, clocks)
    raise AssertionError(window)


def period_of(unit: CalendarUnit, instant: int, zone: str) -> tuple[int, ...]:
    local = from_micros(instant).astimezone(ZoneInfo(zone))
    if unit is CalendarUnit.WEEK:
        return tuple(local.isocalendar()[:2])
    return (local.year, local.month) + ((local.day,) if unit is CalendarUnit.DAY else ())


def allowed(one: FrequencyRule, message: Message, held: list[Row], now: int, zone: str) -> bool:
    """Whether the message may go, recounted from the rows with the message among them."""
    applies = (
        (not one.channels or message.channel in one.channels)
        and (one.scope is Scope.ALL or message.campaign_id != "")
        and (not one.tier or message.tier == one.tier)
    )
    if isinstance(one.window, Dated):
        applies = applies and one.window.span.start <= now < one.window.span.end
    counted = [row for row in held if counts(one, message, row, now, zone)]
    used = (
        len({row.channel for row in counted} | {message.channel})
        if one.measure is Measure.DISTINCT_CHANNELS
        else len(counted) + 1
    )
    return not applies or one.limit is None or used <= one.limit


zones = st.sampled_from(("", "America/Havana", "Pacific/Apia", "Asia/Kathmandu"))


@given(one=rules, message=messages, held=held_rows, zone=zones)
def test_decisions_are_those_of_a_recount(one: FrequencyRule, message: Message, held: list[Row], zone: str) -> None:
    found = broken(one, held=held, message=message, customer=Customer(zone=zone))
    assert (not found) is allowed(one, message, held, NOW, zone or SHANGHAI)


@given(one=rules, message=messages, held=held_rows, zone=zones)
def test_a_broken_rule_stays_broken_until_it_is_free(
    one: FrequencyRule, message: Message, held: list[Row], zone: str
) -> None:
    for violation in broken(one, held=held, message=message, customer=Customer(zone=zone)):
        end = violation.free_at if violation.free_at is not None else NOW + 60 * DAY
        for instant in (NOW, NOW + (end - NOW) // 3, NOW + (end - NOW) // 2, end - 1):
            assert not allowed(one, message, held, instant, zone or SHANGHAI)
        if violation.free_at is not None and max((row.counted_at for row in held), default=0) < end:
            assert allowed(one, message, held, end, zone or SHANGHAI)


@given(one=rules, message=messages, held=held_rows, later=st.integers(0, 90), zone=zones)
def test_rows_before_the_horizon_never_matter(
    one: FrequencyRule, message: Message, held: list[Row], later: int, zone: str
) -> None:
    compiled = RuleSet.compile([one], SHANGHAI)
    near = [row for row in held if row.counted_at >= compiled.horizon(NOW)]
    customer, instant = Customer(zone=zone), NOW + later * HOUR
    assert bool(compiled.violations(message, customer, near, instant)) is bool(
        compiled.violations(message, customer, held, instant)
    )


def test_one_day_is_23_hours_when_clocks_go_forward() -> None:
    berlin = RuleSet.compile([rule(CalendarPeriod(CalendarUnit.DAY))], "Europe/Berlin")
    noon = at("2026-03-29T12:00", "Europe/Berlin")
    held = rows(at("2026-03-29", "Europe/Berlin"))
    (found,) = berlin.violations(Message(), Customer(), held, noon)
    assert found.free_at is not None
    assert from_micros(found.free_at) - from_micros(held[0].counted_at) == timedelta(hours=23)


def test_a_day_that_begins_twice_begins_at_the_first_midnight() -> None:
    """At 00:01 of October 29 clocks went back to 23:01: that hour belongs to the day that had begun."""
    zone = "America/St_Johns"
    daily = RuleSet.compile([rule(CalendarPeriod(CalendarUnit.DAY))], zone)
    first_midnight = at("2006-10-29T00:00", zone)
    in_between = first_midnight + HOUR // 2
    assert from_micros(in_between).astimezone(ZoneInfo(zone)).date().day == 28
    (found,) = daily.violations(Message(), Customer(), rows(first_midnight), in_between)
    assert found.free_at == at("2006-10-30T00:00", zone)
    assert not daily.violations(Message(), Customer(), rows(first_midnight - 1), in_between)


@given(st.lists(rules, max_size=3), messages, held_rows)
def test_no_row_is_given_up_that_a_rule_counts(several: list[FrequencyRule], message: Message, held: list[Row]) -> None:
    closed = [replace(one, rule_id=f"r{place}", limit=0) for place, one in enumerate(several)]
    counting = RuleSet.compile(closed, SHANGHAI).counting(NOW, before=NOW + 20 * HOUR)
    counted = [row for row in held if any(one.counted for one in broken(*closed, held=[row], message=message))]
    assert all(counting is not None and counting(row) for row in counted)
