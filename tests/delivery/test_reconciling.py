"""Uncertain messages whose provider can be asked, and templates that providers refuse."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from support import feeds
from support.delivery.chaos import Chaos
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import Asked, Outcome, Scope
from tidegate.delivery.reactions.templates import REJECTED_AFTER
from tidegate.delivery.store.tables import STATES
from tidegate.runtime.db import Database, real_now

ACTIVE, PAUSED = templates_pb2.TEMPLATE_STATE_ACTIVE, templates_pb2.TEMPLATE_STATE_PAUSED


@pytest.fixture
def shop(misbehaving_shop: Shop) -> Shop:
    """The shop whose provider misbehaves, with one account for SMS that settles after an hour."""
    shop = misbehaving_shop
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-2"))
    account = channels_pb2.Account(account_id="sms-1", settle_after=Duration(seconds=3_600))
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=account, update_mask={"paths": ["settle_after"]}))
    return shop


def uncertain(shop: Shop, chaos: Chaos, *channels: str) -> str:
    chaos.choose = lambda account_id, _batch: Outcome.uncertain("lost") if account_id == "sms-1" else None
    message_id = shop.send(shop.message(shop.customers(1)[0], *(channels or ("sms",))))[0]
    shop.when(lambda one: state_name(one) == "uncertain", message_id)
    return message_id


def a_minute_passes(rows: Database) -> None:
    with rows.write() as connection:
        connection.execute(sa.update(STATES).where(STATES.c.state == "uncertain").values(ask_real=0))


def test_a_provider_that_can_be_asked_says_that_it_has_the_message(shop: Shop, chaos: Chaos, rows: Database) -> None:
    message_id = uncertain(shop, chaos)
    with rows.read() as connection:
        waiting = sa.select(STATES.c.ask_real - real_now()).where(STATES.c.message_id == message_id)
        assert 30_000_000 < connection.execute(waiting).scalar_one() <= 60_000_000
    assert chaos.queried == []
    chaos.tell = lambda asked: Outcome.accepted(f"id-{asked.message_id}")
    a_minute_passes(rows)
    (found,) = shop.when(lambda one: state_name(one) == "sent", message_id)
    assert found.outcome == messages_pb2.OUTCOME_ACCEPTED
    (asked,) = chaos.queried
    assert (asked.message_id, asked.address[:4], asked.idempotency_key) == (message_id, "+861", message_id)
    assert abs(asked.sent_time - shop.clock.now()) < timedelta(minutes=5)
    story = shop.explain(message_id)
    assert [(one.outcome, one.provider_message_id) for one in story.message.attempts] == [
        (messages_pb2.OUTCOME_ACCEPTED, f"id-{message_id}")
    ]
    assert story.ledger_entry.state == pb.LEDGER_STATE_COMMITTED


def test_what_it_surely_does_not_have_moves_on_and_what_it_does_not_know_waits(
    shop: Shop, chaos: Chaos, rows: Database
) -> None:
    unknown, refused = uncertain(shop, chaos, "sms", "email"), uncertain(shop, chaos, "sms", "email")

    def tell(asked: Asked) -> Outcome | None:
        return Outcome.permanent("never came") if asked.message_id == refused else None

    chaos.tell = tell
    a_minute_passes(rows)
    (found,) = shop.when(lambda one: state_name(one) == "sent", refused)
    assert found.channel == "email"
    assert state_name(shop.get(unknown)) == "uncertain"
    asked = len(chaos.queried)
    shop.suite.settle()
    assert len(chaos.queried) == asked, "it is asked again only after a while"


def test_an_adapter_that_can_not_answer_leaves_the_message_uncertain(shop: Shop, chaos: Chaos, rows: Database) -> None:
    def fail(_asked: Asked) -> Outcome:
        raise ConnectionError("no")

    message_id = uncertain(shop, chaos)
    for number, tell in enumerate((fail, lambda _asked: Outcome.uncertain("still")), start=1):
        chaos.tell = tell
        a_minute_passes(rows)
        shop.suite.settle()
        assert len(chaos.queried) == number
        assert state_name(shop.get(message_id)) == "uncertain"


def template(shop: Shop) -> templates_pb2.Template:
    return shop.delivery.GetTemplate(pb.GetTemplateRequest(template_id="hello")).template


def refused(shop: Shop, count: int, channel: str) -> set[str]:
    sent = shop.send(*(shop.message(one, channel) for one in shop.customers(count)))
    return {state_name(one) for one in shop.final(*sent)}


def test_a_template_that_providers_refuse_again_and_again_is_paused_until_a_call(shop: Shop, chaos: Chaos) -> None:
    chaos.choose = lambda _account, _batch: Outcome.content_rejected(
        "not approved: Hello customer", scope=Scope.TEMPLATE, code="T1"
    )
    assert refused(shop, REJECTED_AFTER - 1, "sms") == {"failed:content_rejected"}
    assert list(template(shop).provider_templates) == []
    assert refused(shop, 1, "sms") == {"failed:content_rejected"}
    (said,) = template(shop).provider_templates
    assert (said.account_id, said.state) == ("sms-1", templates_pb2.PROVIDER_TEMPLATE_STATE_REJECTED)
    reason, _, words_of = said.detail.partition(" (ExplainMessage tells its words of ")
    assert reason == f"refused {REJECTED_AFTER} times by the provider of sms-1: T1"
    assert shop.get(words_of.rstrip(")")).attempts[0].detail == "not approved: Hello customer"
    assert template(shop).state == ACTIVE, "e-mail goes on"
    assert refused(shop, 1, "sms") == {"dropped:template_invalid"}
    assert refused(shop, REJECTED_AFTER, "email") == {"failed:content_rejected"}
    paused = template(shop)
    assert paused.state == PAUSED
    assert paused.state_reason.startswith(f"refused {REJECTED_AFTER} times by the provider of email-1: T1 (")
    assert "not approved" not in repr(paused), "what a provider says of a message is sealed, and not in templates"
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest(page_size=1_000)))
    told = [one.template_changed for one in changes if one.HasField("template_changed")]
    assert [(one.state, one.account_id) for one in told[-2:]] == [(ACTIVE, "sms-1"), (PAUSED, "email-1")]
    chaos.choose = lambda _account, _batch: None
    shop.delivery.SetTemplateState(pb.SetTemplateStateRequest(template_id="hello", state=ACTIVE))
    resumed = template(shop)
    assert (resumed.state, resumed.state_reason) == (ACTIVE, "")
    assert refused(shop, 1, "sms") == {"sent"}
