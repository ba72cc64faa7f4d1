"""Receipts that name parts of a message: those that the provider named beside the message's own id."""

import sqlalchemy as sa
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import receipts_pb2
from tidegate.channels import Outcome
from tidegate.delivery.store.retaining import remove_messages
from tidegate.delivery.store.tables import PART_IDS
from tidegate.runtime.db import Database

APPLIED, SUPERSEDED = receipts_pb2.RECEIPT_STATE_APPLIED, receipts_pb2.RECEIPT_STATE_SUPERSEDED
DELIVERED, BOUNCED = receipts_pb2.RECEIPT_KIND_DELIVERED, receipts_pb2.RECEIPT_KIND_SOFT_BOUNCE
WAITING = receipts_pb2.RECEIPT_STATE_WAITING


def told(shop: Shop, provider_id: str, kind: int) -> receipts_pb2.RecordedReceipt:
    name = receipts_pb2.ReceiptKind.Name(kind)
    one = receipts_pb2.Receipt(account_id="sms-1", provider_message_id=provider_id, kind=name)
    return shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[one])).results[0].recorded


def test_a_message_has_arrived_with_its_own_id_and_not_with_that_of_a_part(shop: Shop) -> None:
    shop.told.answer = lambda _: Outcome.accepted("3", parts=3, part_ids=("1", "2"))
    (message_id,) = shop.send(shop.message(shop.customers(1)[0]))
    shop.final(message_id)
    part = told(shop, "1", DELIVERED)
    assert (part.message_id, part.state) == (message_id, SUPERSEDED)
    assert state_name(shop.get(message_id)) == "sent"
    assert told(shop, "3", DELIVERED).state == APPLIED
    assert state_name(shop.get(message_id)) == "delivered"


def test_a_message_of_which_a_part_has_bounced_has_bounced(shop: Shop) -> None:
    shop.told.answer = lambda _: Outcome.accepted("3", parts=3, part_ids=("1", "2"))
    (message_id,) = shop.send(shop.message(shop.customers(1)[0]))
    shop.final(message_id)
    bounced = told(shop, "2", BOUNCED)
    assert (bounced.message_id, bounced.state) == (message_id, APPLIED)
    assert state_name(shop.get(message_id)) == "bounced"


def test_what_is_told_of_a_part_before_its_call_is_known_waits(shop: Shop) -> None:
    shop.told.answer = lambda _: Outcome.accepted("2", parts=2, part_ids=("1",))
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    (message_id,) = shop.send(shop.message(shop.customers(1)[0]))
    assert told(shop, "1", BOUNCED).state == WAITING
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    shop.when(lambda one: state_name(one) == "bounced", message_id)


def test_an_id_that_parts_of_several_messages_share_leads_to_none(shop: Shop) -> None:
    shop.told.answer = lambda one: Outcome.accepted(one.message_id, parts=2, part_ids=("1",))
    first, second = shop.send(*(shop.message(one) for one in shop.customers(2)))
    shop.final(first, second)
    assert told(shop, "1", BOUNCED).state == WAITING


def test_part_ids_go_with_their_message(shop: Shop, rows: Database) -> None:
    shop.told.answer = lambda _: Outcome.accepted("2", parts=2, part_ids=("1",))
    (message_id,) = shop.send(shop.message(shop.customers(1)[0]))
    shop.final(message_id)
    with rows.write() as connection:
        assert connection.scalars(sa.select(PART_IDS.c.provider_message_id)).all() == ["1"]
        assert remove_messages(connection, [message_id]) == 1
        assert connection.scalars(sa.select(PART_IDS.c.provider_message_id)).all() == []
