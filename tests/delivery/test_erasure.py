"""An erased person in delivery: nothing is sent, nothing personal is left, what counts stays."""

from support.delivery.shop import TRANSACTIONAL, Shop
from support.people import value
from support.privacy import dump, erase, erasure
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policies_pb2, policy_service_pb2
from tidegate.api.identity.v1 import privacy_pb2

SECRETS = ("13900000000", "13900000001", "Wang Fang", "c0@example.com", "asked on the phone")


def test_waiting_messages_are_dropped_and_words_go(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    named = {"variables": {"name": value("Wang Fang")}}
    sent = shop.send(shop.message(customer_id, **named))[0]
    assert shop.state_of(sent) == "sent"
    suppression = policies_pb2.Suppression(
        customer_id=customer_id,
        channels=["email"],
        note="asked on the phone",
        cause=policies_pb2.SUPPRESSION_CAUSE_MANUAL,
    )
    shop.policies.CreateSuppression(policy_service_pb2.CreateSuppressionRequest(suppression=suppression))
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    waiting = shop.send(shop.message(customer_id, **named))[0]
    assert any(secret in dump(shop.suite, "delivery") for secret in SECRETS)
    begun = erase(shop.identity, customer_id)
    shop.suite.settle()
    assert shop.state_of(waiting) == "dropped:suppressed"
    done = erasure(shop.identity, begun.erasure_id)
    assert done.state == privacy_pb2.ERASURE_STATE_DONE
    assert {each.service: each.rows > 2 for each in done.reports} == {"identity": True, "delivery": True}
    left = dump(shop.suite, "identity", "delivery")
    assert [secret for secret in SECRETS if secret in left] == []
    assert shop.explain(sent).ledger_entry.customer_id == customer_id


def test_nothing_goes_out_afterwards_and_its_words_are_not_kept(shop: Shop) -> None:
    customer_id, other = shop.customers(2)
    erase(shop.identity, customer_id)
    shop.suite.settle()
    late = [
        shop.message(customer_id, variables={"name": value("Wang Fang")}, message_class=TRANSACTIONAL),
        shop.message(other),
    ]
    refused, sent = shop.send(*late)
    shop.suite.settle()
    assert shop.state_of(refused) == "dropped:suppressed"
    assert shop.state_of(sent) == "sent"
    assert "Wang Fang" not in dump(shop.suite, "delivery")
    by_phone = shop.message(0)
    by_phone.recipient.identifier.CopyFrom(Identifier(namespace="phone", value="+8613900000000"))
    assert shop.try_send(by_phone)[0].error.reason == "CUSTOMER_NOT_FOUND"


def test_a_call_under_way_is_waited_for(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    shop.told.delay = 0.5
    message_id = shop.send(shop.message(customer_id))[0]
    shop.when(lambda one: bool(one.attempts) or one.state != 1, message_id)
    begun = erase(shop.identity, customer_id)
    shop.suite.settle()
    assert erasure(shop.identity, begun.erasure_id).state == privacy_pb2.ERASURE_STATE_DONE
    assert "1390000" not in dump(shop.suite, "delivery")
