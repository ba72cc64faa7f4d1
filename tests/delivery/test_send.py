"""Send: accepted once, gated, sent, recorded."""

import base64
from datetime import timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from support import feeds
from support.delivery.shop import TRANSACTIONAL, Shop, stamp, state_name
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import links_pb2, messages_pb2


def test_a_message_goes_through_the_gate_to_its_provider(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id))[0]
    assert shop.state_of(message_id) == "sent"
    assert shop.told.ids == [message_id]
    assert shop.told.sent[0].content.text == "Hello customer"
    story = shop.explain(message_id)
    assert [one.account_id for one in story.message.attempts] == ["sms-1"]
    assert story.ledger_entry.customer_id == customer_id
    assert story.ledger_entry.state == pb.LEDGER_STATE_COMMITTED
    assert story.summary.endswith("Its provider took it.")


def test_a_key_gets_its_first_answer_for_ever(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    message = shop.message(customer_id)
    doubled = shop.try_send(message, message)
    assert [one.accepted.replayed for one in doubled] == [False, True]
    first = doubled[0].accepted.message_id
    shop.final(first)
    other = shop.message(customer_id, "email", idempotency_key=message.idempotency_key)
    again = shop.try_send(other)[0].accepted
    assert (again.message_id, again.replayed) == (first, True)
    assert again.state == messages_pb2.MESSAGE_STATE_ACCEPTED
    assert shop.told.ids == [first]


def test_one_bad_item_names_its_fields_and_leaves_the_others_alone(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    bad = shop.message(customer_id, idempotency_key="", priority=2000)
    bad.recipient.Clear()
    results = shop.try_send(
        bad,
        shop.message(customer_id, "pigeon"),
        shop.message(customer_id, template_id="unknown"),
        shop.message(customer_id, variables={"nobody": Value(string_value="x")}),
        shop.message(customer_id),
    )
    paths = [[one.field for one in result.error.field_violations] for result in results]
    assert paths[0] == ["messages[0].idempotency_key", "messages[0].recipient", "messages[0].priority"]
    assert "messages[1].channels[0]" in paths[1]
    assert results[2].error.reason == "TEMPLATE_NOT_FOUND"
    assert paths[3] == ["messages[3].variables.nobody"]
    assert shop.state_of(results[4].accepted.message_id) == "sent"


def test_what_no_database_takes_is_refused_by_its_field(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    ever = Timestamp(seconds=10**15)
    override = messages_pb2.Override(reason="flood", end_time=ever)
    results = shop.try_send(
        shop.message(customer_id, brand="a\0b"),
        shop.message(customer_id, idempotency_key="\0"),
        shop.message(customer_id, variables={"name": Value(string_value="\0")}),
        shop.message(customer_id, send_after=Timestamp(seconds=-(10**15))),
        shop.message(customer_id, message_class=messages_pb2.MESSAGE_CLASS_MARKETING_OVERRIDE, override=override),
        shop.message(customer_id),
    )
    assert [[one.field for one in result.error.field_violations] for result in results] == [
        ["messages[0].brand"],
        ["messages[1].idempotency_key"],
        ["messages[2].variables.name.string_value"],
        ["messages[3].send_after"],
        ["messages[4].override.end_time"],
        [],
    ]
    assert shop.state_of(results[5].accepted.message_id) == "sent"
    token = base64.urlsafe_b64encode(b"\0").decode()
    failed = failure(lambda: shop.delivery.ListMessages(pb.ListMessagesRequest(page_token=token)))
    assert set(failed.violations) == {"page_token"}
    link = links_pb2.TrackedLink(target_url="https://a.example/", message_id="m\0")
    failed = failure(lambda: shop.delivery.CreateTrackedLink(pb.CreateTrackedLinkRequest(link=link)))
    assert set(failed.violations) == {"link.message_id"}


def test_an_adapter_is_told_until_when_a_message_is_of_use(shop: Shop) -> None:
    end = shop.clock.now() + timedelta(hours=3)
    message_id = shop.send(shop.message(shop.customers(1)[0], expire_time=stamp(end)))[0]
    assert shop.state_of(message_id) == "sent"
    assert [one.expire_time for one in shop.told.sent] == [end]


def test_identifiers_are_resolved_and_the_address_named_is_used(shop: Shop) -> None:
    shop.customers(2)
    known = messages_pb2.Recipient(identifier=Identifier(namespace="phone", value="13900000001"))
    nobody = messages_pb2.Recipient(identifier=Identifier(namespace="phone", value="13911111111"))
    found, lost = shop.try_send(shop.message(0, recipient=known), shop.message(0, recipient=nobody))
    assert found.accepted.customer_id == 2
    assert lost.HasField("error")
    shop.final(found.accepted.message_id)
    assert shop.told.sent[0].address == "+8613900000001"


def test_a_chain_moves_on_where_an_address_or_a_consent_is_missing(shop: Shop) -> None:
    customer_id = shop.customers(1, phone=False)[0]
    message_id = shop.send(shop.message(customer_id, "sms", "email"))[0]
    assert shop.state_of(message_id) == "sent"
    assert shop.get(message_id).channel == "email"
    verdicts = [one.verdict for one in shop.explain(message_id).decisions]
    assert len(verdicts) == 2


REASONS: list[tuple[dict[str, bool], dict[str, object], str]] = [
    ({"consent": False}, {}, "dropped:no_consent"),
    ({"consent": False}, {"message_class": TRANSACTIONAL}, "sent"),
    ({"phone": False}, {}, "dropped:no_address"),
    ({}, {"holdout": messages_pb2.Holdout(experiment_id="e1", arm="control")}, "dropped:held_out"),
]


def test_the_gate_says_no_with_its_reason(shop: Shop) -> None:
    sent = shop.send(*(shop.message(shop.customers(1, **known)[0], **changes) for known, changes, _ in REASONS))
    assert [state_name(one) for one in shop.final(*sent)] == [expected for _, _, expected in REASONS]
    assert not any(shop.explain(one).HasField("ledger_entry") for one in sent)


def test_an_unknown_customer_is_an_edge_and_no_exception(shop: Shop) -> None:
    message_id = shop.send(shop.message(99_999_999, message_class=TRANSACTIONAL))[0]
    assert shop.state_of(message_id) == "dropped:no_address"


def test_a_planned_message_waits_for_its_time_and_an_expired_one_ends(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    later = stamp(shop.clock.now() + timedelta(hours=2))
    planned = shop.send(shop.message(customer_id, send_after=later))[0]
    soon = stamp(shop.clock.now() + timedelta(hours=1))
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="email-1"))
    waiting = shop.send(shop.message(customer_id, "email", expire_time=soon))[0]
    assert shop.get(planned).state == messages_pb2.MESSAGE_STATE_DEFERRED
    shop.clock.advance(timedelta(hours=1))
    assert shop.state_of(waiting) == "dropped:expired"
    assert shop.get(planned).state == messages_pb2.MESSAGE_STATE_DEFERRED
    shop.clock.advance(timedelta(hours=1))
    assert shop.state_of(planned) == "sent"


def test_cancelled_messages_are_never_sent(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    message_id, other = shop.send(shop.message(customer_id), shop.message(customer_id, enrollment_id="walk-1"))
    answer = shop.delivery.CancelMessages(
        pb.CancelMessagesRequest(message_ids=[message_id, "nothing"], enrollment_id="walk-1")
    )
    assert answer.cancelled_count == 2
    assert answer.results[1].error.reason == "MESSAGE_NOT_FOUND"
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert {shop.state_of(one) for one in (message_id, other)} == {"dropped:cancelled"}
    assert shop.told.ids == []


def test_messages_are_listed_by_what_they_belong_to(shop: Shop) -> None:
    first, second = shop.customers(2)
    sent = shop.send(*(shop.message(first, campaign_id="sale") for _ in range(3)), shop.message(second))
    chosen = messages_pb2.MessageFilter(campaign_id="sale", customer_id=first)
    page = shop.delivery.ListMessages(pb.ListMessagesRequest(filter=chosen, page_size=2))
    rest = shop.delivery.ListMessages(
        pb.ListMessagesRequest(filter=chosen, page_size=2, page_token=page.next_page_token)
    )
    assert [one.message_id for one in (*page.messages, *rest.messages)] == sorted(sent[:3], reverse=True)
    assert not rest.next_page_token


def test_every_move_is_in_the_feed(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    message = shop.message(customer_id, enrollment_id="walk-1", node_id="n1", journey_id="j1")
    message_id = shop.send(message)[0]
    shop.final(message_id)
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest()))
    moves = [one.message_changed for one in changes if one.HasField("message_changed")]
    states = [messages_pb2.MessageState.Name(one.state) for one in moves]
    assert states == ["MESSAGE_STATE_ACCEPTED", "MESSAGE_STATE_SENT"]
    assert {(one.idempotency_key, one.node_id, one.customer_id) for one in moves} == {
        (message.idempotency_key, "n1", customer_id)
    }
