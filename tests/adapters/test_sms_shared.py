"""What the SMS adapters share: numbers, and how long limits last."""

from datetime import UTC, datetime, timedelta

import pytest
from tidegate.channels import Content, OutboundMessage, OutcomeKind, Scope
from tidegate.channels.allowances import PLATFORM_ZONE
from tidegate_adapters.sms.marketing import Marketing
from tidegate_adapters.sms.numbers import from_national, national
from tidegate_adapters.sms.texts import unfit
from tidegate_adapters.sms.waits import until_marketing, until_next_month, until_tomorrow


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("+8613800138000", "+8613800138000"),
        ("442071838750", "+442071838750"),
        ("00442071838750", "+442071838750"),
        ("110", ""),
        ("", ""),
    ],
)
def test_numbers_as_providers_write_them(written: str, number: str) -> None:
    assert from_national(written) == number
    if number:
        assert from_national(national(number)) == number


def test_how_long_limits_last() -> None:
    night = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)  # 23:00 in China
    morning = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert until_tomorrow(night) == until_next_month(night) == timedelta(hours=1)
    assert until_marketing(night) == timedelta(hours=9)
    assert until_marketing(morning) == timedelta(hours=1)
    assert until_next_month(morning) == timedelta(days=30, hours=17)


@pytest.mark.parametrize(
    ("hour", "address", "is_marketing", "wait"),
    [
        (7, "+8613800138000", True, timedelta(hours=1)),
        (8, "+8613800138000", True, None),
        (21, "+8613800138000", True, None),
        (22, "+8613800138000", True, timedelta(hours=10)),
        (22, "+8613800138000", False, None),
        (22, "+442071838750", True, None),
    ],
)
def test_marketing_goes_out_by_day(hour: int, address: str, is_marketing: bool, wait: timedelta | None) -> None:
    now = datetime(2026, 11, 28, hour, tzinfo=PLATFORM_ZONE)
    message = OutboundMessage(
        message_id="m",
        address=address,
        content=Content(provider_template="1"),
        unsubscribe_url="https://shop.example/u" if is_marketing else "",
    )
    outcome = unfit(message, Marketing(), now)
    assert (outcome and (outcome.kind, outcome.scope, outcome.retry_after)) == (
        wait and (OutcomeKind.RATE_LIMITED, Scope.MESSAGE, wait)
    )
    assert unfit(message, Marketing(opens=0, closes=24), now) is None
