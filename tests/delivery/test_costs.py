"""What messages and accounts cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import grpc
import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from support import feeds
from support.delivery.chaos import Chaos, Ill
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, receipts_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import Outcome
from tidegate.delivery.costs import charge_of
from tidegate.delivery.model import NO_CHARGE, Account, Charge
from tidegate.delivery.store.tables import STATES
from tidegate.delivery.templates.previewing import _Addressee, _sms_parts
from tidegate.runtime.clock import micros
from tidegate.runtime.db import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = micros(datetime(2026, 11, 27, 17, 0, tzinfo=UTC))
SMS = Account(account_id="sms-1", channel="sms", adapter="told", price_micros=40_000, currency="CNY")


@pytest.mark.parametrize(
    ("outcome", "text", "address", "micros_", "parts"),
    [
        (Outcome.accepted(), "x" * 70, "+8613900000000", 40_000, 1),
        (Outcome.accepted(), "x" * 71, "+8613900000000", 80_000, 2),
        (Outcome.accepted(), "x" * 160, "+4915100000000", 40_000, 1),
        (Outcome.uncertain("lost"), "x", "+8613900000000", 40_000, 1),
        (Outcome.accepted(parts=3), "x", "+8613900000000", 120_000, 3),
        (Outcome.accepted(cost_micros=7, parts=2), "x", "+8613900000000", 7, 2),
        (Outcome.accepted(cost_micros=0), "x", "+8613900000000", 0, 1),
    ],
)
def test_a_message_costs_what_its_provider_says_else_its_parts(
    outcome: Outcome, text: str, address: str, micros_: int, parts: int
) -> None:
    charge = charge_of(outcome, SMS, text, address, called=EVENING, zone=SHANGHAI)
    assert charge == Charge(micros_, parts, "CNY", "2026-11-28")


@pytest.mark.parametrize(
    ("number", "text", "parts"),
    [("+8613900000000", "x" * 71, 2), ("+4915100000000", "x" * 160, 1), ("+4915100000000", "好" * 71, 2)],
)
def test_a_preview_and_a_charge_count_alike(number: str, text: str, parts: int) -> None:
    addressee = _Addressee("", frozenset(), number)
    charge = charge_of(Outcome.accepted(), SMS, text, number, called=EVENING, zone=SHANGHAI)
    assert charge.parts == _sms_parts("sms", {"text": text}, addressee, "") == parts
    mms = charge_of(Outcome.accepted(), replace(SMS, channel="mms"), text, number, called=EVENING, zone=SHANGHAI)
    assert (mms.parts, _sms_parts("mms", {"text": text}, addressee, "")) == (1, 0), "which is charged whole"


def test_what_was_surely_not_taken_and_what_has_no_price_costs_nothing() -> None:
    free = Account(account_id="sms-1", channel="sms", adapter="told")
    for outcome, account in ((Outcome.permanent("no"), SMS), (Outcome.accepted(), free)):
        assert charge_of(outcome, account, "x", "+86139", called=EVENING, zone=SHANGHAI) is NO_CHARGE


@pytest.fixture
def shop(misbehaving_shop: Shop) -> Shop:
    """A shop that pays 0.04 yuan for each part of an SMS."""
    shop = misbehaving_shop
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-2"))
    priced = channels_pb2.Account(
        account_id="sms-1", price_micros_per_part=40_000, currency="CNY", settle_after=Duration(seconds=3_600)
    )
    mask = {"paths": ["price_micros_per_part", "currency", "settle_after"]}
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=priced, update_mask=mask))
    return shop


def costs(shop: Shop, **asked: Any) -> list[tuple[str, str, int, int, int]]:
    found = shop.delivery.ListAccountCosts(pb.ListAccountCostsRequest(**asked)).costs
    return [(one.account_id, one.currency, one.cost_micros, one.message_count, one.part_count) for one in found]


def test_costs_stand_with_messages_and_are_summed_by_account_and_day(shop: Shop, chaos: Chaos, rows: Database) -> None:
    sent = shop.send(*(shop.message(one, "sms") for one in shop.customers(5)))
    sent += shop.send(*(shop.message(one, "email") for one in shop.customers(1)))
    shop.final(*sent)
    assert costs(shop) == [("sms-1", "CNY", 200_000, 5, 5)]
    assert shop.explain(sent[0]).message.attempts[0].cost_micros == 40_000
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest(page_size=1_000)))
    told = {one.message_changed.message_id: one.message_changed.cost_micros for one in changes}
    assert [told[one] for one in sent] == [40_000] * 5 + [0]
    chaos.choose = lambda _account, _batch: Outcome.uncertain("lost")
    lost = shop.send(shop.message(shop.customers(1)[0], "sms"))[0]
    shop.when(lambda one: state_name(one) == "uncertain", lost)
    assert costs(shop, account_id="sms-1") == [("sms-1", "CNY", 240_000, 6, 6)]
    chaos.tell = lambda _asked: Outcome.permanent("never came")
    with rows.write() as connection:
        connection.execute(sa.update(STATES).where(STATES.c.message_id == lost).values(ask_real=0))
    assert shop.state_of(lost) == "failed:permanent"
    assert costs(shop, account_id="sms-1") == [("sms-1", "CNY", 200_000, 5, 5)]
    assert costs(shop, account_id="email-1") == costs(shop, last_day="2001-01-01") == []


def test_costs_come_in_pages_by_day(shop: Shop) -> None:
    first = shop.clock.now().astimezone(SHANGHAI).date().isoformat()
    for _ in range(3):
        shop.final(*shop.send(*(shop.message(one, "sms") for one in shop.customers(1))))
        shop.clock.advance(timedelta(days=1))
    days, token = list[str](), ""
    for _ in range(3):
        page = shop.delivery.ListAccountCosts(pb.ListAccountCostsRequest(page_size=1, page_token=token))
        days += [one.day for one in page.costs]
        token = page.next_page_token
    assert (days, token) == (sorted(set(days)), "")
    assert days[0] >= first
    asked = pb.ListAccountCostsRequest(first_day=days[1], last_day=days[1])
    assert [one.day for one in shop.delivery.ListAccountCosts(asked).costs] == [days[1]]


def test_what_is_no_price_and_no_day_is_named(shop: Shop) -> None:
    with pytest.raises(grpc.RpcError, match="required where there is a price"):
        shop.account("sms", "free", price_micros_per_part=1)
    with pytest.raises(grpc.RpcError, match="ISO 4217"):
        shop.account("sms", "free", currency="yuan")
    with pytest.raises(grpc.RpcError, match="first_day"):
        costs(shop, first_day="today")


def called(shop: Shop, chaos: Chaos) -> str:
    """A message whose call is under way, and is answered in a second: that it was accepted."""
    timeout = channels_pb2.Account(account_id="sms-1", call_timeout=Duration(seconds=1))
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=timeout, update_mask={"paths": ["call_timeout"]}))
    chaos.choose = lambda _account, _batch: Ill.LATE
    message_id = shop.send(shop.message(shop.customers(1)[0], "sms"))[0]
    shop.when(lambda one: state_name(one) == "calling", message_id)
    return message_id


def failures(shop: Shop) -> int:
    return shop.delivery.GetAccount(pb.GetAccountRequest(account_id="sms-1")).account.breaker.failures


def report(shop: Shop, message_id: str, kind: str) -> str:
    receipt = receipts_pb2.Receipt(account_id="sms-1", message_id=message_id, kind=f"RECEIPT_KIND_{kind}")
    (result,) = shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[receipt])).results
    return messages_pb2.MessageState.Name(result.recorded.message_state).removeprefix("MESSAGE_STATE_")


def test_a_call_whose_receipt_outruns_its_answer_costs_what_it_costs(shop: Shop, chaos: Chaos) -> None:
    chaos.choose = lambda _account, _batch: Ill.RAISES
    (failed,) = shop.send(shop.message(shop.customers(1)[0], "sms"))
    shop.when(lambda one: state_name(one) == "uncertain", failed)
    assert (failures(shop), costs(shop)) == (1, [("sms-1", "CNY", 40_000, 1, 1)])
    message_id = called(shop, chaos)
    assert report(shop, message_id, "DELIVERED") == "DELIVERED"
    shop.when(lambda one: bool(one.attempts), message_id)
    assert state_name(shop.get(message_id)) == "delivered"
    assert (failures(shop), costs(shop)) == (0, [("sms-1", "CNY", 80_000, 2, 2)])


def test_a_call_that_is_given_up_is_charged_once_until_it_is_known_to_be_refused(
    shop: Shop, chaos: Chaos, rows: Database
) -> None:
    message_id = called(shop, chaos)
    with rows.write() as connection:
        connection.execute(sa.update(STATES).where(STATES.c.message_id == message_id).values(lease_until_real=1))
    shop.when(lambda one: bool(one.attempts), message_id)
    assert costs(shop) == [("sms-1", "CNY", 40_000, 1, 1)]
    assert report(shop, message_id, "REFUSED") == "FAILED"
    assert costs(shop) == [("sms-1", "CNY", 0, 0, 0)]
    shop.suite.settle()  # that the call is answered in the end changes nothing any more
    assert (state_name(shop.get(message_id)), costs(shop)) == ("failed:permanent", [("sms-1", "CNY", 0, 0, 0)])
    chaos.choose = lambda _account, _batch: None
    taken = shop.send(shop.message(shop.customers(1)[0], "sms"))[0]
    assert shop.state_of(taken) == "sent"
    assert report(shop, taken, "REFUSED") == "BOUNCED"
    assert costs(shop) == [("sms-1", "CNY", 0, 0, 0)]
    assert shop.explain(taken).message.attempts[0].cost_micros == 0
