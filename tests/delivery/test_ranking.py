"""Of two messages of a customer the better one gets the last slot, whatever channels they go by."""

import pytest
from google.protobuf.duration_pb2 import Duration
from support.delivery.shop import Shop
from support.patience import wait_until
from tidegate.api.delivery.v1 import channels_pb2, frequency_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery.gate import ranking

DROP = frequency_pb2.EXCEED_POLICY_DROP


def weekly(shop: Shop, rate: float = 0) -> list[int]:
    """Four customers, who get one message a week; SMS go by an account of so many a second."""
    shop.rule("weekly", 1, 7, on_exceed=DROP)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    limit = channels_pb2.AccountRate(messages_per_second=rate, burst=1) if rate else None
    shop.account("sms", "sms-2", settle_after=Duration(seconds=1), rate=limit)
    *customers, other = shop.customers(5)
    if rate:
        [first] = shop.send(shop.message(other, "sms"))
        assert shop.state_of(first) == "sent", "the line is known"
    return customers


def test_the_last_slot_goes_to_the_best_message_of_all_lines(shop: Shop) -> None:
    """E-mail could go at once; SMS go one after the other, and still are first."""
    customers = weekly(shop, 10)
    low = [shop.message(each, "email", priority=1) for each in customers]
    made = shop.send(*low, *(shop.message(each, "sms", priority=5) for each in customers))
    ends = [shop.state_of(each) for each in made]
    assert ends == ["dropped:frequency"] * 4 + ["sent"] * 4


def test_nobody_waits_for_what_nobody_sends(shop: Shop) -> None:
    [customer, *_] = weekly(shop)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-2"))
    [waits, goes] = shop.send(shop.message(customer, "sms", priority=5), shop.message(customer, "email"))
    assert shop.state_of(goes) == "sent"
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-2"))
    assert shop.state_of(waits) == "dropped:frequency"


def test_nobody_waits_for_ever(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MOST_TIMES", 2)
    [customer, *_] = weekly(shop, 0.001)
    shop.send(shop.message(customer, "sms", priority=5))
    [patient] = shop.send(shop.message(customer, "email"))
    wait_until(lambda: "It has given way to better messages" in shop.explain(patient).summary)
    assert shop.state_of(patient) == "sent"
