"""The earliest free instant: is it free, and is nothing before it? Looked at quarter hour by quarter hour."""

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.budget import budget
from support.policies import DAY, HOUR, MINUTE, Customer, Message, Row, at, rows
from tidegate.delivery.policy.deferral import earliest_free
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import (
    CalendarPeriod,
    CalendarUnit,
    Dated,
    Exemption,
    FrequencyRule,
    Hold,
    LocalWindow,
    Measure,
    QuietRule,
    Rolling,
    Span,
)
from tidegate.delivery.policy.quiet import QuietHours

BERLIN = "Europe/Berlin"
NOW = at("2026-11-10T21:00", BERLIN)
QUARTER = 15 * MINUTE
NIGHT = QuietHours.compile([QuietRule(rule_id="q", windows=(LocalWindow(time(22), time(8)),))], BERLIN)
CUSTOMER = Customer(zone=BERLIN, segments=frozenset({"audience"}))


def free(rules: list[FrequencyRule], held: list[Row], exemptions: tuple[Exemption, ...] = ()) -> int | None:
    ruleset = RuleSet.compile(rules, BERLIN, exemptions)
    return earliest_free(Message(), CUSTOMER, held, ruleset, NIGHT, NOW)


def test_now_when_nothing_forbids_it() -> None:
    assert free([], []) == NOW


def test_rules_and_quiet_hours_alternate_to_a_fixed_point() -> None:
    day = FrequencyRule(rule_id="day", window=CalendarPeriod(CalendarUnit.DAY), limit=1)
    assert free([day], rows(NOW - HOUR)) == at("2026-11-11T08:00", BERLIN), "free at midnight, quiet until 8"
    gap = FrequencyRule(rule_id="gap", window=Rolling(48 * HOUR), limit=1)
    evening = rows(at("2026-11-09T22:30", BERLIN))
    assert free([day, gap], evening) == at("2026-11-12T08:00", BERLIN), "22:30 two days later is quiet again"


def test_a_closed_rule_is_open_once_a_phase_replaces_it_or_an_exemption_opens_it() -> None:
    closed = FrequencyRule(rule_id="closed", window=Rolling(DAY), limit=0)
    start = at("2026-11-20T12:00", BERLIN)
    phase = FrequencyRule(
        rule_id="phase", window=Dated(Span(start, start + DAY)), limit=1, replaces=frozenset({"closed"})
    )
    exemption = Exemption(
        exemption_id="e",
        rule_ids=frozenset({"closed"}),
        span=Span(start, start + DAY),
        reason="r",
        granted_by="crm",
        customer_ids=frozenset({CUSTOMER.customer_id}),
    )
    assert free([closed], []) is None
    assert free([closed, phase], []) == start
    assert free([closed], [], (exemption,)) == start


def test_no_quiet_hour_ends() -> None:
    ever = QuietHours.compile([QuietRule(rule_id="q", windows=(LocalWindow(time(0), time(0)),))], BERLIN)
    assert earliest_free(Message(), CUSTOMER, [], RuleSet.compile([], BERLIN), ever, NOW) is None


@pytest.mark.parametrize("unit", CalendarUnit)
def test_a_phase_for_ever_ends_when_it_says(unit: CalendarUnit) -> None:
    end = at("9999-12-31", "UTC")
    for_ever = FrequencyRule(rule_id="ever", window=Dated(Span(NOW - DAY, end)), limit=0)
    period = FrequencyRule(rule_id="period", window=CalendarPeriod(unit), limit=1)
    assert free([for_ever, period], []) == end


quarters = st.integers(-200, 100).map(lambda quarter: NOW + quarter * QUARTER)
spans = st.tuples(quarters, st.integers(1, 200)).map(lambda ends: Span(ends[0], ends[0] + ends[1] * QUARTER))
windows = st.one_of(
    st.integers(1, 150).map(lambda quarter: Rolling(quarter * QUARTER)),
    st.builds(CalendarPeriod, st.sampled_from((CalendarUnit.DAY, CalendarUnit.WEEK))),
    spans.map(Dated),
)


@st.composite
def rule_sets(draw: st.DrawFn) -> list[FrequencyRule]:
    return [
        FrequencyRule(
            rule_id=f"r{number}",
            window=draw(windows),
            limit=draw(st.integers(0, 3)),
            channels=draw(st.sampled_from((frozenset(), frozenset({"sms"})))),
            measure=draw(st.sampled_from(Measure)),
            replaces=draw(st.sets(st.sampled_from([f"r{lower}" for lower in range(number)])).map(frozenset))
            if number
            else frozenset(),
        )
        for number in range(draw(st.integers(1, 3)))
    ]


held_rows = st.lists(
    st.builds(
        Row, counted_at=quarters, channel=st.sampled_from(("sms", "email")), campaign_id=st.sampled_from(("", "held"))
    ),
    max_size=8,
)
held_slots = st.builds(
    Hold,
    hold_id=st.just("h"),
    campaign_id=st.just("held"),
    segment_id=st.just("audience"),
    slots=st.integers(1, 2),
    priority=st.just(5),
    span=spans,
    channels=st.sampled_from((frozenset(), frozenset({"sms"}), frozenset({"email"}))),
)


@settings(max_examples=budget(150, 1_000))
@given(rules=rule_sets(), held=held_rows, exempt=st.none() | spans, holds=st.lists(held_slots, max_size=2))
def test_it_is_the_first_quarter_hour_that_is_free(
    rules: list[FrequencyRule], held: list[Row], exempt: Span | None, holds: list[Hold]
) -> None:
    """All limits of the generated cases lie on quarters of an hour, so that none between can be the first."""
    exemptions = () if exempt is None else (exemption_of("r0", exempt),)
    ruleset = RuleSet.compile(rules, BERLIN, exemptions, holds)
    found = earliest_free(Message(), CUSTOMER, held, ruleset, NIGHT, NOW)
    end = NOW + 12 * DAY
    first = next(
        (
            instant
            for instant in range(NOW, end, QUARTER)
            if NIGHT.next_allowed(instant, Message(), CUSTOMER) == instant
            and not ruleset.violations(Message(), CUSTOMER, held, instant)
        ),
        None,
    )
    assert (found if found is not None and found < end else None) == first


def exemption_of(rule_id: str, span: Span) -> Exemption:
    return Exemption(
        exemption_id="e",
        rule_ids=frozenset({rule_id}),
        span=span,
        reason="r",
        granted_by="crm",
        customer_ids=frozenset({CUSTOMER.customer_id}),
    )
