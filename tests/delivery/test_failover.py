"""Failing over to another account of the same channel, and misbehaving providers altogether."""

import itertools
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from google.protobuf import json_format, struct_pb2
from google.protobuf.duration_pb2 import Duration
from support.delivery.chaos import Chaos, Ill
from support.delivery.shop import Shop, stamp, state_name
from support.patience import wait_until
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import channels_pb2, decisions_pb2, messages_pb2, receipts_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import consents_pb2, customers_pb2
from tidegate.channels import OutboundMessage, Outcome, Scope
from tidegate.delivery.dispatch import engine
from tidegate.delivery.instants import SECOND
from tidegate.delivery.store import accounts
from tidegate.delivery.store.tables import LEDGER, RATES, STATES
from tidegate.runtime.db import Database

OTHER = ("sms-1", "sms-2")


@pytest.fixture
def shop(misbehaving_shop: Shop) -> Shop:
    """The shop whose provider misbehaves."""
    return misbehaving_shop


def outcomes(shop: Shop, message_id: str) -> list[tuple[str, str]]:
    attempts = shop.explain(message_id).message.attempts
    return [(one.account_id, messages_pb2.Outcome.Name(one.outcome).removeprefix("OUTCOME_")) for one in attempts]


def answering(chaos: Chaos, **answers: Outcome) -> None:
    """Each account (sms_1, …) answers so; the others accept."""
    by_account = {name.replace("_", "-"): outcome for name, outcome in answers.items()}
    chaos.choose = lambda account_id, _batch: by_account.get(account_id)


def other_than(account_id: str) -> str:
    return OTHER[1 - OTHER.index(account_id)]


REFUSALS = [
    Outcome.permanent("unknown", code="E9"),
    Outcome.retryable("down"),
    Outcome.auth_error("bad key"),
    Outcome.rate_limited("slow down", retry_after=timedelta(seconds=3_600)),
]


def test_what_one_provider_refuses_is_offered_to_another(shop: Shop, chaos: Chaos, subtests: pytest.Subtests) -> None:
    """The last but one stops its account until it is resumed, the last one for an hour."""
    for refusal in REFUSALS:
        with subtests.test(kind=str(refusal.kind)):
            first: list[str] = []

            def choose(
                account_id: str, _batch: Sequence[OutboundMessage], first: list[str] = first, refusal: Outcome = refusal
            ) -> Outcome | None:
                if not first:
                    first.append(account_id)
                return refusal if account_id == first[0] else None

            chaos.choose = choose
            message_id = shop.send(shop.message(shop.customers(1)[0], "sms", "email"))[0]
            assert shop.state_of(message_id) == "sent"
            kind = str(refusal.kind).upper()
            assert outcomes(shop, message_id) == [(first[0], kind), (other_than(first[0]), "ACCEPTED")]
            shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id=first[0]))


def test_when_every_account_has_refused_it_goes_to_the_next_channel(shop: Shop, chaos: Chaos) -> None:
    refused = Outcome.permanent("no")
    answering(chaos, sms_1=refused, sms_2=refused)
    message_id = shop.send(shop.message(shop.customers(1)[0], "sms", "email"))[0]
    assert shop.state_of(message_id) == "sent"
    *both, last = outcomes(shop, message_id)
    assert (sorted(both), last) == ([(one, "PERMANENT") for one in OTHER], ("email-1", "ACCEPTED"))


FOR_NONE_OTHER = [
    (Outcome.invalid_recipient("nobody"), "failed:invalid_recipient"),
    (Outcome.content_rejected("no", scope=Scope.TEMPLATE), "failed:content_rejected"),
    (Outcome.permanent("no", scope=Scope.RECIPIENT), "failed:permanent"),
    (Outcome.uncertain("no answer"), "sent"),
]


def test_what_every_provider_would_refuse_and_what_may_have_gone_is_offered_to_none_other(
    shop: Shop, chaos: Chaos, subtests: pytest.Subtests
) -> None:
    for number, (answer, state) in enumerate(FOR_NONE_OTHER):
        with subtests.test(kind=str(answer.kind)):
            shop.template(f"hello-{number}", ["sms"])  # one that a provider has rejected is not sent again
            answering(chaos, sms_1=answer, sms_2=answer)
            message = shop.message(shop.customers(1)[0], template_id=f"hello-{number}")
            message_id = shop.send(message)[0]
            assert shop.state_of(message_id) == state
            assert len(chaos.accounts_asked(message_id)) == 1


def test_what_a_receipt_says_was_refused_goes_as_every_refusal(shop: Shop, chaos: Chaos, rows: Database) -> None:
    for account_id in OTHER:
        patient = channels_pb2.Account(account_id=account_id, settle_after=Duration(seconds=3_600))
        shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=patient, update_mask={"paths": ["settle_after"]}))
    shop.rule("all", 1, 1)
    chaos.choose = lambda _account, _batch: Ill.RAISES
    lost, late = shop.send(*(shop.message(one, "sms", "email") for one in shop.customers(2)))
    shop.when(lambda one: state_name(one) == "uncertain", lost, late)
    chaos.choose = lambda _account, _batch: None

    def refuse(message_id: str) -> receipts_pb2.RecordedReceipt:
        found = shop.get(message_id)
        refused = receipts_pb2.Receipt(
            account_id=found.account_id, message_id=message_id, kind=receipts_pb2.RECEIPT_KIND_REFUSED
        )
        request = pb.RecordReceiptsRequest(receipts=[refused])
        return shop.delivery.RecordReceipts(request).results[0].recorded

    assert refuse(lost).message_state == messages_pb2.MESSAGE_STATE_DEFERRED
    assert shop.state_of(lost) == "sent"
    first, second = chaos.accounts_asked(lost)
    assert outcomes(shop, lost) == [(first, "PERMANENT"), (other_than(first), "ACCEPTED")]
    assert second == other_than(first)
    assert slots(rows)[lost] == "committed"
    shop.clock.advance(timedelta(days=30))
    assert refuse(late).message_state == messages_pb2.MESSAGE_STATE_FAILED, "it has expired meanwhile"
    assert slots(rows)[late] == "released"


def rejected_by(shop: Shop, *account_ids: str) -> None:
    """The providers of these accounts have refused the template."""
    for account_id in account_ids:
        said = templates_pb2.ProviderTemplate(
            account_id=account_id, state=templates_pb2.PROVIDER_TEMPLATE_STATE_REJECTED
        )
        request = pb.SetProviderTemplateRequest(template_id="hello", provider_template=said)
        shop.delivery.SetProviderTemplate(request)


def test_a_template_that_one_provider_has_rejected_goes_by_another(shop: Shop, chaos: Chaos, rows: Database) -> None:
    rejected_by(shop, "sms-1")
    shop.rule("all", 1, 1)
    hour = 3_600 * SECOND
    rows.run(lambda connection: accounts.rest(connection, "sms-2", micros=hour))  # it is the other's gate that has it
    sent = shop.send(shop.message(shop.customers(1)[0], "sms", "email"))[0]

    def left_to() -> list[tuple[str, str]]:
        decisions = shop.explain(sent).decisions
        return [(one.facts["left_to"], one.channel) for one in decisions if one.facts.get("left_to")]

    wait_until(left_to)
    assert set(left_to()) == {("sms-2", "sms")}
    rows.run(lambda connection: connection.execute(sa.update(RATES).values(resting_until_real=0)))
    (settled,) = shop.final(sent)
    assert (state_name(settled), settled.channel) == ("sent", "sms")
    assert chaos.accounts_asked(sent) == ["sms-2"]
    customers = shop.customers(2)
    shop.suite.settle()
    asked = pb.CheckEligibilityRequest(messages=[shop.message(one, "sms", "email") for one in customers])
    found = [one.decision for one in shop.delivery.CheckEligibility(asked).results]
    assert {(one.verdict, one.channel) for one in found} == {(decisions_pb2.VERDICT_GRANTED, "sms")}
    answering(chaos, sms_2=Outcome.permanent("no"))
    refused = shop.send(shop.message(shop.customers(1)[0], "sms", "email"))[0]
    assert shop.state_of(refused) == "sent"
    assert chaos.accounts_asked(refused) == ["sms-2", "email-1"]
    rejected_by(shop, "sms-2")
    last = shop.send(*(shop.message(one, "sms", "email") for one in shop.customers(4)))
    assert {(state_name(one), one.channel) for one in shop.final(*last)} == {("sent", "email")}


@pytest.fixture
def apps(shop: Shop) -> Callable[[int], list[int]]:
    """Two accounts of apps of their own; makes customers who follow the first one alone, and have a phone."""
    for number in (1, 2):
        settings = json_format.ParseDict({"appid": f"wx{number}"}, struct_pb2.Struct())
        shop.account("wechat", f"wechat-{number}", settings=settings)
    shop.template("news", ["wechat", "sms"])

    def follow(count: int) -> list[int]:
        numbers = [next(shop.numbers) for _ in range(count)]
        consents = [consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="test")]
        upserts = [
            customers_pb2.CustomerUpsert(
                identifiers=[
                    Identifier(namespace="wechat.openid:wx1", value=f"o{number}"),
                    Identifier(namespace="phone", value=f"+861391000{number:04d}"),
                ],
                consents=consents,
                source="test",
            )
            for number in numbers
        ]
        answer = shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=upserts))
        return [one.customer_id for one in answer.results]

    return follow


def test_what_no_other_account_has_an_address_for_goes_the_way_of_its_refusal_at_once(
    shop: Shop, chaos: Chaos, apps: Callable[[int], list[int]], rows: Database
) -> None:
    """Whether the other account's gate has it before the refusal or after; no account is asked twice in vain."""
    shop.rule("all", 1, 1)
    answering(chaos, wechat_1=Outcome.permanent("no"))
    on, ends = apps(4), apps(4)
    going = shop.send(*(shop.message(one, "wechat", "sms", template_id="news") for one in on))
    ending = shop.send(*(shop.message(one, "wechat", template_id="news") for one in ends))
    assert {(state_name(one), one.channel) for one in shop.final(*going)} == {("sent", "sms")}
    assert {state_name(one) for one in shop.final(*ending)} == {"failed:permanent"}
    assert {chaos.accounts_asked(one)[0] for one in (*going, *ending)} == {"wechat-1"}
    assert [len(chaos.accounts_asked(one)) for one in (*going, *ending)] == [2] * 4 + [1] * 4
    kept = slots(rows)
    assert [kept[one] for one in (*going, *ending)] == ["committed"] * 4 + ["released"] * 4
    first = itertools.chain([Outcome.retryable("down")], itertools.repeat(None))
    chaos.choose = lambda _account, _batch: next(first)
    again = shop.send(shop.message(apps(1)[0], "wechat", template_id="news"))[0]
    assert shop.state_of(again) == "sent"
    assert chaos.accounts_asked(again) == ["wechat-1"] * 2, "it is tried again where there is an address"


def test_what_an_account_leaves_to_another_rests_until_one_of_them_changes(
    shop: Shop, chaos: Chaos, apps: Callable[[int], list[int]], rows: Database
) -> None:
    answering(chaos, wechat_1=Outcome.rate_limited("slow down", retry_after=timedelta(seconds=3_600)))
    limited = shop.send(shop.message(apps(1)[0], "wechat", template_id="news"))[0]
    shop.when(lambda one: bool(one.attempts) and state_name(one) == "deferred", limited)
    waiting = shop.send(*(shop.message(one, "wechat", "sms", template_id="news") for one in apps(5)))

    def decided() -> int:
        return sum(len(shop.explain(one).decisions) for one in waiting)

    shop.when(lambda one: bool(shop.explain(one.message_id).decisions), *waiting)
    shop.suite.settle()
    rows.run(lambda connection: connection.execute(sa.update(STATES).values(tried_until_real=0)))
    shop.suite.settle()
    assert decided() == 5, "by the account that lacks their addresses, once each"
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="wechat-1"))
    assert {(state_name(one), one.channel) for one in shop.final(*waiting)} == {("sent", "sms")}


def test_what_another_account_has_had_no_time_for_is_kept_for_it(shop: Shop, chaos: Chaos, rows: Database) -> None:
    """However long the other one rests; who has refused it for good is not asked again."""
    slow = Outcome.rate_limited("slow down", retry_after=timedelta(seconds=3_600))
    answering(chaos, sms_1=Outcome.permanent("no"), sms_2=slow)
    first, *_ = shop.send(shop.message(shop.customers(1)[0]))
    shop.when(lambda one: "sms-2" in {each.account_id for each in one.attempts}, first)
    shop.suite.settle()
    kept, *_ = shop.send(shop.message(shop.customers(1)[0]))
    shop.when(lambda one: len(one.attempts) == 1, kept)
    wait_long(shop, rows)
    assert chaos.accounts_asked(kept) == ["sms-1"]
    assert "sms-1 has refused it already; it is left to sms-2" in shop.explain(kept).summary
    chaos.choose = lambda _account, _batch: None
    rows.run(lambda connection: connection.execute(sa.update(RATES).values(resting_until_real=0)))
    assert shop.state_of(kept) == "sent"
    assert chaos.accounts_asked(kept) == ["sms-1", "sms-2"]


def test_what_waits_for_another_account_goes_on_without_it_or_ends_when_it_expires(
    shop: Shop, chaos: Chaos, rows: Database
) -> None:
    slow = Outcome.rate_limited("slow down", retry_after=timedelta(seconds=3_600))
    answering(chaos, sms_1=Outcome.permanent("no", code="E9"), sms_2=slow)
    first, *_ = shop.send(shop.message(shop.customers(1)[0]))
    shop.when(lambda one: "sms-2" in {each.account_id for each in one.attempts}, first)
    shop.suite.settle()
    shop.rule("all", 1, 1)
    soon = stamp(shop.clock.now() + timedelta(hours=1))
    late, *_ = shop.send(shop.message(shop.customers(1)[0], expire_time=soon))
    shop.when(lambda one: len(one.attempts) == 1, late)
    wait_long(shop, rows)
    shop.clock.advance(timedelta(hours=1))
    assert shop.state_of(late) == "dropped:expired"
    assert slots(rows)[late] == "released"
    assert chaos.accounts_asked(late) == ["sms-1"]
    why = "its expiry had passed while it waited for another account of sms than sms-1, whose provider had refused it"
    assert why in shop.explain(late).summary

    moving, ending = shop.send(*(shop.message(one, *way) for one, way in zip(shop.customers(2), CHAINS, strict=True)))
    shop.when(lambda one: len(one.attempts) == 1, moving, ending)
    wait_long(shop, rows)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-2"))
    wait_long(shop, rows)
    assert [(state_name(one), one.channel) for one in shop.final(moving, ending)] == [
        ("sent", "email"),
        ("failed:permanent", "sms"),
    ]
    assert [chaos.accounts_asked(one) for one in (moving, ending)] == [["sms-1", "email-1"], ["sms-1"]]


def test_who_refused_for_good_is_not_asked_when_the_others_are_tried_again(shop: Shop, chaos: Chaos) -> None:
    """The other one was down for a moment only."""
    asked: list[str] = []
    down = iter([Outcome.retryable("down")])

    def choose(account_id: str, _batch: Sequence[OutboundMessage]) -> Outcome | None:
        asked.append(account_id)
        return Outcome.permanent("no") if account_id == asked[0] else next(down, None)

    chaos.choose = choose
    message_id = shop.send(shop.message(shop.customers(1)[0]))[0]
    assert shop.state_of(message_id) == "sent"
    assert chaos.accounts_asked(message_id) == [asked[0], *[other_than(asked[0])] * 2]


CHAINS = (("sms", "email"), ("sms",))


def wait_long(shop: Shop, rows: Database) -> None:
    """Those who have refused messages leave them to others no longer than this."""
    rows.run(lambda connection: connection.execute(sa.update(STATES).values(tried_until_real=0)))
    shop.suite.settle()


def test_accounts_of_other_brands_and_those_that_do_not_send_are_no_help(shop: Shop, chaos: Chaos) -> None:
    shop.account("sms", "sms-3", brands=["other"])
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-2"))
    shop.suite.settle()
    answering(chaos, sms_1=Outcome.permanent("no"))
    message_id = shop.send(shop.message(shop.customers(1)[0]))[0]
    assert shop.state_of(message_id) == "failed:permanent"
    assert chaos.accounts_asked(message_id) == ["sms-1"]


def test_a_provider_that_misbehaves_in_ten_ways_leaves_every_message_in_one_final_state(
    shop: Shop, chaos: Chaos, rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STALLED_AFTER_SECONDS", 1.5)
    monkeypatch.setattr("tidegate.delivery.breaker._FIRST_PAUSE", 300_000)
    monkeypatch.setattr("tidegate.delivery.breaker._LONGEST_PAUSE", 500_000)
    monkeypatch.setattr("tidegate.delivery.dispatch.courier._OPENING_SECONDS", 0.2)
    update = channels_pb2.Account(account_id="sms-1", call_timeout=Duration(seconds=1))
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=update, update_mask={"paths": ["call_timeout"]}))
    ills: list[Ill | None] = [*Ill, None, None, Ill.REFUSES, Ill.RATE_LIMITED]
    random.Random(7).shuffle(ills)
    endless = itertools.chain(ills, itertools.repeat(None))
    chaos.choose = lambda _account_id, _batch: next(endless)
    shop.rule("all", 1, 1)
    sent = shop.send(*(shop.message(one, "sms", "email") for one in shop.customers(60)))
    deadline = time.monotonic() + 60.0
    while not all(one.HasField("final_time") for one in map(shop.get, sent)):
        assert time.monotonic() < deadline, {one: state_name(shop.get(one)) for one in sent}
        report(shop, chaos)
    report(shop, chaos)
    shop.suite.settle()
    assert set(chaos.suffered) == set(Ill)
    assert max(chaos.counts.values()) == 1
    went = {"sent", "delivered", "opened", "clicked"}
    states = {one: state_name(shop.get(one)) for one in sent}
    assert {one for one, state in states.items() if state in went} == set(chaos.counts)
    assert {state for state in states.values() if state not in went} <= {"failed:permanent"}
    assert slots(rows) == {one: "committed" if state in went else "released" for one, state in states.items()}


def report(shop: Shop, chaos: Chaos) -> None:
    """Hands over the receipts that the provider has for us."""
    if receipts := chaos.take_receipts():
        shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=receipts))
    time.sleep(0.05)


def slots(rows: Database) -> dict[str, str]:
    with rows.read() as connection:
        return {row.message_id: row.state for row in connection.execute(sa.select(LEDGER))}
