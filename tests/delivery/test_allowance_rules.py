"""Windows and limits of platforms: tables of cases, and a plain recount."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.delivery.adapter import Told
from support.delivery.platforms import Doubling, platform_registry
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, receipts_pb2
from tidegate.channels import Limit, Per, Period, Trigger, WindowRule
from tidegate.delivery.allowances.model import Sent, Window
from tidegate.delivery.allowances.rules import best, exceeded, open_windows, widest
from tidegate.delivery.convert.channels import channels
from tidegate.runtime.clock import micros

MINUTE, HOUR = 60_000_000, 3_600_000_000
CHANGE = date(2023, 6, 12)
RULES = (
    WindowRule(trigger=Trigger.MESSAGE, lifetime=timedelta(hours=48), messages=20, until=CHANGE),
    WindowRule(trigger=Trigger.MESSAGE, lifetime=timedelta(hours=48), messages=5, since=CHANGE),
    WindowRule(trigger=Trigger.SCAN, lifetime=timedelta(minutes=1), messages=3, since=CHANGE),
)
NOW = micros(datetime(2026, 10, 10, 2, tzinfo=UTC))
BEFORE = micros(datetime(2023, 6, 11, 15, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("openings", "uses", "now", "expected"),
    [
        ({}, [], NOW, []),
        ({"message": NOW}, [], NOW, [(Trigger.MESSAGE, 48 * HOUR, 5)]),
        ({"message": NOW}, [NOW - 1, NOW, NOW + 1], NOW, [(Trigger.MESSAGE, 48 * HOUR, 3)]),
        ({"message": NOW}, [NOW] * 7, NOW, [(Trigger.MESSAGE, 48 * HOUR, 0)]),
        ({"message": NOW}, [], NOW + 48 * HOUR - 1, [(Trigger.MESSAGE, 48 * HOUR, 5)]),
        ({"message": NOW}, [], NOW + 48 * HOUR, []),
        ({"menu_click": NOW}, [], NOW, []),
        ({"message": NOW, "scan": NOW}, [NOW] * 4, NOW, [(Trigger.MESSAGE, 48 * HOUR, 1), (Trigger.SCAN, MINUTE, 0)]),
        ({"scan": BEFORE}, [], BEFORE, []),
        ({"scan": BEFORE + MINUTE}, [], BEFORE + MINUTE, [(Trigger.SCAN, MINUTE, 3)]),
        ({"message": BEFORE}, [BEFORE] * 6, BEFORE + HOUR, [(Trigger.MESSAGE, 48 * HOUR, 14)]),
    ],
)
def test_windows_by_the_rules_of_their_day(
    openings: dict[str, int], uses: Sequence[int], now: int, expected: list[tuple[Trigger, int, int]]
) -> None:
    found = [
        (one.trigger, one.lapses - openings[one.trigger], one.left) for one in open_windows(RULES, openings, uses, now)
    ]
    assert found == expected


def test_windows_do_not_add_up() -> None:
    long, short, full = Window(Trigger.MESSAGE, 9, 1), Window(Trigger.SCAN, 3, 2), Window(Trigger.FOLLOW, 99, 0)
    assert best([long, short, full]) == long
    assert widest([long, short, full]) == short
    assert best([full]) is None
    assert widest([full, Window(Trigger.SESSION, 1, None)]) == Window(Trigger.SESSION, 1, None)


SENT = st.lists(
    st.builds(Sent, st.integers(NOW - 50 * HOUR, NOW), st.sampled_from(["marketing", "verification"])), max_size=8
)
WITHIN = st.one_of(st.sampled_from(list(Period)), st.integers(1, 40).map(lambda hours: timedelta(hours=hours)))
CLASSES = st.sampled_from([frozenset[str](), frozenset({"marketing"}), frozenset({"verification"})])
LIMITS = st.builds(
    lambda most, within, classes: Limit(per=Per.ADDRESS, most=most, within=within, classes=classes),
    st.integers(1, 4),
    WITHIN,
    CLASSES,
)


@given(LIMITS, SENT)
def test_a_limit_is_free_again_at_the_first_instant_at_which_it_has_room(limit: Limit, sent: list[Sent]) -> None:
    found = exceeded([limit], "marketing", sent, NOW)
    assert bool(found) == (room(limit, sent, NOW) <= 0 and limit.classes in (frozenset(), {"marketing"}))
    for one in found:
        assert one.counted == limit.most - room(limit, sent, NOW)
        assert room(limit, sent, one.free_at) > 0
        assert room(limit, sent, one.free_at - 1) <= 0


def room(limit: Limit, sent: Sequence[Sent], at: int) -> int:
    """Counted plainly: of the last span, or of the same day or month in China."""
    counted = [one for one in sent if not limit.classes or one.message_class in limit.classes]
    if isinstance(limit.within, timedelta):
        span = limit.within // timedelta(microseconds=1)
        return limit.most - sum(at - span < one.time for one in counted)
    shown = "%Y-%m-%d" if limit.within is Period.DAY else "%Y-%m"
    return limit.most - sum(china(one.time, shown) == china(at, shown) for one in counted)


def china(instant: int, shown: str) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant, hours=8)).strftime(shown)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"most": 0}, "most and within must be more than zero"),
        ({"within": timedelta()}, "most and within must be more than zero"),
        ({"per": Per.ACCOUNT}, "within a period of the calendar"),
        ({"per": Per.ACCOUNT, "within": Period.DAY, "classes": frozenset({"marketing"})}, "must be of all classes"),
        ({"classes": frozenset({"spam"})}, "there are no classes"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Limit(**{"per": Per.ADDRESS, "most": 1, "within": timedelta(hours=1), **wrong})  # type: ignore[arg-type]


def test_what_a_platform_allows_is_shown() -> None:
    shown = {one.adapter: one.manifest for one in channels(platform_registry(Told(), Doubling()), {})}
    assert [one.one_at_a_time for one in (shown["granted"], shown["windowed"])] == [True, False]
    first, second, third = shown["windowed"].windows
    assert (first.until_day, second.since_day, third.since_day) == ("2023-06-12", "2023-06-12", "2023-06-12")
    assert (third.trigger, third.lifetime.ToTimedelta(), third.max_messages) == (
        receipts_pb2.WINDOW_TRIGGER_MENU_CLICK,
        timedelta(minutes=1),
        3,
    )
    minute, _, day = shown["limited"].limits
    assert (minute.subject, minute.max_messages) == (channels_pb2.LIMIT_SUBJECT_ADDRESS, 1)
    assert minute.span.ToTimedelta() == timedelta(minutes=1)
    assert list(minute.classes) == [messages_pb2.MESSAGE_CLASS_VERIFICATION]
    assert (day.period, list(day.classes)) == (channels_pb2.PLATFORM_PERIOD_DAY, [])
