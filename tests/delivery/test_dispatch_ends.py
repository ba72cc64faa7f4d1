"""What dispatching does when it ends, is blocked, or has an account that can't send."""

import sqlite3
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from support.delivery.adapter import ToldChannel
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.channels import Account, Outcome
from tidegate.delivery.dispatch import dispatcher, engine

sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def staff(shop: Shop, count: int) -> list[str]:
    shop.template("push", ["push"])
    messages = (
        shop.message(0, "push", recipient=messages_pb2.Recipient(staff_id=f"d{number}"), template_id="push")
        for number in range(count)
    )
    return shop.send(*messages)


@sqlite
def test_an_orderly_end_leaves_nothing_begun_that_the_adapter_has_not_seen(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "_STOP_SECONDS", 0.5)
    shop.account("push", "slow", settle_after=Duration(seconds=60), call_timeout=Duration(seconds=30), max_in_flight=2)
    shop.told.delay = 20.0
    ids = staff(shop, 100)
    shop.when(lambda one: one.state == messages_pb2.MESSAGE_STATE_CALLING, ids[0])
    shop.suite.process.drain()
    (file,) = tmp_path.rglob("delivery.db")
    rows = sqlite3.connect(file).execute("select state, count(*) from message_states group by 1").fetchall()
    assert dict(rows) == {"uncertain": 20, "accepted": 80}
    slots = sqlite3.connect(file).execute("select count(*) from ledger where state = 'reserved'").fetchone()[0]
    assert slots == 0  # messages to staff take none


@sqlite
def test_an_account_sends_again_after_its_adapter_has_blocked_the_loop(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = threading.Event()

    def block(one: Any) -> Outcome:
        blocked.wait(20.0)
        return Outcome.accepted(one.message_id)

    monkeypatch.setattr(engine, "STALLED_AFTER_SECONDS", 1.0)
    shop.account("push", "blocking", settle_after=Duration(seconds=60), call_timeout=Duration(seconds=30))
    shop.told.answer = block
    ids = staff(shop, 200)
    shop.when(lambda one: one.state == messages_pb2.MESSAGE_STATE_CALLING, ids[0])
    shop.told.answer = None
    try:
        settled = ("sent", "uncertain")
        states = Counter(state_name(one) for one in shop.when(lambda one: state_name(one) in settled, *ids))
        assert 10 <= states["uncertain"] <= 80
        assert max(shop.told.counts.values()) == 1
    finally:
        blocked.set()


@sqlite
def test_an_account_whose_adapter_can_not_name_its_addresses_harms_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = ToldChannel
    right = channel.address_namespace

    def namespace(self: Any, account: Account[Any]) -> str:
        if account.account_id == "odd" and not mended:
            raise AttributeError("app_id")
        return right(self, account)

    mended: list[bool] = [True]
    monkeypatch.setattr(channel, "address_namespace", namespace)
    monkeypatch.setattr("tidegate.delivery.dispatch.lines._TRY_AGAIN_SECONDS", 0.5)
    shop.account("push", "odd")
    mended.clear()
    customers = shop.customers(2)
    assert shop.state_of(shop.send(shop.message(customers[0]))[0]) == "sent"
    mended.append(True)
    assert {state_name(one) for one in shop.final(*staff(shop, 2))} == {"sent"}
