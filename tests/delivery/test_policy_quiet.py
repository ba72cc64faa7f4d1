"""Quiet hours: by table where clocks change, and minute by minute against a reading of the wall clock."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.policies import DAY, HOUR, MARKETING, MINUTE, Customer, Message, at
from tidegate.delivery.model import MessageClass
from tidegate.delivery.policy.model import LocalWindow, OnExceed, QuietRule
from tidegate.delivery.policy.quiet import QuietHours
from tidegate.runtime.clock import micros

NIGHT = LocalWindow(time(22), time(8))
BERLIN = "Europe/Berlin"


def quiet_hours(*windows: LocalWindow, holidays: tuple[date, ...] = (), **more: Any) -> QuietHours:
    rule = QuietRule(rule_id="q", windows=windows, holidays=holidays, **more)
    return QuietHours.compile([rule], "Asia/Shanghai")


def next_allowed(hours: QuietHours, text: str, zone: str, message: Message = MARKETING) -> int | None:
    return hours.next_allowed(at(text, zone), message, Customer(zone=zone))


@pytest.mark.parametrize(
    ("window", "asked", "answer"),
    [
        pytest.param(NIGHT, "2026-11-10T21:59:59.9", "2026-11-10T21:59:59.9", id="before it begins"),
        pytest.param(NIGHT, "2026-11-10T22:00", "2026-11-11T08:00", id="from its start over midnight"),
        pytest.param(NIGHT, "2026-11-11T07:59:59.999999", "2026-11-11T08:00", id="until its end"),
        pytest.param(NIGHT, "2026-11-11T08:00", "2026-11-11T08:00", id="allowed at its end"),
        pytest.param(
            LocalWindow(time(22), time(8), frozenset({4})), "2026-11-14T07:00", "2026-11-14T08:00",
            id="Friday's window reaches into Saturday",
        ),
        pytest.param(
            LocalWindow(time(22), time(8), frozenset({4})), "2026-11-13T07:00", "2026-11-13T07:00",
            id="and Thursday has none",
        ),
        pytest.param(
            LocalWindow(time(0), time(0), frozenset({5, 6})), "2026-11-14T00:00", "2026-11-16T00:00",
            id="whole days that touch",
        ),
    ],
)  # fmt: skip
def test_windows(window: LocalWindow, asked: str, answer: str) -> None:
    assert next_allowed(quiet_hours(window), asked, BERLIN) == at(answer, BERLIN)


def test_windows_and_holidays_are_one_union() -> None:
    hours = quiet_hours(NIGHT, LocalWindow(time(7), time(9)), holidays=(date(2026, 12, 25),))
    assert next_allowed(hours, "2026-12-24T23:00", BERLIN) == at("2026-12-26T09:00", BERLIN)


@pytest.mark.parametrize(
    ("zone", "window", "asked", "answer"),
    [
        pytest.param(  # clocks go from 02:00 to 03:00
            BERLIN, LocalWindow(time(1), time(2, 30)), "2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00",
            id="an end that does not exist is the next valid instant",
        ),
        pytest.param(
            BERLIN, LocalWindow(time(2, 30), time(4)), "2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00",
            id="so is a start",
        ),
        pytest.param(
            BERLIN, LocalWindow(time(2), time(3)), "2026-03-29T03:00+02:00", "2026-03-29T03:00+02:00",
            id="a window that does not exist at all is empty",
        ),
        pytest.param(  # clocks go from 03:00 back to 02:00
            BERLIN, LocalWindow(time(1), time(2, 30)), "2026-10-25T02:40+02:00", "2026-10-25T02:30+01:00",
            id="an end that occurs twice is the second",
        ),
        pytest.param(
            BERLIN, LocalWindow(time(2, 30), time(4)), "2026-10-25T02:30+02:00", "2026-10-25T04:00+01:00",
            id="a start that occurs twice is the first",
        ),
        pytest.param(
            "Pacific/Apia", LocalWindow(time(12), time(18)), "2011-12-29T23:00-10:00", "2011-12-30T09:00Z",
            id="a day that was skipped has no window",
        ),
    ],
)  # fmt: skip
def test_changes_of_clocks(zone: str, window: LocalWindow, asked: str, answer: str) -> None:
    found = quiet_hours(window).next_allowed(instant(asked), Message(), Customer(zone=zone))
    assert found == instant(answer)


def instant(text: str) -> int:
    return micros(datetime.fromisoformat(text))


def test_zones() -> None:
    asked = at("2026-11-10T15:00", "UTC")  # 23:00 in Shanghai, 16:00 in Berlin
    assert quiet_hours(NIGHT).next_allowed(asked, Message(), Customer(zone=BERLIN)) == asked
    assert quiet_hours(NIGHT).next_allowed(asked, Message(), Customer()) == at("2026-11-11", "UTC")


def test_what_a_rule_is_for() -> None:
    night = "2026-11-10T23:00"
    only = quiet_hours(NIGHT, brand="b", channels=frozenset({"sms"}))
    assert next_allowed(only, night, BERLIN, Message(brand="b")) == at("2026-11-11T08:00", BERLIN)
    assert next_allowed(only, night, BERLIN, Message(brand="c")) == at(night, BERLIN)
    assert next_allowed(only, night, BERLIN, Message(brand="b", channel="push")) == at(night, BERLIN)
    for passing in set(MessageClass) - {MessageClass.MARKETING}:
        assert next_allowed(quiet_hours(NIGHT), night, BERLIN, Message(message_class=passing)) == at(night, BERLIN)


def test_rules_of_several_levels_add_up() -> None:
    rules = [
        QuietRule(rule_id="company", windows=(NIGHT,)),
        QuietRule(rule_id="brand", windows=(LocalWindow(time(8), time(10)),), brand="b"),
    ]
    hours = QuietHours.compile(rules, BERLIN)
    assert next_allowed(hours, "2026-11-10T23:00", BERLIN) == at("2026-11-11T08:00", BERLIN)
    assert next_allowed(hours, "2026-11-10T23:00", BERLIN, Message(brand="b")) == at("2026-11-11T10:00", BERLIN)
    held = hours.holding(at("2026-11-10T23:00", BERLIN), Message(brand="b"), Customer())
    assert [rule.rule_id for rule in held] == ["company"]


def test_no_hour_of_any_day_has_no_answer() -> None:
    assert next_allowed(quiet_hours(LocalWindow(time(0), time(0))), "2026-11-10T12:00", BERLIN) is None


def test_release_is_spread_over_customers_and_never_early() -> None:
    hours = quiet_hours(NIGHT, spread=HOUR)
    end = at("2026-11-11T08:00", BERLIN)
    released = [hours.release(end, Message(), Customer(number, BERLIN)) for number in range(1000)]
    assert released == [hours.release(end, Message(), Customer(number, BERLIN)) for number in range(1000)]
    assert all(end <= one < end + HOUR for one in released)
    per_minute = [(one - end) // MINUTE for one in released]
    assert max(per_minute.count(minute) for minute in range(60)) < 40, "1,000 customers over 60 minutes"


def test_higher_priorities_are_released_first() -> None:
    hours = quiet_hours(NIGHT, spread=HOUR)
    end = at("2026-11-11T08:00", BERLIN)
    in_order = [hours.release(end, Message(priority=priority), Customer(5, BERLIN)) for priority in (9, 1, 0, -3)]
    assert in_order == sorted(in_order)
    assert in_order[0] < in_order[2]


def test_only_what_waited_for_the_end_is_spread() -> None:
    hours = quiet_hours(NIGHT, spread=HOUR)
    noon = at("2026-11-11T12:00", BERLIN)
    assert {hours.release(noon, Message(), Customer(number, BERLIN)) for number in range(100)} == {noon}


def test_the_strictest_action_wins() -> None:
    night, evening = at("2026-11-10T23:00", BERLIN), at("2026-11-10T21:00", BERLIN)
    rules = [
        QuietRule(rule_id="night", windows=(NIGHT,)),
        QuietRule(rule_id="late", windows=(LocalWindow(time(20), time(23, 30)),), action=OnExceed.NEXT_CHANNEL),
    ]
    hours = QuietHours.compile(rules, BERLIN)
    assert hours.action(night, Message(), Customer()) is OnExceed.NEXT_CHANNEL
    assert hours.action(night + HOUR, Message(), Customer()) is OnExceed.DEFER
    assert hours.action(evening, Message(), Customer()) is OnExceed.NEXT_CHANNEL


def test_release_does_not_spread_into_the_next_quiet_time() -> None:
    hours = quiet_hours(NIGHT, LocalWindow(time(8, 5), time(9)), spread=2 * HOUR)
    end = at("2026-11-11T08:00", BERLIN)
    for number in range(200):
        assert hours.release(end, Message(), Customer(number, BERLIN)) < end + 5 * MINUTE


@pytest.mark.parametrize("instant", [-(1 << 62), at("0001-01-01T12:00"), at("9999-12-31"), 1 << 62])
def test_beyond_what_calendars_show_nothing_is_quiet(instant: int) -> None:
    hours = quiet_hours(LocalWindow(time.min, time.min))
    assert hours.next_allowed(instant, MARKETING, Customer(zone=BERLIN)) == instant


times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 30, 59)))
local_windows = st.builds(LocalWindow, times, times, st.sets(st.integers(0, 6), min_size=1).map(frozenset))
CHANGES = {
    BERLIN: (date(2026, 3, 29), date(2026, 10, 25)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),  # at midnight
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
    "America/St_Johns": (date(2006, 10, 29), date(2007, 3, 11)),  # at one minute past midnight
    "Pacific/Apia": (date(2011, 12, 30),),  # a whole day skipped
    "Asia/Kathmandu": (date(2026, 6, 1),),
}
places = st.sampled_from([(zone, day) for zone, days in CHANGES.items() for day in days])


@cache
def wall_clock(zone: str, around: date) -> tuple[list[int], list[datetime]]:
    """The minutes of some days around a date, and what clocks show at each."""
    start = datetime.combine(around - timedelta(days=5), time.min, UTC)
    minutes = [start + timedelta(minutes=minute) for minute in range(11 * 24 * 60)]
    shown = [one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for one in minutes]
    return [micros(one) for one in minutes], shown


@cache
def reading(zone: str, around: date, wanted: datetime, last: bool) -> int:
    """When clocks show ``wanted``, first or last, or if they never do, when they are first past it."""
    minutes, shown = wall_clock(zone, around)
    exact = [minute for minute, local in zip(minutes, shown, strict=True) if local == wanted]
    if exact:
        return exact[-1 if last else 0]
    return next(minute for minute, local in zip(minutes, shown, strict=True) if local > wanted)


def quiet_minutes(windows: list[LocalWindow], zone: str, around: date) -> set[int]:
    """The quiet minutes, read off the wall clock."""
    found: set[int] = set()
    for day in (around + timedelta(days=offset) for offset in range(-3, 4)):
        for window in windows:
            if day.weekday() in window.weekdays:
                start = datetime.combine(day, window.start)
                end = datetime.combine(day + timedelta(days=window.end <= window.start), window.end)
                first, last = reading(zone, around, start, False), reading(zone, around, end, True)
                found.update(range(first, last, MINUTE))
    return found


@given(
    windows=st.lists(local_windows, min_size=1, max_size=3),
    place=places,
    minute=st.integers(-1440, 2 * 1440),
)
def test_quiet_is_what_the_wall_clock_says(windows: list[LocalWindow], place: tuple[str, date], minute: int) -> None:
    zone, around = place
    quiet = quiet_minutes(windows, zone, around)
    asked = micros(datetime.combine(around, time.min, UTC)) + minute * MINUTE
    last = micros(datetime.combine(around, time.min, UTC)) + 3 * DAY
    expected = next((one for one in range(asked, last, MINUTE) if one not in quiet), None)
    if expected is not None:  # else its end is past what was read off the clock
        assert quiet_hours(*windows).next_allowed(asked, Message(), Customer(zone=zone)) == expected
