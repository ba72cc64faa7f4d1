"""What the SMS adapters share: connections that are kept, numbers, and how long limits last."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from support.provider import Provider, Request, Said
from tidegate.channels import Content, OutboundMessage, Outcome, OutcomeKind, Scope
from tidegate.channels.allowances import PLATFORM_ZONE
from tidegate_adapters.sms import web
from tidegate_adapters.sms.marketing import Marketing
from tidegate_adapters.sms.numbers import from_national, national
from tidegate_adapters.sms.texts import unfit
from tidegate_adapters.sms.waits import until_marketing, until_next_month, until_tomorrow
from tidegate_adapters.sms.web import Answer, Web


@dataclass(frozen=True, slots=True)
class Settings:
    connections: int = 1
    connect_timeout: float = 1.0
    timeout: float = 5.0


def test_a_change_of_settings_lets_calls_end_that_are_under_way() -> None:
    async def change(provider: Provider) -> tuple[Answer | Outcome, Answer | Outcome]:
        calls, settings = Web(), Settings()
        first = asyncio.create_task(calls.post("a", settings, f"{provider.url}/", {}, b"slow"))
        assert await asyncio.to_thread(provider.arrived.wait, 5.0)
        second = await calls.post("a", replace(settings, connections=2), f"{provider.url}/", {}, b"fast")
        provider.release()
        results = (await first, second)
        await calls.close()
        return results

    def say(request: Request) -> Said:
        return Said({"said": request.body.decode()}, held=request.body == b"slow")

    with Provider(say) as provider:
        first, second = asyncio.run(change(provider))
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.body, second.body) == ({"said": "slow"}, {"said": "fast"})


def test_who_finds_no_connection_free_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_PATIENCE", 0.01)

    async def crowd(provider: Provider) -> Answer | Outcome:
        calls = Web()
        first = asyncio.create_task(calls.post("a", Settings(), f"{provider.url}/", {}, b"1"))
        assert await asyncio.to_thread(provider.arrived.wait, 5.0)
        second = await calls.post("a", Settings(), f"{provider.url}/", {}, b"2")
        provider.release()
        await first
        await calls.close()
        return second

    with Provider(lambda _: Said({}, held=True)) as provider:
        outcome = asyncio.run(crowd(provider))
        assert len(provider.requests) == 1
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.retry_after) == (OutcomeKind.RATE_LIMITED, timedelta(seconds=1))


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
