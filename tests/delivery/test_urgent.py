"""What is urgent waits behind nothing that goes to many: neither for room, nor in the queue of its account."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.delivery.adapter import Told
from support.delivery.recount import DAY, Message, instant
from support.delivery.rig import Rig, ToldIdentity
from support.delivery.wire import outgoing
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery.dispatch import dispatcher
from tidegate.delivery.dispatch.queue import Queue
from tidegate.delivery.store.tables import STATES
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database

START = datetime(2026, 10, 22, 2, 0, tzinfo=UTC)


class Shop:
    """One customer, who agrees to everything, and an account for short messages."""

    def __init__(self, rig: Rig, told: Told) -> None:
        self.rig, self.told, identity = rig, told, ToldIdentity()
        rig.begin(ManualClock(START), told, identity, ["sms"])
        identity.addresses[1] = {"sms": "+8613900000000"}
        identity.zones[1], identity.owner[1] = "Asia/Shanghai", 1

    def send(self, kind: str, *keys: str) -> list[str]:
        """Messages of this class, which wait for the gate."""
        wanted = Message(
            message_id="",
            customer_id=1,
            channels=("sms",),
            kind=kind,
            caller="crm",
            expire_time=instant(START) + DAY,
        )
        request = pb.SendRequest(messages=[outgoing(wanted, key, None) for key in keys])
        return [one.accepted.message_id for one in self.rig.call("Send", request).results]

    def waiting(self) -> set[str]:
        """The messages about which nothing is decided."""
        waits = sa.select(STATES.c.message_id).where(STATES.c.state == "accepted")
        with self.rig.rows.read() as connection:
            return {*connection.scalars(waits)}


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    """The shop, in which nobody else decides anything."""
    rig = Rig(tmp_path, database_url)
    yield Shop(rig, Told())
    rig.end()
    rig.rows.close()


def test_what_is_urgent_is_sent_though_its_account_has_its_hands_full(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Queue, "promise", lambda *_: None)
    others = shop.send("marketing", "sale-1", "sale-2")
    urgent = shop.send("transactional", "code", "order")
    for _ in range(2):
        shop.rig.gate()
    assert sorted(shop.told.ids) == sorted(urgent)
    assert shop.waiting() == {*others}, "for whom there is no room"
    monkeypatch.undo()
    shop.rig.gate()
    assert not shop.waiting()


def test_beside_urgent_ones_the_gate_decides_few_others_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    promise = Queue.promise

    def noted(queue: Queue, most: int) -> object:
        asked.append(most)
        return promise(queue, most)

    monkeypatch.setattr(Queue, "promise", noted)
    shop.rig.gate()
    shop.send("transactional", "code")
    shop.rig.gate()
    shop.rig.gate()
    assert asked == [dispatcher.BATCH] * 2 + [250]
    monkeypatch.setattr(dispatcher, "_URGENT_SECONDS", 0.0)
    shop.send("transactional", "code-2")
    shop.rig.gate()
    shop.rig.gate()
    assert asked[-1] == dispatcher.BATCH, "some seconds later"


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_while_urgent_ones_come_the_second_gate_is_there_for_them_alone(shop: Shop) -> None:
    """SQLite has one."""
    shop.rig.gate()
    others = shop.send("marketing", "sale")
    [urgent] = shop.send("transactional", "code")
    assert shop.rig.step("gate-2")
    assert shop.waiting() == {*others}
    for _ in range(2):
        assert not shop.rig.step("gate-2")
    [late] = shop.send("transactional", "late")
    assert shop.rig.step("gate-2")
    assert shop.waiting() == {*others}
    assert shop.rig.step("gate-1")
    assert not shop.waiting()
    shop.rig.gate()
    assert sorted(shop.told.ids) == sorted([urgent, late])


def test_a_claim_alone_waits_for_no_disk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decided and called for does."""
    waited: list[bool] = []
    run = Database.run

    def noted(database: Database, operation: Any, *, durable: bool = True) -> Any:
        waited.append(durable)
        return run(database, operation, durable=durable)

    shop.send("transactional", "code")
    monkeypatch.setattr(Database, "run", noted)
    shop.rig.gate()
    assert waited == [False, True, True, True], "it is claimed, decided, called for, and recorded"
