"""The demo's own check of the ledger finds what it is meant to find."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tidegate.demo.calendar import Calendar
from tidegate.demo.policies import CAMPAIGN, frequency_rules
from tidegate.demo.recount import Slot, violations

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(2026, ZONE)
MORNING = CALENDAR.at(10, 23, 9)
RULES = list(frequency_rules(CALENDAR))


def slots(*times: datetime, channel: str = "email", tier: str = "fan") -> Iterator[Slot]:
    return (Slot(7, time, channel, CAMPAIGN, tier) for time in times)


def days(*numbers: float) -> list[datetime]:
    return [MORNING + timedelta(days=number) for number in numbers]


@pytest.mark.parametrize(
    ("taken", "broken"),
    [
        ([*slots(*days(0, 2))], set()),
        ([*slots(*days(0, 2, 4))], {"parallel-email"}),
        ([*slots(MORNING), *slots(MORNING + timedelta(hours=1), channel="sms")], {"one-channel-a-day"}),
        ([*slots(MORNING), *slots(MORNING + timedelta(days=1), channel="sms")], set()),
        ([*slots(*days(0, 2)), *slots(*days(3, 4), channel="sms")], {"company-week"}),
        ([*slots(*days(0, 2)), *slots(*days(3, 9), channel="sms")], set()),
        ([*slots(MORNING, channel="push", tier="sleeping")], {"sleeping-no-push"}),
        ([*slots(MORNING, *days(2)), *slots(CALENDAR.at(11, 11, 9))], set()),
        ([*slots(CALENDAR.at(11, 11, 9), CALENDAR.at(11, 11, 12))], {"peak-3-email"}),
    ],
)
def test_slots_that_are_one_too_many_are_named(taken: list[Slot], broken: set[str]) -> None:
    found = set(violations(taken, RULES, ZONE))
    assert {sentence.split(": ")[1].split()[0] for sentence in found} == broken


def test_another_customers_slots_do_not_count() -> None:
    several = [Slot(number, MORNING, "email", CAMPAIGN, "fan") for number in range(50)]
    assert list(violations(several, RULES, ZONE)) == []
