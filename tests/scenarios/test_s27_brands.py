"""S27, many brands: consent is given and withdrawn per brand; limits per brand and over all; a quiet day for all."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import Shop
from support.people import who
from support.server import serving
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import frequency_pb2, messages_pb2, policies_pb2, receipts_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.identity.v1 import consents_pb2
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

GRANTED, DENIED = consents_pb2.DECISION_GRANTED, consents_pb2.DECISION_DENIED
MINUTE = timedelta(minutes=1)
NO_CONSENT, SUPPRESSED, FREQUENCY = "dropped:no_consent", "dropped:suppressed", "dropped:frequency"


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    """A group of the brands `tea` and `silk`, whose customers have decided nothing yet."""
    told = Told()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Shop(suite, clock, told)


def decide(shop: Shop, customer_id: int, *decisions: tuple[str, consents_pb2.Decision]) -> None:
    """Decides on marketing for brands, a minute after what was decided before."""
    shop.clock.advance(MINUTE)
    consents = [
        consents_pb2.Consent(purpose="marketing", brand=brand, decision=made, source="desk")
        for brand, made in decisions
    ]
    customer = consents_pb2.CustomerConsents(customer=who(customer_id), consents=consents)
    shop.identity.SetConsents(consents_pb2.SetConsentsRequest(customers=[customer]))
    shop.suite.settle()


def outcomes(shop: Shop, customer_id: int, *brands: str) -> list[str]:
    """What becomes of a message of each brand."""
    return [shop.state_of(each) for each in shop.send(*(shop.message(customer_id, brand=brand) for brand in brands))]


def in_force(shop: Shop, customer_id: int) -> dict[tuple[str, str], consents_pb2.Decision]:
    """The decisions in force, by channel and brand."""
    found = shop.identity.ListConsents(consents_pb2.ListConsentsRequest(customer=who(customer_id))).consents
    return {(each.channel, each.brand): each.decision for each in found}


def test_s27_a_grant_for_one_brand_opens_no_other(shop: Shop) -> None:
    granted, undecided = shop.customers(2, consent=False)
    decide(shop, granted, ("tea", GRANTED))
    assert outcomes(shop, granted, "tea", "silk", "") == ["sent", NO_CONSENT, NO_CONSENT]
    assert outcomes(shop, undecided, "tea") == [NO_CONSENT]


def test_s27_of_a_brand_and_of_all_brands_the_newest_decision_counts(shop: Shop) -> None:
    [customer_id] = shop.customers(1, consent=False)
    decide(shop, customer_id, ("", GRANTED))
    assert outcomes(shop, customer_id, "tea", "silk") == ["sent", "sent"]
    decide(shop, customer_id, ("silk", DENIED))
    assert outcomes(shop, customer_id, "tea", "silk") == ["sent", NO_CONSENT]
    decide(shop, customer_id, ("", DENIED))
    assert outcomes(shop, customer_id, "tea", "silk") == [NO_CONSENT, NO_CONSENT]
    decide(shop, customer_id, ("tea", GRANTED))
    assert outcomes(shop, customer_id, "tea", "silk") == ["sent", NO_CONSENT]
    assert in_force(shop, customer_id) == {("", ""): DENIED, ("", "tea"): GRANTED, ("", "silk"): DENIED}


def test_s27_who_unsubscribes_from_one_brand_hears_of_the_others(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    [tea] = shop.send(shop.message(customer_id, brand="tea"))
    assert shop.state_of(tea) == "sent"
    receipt = receipts_pb2.Receipt(account_id="sms-1", message_id=tea, kind=receipts_pb2.RECEIPT_KIND_UNSUBSCRIBED)
    shop.clock.advance(MINUTE)
    shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[receipt]))
    shop.suite.settle()
    assert in_force(shop, customer_id) == {("", ""): GRANTED, ("sms", "tea"): DENIED}
    assert [each in (NO_CONSENT, SUPPRESSED) for each in outcomes(shop, customer_id, "tea", "silk")] == [True, False]
    [mail] = shop.send(shop.message(customer_id, "email", brand="tea"))
    assert shop.state_of(mail) == "sent"


def quiet(shop: Shop, quiet_hours_id: str, **changes: Any) -> None:
    policy = policies_pb2.QuietHours(quiet_hours_id=quiet_hours_id, **changes)
    shop.policies.CreateQuietHours(policy_pb2.CreateQuietHoursRequest(quiet_hours=policy))


def test_s27_limits_hold_per_brand_and_over_all_brands(shop: Shop) -> None:
    [one, other] = shop.customers(2)
    brand = frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_BRAND)
    shop.rule("each-brand", 1, 7, scope=brand)
    shop.rule("group", 2, 7)
    tea, again, silk, wine = shop.send(*(shop.message(one, brand=each) for each in ("tea", "tea", "silk", "wine")))
    states = [shop.state_of(each) for each in (tea, again, silk, wine)]
    assert states == ["sent", FREQUENCY, "sent", FREQUENCY]
    stopped_by = [[each.rule_id for each in shop.explain(each).decisions[-1].findings] for each in (again, wine)]
    assert stopped_by == [["each-brand"], ["group"]]
    assert outcomes(shop, other, "wine") == ["sent"]
    shop.clock.advance(timedelta(days=7))
    assert outcomes(shop, one, "wine", "tea") == ["sent", "sent"]


def test_s27_a_brand_may_have_a_stricter_limit_of_its_own(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    shop.rule("silk", 0, 7, scope=frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_BRAND, id="silk"))
    assert outcomes(shop, customer_id, "silk", "tea", "tea") == [FREQUENCY, "sent", "sent"]


def test_s27_a_quiet_day_of_the_group_is_every_brand_s_and_a_brand_s_its_own(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    today, tomorrow = (f"{shop.clock.now() + timedelta(days=days):%Y-%m-%d}" for days in (0, 1))
    quiet(shop, "mourning", holidays=[today])
    quiet(shop, "silk-pauses", holidays=[tomorrow], brand="silk")
    sent = shop.send(*(shop.message(customer_id, brand=each) for each in ("tea", "silk", "")))
    for message in shop.when(lambda each: each.state == messages_pb2.MESSAGE_STATE_DEFERRED, *sent):
        quiet_days = 2 if message.brand == "silk" else 1
        local_midnight = shop.clock.now().replace(hour=16, minute=0) + timedelta(days=quiet_days - 1)
        assert message.wake_time.ToDatetime(UTC) == local_midnight
    shop.clock.advance(timedelta(hours=14))
    assert [shop.state_of(each) for each in (sent[0], sent[2])] == ["sent", "sent"]
    assert shop.get(sent[1]).state == messages_pb2.MESSAGE_STATE_DEFERRED
    shop.clock.advance(timedelta(days=1))
    assert shop.state_of(sent[1]) == "sent"
