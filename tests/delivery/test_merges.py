"""Merges and splits of customers: the ledger, waiting messages and consents follow identity."""

from datetime import timedelta
from typing import Any

from support.delivery.shop import Shop, stamp, state_name
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policies_pb2, policy_service_pb2
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, merges_pb2, references_pb2
from tidegate.delivery.instants import DAY
from tidegate.delivery.store import claiming, gating
from tidegate.delivery.store.sections import Due, Section
from tidegate.runtime.db import Database


def join(shop: Shop, first: int, second: int) -> int:
    """Makes one customer of two by an upsert that carries an identifier of each; returns the survivor."""
    identifiers = [
        next(one for one in addresses(shop, customer_id) if one.namespace == namespace)
        for customer_id, namespace in ((first, "phone"), (second, "email"))
    ]
    upsert = customers_pb2.CustomerUpsert(identifiers=identifiers, source="test")
    answer = shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert]))
    return answer.results[0].customer_id


def addresses(shop: Shop, customer_id: int) -> list[Identifier]:
    request = customers_pb2.BatchGetContactPointsRequest(customer_ids=[customer_id])
    return list(shop.identity.BatchGetContactPoints(request).points[0].addresses)


def pair(shop: Shop) -> tuple[int, int]:
    """Two customers without a strong identifier each, so that they can be joined."""
    upserts = [
        customers_pb2.CustomerUpsert(
            identifiers=[Identifier(namespace=namespace, value=value)],
            consents=[consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="test")],
            source="test",
        )
        for namespace, value in (("phone", "+8613911110000"), ("email", "two@example.com"))
    ]
    answer = shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=upserts))
    first, second = (one.customer_id for one in answer.results)
    return first, second


def test_a_merge_adds_up_what_both_were_sent(shop: Shop) -> None:
    shop.rule("all", 2, 1)
    first, second = pair(shop)
    sent = shop.send(shop.message(first, "sms"), shop.message(second, "email"))
    assert [shop.state_of(one) for one in sent] == ["sent", "sent"]
    survivor = join(shop, first, second)
    merged = second if survivor == first else first
    third = shop.send(shop.message(survivor, "sms"))[0]
    assert shop.state_of(third) == "dropped:frequency"
    assert shop.explain(third).decisions[-1].findings[0].counted == 2
    moved = next(one for one in sent if shop.get(one).original_customer_id == merged)
    assert shop.get(moved).customer_id == survivor
    assert shop.explain(moved).ledger_entry.customer_id == survivor


def test_an_exemption_holds_for_whoever_its_customer_is(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    first, second = pair(shop)
    exemption = policies_pb2.Exemption(
        exemption_id="vip",
        customers=policies_pb2.CustomerList(customer_ids=[second]),
        rule_ids=["all"],
        reason="asked for it",
        end_time=stamp(shop.clock.now() + timedelta(days=1)),
    )
    shop.policies.CreateExemption(policy_service_pb2.CreateExemptionRequest(exemption=exemption))

    def states(customer_id: int, channel: str) -> list[str]:
        return [shop.state_of(shop.send(shop.message(customer_id, channel))[0]) for _ in range(2)]

    assert states(first, "sms") == ["sent", "dropped:frequency"]
    assert join(shop, first, second) == first
    assert states(first, "sms") == ["sent", "sent"]
    request = merges_pb2.SplitCustomerRequest(customer_id=first, original_customer_ids=[second], reason="two persons")
    shop.identity.SplitCustomer(request)
    shop.suite.settle()
    assert states(first, "sms") == ["dropped:frequency"] * 2
    assert states(second, "email") == ["sent", "sent"]


def test_a_message_for_an_alias_is_the_survivors(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    first, second = pair(shop)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    waiting = shop.send(shop.message(second, "sms"))[0]  # has no phone of its own
    survivor = join(shop, first, second)
    alias = second if survivor == first else first
    late = shop.send(shop.message(alias, "email"))[0]
    assert shop.state_of(late) == "sent"
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert shop.state_of(waiting) == "dropped:frequency"
    assert {shop.get(one).customer_id for one in (waiting, late)} == {survivor}


def test_the_newest_decision_on_consent_counts(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "sent"
    denied = consents_pb2.Consent(
        purpose="marketing", channel="sms", decision=consents_pb2.DECISION_DENIED, source="test"
    )
    reference = references_pb2.CustomerReference(customer_id=customer_id)
    denied.time.FromDatetime(shop.clock.now())
    request = consents_pb2.SetConsentsRequest(
        customers=[consents_pb2.CustomerConsents(customer=reference, consents=[denied])]
    )
    shop.identity.SetConsents(request)
    message_id = shop.send(shop.message(customer_id, "sms", "email"))[0]
    assert shop.state_of(message_id) == "sent"
    assert shop.get(message_id).channel == "email"
    only_sms = shop.send(shop.message(customer_id, "sms"))[0]
    assert state_name(shop.final(only_sms)[0]) == "dropped:no_consent"


def test_a_split_gives_slots_messages_and_consents_back(shop: Shop) -> None:
    shop.rule("all", 2, 1)
    first, second = pair(shop)
    sent = shop.send(shop.message(first, "sms"), shop.message(second, "email"))
    assert [shop.state_of(one) for one in sent] == ["sent", "sent"]
    survivor = join(shop, first, second)
    alias = second if survivor == first else first
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    waiting = shop.send(shop.message(alias, "sms", "email"))[0]
    request = merges_pb2.SplitCustomerRequest(customer_id=survivor, original_customer_ids=[alias], reason="two persons")
    shop.identity.SplitCustomer(request)
    shop.when(lambda message: message.customer_id == message.original_customer_id, *sent, waiting)
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert {shop.get(one).customer_id for one in (*sent, waiting)} == {first, second}
    assert shop.get(waiting).customer_id == alias
    assert shop.state_of(waiting) == "sent", "only one of the two messages counts for each of them now"
    for customer_id, channel in ((first, "sms"), (second, "email")):
        again = shop.send(shop.message(customer_id, channel))[0]
        expected = "dropped:frequency" if customer_id == alias else "sent"
        assert shop.state_of(again) == expected


def test_a_split_while_its_lock_is_awaited_leaves_nothing_to_the_wrong_customer(shop: Shop, rows: Database) -> None:
    customer_id, other = shop.customers(2)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    kept, parted = shop.send(*(shop.message(customer_id) for _ in range(2)))
    with rows.write() as connection:
        asked: dict[str, Any] = {"channel": "sms", "account_id": "sms-1"}
        found = claiming.claim(connection, Due([Section()]), limit=10, token="t", lease=DAY, **asked)
        claimed = {one.message.message_id: one for one in found}
        held = gating.lock_claimed(connection, claimed, token="t")
        gating.move_to_survivors(connection, {parted: other})
        assert gating.still_theirs(connection, held) == {kept}
