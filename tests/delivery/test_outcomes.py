"""What comes of calls, and what providers and customers say later."""

import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from support import feeds
from support.delivery.shop import Shop, stamp, state_name
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, policies_pb2, receipts_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.channels import Outcome, OutcomeKind, Scope
from tidegate.delivery import steps
from tidegate.delivery.instants import SECOND
from tidegate.delivery.store.receipts import waiting
from tidegate.delivery.store.tables import RECEIPTS, STATES
from tidegate.runtime.db import Database

STOPPED = ("dropped:suppressed", "dropped:no_consent")
"""Of who wants no more: by the suppression at once, by the denied consent once identity has told of it."""


@pytest.fixture(autouse=True)
def tried_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be tried again waits for a moment, not for a second or two."""
    monkeypatch.setattr(steps, "_FIRST_BACKOFF", SECOND // 20)


def receipt(message_id: str, kind: int, **changes: Any) -> receipts_pb2.Receipt:
    return receipts_pb2.Receipt(
        account_id="sms-1", provider_message_id=f"p-{message_id}", kind=receipts_pb2.ReceiptKind.Name(kind), **changes
    )


def record(shop: Shop, *receipts: receipts_pb2.Receipt) -> list[receipts_pb2.RecordReceiptResult]:
    return list(shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=receipts)).results)


def suppressions(shop: Shop, customer_id: int) -> list[policies_pb2.Suppression]:
    return list(
        shop.policies.ListSuppressions(policy_pb2.ListSuppressionsRequest(customer_id=customer_id)).suppressions
    )


def settle_after(shop: Shop, seconds: int) -> None:
    """What is uncertain waits so long for a receipt."""
    account = channels_pb2.Account(account_id="sms-1", settle_after=Duration(seconds=seconds))
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=account, update_mask={"paths": ["settle_after"]}))


def test_an_exception_is_uncertain_stays_counted_and_is_never_sent_again(shop: Shop, rows: Database) -> None:
    def fail(_message: object) -> Outcome:
        raise ConnectionError("broken")

    settle_after(shop, 3_600)
    shop.rule("all", 1, 1)
    shop.told.answer = fail
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id, "sms", "email"))[0]
    shop.when(lambda one: one.outcome == messages_pb2.OUTCOME_UNCERTAIN, message_id)
    assert shop.explain(message_id).ledger_entry.state == pb.LEDGER_STATE_RESERVED
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "dropped:frequency"
    over = sa.update(STATES).where(STATES.c.settle_real.is_not(None)).values(settle_real=0)
    rows.run(lambda connection: connection.execute(over))
    settled = shop.final(message_id)[0]
    assert (state_name(settled), settled.outcome) == ("sent", messages_pb2.OUTCOME_UNCERTAIN)
    assert shop.explain(message_id).ledger_entry.state == pb.LEDGER_STATE_COMMITTED
    assert shop.told.ids == [message_id]
    failing = {one.adapter: one for one in shop.delivery.ListChannels(pb.ListChannelsRequest()).channels}
    assert failing["told"].health == channels_pb2.CHANNEL_HEALTH_FAILING


def test_a_call_that_takes_too_long_is_cut_off_as_uncertain(shop: Shop) -> None:
    shop.account("push", "slow", call_timeout=Duration(nanos=200_000_000), settle_after=Duration(seconds=60))
    shop.template("push", ["push"])
    shop.told.delay = 5.0
    customer_id = shop.customers(1, phone=False, email=False)[0]
    # a staff member has no customer's address to look up
    staff = messages_pb2.Recipient(staff_id="device-1")
    message_id = shop.send(shop.message(customer_id, "push", recipient=staff, template_id="push"))[0]
    found = shop.when(lambda one: one.outcome == messages_pb2.OUTCOME_UNCERTAIN, message_id)[0]
    assert state_name(found) == "uncertain"
    assert "no answer within 0.2 s" in shop.explain(message_id).message.attempts[0].detail


def test_a_retryable_refusal_is_tried_again(shop: Shop) -> None:
    answers = iter([Outcome.retryable("busy", retry_after=timedelta(milliseconds=1))])
    shop.told.answer = lambda one: next(answers, Outcome.accepted(one.message_id))
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id))[0]
    assert shop.state_of(message_id) == "sent"
    assert [one.outcome for one in shop.explain(message_id).message.attempts] == [
        messages_pb2.OUTCOME_RETRYABLE,
        messages_pb2.OUTCOME_ACCEPTED,
    ]


def test_a_dead_address_is_suppressed_for_whoever_holds_it(shop: Shop) -> None:
    shop.told.answer = lambda _one: Outcome.invalid_recipient("no such number", code="404")
    customer_id = shop.customers(1)[0]
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "failed:invalid_recipient"
    shop.told.answer = None
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "dropped:suppressed"
    assert shop.state_of(shop.send(shop.message(customer_id, "email"))[0]) == "sent"


def test_an_account_whose_credentials_are_refused_waits_for_a_person(shop: Shop) -> None:
    shop.told.answer = lambda _one: Outcome.auth_error("wrong password", code="535")
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id))[0]
    deadline = time.monotonic() + 60
    request = pb.GetAccountRequest(account_id="sms-1")
    while shop.delivery.GetAccount(request).account.state != channels_pb2.ACCOUNT_STATE_BROKEN:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    shop.told.answer = None
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert shop.state_of(message_id) == "sent"


@pytest.mark.parametrize("scope", [Scope.CALL, Scope.ACCOUNT])
def test_a_limit_of_the_provider_rests_the_account(shop: Shop, scope: Scope) -> None:
    answers = iter([Outcome.rate_limited("slow down", scope=scope, retry_after=timedelta(seconds=0.5))])
    shop.told.answer = lambda one: next(answers, Outcome.accepted(one.message_id))
    messages = [shop.message(one) for one in shop.customers(2)]
    begun = time.monotonic()
    shop.final(*shop.send(*messages))
    assert time.monotonic() - begun >= 0.4


def test_receipts_move_states_forward_and_never_back(shop: Shop) -> None:
    message_id = shop.send(shop.message(shop.customers(1)[0]))[0]
    shop.final(message_id)
    late = receipt(message_id, receipts_pb2.RECEIPT_KIND_DELIVERED)
    opened, delivered, again = record(shop, receipt(message_id, receipts_pb2.RECEIPT_KIND_OPENED), late, late)
    assert opened.recorded.message_id == message_id
    assert delivered.recorded.state in (
        receipts_pb2.RECEIPT_STATE_APPLIED,
        receipts_pb2.RECEIPT_STATE_SUPERSEDED,
    )
    assert again.recorded.duplicate
    assert state_name(shop.get(message_id)) == "opened"
    assert len(shop.explain(message_id).receipts) == 2


def test_a_receipt_that_comes_too_early_waits_for_its_message(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    message_id = shop.send(shop.message(customer_id))[0]
    early = record(shop, receipt(message_id, receipts_pb2.RECEIPT_KIND_DELIVERED))[0]
    assert early.recorded.state == receipts_pb2.RECEIPT_STATE_WAITING
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    shop.when(lambda one: state_name(one) == "delivered", message_id)


def test_a_late_refusal_settles_an_uncertain_message_and_moves_it_on(shop: Shop) -> None:
    shop.told.answer = lambda one: (
        Outcome.uncertain("no answer", provider_id=f"p-{one.message_id}")
        if one.address.startswith("+")
        else Outcome.accepted("x")
    )
    settle_after(shop, 3_600)
    message_id = shop.send(shop.message(shop.customers(1)[0], "sms", "email"))[0]
    shop.when(lambda one: state_name(one) == "uncertain", message_id)
    record(shop, receipt(message_id, receipts_pb2.RECEIPT_KIND_REFUSED))
    assert shop.state_of(message_id) == "sent"
    assert shop.get(message_id).channel == "email"


def test_a_complaint_ends_messages_of_its_purpose(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id))[0]
    shop.final(message_id)
    record(shop, receipt(message_id, receipts_pb2.RECEIPT_KIND_COMPLAINT))
    assert [one.cause for one in suppressions(shop, customer_id)] == [policies_pb2.SUPPRESSION_CAUSE_COMPLAINT]
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) in STOPPED
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest()))
    withdrawn = [one for one in changes if one.HasField("consent_withdrawn")]
    assert [(one.customer_id, one.consent_withdrawn.channel) for one in withdrawn] == [(customer_id, "sms")]


def test_who_unsubscribes_is_left_in_peace_though_an_older_suppression_has_ended(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    ended = policies_pb2.Suppression(
        customer_id=customer_id,
        channels=["sms"],
        purpose="marketing",
        expire_time=stamp(shop.clock.now() - timedelta(days=1)),
    )
    shop.policies.CreateSuppression(policy_pb2.CreateSuppressionRequest(suppression=ended))
    message_id = shop.send(shop.message(customer_id))[0]
    assert shop.state_of(message_id) == "sent"
    record(shop, receipt(message_id, receipts_pb2.RECEIPT_KIND_UNSUBSCRIBED))
    assert [one.HasField("expire_time") for one in suppressions(shop, customer_id)] == [False]
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) in STOPPED


def test_tries_are_counted_on_the_present_channel(shop: Shop, rows: Database) -> None:
    answers = iter([Outcome.retryable("busy", scope=Scope.MESSAGE)])
    shop.told.answer = lambda one: next(answers, Outcome.accepted(one.message_id))
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    message_id = shop.send(shop.message(shop.customers(1)[0]))[0]
    with rows.write() as connection:  # as after eleven calls on other channels
        connection.execute(sa.update(STATES).where(STATES.c.message_id == message_id).values(attempts=11))
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert shop.state_of(message_id) == "sent"


def test_taken_and_refused_in_one_report_is_a_bounce(shop: Shop) -> None:
    shop.account("push", "slow", settle_after=Duration(seconds=60))
    shop.template("push", ["push"])
    shop.told.answer = lambda one: Outcome.uncertain("no answer", provider_id="p1")
    staff = messages_pb2.Recipient(staff_id="device-1")
    message_id = shop.send(shop.message(0, "push", recipient=staff, template_id="push"))[0]
    shop.when(lambda one: one.outcome == messages_pb2.OUTCOME_UNCERTAIN, message_id)
    both = (receipts_pb2.RECEIPT_KIND_ACCEPTED, receipts_pb2.RECEIPT_KIND_REFUSED)
    told = record(shop, *(receipts_pb2.Receipt(account_id="slow", message_id=message_id, kind=one) for one in both))
    assert [one.recorded.message_state for one in told] == [
        messages_pb2.MESSAGE_STATE_SENT,
        messages_pb2.MESSAGE_STATE_BOUNCED,
    ]
    settled = shop.get(message_id)
    assert (state_name(settled), settled.HasField("final_time")) == ("bounced", True)


def test_a_bounce_is_about_the_call_that_it_names(shop: Shop) -> None:
    refused = Outcome(OutcomeKind.PERMANENT, provider_id="by-sms")
    shop.told.answer = lambda one: refused if one.address.startswith("+") else Outcome.accepted("by-email")
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id, "sms", "email"))[0]
    assert shop.state_of(message_id) == "sent"
    late = receipts_pb2.Receipt(
        account_id="sms-1", provider_message_id="by-sms", kind=receipts_pb2.RECEIPT_KIND_HARD_BOUNCE
    )
    assert record(shop, late)[0].recorded.state == receipts_pb2.RECEIPT_STATE_APPLIED
    assert state_name(shop.get(message_id)) == "sent"
    suppressed = shop.policies.ListSuppressions(policy_pb2.ListSuppressionsRequest()).suppressions
    assert [(one.address.namespace, list(one.channels)) for one in suppressed] == [("phone", ["sms"])]


def test_receipts_that_lead_to_several_messages_keep_no_other_waiting(shop: Shop, rows: Database) -> None:
    shop.told.answer = lambda one: Outcome.accepted("shared")
    first, second = shop.send(*(shop.message(one) for one in shop.customers(2)))
    shop.final(first, second)
    shared = receipts_pb2.Receipt(
        account_id="sms-1", provider_message_id="shared", kind=receipts_pb2.RECEIPT_KIND_DELIVERED
    )
    assert record(shop, shared)[0].recorded.state == receipts_pb2.RECEIPT_STATE_WAITING
    with rows.write() as connection:
        assert waiting(connection, since=0, limit=10) == []


def test_the_address_tells_which_message_of_a_batch_a_receipt_is_about(shop: Shop, rows: Database) -> None:
    shop.told.answer = lambda _one: Outcome.accepted("batch")
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    first, second, third = shop.send(*(shop.message(one) for one in shop.customers(3)))

    def about(number: int, kind: int = receipts_pb2.RECEIPT_KIND_DELIVERED) -> receipts_pb2.Receipt:
        name = receipts_pb2.ReceiptKind.Name(kind)
        address = f"+861390000{number:04d}"
        return receipts_pb2.Receipt(account_id="sms-1", provider_message_id="batch", kind=name, address=address)

    early, again = record(shop, about(0), about(0))
    assert early.recorded.state == receipts_pb2.RECEIPT_STATE_WAITING
    assert again.recorded.duplicate
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    shop.when(lambda one: state_name(one) == "delivered", first)
    shop.final(second, third)
    told = record(shop, about(1), about(2, receipts_pb2.RECEIPT_KIND_HARD_BOUNCE))
    assert [one.recorded.message_id for one in told] == [second, third]
    assert [state_name(shop.get(one)) for one in (first, second, third)] == ["delivered", "delivered", "bounced"]
    with rows.read() as connection:
        kept = connection.execute(sa.select(RECEIPTS.c.address_key, RECEIPTS.c.dedupe_key)).all()
    assert {one.address_key for one in kept} == {""}
    assert not [one for one in kept if "+86" in one.dedupe_key]


def test_the_gravest_answer_about_an_account_counts(shop: Shop, rows: Database) -> None:
    shop.told.answer = lambda one: (
        Outcome.auth_error("bad key") if one.address.endswith("0000") else Outcome.rate_limited("slow down")
    )
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    shop.send(*(shop.message(one) for one in shop.customers(2)))
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    deadline = time.monotonic() + 60
    asked = pb.GetAccountRequest(account_id="sms-1")
    while shop.delivery.GetAccount(asked).account.state != channels_pb2.ACCOUNT_STATE_BROKEN:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_account_keeps_to_its_rate(shop: Shop) -> None:
    rate = channels_pb2.AccountRate(messages_per_second=40, burst=5)
    account = channels_pb2.Account(account_id="sms-1", rate=rate)
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=account, update_mask={"paths": ["rate"]}))
    customers = shop.customers(25)
    shop.suite.settle()
    begun = time.monotonic()
    shop.final(*shop.send(*(shop.message(one) for one in customers)))
    assert time.monotonic() - begun >= (25 - 5) / 40 * 0.9


def test_a_bad_receipt_names_its_field(shop: Shop) -> None:
    bad, nameless = record(
        shop,
        receipts_pb2.Receipt(message_id="x"),
        receipts_pb2.Receipt(kind=receipts_pb2.RECEIPT_KIND_DELIVERED),
    )
    assert bad.error.field_violations[0].field == "receipts[0].kind"
    assert nameless.error.field_violations[0].field == "receipts[1].message_id"
    delivered = receipts_pb2.RECEIPT_KIND_DELIVERED
    early, broken = record(
        shop,
        receipts_pb2.Receipt(message_id="x", kind=delivered, time=Timestamp(seconds=10**15)),
        receipts_pb2.Receipt(message_id="x", kind=delivered, provider_code="\0"),
    )
    assert early.error.field_violations[0].field == "receipts[0].time"
    assert broken.error.field_violations[0].field == "receipts[1].provider_code"


def test_a_paused_account_begins_no_calls_and_forgets_nothing(shop: Shop) -> None:
    shop.told.delay = 0.3
    sent = shop.send(*(shop.message(one) for one in shop.customers(300)))
    deadline = time.monotonic() + 60
    while not shop.told.ids:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1", reason="to look at it"))
    shop.suite.settle()
    seen = len(shop.told.ids)
    assert seen < len(sent)
    time.sleep(0.5)  # longer than a call takes
    assert len(shop.told.ids) == seen
    shop.told.delay = 0.0
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert {state_name(one) for one in shop.final(*sent)} == {"sent"}
    assert max(shop.told.counts.values()) == 1
