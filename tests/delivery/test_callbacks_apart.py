"""A provider that is slow, or an adapter that hangs, holds up its own account and no other."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa
from support.delivery.adapter import Told
from support.delivery.post import OPENID, Office, post_builders, tell
from support.delivery.shop import Shop, state_name
from support.sealed import opened
from support.server import serving
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import channels_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import customers_pb2
from tidegate.channels import Receipt, ReceiptKind, Trigger, WindowOpened
from tidegate.delivery.callbacks.apart import Apart, Work
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.store.tables import CALLBACKS, FOLLOW_UPS
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Activity

PROMPT = 8.0
"""Seconds in which what nobody holds up is done, on a busy machine too; what hangs is cut off after 30."""


@pytest.fixture
def rows(posting: Shop) -> Iterator[Database]:
    """The rows of the shop's delivery."""
    with opened(posting.suite.process.settings, "delivery") as database:
        yield database


@pytest.fixture
def hanging(office: Office) -> Iterator[set[str]]:
    """The accounts that hang; none does when the test has ended."""
    yield office.hanging
    office.hanging.clear()


def url(shop: Shop, account_id: str) -> str:
    return shop.delivery.GetAccount(pb.GetAccountRequest(account_id=account_id)).account.callback_url


def sent(shop: Shop, channel: str = "letter") -> str:
    (message_id,) = shop.send(shop.message(shop.customers(1)[0], channel, template_id="letter"))
    assert shop.state_of(message_id) == "sent"
    return message_id


def delivered(shop: Shop, message_id: str) -> Receipt:
    return Receipt(kind=ReceiptKind.DELIVERED, time=shop.clock.now(), provider_id=f"p-{message_id}")


def until(shop: Shop, state: str, message_id: str) -> None:
    shop.when(lambda one: state_name(one) == state, message_id, timeout=PROMPT)


def test_callbacks_are_read_beside_an_adapter_that_hangs(posting: Shop, office: Office, hanging: set[str]) -> None:
    openid = Identifier(namespace=OPENID, value="o1")
    upsert = customers_pb2.CustomerUpsert(identifiers=[openid], source="test")
    (made,) = posting.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert])).results
    ids = [sent(posting) for _ in range(3)]
    hanging.add("cards")
    office.letters["window"] = [
        WindowOpened(report_id="w", address="o1", trigger=Trigger.MESSAGE, time=posting.clock.now())
    ]
    assert tell(url(posting, "cards"), "window").status == 200
    for number, message_id in enumerate(ids):
        office.letters[f"r{number}"] = [delivered(posting, message_id)]
        assert tell(url(posting, "post-1"), f"r{number}").status == 200
        until(posting, "delivered", message_id)
    assert "window" in office.read
    request = pb.GetCreditsRequest(customer_ids=[made.customer_id], account_id="cards")
    assert not posting.delivery.GetCredits(request).credits[0].remaining, "it has not been read yet"
    hanging.clear()
    posting.suite.settle()
    assert posting.delivery.GetCredits(request).credits[0].remaining, "nothing is lost by waiting"
    assert office.read.count("window") == 1


def test_reports_are_collected_beside_an_adapter_that_hangs(posting: Shop, office: Office, hanging: set[str]) -> None:
    ids = [sent(posting) for _ in range(3)]
    posting.suite.settle()
    hanging.add("cards")
    for message_id in ids:
        with office.lock:
            office.ready["post-1"] = [[delivered(posting, message_id)]]
        until(posting, "delivered", message_id)


def test_messages_are_asked_about_beside_an_adapter_that_hangs(
    posting: Shop, office: Office, rows: Database, hanging: set[str]
) -> None:
    letter, task = sent(posting), sent(posting, "staffed")
    posting.suite.settle()
    office.known = lambda asked: Receipt(
        kind=ReceiptKind.DELIVERED, time=posting.clock.now(), message_id=asked.message_id
    )
    hanging.add("post-1")
    with rows.write() as connection:
        connection.execute(sa.update(FOLLOW_UPS).values(due_real=0))
    until(posting, "delivered", task)
    assert state_name(posting.get(letter)) == "sent"
    hanging.clear()
    posting.suite.settle()
    assert state_name(posting.get(letter)) == "delivered"


def test_what_is_being_read_when_the_process_ends_is_read_by_the_next(
    tmp_path: Path, database_url: str, clock: ManualClock
) -> None:
    told, office, builders = Told(), Office(), dict[str, Any]()
    builders.update(post_builders(told, office))
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        shop = Shop(suite, clock, told)
        account = channels_pb2.Account(account_id="post-1", channel="letter", adapter="post")
        shop.delivery.CreateAccount(pb.CreateAccountRequest(account=account))
        office.hanging.add("post-1")
        office.letters["late"] = []
        assert tell(url(shop, "post-1"), "late").status == 200
        assert _soon(lambda: "late" in office.read)
    office.hanging.clear()
    again = serving(tmp_path, clock=clock, database_url=database_url, builders=builders)
    with again as suite, opened(suite.process.settings, "delivery") as database:
        assert _soon(lambda: _states(database) == ["done"]), "its lease would last for minutes"


def _states(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(sa.select(CALLBACKS.c.state)))


def _soon(condition: Any) -> bool:
    deadline = time.monotonic() + PROMPT
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_so_many_accounts_at_a_time_and_each_in_its_turn() -> None:
    """Of five accounts two at a time, of which one hangs: the others take turns beside it, each alone."""
    lines = [cast("Line", SimpleNamespace(account=SimpleNamespace(account_id=name))) for name in "abcde"]
    free, lock, done = threading.Event(), threading.Lock(), list[str]()
    now, most = set[str](), 0

    def do(line: Line) -> bool:
        nonlocal most
        name = line.account.account_id
        with lock:
            assert name not in now
            now.add(name)
            most = max(most, len(now))
        if name == "a":
            free.wait(30)
        with lock:
            now.remove(name)
            done.append(name)
        return False

    activity = Activity()
    apart = Apart("test", Work(lambda: lines, do), activity=activity, rest=0.01, most=2)
    apart.loop.start()
    try:
        assert _soon(lambda: len(done) >= 12)
        assert apart.loop.meter.at_work, "what hangs is under way"
        first = done[:12]
        assert "a" not in first
        assert {name: first.count(name) for name in "bcde"} == dict.fromkeys("bcde", 3)
    finally:
        free.set()
        assert apart.loop.stop()
        apart.stop(timeout=60)
    assert most == 2
    assert not apart.loop.meter.at_work


def test_one_account_that_fails_stops_nobody() -> None:
    lines = [cast("Line", SimpleNamespace(account=SimpleNamespace(account_id=name))) for name in "ab"]
    done = list[str]()

    def do(line: Line) -> bool:
        if line.account.account_id == "a":
            raise ValueError("a can't")
        done.append(line.account.account_id)
        return len(done) < 3

    apart = Apart("test", Work(lambda: lines, do), activity=Activity(), rest=60.0)
    apart.loop.start()
    try:
        assert _soon(lambda: len(done) == 3), "as long as there is something to do it does not rest"
    finally:
        assert apart.loop.stop()
        apart.stop(timeout=60)
    assert not apart.loop.meter.at_work
