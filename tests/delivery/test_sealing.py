"""Personal data at rest in delivery: nothing readable lies in the database, what calls must show is opened for them."""

import json
from pathlib import Path

import grpc
import pytest
import sqlalchemy as sa
from support.delivery.adapter import Told
from support.delivery.shop import Shop, state_name
from support.delivery.vault import VAULT
from support.delivery.visits import visit
from support.patience import wait_until
from support.people import value
from support.privacy import dump, erase
from support.sealed import everything, keys_in_use, make_plain, opened, resealer_of, sealed_columns
from support.status import failure_of
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policies_pb2, receipts_pb2, templates_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.channels import Callback, Outcome
from tidegate.delivery.addresses import normal_form
from tidegate.delivery.callbacks.keeping import Keeper
from tidegate.delivery.callbacks.model import Arrival
from tidegate.delivery.callbacks.paths import Paths
from tidegate.delivery.store.sealed import SEALED
from tidegate.delivery.store.tables import ATTEMPTS, CONTENTS
from tidegate.delivery.vault import Vault
from tidegate.runtime import keyring, resealing
from tidegate.runtime.db import Database
from tidegate.runtime.keyring import ORIGINAL
from tidegate.runtime.loops import Activity
from tidegate.runtime.provision import secrets_of
from tidegate.runtime.resealing import run_to_end

PHONE, DEAD, BLOCKED = "+8613900000000", "+8613900000001", "+8613700000009"
UNUSED = "c1@example.com"
TARGET = "https://shop.example/basket?of=wang.fang"
SECRETS = ("Wang Fang", "1390000", "1370000", "wang.fang", "asked on the phone", "no such number")
NAMED = {"name": value("Wang Fang")}
VARIABLES = {**NAMED, "target": value(TARGET)}


@pytest.fixture(autouse=True)
def slow_resealing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service leaves re-sealing to the tests."""
    monkeypatch.setattr(resealing, "_SETTLING_SECONDS", 3600.0)


@pytest.fixture
def campaign(shop: Shop, told: Told) -> "Campaign":
    """A campaign that left something in every table that may hold what is personal."""
    content = templates_pb2.TemplateContent(channel="sms", parts={"text": "{{ name }}: {{ target | track('basket') }}"})
    template = templates_pb2.Template(
        template_id="linked",
        contents=[content],
        variables=[
            templates_pb2.TemplateVariable(name="name"),
            templates_pb2.TemplateVariable(name="target", type=templates_pb2.VARIABLE_TYPE_URL),
        ],
    )
    shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=template))
    refused = Outcome.invalid_recipient(f"no such number: {DEAD}")
    told.answer = lambda one: refused if one.address == DEAD else Outcome.accepted(f"p-{one.message_id}")
    return Campaign(shop)


class Campaign:
    """Wang Fang was written to at the number that the caller named, another customer's number is dead."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.settings = shop.suite.process.settings
        self.customer_id, self.other = shop.customers(2)
        named = shop.message(0, template_id="linked", variables=VARIABLES)
        named.recipient.identifier.CopyFrom(Identifier(namespace="phone", value=PHONE.removeprefix("+86")))
        plain = shop.message(self.customer_id, "email")
        self.sent, self.failed, self.bare = shop.send(named, shop.message(self.other, variables=NAMED), plain)
        assert [state_name(one) for one in shop.final(self.sent, self.failed, self.bare)] == [
            "sent",
            "failed:invalid_recipient",
            "sent",
        ]
        self.suppress(policies_pb2.Suppression(address=Identifier(namespace="phone", value=BLOCKED)))
        self.suppress(policies_pb2.Suppression(customer_id=self.customer_id, channels=["push"]))
        self.suppress(policies_pb2.Suppression(address=Identifier(namespace="email", value=UNUSED)))
        waiting = receipts_pb2.Receipt(
            account_id="sms-1",
            provider_message_id="not yet known",
            kind=receipts_pb2.RECEIPT_KIND_DELIVERED,
            address=PHONE,
        )
        shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[waiting]))
        self.tell()
        shop.suite.settle()

    def tell(self) -> None:
        """A provider has told something of an account that can't be read any more: it waits."""
        callback = Callback(
            method="POST", body=f"{PHONE} says: asked on the phone".encode(), time=self.shop.clock.now()
        )
        vault = Vault.of(self.settings, secrets_of(self.settings))
        with opened(self.settings, "delivery") as database:
            keeper = Keeper(database, vault, Paths(b"k" * 32, ""), Activity(), slow=1.0)
            keeper.keep(Arrival("gone", PHONE, callback, callback.time))
            keeper.flush()

    def suppress(self, suppression: policies_pb2.Suppression) -> None:
        suppression.note = "asked on the phone"
        self.shop.policies.CreateSuppression(policy_pb2.CreateSuppressionRequest(suppression=suppression))

    def check_what_is_shown(self) -> None:
        shop = self.shop
        [attempt] = shop.explain(self.failed).message.attempts
        assert attempt.detail == f"no such number: {DEAD}"
        exported = shop.delivery.ExportCustomer(pb.ExportCustomerRequest(customer_id=self.customer_id))
        document = json.loads(exported.json)
        [said, nothing] = document["contents"]
        assert said["variables"] == {"name": "Wang Fang", "target": TARGET}
        assert (said["address_namespace"], said["address_value"]) == ("phone", PHONE.removeprefix("+86"))
        assert (nothing["variables"], nothing["address_value"]) == ({}, "")
        assert {one["address_value"] for one in document["attempts"]} == {PHONE, "c0@example.com"}
        assert [one["note"] for one in document["suppressions"]] == ["asked on the phone"]
        theirs = shop.delivery.ExportCustomer(pb.ExportCustomerRequest(customer_id=self.other))
        held = {(one["value"], one["note"]) for one in json.loads(theirs.json)["suppressions"]}
        assert held == {(DEAD, ""), (UNUSED, "asked on the phone")}, "written to or not"
        [link] = document["links"]
        assert link["target_url"] == TARGET
        suppressed = shop.policies.ExportSuppressions(policy_pb2.ExportSuppressionsRequest())
        shown = {(one.address.value, one.note) for part in suppressed for one in part.suppressions}
        assert shown == {
            (BLOCKED, "asked on the phone"),
            (UNUSED, "asked on the phone"),
            ("", "asked on the phone"),
            (DEAD, ""),
        }
        text = next(one for one in shop.told.sent if one.message_id == self.sent).content.text
        assert text.startswith("Wang Fang: ")
        assert visit(text.removeprefix("Wang Fang: ")).location == TARGET


def test_nobody_can_be_read_from_the_database(campaign: Campaign, tmp_path: Path) -> None:
    """Neither as it is written, nor while keys change, nor after what an earlier version has left was sealed."""
    settings = campaign.settings
    with opened(settings, "delivery") as database:
        check_nothing_can_be_read(database, ORIGINAL)
        if database.dialect == "sqlite":
            raw = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("delivery.db*"))
            assert len(raw) > 100_000
            assert [secret for secret in SECRETS if secret.encode() in raw] == []
        campaign.check_what_is_shown()
        make_plain(settings, database)
        lying = [text for _, text in everything(database)]
        assert {secret for secret in SECRETS if any(secret in text for text in lying)} == set(SECRETS)
        campaign.check_what_is_shown()
        key_id = keyring.rotate(settings.keys_path, campaign.shop.clock.now())
        resealer = resealer_of(settings, database)
        resealer.begin()
        run_to_end(resealer, lambda _: None)
        check_nothing_can_be_read(database, key_id)
    campaign.check_what_is_shown()
    erase(campaign.shop.identity, campaign.customer_id)
    campaign.shop.suite.settle()
    left = dump(campaign.shop.suite, "delivery")
    assert [secret for secret in (PHONE, "c0@example.com", TARGET) if secret in left] == []


def check_nothing_can_be_read(database: Database, key_id: str) -> None:
    readable = [(place, secret) for place, text in everything(database) for secret in SECRETS if secret in text]
    assert readable == []
    assert sealed_columns(database) == {part.name for part in SEALED.parts}
    assert set().union(*keys_in_use(database).values()) == {key_id}


def test_the_service_seals_anew_while_it_serves(shop: Shop, rows: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "_SETTLING_SECONDS", 0.0)
    settings = shop.suite.process.settings
    [customer_id] = shop.customers(1)
    before = shop.send(*(shop.message(customer_id, variables=NAMED) for _ in range(20)))
    key_id = keyring.rotate(settings.keys_path, shop.clock.now())
    with opened(settings, "delivery") as database:
        resealer = resealer_of(settings, database)
        assert not resealer.is_finished()
        wait_until(resealer.is_finished, seconds=30)
        assert keys_in_use(database)["message_contents.sealed"] == {key_id}
    assert {state_name(one) for one in shop.final(*before)} == {"sent"}


def test_a_key_that_is_gone_and_a_row_that_was_changed_are_told(shop: Shop, rows: Database) -> None:
    """What waits to be sent waits on, and goes once it can be opened."""
    path = shop.suite.process.settings.keys_path
    [customer_id] = shop.customers(1)
    key_id = keyring.rotate(path, shop.clock.now())
    wait_until(lambda: keys_of(shop, rows, customer_id) == {key_id}, seconds=10)
    sent = shop.send(shop.message(customer_id, variables=NAMED))[0]
    shop.final(sent)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    waiting = shop.send(*(shop.message(customer_id, variables=NAMED) for _ in range(2)))
    swap(rows, *waiting)
    kept = path.read_text()
    path.write_text("")
    wait_until(lambda: reason_of(shop, sent) == ("DATA_LOSS", "KEY_MISSING", key_id), seconds=10)
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    for message_id in waiting:
        wait_until(lambda one=message_id: attempts_of(rows, one) > 0, seconds=20)  # type: ignore[misc]
    assert [one.message_id for one in shop.told.sent if one.message_id in waiting] == []
    path.write_text(kept)
    wait_until(lambda: reason_of(shop, sent) is None, seconds=10)
    swap_calls(rows, sent, waiting[0])
    assert reason_of(shop, sent) == ("DATA_LOSS", "SEAL_BROKEN", ORIGINAL)
    swap(rows, *waiting)
    assert {state_name(one) for one in shop.final(*waiting, timeout=60)} == {"sent"}


def keys_of(shop: Shop, rows: Database, customer_id: int) -> set[str]:
    """The keys by which something is sealed that is sent now."""
    message_id = shop.send(shop.message(customer_id, variables=NAMED))[0]
    with rows.read() as connection:
        sealed = connection.scalar(sa.select(CONTENTS.c.sealed).where(CONTENTS.c.message_id == message_id))
    return {str(sealed)[1:9]}


def swap(rows: Database, first: str, second: str) -> None:
    """Puts what two messages say in each other's place."""
    c = CONTENTS.c
    with rows.write() as connection:
        kept = connection.execute(sa.select(c.message_id, c.sealed).where(c.message_id.in_([first, second]))).all()
        said = {row.message_id: row.sealed for row in kept}
        for message_id, other in ((first, second), (second, first)):
            connection.execute(sa.update(CONTENTS).where(c.message_id == message_id).values(sealed=said[other]))


def swap_calls(rows: Database, message_id: str, other: str) -> None:
    """Gives a message's call the words of another's."""
    a = ATTEMPTS.c
    with rows.write() as connection:
        words = connection.scalar(sa.select(a.sealed).where(a.message_id == other).limit(1))
        connection.execute(sa.update(ATTEMPTS).where(a.message_id == message_id).values(sealed=words))


def attempts_of(rows: Database, message_id: str) -> int:
    with rows.read() as connection:
        count = sa.select(sa.func.count()).select_from(ATTEMPTS).where(ATTEMPTS.c.message_id == message_id)
        return connection.scalar(count) or 0


def reason_of(shop: Shop, message_id: str) -> tuple[str, str, str] | None:
    """Why a message's story can't be told, and the key; None when it can."""
    try:
        shop.explain(message_id)
    except grpc.RpcError as error:
        failure = failure_of(error)
        return failure.code.name, failure.reason, failure.metadata["id"]
    return None


@pytest.mark.parametrize(
    ("value", "normal"),
    [("13900000000", PHONE), (" 139 0000 0000", PHONE), ("+86 13900000000", PHONE), ("17012345678", "+8617012345678")],
)
def test_a_number_has_one_key_however_it_is_written(value: str, normal: str) -> None:
    assert normal_form("phone", value) == normal
    assert VAULT.address_key("phone", value) == VAULT.address_key("phone", normal)
    assert VAULT.address_key("phone", value) != VAULT.address_key("email", value)
