"""Slots that are held for a campaign: whom they stop, in which rules, and until when."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.policies import DAY, HOUR, Customer, Message, Row, at
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import FrequencyRule, Hold, Measure, Rolling, Scope, Span

NOW = at("2026-11-10T12:00")
ZONE = "Asia/Shanghai"
MEMBER = Customer(segments=frozenset({"audience"}))
WEEK = FrequencyRule(rule_id="week", window=Rolling(7 * DAY), limit=2)
HELD = Hold(
    hold_id="h", campaign_id="peak", segment_id="audience", slots=1, priority=500, span=Span(NOW - DAY, NOW + DAY)
)


def ordinary(*hours: int, **more: Any) -> list[Row]:
    return [Row(counted_at=NOW - each * HOUR, **more) for each in hours]


def passes(
    rows: list[Row],
    *,
    hold: Hold = HELD,
    rule: FrequencyRule = WEEK,
    message: Message | None = None,
    customer: Customer = MEMBER,
    now: int = NOW,
    inactive: frozenset[tuple[str, str]] = frozenset(),
) -> bool:
    compiled = RuleSet.compile([rule], ZONE, (), [hold])
    return not compiled.violations(message or Message(), customer, rows, now, inactive)


def test_it_stops_lower_priorities_where_they_would_take_the_last_slots() -> None:
    assert passes([])
    assert not passes(ordinary(1))
    assert passes(ordinary(1), message=Message(priority=500))
    assert passes(ordinary(1), message=Message(campaign_id="peak"))
    assert passes(ordinary(1), customer=Customer()), "who is not in the audience"
    assert passes(ordinary(1), inactive=frozenset({("campaign", "peak")})), "the campaign has ended"
    assert [passes(ordinary(1), now=each) for each in (NOW + DAY - 1, NOW + DAY)] == [False, True]


def test_a_message_of_the_campaign_uses_its_slot_up() -> None:
    used = ordinary(2, campaign_id="peak")
    assert passes(used)
    assert not passes(used + ordinary(1))
    twice = ordinary(2, 3, campaign_id="peak")
    assert not passes(twice), "and what is over it counts as any other"
    assert passes(twice, rule=replace(WEEK, limit=3))


@pytest.mark.parametrize(
    ("rule", "hold", "stops"),
    [
        (replace(WEEK, channels=frozenset({"sms"})), HELD, True),
        (replace(WEEK, channels=frozenset({"sms"})), replace(HELD, channels=frozenset({"email"})), False),
        (WEEK, replace(HELD, channels=frozenset({"email"})), True),
        (replace(WEEK, scope=Scope.JOURNEY), HELD, False),
        (replace(WEEK, scope=Scope.BRAND), HELD, True),
    ],
)
def test_it_counts_where_the_campaign_s_messages_would(rule: FrequencyRule, hold: Hold, stops: bool) -> None:
    rows = ordinary(1, brand="b", journey_id="j")
    assert passes(rows, rule=rule, hold=hold, message=Message(brand="b", journey_id="j")) is not stops


def test_a_channel_is_held_where_channels_are_counted() -> None:
    two = replace(WEEK, measure=Measure.DISTINCT_CHANNELS)
    push = replace(HELD, channels=frozenset({"push"}))
    assert not passes(ordinary(1, channel="email"), rule=two, hold=push), "push and e-mail are two already"
    assert passes(ordinary(1, channel="email"), rule=two, hold=push, message=Message(channel="push"))
    assert passes(ordinary(1, channel="email"), rule=two, hold=push, message=Message(channel="email"))


def test_the_finding_says_what_is_counted_and_which_holds() -> None:
    compiled = RuleSet.compile([WEEK], ZONE, (), [HELD])
    [found] = compiled.violations(Message(), MEMBER, ordinary(1), NOW)
    assert (found.counted, found.limit, found.holds) == (1, 2, ["h"])
    assert found.free_at == NOW - HOUR + 7 * DAY
    assert compiled.next_turn(NOW) == NOW + DAY
    assert compiled.segments() == {"audience"}


@given(
    others=st.lists(st.integers(1, 400), max_size=5),
    own=st.lists(st.integers(1, 400), max_size=5),
    slots=st.integers(1, 3),
    limit=st.integers(0, 6),
)
def test_the_others_and_the_greater_of_used_and_held_fit_with_one_more(
    others: list[int], own: list[int], slots: int, limit: int
) -> None:
    rows = ordinary(*others) + ordinary(*own, campaign_id="peak")
    in_window = [sum(each < 7 * 24 for each in hours) for hours in (others, own)]
    fits = in_window[0] + max(in_window[1], slots) + 1 <= limit
    assert passes(rows, hold=replace(HELD, slots=slots), rule=replace(WEEK, limit=limit)) is fits
