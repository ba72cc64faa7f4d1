"""An erased person in delivery: nothing is sent, nothing personal is left, what counts stays."""

from datetime import UTC

import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from support.delivery.shop import TRANSACTIONAL, Shop, state_name
from support.delivery.vault import VAULT
from support.people import value
from support.privacy import dump, erase, erasure
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import channels_pb2, policies_pb2, policy_service_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import privacy_pb2
from tidegate.api.segmentation.v1 import changes_pb2 as segments_changes
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.channels import Outcome
from tidegate.delivery.announce import Announcer
from tidegate.delivery.members import apply_segmentation
from tidegate.delivery.model import Address, MessageState
from tidegate.delivery.outcomes import Outcomes
from tidegate.delivery.schema import FEED
from tidegate.delivery.steps import Answered, result_of
from tidegate.delivery.store import calling
from tidegate.delivery.store.tables import CUSTOMERS, MEMBERSHIPS
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed

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


def test_what_is_told_of_an_erased_person_late_is_not_kept(shop: Shop, rows: Database) -> None:
    shop.told.answer = lambda _one: Outcome.uncertain("lost")
    account = channels_pb2.Account(account_id="sms-1", settle_after=Duration(seconds=3_600))
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=account, update_mask={"paths": ["settle_after"]}))
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id))[0]
    shop.when(lambda one: state_name(one) == "uncertain", message_id)
    with rows.write() as connection:
        (stored,) = calling.lock(connection, [message_id], {MessageState.UNCERTAIN}).values()
        (call,) = calling.calls(connection, [message_id])[message_id]
    erase(shop.identity, customer_id)
    shop.suite.settle()
    assert "1390000" not in dump(shop.suite, "delivery")
    outcome = Outcome.invalid_recipient("+8613900000000 is not in use")
    result = result_of(outcome, stored.message, stored.lease_token, "sms-1", (1, 2))
    message = stored.message._replace(attempts=0)
    answered = Answered(message, result, Address(call.namespace, "+8613900000000", ""))
    Outcomes(rows, Announcer(Feed(rows, FEED), VAULT), UTC).record([answered])
    moved = segments_changes.MembershipChanged(
        segment_id="vip", customer_id=customer_id, transition=segments_pb2.TRANSITION_ENTERED
    )
    tier = segments_changes.TierChanged(model_id="rfm", customer_id=customer_id, tier="gold")
    changes = [segments_changes.Change(membership_changed=moved), segments_changes.Change(tier_changed=tier)]
    rows.run(lambda connection: apply_segmentation(connection, changes))
    assert shop.state_of(message_id) == "failed:invalid_recipient"
    assert "1390000" not in dump(shop.suite, "delivery")
    with rows.read() as connection:
        assert connection.execute(sa.select(MEMBERSHIPS)).all() == []
        tiers = sa.select(CUSTOMERS.c.tier).where(CUSTOMERS.c.customer_id == customer_id)
        assert connection.execute(tiers).scalar_one() == ""
