"""Uncertain messages at providers that take a message once, however often it is offered."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from support.delivery.chaos import Chaos, Ill
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.journey.v1 import campaigns_pb2
from tidegate.api.journey.v1 import changes_pb2 as journey_pb2
from tidegate.channels import Outcome
from tidegate.delivery.follow import apply_journey
from tidegate.delivery.store.tables import STATES
from tidegate.runtime.db import Database


@pytest.fixture
def chaos() -> Chaos:
    """A provider that is idempotent."""
    return Chaos(idempotent=True)


@pytest.fixture
def shop(misbehaving_shop: Shop) -> Shop:
    """The shop of that provider, with two accounts that settle after an hour."""
    for account_id in ("sms-1", "sms-2"):
        account = channels_pb2.Account(account_id=account_id, settle_after=Duration(seconds=3_600))
        asked = pb.UpdateAccountRequest(account=account, update_mask={"paths": ["settle_after"]})
        misbehaving_shop.delivery.UpdateAccount(asked)
    return misbehaving_shop


def uncertain(shop: Shop, chaos: Chaos) -> str:
    chaos.choose = lambda _account, _batch: Ill.RAISES
    message_id = shop.send(shop.message(shop.customers(1)[0], "sms", "email"))[0]
    shop.when(lambda one: state_name(one) == "uncertain", message_id)
    return message_id


def a_minute_passes(rows: Database, shop: Shop) -> None:
    with rows.write() as connection:
        connection.execute(sa.update(STATES).where(STATES.c.state == "uncertain").values(ask_real=0))
    shop.suite.settle()


def test_an_uncertain_message_is_offered_again_to_the_same_account_with_the_same_key(
    shop: Shop, chaos: Chaos, rows: Database
) -> None:
    shop.rule("all", 1, 1)
    message_id = uncertain(shop, chaos)
    first = chaos.accounts_asked(message_id)
    chaos.choose = lambda _account, _batch: None
    a_minute_passes(rows, shop)
    (found,) = shop.when(lambda one: state_name(one) == "sent", message_id)
    assert found.outcome == messages_pb2.OUTCOME_ACCEPTED
    assert chaos.accounts_asked(message_id) == first * 2
    assert chaos.counts == {message_id: 1}
    story = shop.explain(message_id)
    assert [one.provider_message_id for one in story.message.attempts] == [f"p-{message_id}"]
    assert story.ledger_entry.state == pb.LEDGER_STATE_COMMITTED


@pytest.mark.parametrize(
    "answer", [Outcome.permanent("no"), Outcome.retryable("down"), Ill.RAISES], ids=["refused", "down", "raised"]
)
def test_what_a_repetition_is_told_but_that_it_has_arrived_says_nothing_of_the_first_call(
    shop: Shop, chaos: Chaos, rows: Database, answer: Outcome | Ill
) -> None:
    message_id = uncertain(shop, chaos)
    chaos.choose = lambda _account, _batch: answer
    a_minute_passes(rows, shop)
    assert len(chaos.accounts_asked(message_id)) == 2
    story = shop.explain(message_id)
    assert state_name(story.message) == "uncertain"
    assert story.ledger_entry.state == pb.LEDGER_STATE_RESERVED


def test_it_is_repeated_only_while_the_word_of_the_gate_is_fresh(shop: Shop, chaos: Chaos, rows: Database) -> None:
    message_id = uncertain(shop, chaos)
    shop.clock.advance(timedelta(minutes=16))
    a_minute_passes(rows, shop)
    assert len(chaos.accounts_asked(message_id)) == 1
    assert state_name(shop.get(message_id)) == "uncertain"


@pytest.mark.parametrize("what", ["suppressed", "stopped"])
def test_what_the_gate_would_not_let_through_any_more_is_not_repeated_and_stays_counted(
    shop: Shop, chaos: Chaos, rows: Database, what: str
) -> None:
    shop.rule("all", 1, 1)
    chaos.choose = lambda _account, _batch: Ill.RAISES
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id, "sms", "email", campaign_id="spring"))[0]
    shop.clock.advance(timedelta(minutes=1))  # it is gathered until then
    shop.when(lambda one: state_name(one) == "uncertain", message_id)
    chaos.choose = lambda _account, _batch: None
    if what == "suppressed":
        wanted = policies_pb2.Suppression(customer_id=customer_id, cause=policies_pb2.SUPPRESSION_CAUSE_MANUAL)
        shop.policies.CreateSuppression(policy_pb2.CreateSuppressionRequest(suppression=wanted))
    else:
        with rows.write() as connection:
            stopped = journey_pb2.CampaignStateChanged(campaign_id="spring", state=campaigns_pb2.CAMPAIGN_STATE_PAUSED)
            apply_journey(connection, [journey_pb2.Change(campaign_state_changed=stopped)])
    a_minute_passes(rows, shop)
    assert len(chaos.accounts_asked(message_id)) == 1
    story = shop.explain(message_id)
    assert (state_name(story.message), story.ledger_entry.state) == ("uncertain", pb.LEDGER_STATE_RESERVED)
