"""What a platform allows: credits by customers' taps, windows by what they do; the gate takes and gives back."""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from support.delivery.platforms import CAPPED, GRANTED, HOUR, LIMITED, MINUTE, SERVICE, Followers
from support.delivery.shop import TRANSACTIONAL, Shop, stamp, state_name
from support.people import who
from support.privacy import erase
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import (
    channels_pb2,
    decisions_pb2,
    messages_pb2,
    policies_pb2,
    policy_service_pb2,
    receipts_pb2,
)
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import merges_pb2
from tidegate.channels import Limit, OutboundMessage, Outcome, OutcomeKind, Per, Period, Scope, Trigger
from tidegate.delivery.allowances.caps import Caps, call
from tidegate.delivery.allowances.rules import Platform
from tidegate.delivery.instants import SECOND
from tidegate.runtime.clock import micros
from tidegate.runtime.db import Database

VERIFICATION = messages_pb2.MESSAGE_CLASS_VERIFICATION
REPLY = messages_pb2.MESSAGE_CLASS_SERVICE_REPLY


def test_credits_do_not_depend_on_the_order_nor_on_how_often_they_are_told(followers: Followers) -> None:
    """Granted twice, refused, granted once: one is left, however it is told."""
    people = followers.new(12)
    start, rng = followers.shop.clock.now(), random.Random(7)
    followers.shop.clock.advance(HOUR)
    told = []
    for openid in people:
        several = [
            followers.tap(openid, at=start),
            followers.tap(openid, count=2, at=start + 1 * MINUTE),
            followers.refusal(openid, at=start + 2 * MINUTE),
            followers.refusal(openid, at=start - 2 * MINUTE),
            followers.tap(openid, at=start + 3 * MINUTE),
            followers.tap(openid, "stock", at=start),
        ]
        told += several + rng.sample(several, 3)
    rng.shuffle(told)
    answers = []
    for place in range(0, len(told), 7):
        answers += followers.record(*told[place : place + 7])
    assert Counter(one.duplicate for one in answers) == {False: 72, True: 36}
    assert {one.customer_id for one in answers} == set(people.values())
    assert followers.left(people.values()) == [1] * 12
    assert followers.left(people.values(), "stock") == [1] * 12


def test_what_can_not_be_kept_says_why(followers: Followers) -> None:
    ahead = followers.tap("o", at=followers.shop.clock.now() + timedelta(days=365))
    phone = followers.tap("o")
    phone.identifier.CopyFrom(Identifier(namespace="phone", value="+8613900000000"))
    wrong = [
        ahead,
        phone,
        followers.tap("o", "nothing"),
        followers.tap("o", count=101),
        followers.did(
            "o", account_id="nowhere", window_opening=receipts_pb2.WindowOpening(trigger="WINDOW_TRIGGER_MESSAGE")
        ),
        followers.did("o"),
        receipts_pb2.Interaction(subscription_accept=receipts_pb2.SubscriptionAccept()),
    ]
    results = followers.try_record(*wrong, followers.tap("o"))
    fields = [[one.field.partition(".")[2] for one in result.error.field_violations] for result in results]
    assert fields == [
        ["time"],
        ["identifier.namespace"],
        [],
        ["subscription_accept.credits"],
        [],
        ["window_opening"],
        [
            "interaction_id",
            "account_id",
            "identifier.namespace",
            "identifier.value",
            "time",
            "subscription_accept.template_id",
        ],
        [],
    ]
    assert [results[2].error.reason, results[4].error.reason] == ["TEMPLATE_NOT_FOUND", "ACCOUNT_NOT_FOUND"]
    assert (results[-1].recorded.customer_id, results[-1].HasField("recorded")) == (0, True)


def test_each_message_uses_one_credit_and_without_one_the_next_channel_is_tried(followers: Followers) -> None:
    (openid, customer_id), *_ = followers.new(1, phone=True).items()
    followers.record(followers.tap(openid, count=2))
    shop = followers.shop
    sent = shop.send(*(followers.coupon(customer_id) for _ in range(3)))
    states = Counter(shop.state_of(one) for one in sent)
    assert states == {"sent": 2, "dropped:no_credit": 1}
    assert followers.left([customer_id]) == [0]
    [elsewhere] = shop.final(*shop.send(followers.coupon(customer_id, GRANTED, "sms")))
    assert (state_name(elsewhere), elsewhere.channel) == ("sent", "sms")
    first = shop.explain(elsewhere.message_id).decisions[0]
    assert (first.verdict, first.reason) == (decisions_pb2.VERDICT_NEXT_CHANNEL, messages_pb2.DROP_REASON_NO_CREDIT)
    assert dict(first.facts) == {"account_id": "mini", "template_id": "coupon", "credits": "0"}
    granted = [one.facts["credits"] for each in sent for one in shop.explain(each).decisions if one.facts]
    assert sorted(granted) == ["0", "1", "2"]
    assert followers.doubling.doubled == []


def test_a_refusal_by_the_provider_ends_the_templates_credits_and_nothing_else(followers: Followers) -> None:
    (openid, customer_id), *_ = followers.new(1).items()
    followers.record(followers.tap(openid, count=3), followers.tap(openid, "stock"))
    shop = followers.shop
    shop.told.answer = lambda _: Outcome(OutcomeKind.NOT_SUBSCRIBED, Scope.RECIPIENT, provider_code="43101")
    assert shop.state_of(shop.send(followers.coupon(customer_id))[0]) == "failed:not_subscribed"
    assert (followers.left([customer_id]), followers.left([customer_id], "stock")) == ([0], [1])
    suppressions = policy_service_pb2.ListSuppressionsRequest(customer_id=customer_id)
    assert not shop.policies.ListSuppressions(suppressions).suppressions
    shop.told.answer = None
    assert shop.state_of(shop.send(followers.coupon(customer_id))[0]) == "dropped:no_credit"
    assert shop.state_of(shop.send(followers.coupon(customer_id, template_id="stock"))[0]) == "sent"
    shop.clock.advance(MINUTE)
    followers.record(followers.tap(openid))
    assert shop.state_of(shop.send(followers.coupon(customer_id))[0]) == "sent"


def test_a_credit_comes_back_from_a_definite_refusal_alone(followers: Followers) -> None:
    (openid, customer_id), *_ = followers.new(1).items()
    followers.record(followers.tap(openid, count=2))
    shop = followers.shop
    shop.told.answer = lambda _: Outcome(OutcomeKind.CONTENT_REJECTED, Scope.MESSAGE)
    assert shop.state_of(shop.send(followers.coupon(customer_id))[0]) == "failed:content_rejected"
    assert followers.left([customer_id]) == [2]
    shop.told.answer = lambda _: Outcome.uncertain("no answer")
    [unknown] = shop.final(*shop.send(followers.coupon(customer_id)))
    assert followers.left([customer_id]) == [1]
    late = receipts_pb2.Receipt(message_id=unknown.message_id, kind="RECEIPT_KIND_REFUSED")
    shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[late]))
    assert followers.left([customer_id]) == [2]
    shop.told.answer = None
    assert shop.state_of(shop.send(followers.coupon(customer_id))[0]) == "sent"
    assert shop.state_of(shop.send(followers.coupon(customer_id))[0]) == "sent"
    assert followers.left([customer_id]) == [0]


def test_a_refusal_that_is_told_late_voids_what_was_granted_before_it(followers: Followers) -> None:
    (openid, customer_id), *_ = followers.new(1).items()
    shop = followers.shop
    followers.record(followers.tap(openid, count=2))
    asked_before = shop.clock.now() + MINUTE
    shop.clock.advance(2 * MINUTE)
    followers.record(followers.tap(openid, count=2))
    assert shop.state_of(shop.send(followers.coupon(customer_id))[0]) == "sent"
    assert followers.left([customer_id]) == [3]
    followers.record(followers.refusal(openid, at=asked_before))
    assert followers.left([customer_id]) == [1]  # of the two that were granted later, one is used


def test_one_message_at_a_time_and_never_more_than_was_granted(followers: Followers) -> None:
    people = followers.new(15)
    rng = random.Random(3)
    granted = {customer_id: rng.randint(1, 3) for customer_id in people.values()}
    followers.record(*(followers.tap(openid, count=granted[people[openid]]) for openid in people))
    shop = followers.shop
    shop.told.delay = 0.02
    ids = shop.send(*(followers.coupon(customer_id) for customer_id in granted for _ in range(3)))
    final = shop.final(*ids)
    sent = Counter(one.customer_id for one in final if one.state == messages_pb2.MESSAGE_STATE_SENT)
    assert dict(sent) == granted
    assert {state_name(one) for one in final} <= {"sent", "dropped:no_credit"}
    assert followers.doubling.doubled == []


def test_a_merged_person_has_the_credits_of_both(followers: Followers) -> None:
    (first, kept), (second, merged) = followers.new(2).items()
    followers.record(followers.tap(first), followers.tap(second))
    shop = followers.shop
    request = merges_pb2.MergeCustomersRequest(customers=map(who, (kept, merged)), reason="same person")
    survivor = shop.identity.MergeCustomers(request).customer.customer_id
    shop.suite.settle()
    assert followers.left([kept, merged]) == [2, 2]
    states = Counter(shop.state_of(one) for one in shop.send(*(followers.coupon(survivor) for _ in range(3))))
    assert states == {"sent": 2, "dropped:no_credit": 1}


def test_export_tells_and_erasure_removes(followers: Followers) -> None:
    (openid, customer_id), (other, other_id) = followers.new(2).items()
    followers.record(followers.tap(openid), followers.opening(openid), followers.tap(other))
    shop = followers.shop
    sent = shop.send(followers.coupon(customer_id))[0]
    assert shop.state_of(sent) == "sent"
    document = json.loads(shop.delivery.ExportCustomer(pb.ExportCustomerRequest(customer_id=customer_id)).json)
    assert [len(document[name]) for name in ("interactions", "grants", "window_openings")] == [2, 1, 1]
    assert [one["message_id"] for one in document["allowance_uses"]] == [sent]
    erase(shop.identity, customer_id)
    shop.suite.settle()
    document = json.loads(shop.delivery.ExportCustomer(pb.ExportCustomerRequest(customer_id=customer_id)).json)
    assert [document[name] for name in ("interactions", "grants", "window_openings")] == [[], [], []]
    assert followers.left([other_id]) == [1]


def test_a_reply_needs_a_window_that_the_customer_opened(followers: Followers) -> None:
    """On the platform by its rules; elsewhere by what the customer wrote within two days."""
    (openid, customer_id), *_ = followers.new(1, phone=True).items()
    shop = followers.shop
    reply = {"message_class": REPLY, "purpose": "service"}
    closed = shop.send(*(followers.coupon(customer_id, channel, **reply) for channel in (SERVICE, "sms")))
    assert [shop.state_of(one) for one in closed] == ["dropped:window_closed"] * 2
    assert shop.state_of(shop.send(followers.coupon(customer_id, "sms", message_class=TRANSACTIONAL))[0]) == "sent"
    written = followers.opening(openid, account_id="sms-1")
    written.identifier.CopyFrom(Identifier(namespace="phone", value=f"+861380000{int(openid[1:]):04d}"))
    followers.record(followers.opening(openid), written)
    opened = shop.send(*(followers.coupon(customer_id, channel, **reply) for channel in (SERVICE, "sms")))
    assert [shop.state_of(one) for one in opened] == ["sent"] * 2
    shop.clock.advance(48 * HOUR)
    late = shop.send(*(followers.coupon(customer_id, channel, **reply) for channel in (SERVICE, "sms")))
    assert [shop.state_of(one) for one in late] == ["dropped:window_closed"] * 2


def test_a_window_takes_so_many_messages_and_windows_do_not_add_up(followers: Followers) -> None:
    (openid, customer_id), *_ = followers.new(1).items()
    shop = followers.shop
    opened = shop.clock.now()
    followers.record(followers.opening(openid, Trigger.MENU_CLICK), followers.opening(openid))
    [told] = followers.credits([customer_id], "", "service")
    assert (told.remaining, told.lapse_time.ToDatetime(opened.tzinfo)) == (5, opened + 48 * HOUR)
    states = Counter(
        shop.state_of(one) for one in shop.send(*(followers.coupon(customer_id, SERVICE) for _ in range(6)))
    )
    assert states == {"sent": 5, "dropped:window_closed": 1}
    assert followers.left([customer_id], "", "service") == [0]
    shop.clock.advance(MINUTE)
    followers.record(followers.opening(openid, Trigger.MENU_CLICK))
    followers.record(followers.opening(openid, Trigger.MENU_CLICK, at=opened))
    assert followers.left([customer_id], "", "service") == [3]
    shop.clock.advance(MINUTE)
    assert followers.left([customer_id], "", "service") == [0]


def test_a_window_that_closes_before_quiet_hours_end_is_not_waited_for(followers: Followers) -> None:
    shop = followers.shop
    hours = policies_pb2.QuietHours(
        quiet_hours_id="morning", windows=[policies_pb2.LocalWindow(start="09:00", end="12:00")]
    )
    shop.policies.CreateQuietHours(policy_service_pb2.CreateQuietHoursRequest(quiet_hours=hours))
    (short, soon), (long, later) = followers.new(2).items()  # 10:00 in Shanghai
    followers.record(followers.opening(short, Trigger.MENU_CLICK), followers.opening(long))
    dropped, elsewhere, waiting = shop.send(
        followers.coupon(soon, SERVICE), followers.coupon(soon, SERVICE, "sms"), followers.coupon(later, SERVICE)
    )
    assert shop.state_of(dropped) == "dropped:quiet"
    decision = shop.explain(dropped).decisions[0]
    assert {"window_lapses", "free_at"} <= set(decision.facts)
    assert "the platform's window closes before, at 2026-10-10 02:01:00 UTC" in decision.text
    assert shop.state_of(elsewhere) == "dropped:no_address"
    shop.when(lambda one: one.HasField("wake_time"), waiting)
    shop.clock.advance(2 * HOUR)
    assert shop.state_of(waiting) == "sent"


def test_what_may_be_sent_is_told_beforehand(followers: Followers) -> None:
    (openid, customer_id), *_ = followers.new(1).items()
    followers.record(followers.tap(openid, count=2), followers.opening(openid))
    followers.shop.suite.settle()
    asked = [
        followers.coupon(customer_id),
        followers.coupon(customer_id, template_id="stock"),
        followers.coupon(customer_id, SERVICE, message_class=REPLY),
    ]
    request = pb.CheckEligibilityRequest(messages=asked)
    first, second, third = (one.decision for one in followers.shop.delivery.CheckEligibility(request).results)
    assert (first.verdict, dict(first.facts)) == (decisions_pb2.VERDICT_GRANTED, {"credits": "2"})
    assert "with 2 credits" in first.text
    assert (second.verdict, second.reason) == (decisions_pb2.VERDICT_DROPPED, messages_pb2.DROP_REASON_NO_CREDIT)
    assert (third.verdict, third.facts["window"], third.facts["window_left"]) == (
        decisions_pb2.VERDICT_GRANTED,
        "message",
        "5",
    )
    assert "in the window until 2026-10-12 02:00:00 UTC, which takes 5 more" in third.text
    assert followers.left([customer_id]) == [2]


def test_a_number_takes_so_many_and_what_is_beyond_waits_until_there_is_room(followers: Followers) -> None:
    """One code a minute, two an hour, four messages of any class a day of China's time."""
    customer_id = next(iter(followers.new(1, phone=True).values()))
    shop = followers.shop
    code = {"message_class": VERIFICATION, "expire_time": stamp(shop.clock.now() + 7 * HOUR)}
    codes = shop.send(*(followers.coupon(customer_id, LIMITED, **code) for _ in range(3)))
    first, *_ = shop.final(codes[0])
    assert state_name(first) == "sent"
    waiting = shop.when(lambda one: one.HasField("wake_time"), *codes[1:])
    minute = first.accept_time.ToDatetime() + MINUTE
    assert [one.wake_time.ToDatetime() for one in waiting] == [minute] * 2
    decision = shop.explain(codes[1]).decisions[0]
    assert (decision.check, decision.reason) == (
        decisions_pb2.GATE_CHECK_ADDRESS,
        messages_pb2.DROP_REASON_FREQUENCY,
    )
    assert "platform: 1 per address (verification) within 0:01:00 counts 1 of 1" in decision.text
    shop.clock.advance(MINUTE)
    assert shop.state_of(codes[1]) == "sent"
    [third] = shop.when(lambda one: one.wake_time.ToDatetime() > minute, codes[2])
    assert third.wake_time.ToDatetime() == first.accept_time.ToDatetime() + HOUR
    others = shop.send(*(followers.coupon(customer_id, LIMITED, message_class=TRANSACTIONAL) for _ in range(3)))
    settled = shop.when(lambda one: state_name(one) in ("sent", "deferred"), *others)
    assert Counter(state_name(one) for one in settled) == {"sent": 2, "deferred": 1}
    [late] = [one for one in settled if state_name(one) == "deferred"]
    assert late.wake_time.ToDatetime(UTC) == datetime(2026, 10, 10, 16, 0, tzinfo=UTC)  # midnight in China
    shop.clock.advance(HOUR)
    assert shop.state_of(codes[2]) == "dropped:frequency"  # its hour had come, but the day is full past its expiry


def test_an_account_sends_so_many_a_day_and_the_others_wait_for_the_next(followers: Followers) -> None:
    people = followers.new(6, phone=True)
    shop = followers.shop
    ids = shop.send(*(followers.coupon(customer_id, CAPPED) for customer_id in people.values()))
    shop.when(lambda _: len(shop.told.ids) == 4, ids[0])
    shop.suite.settle()
    states = Counter(state_name(shop.get(one)) for one in ids)
    assert states == {"sent": 4, "accepted": 2}
    [held, _] = [one for one in ids if state_name(shop.get(one)) == "accepted"]
    words = "Account capped-1 has sent all that it may (platform: 4 per account within a day) until 2026-10-10 16:00:00"
    assert words in shop.explain(held).summary
    request = pb.CheckEligibilityRequest(messages=[followers.coupon(next(iter(people.values())), CAPPED)])
    decision = shop.delivery.CheckEligibility(request).results[0].decision
    assert (decision.verdict, decision.findings[0].counted) == (decisions_pb2.VERDICT_DEFERRED, 4)
    assert decision.wake_time.ToDatetime(UTC) == datetime(2026, 10, 10, 16, 0, tzinfo=UTC)
    shop.clock.advance(14 * HOUR)
    assert [shop.state_of(one) for one in ids] == ["sent"] * 6


def test_what_is_left_is_what_was_granted_less_what_may_have_been_sent(followers: Followers) -> None:
    """Over refusals, tries, uncertain calls, and an account that is paused with messages on their way."""
    people, rng, shop = followers.new(12, phone=True), random.Random(11), followers.shop
    followers.record(*(followers.tap(openid, count=3) for openid in people))
    kinds = [OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN, OutcomeKind.RETRYABLE, OutcomeKind.CONTENT_REJECTED]

    def answer(_: OutboundMessage) -> Outcome:
        return Outcome(rng.choice(kinds), Scope.MESSAGE)

    shop.told.answer, shop.told.delay = answer, 0.01
    ids = shop.send(*(followers.coupon(one, GRANTED, "sms") for one in people.values() for _ in range(4)))
    shop.when(lambda _: len(shop.told.ids) > 5, ids[0])
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="mini"))
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="mini"))
    shop.told.answer = None
    final = shop.final(*ids, timeout=40)
    used = Counter(one.customer_id for one in final if one.channel == GRANTED and state_name(one) == "sent")
    assert used.total() > 12
    assert followers.left(people.values()) == [3 - used[one] for one in people.values()]
    assert followers.doubling.doubled == []


def test_what_an_account_sent_counts_on_when_its_platforms_number_changes(shop: Shop, rows: Database) -> None:
    caps, leased, now = Caps(rows, shop.clock), [], micros(shop.clock.now())
    for most, within in ((4, Period.DAY), (6, Period.DAY), (3, Period.DAY), (9, Period.MONTH)):
        platform = Platform(caps=[Limit(per=Per.ACCOUNT, most=most, within=within)])
        with caps.lease("sms-1", platform, 10, token="t", lasting=SECOND) as part:
            leased.append(part.count)
            part.used = part.count
        called = {"t": part.count}
        rows.run(lambda connection, to=platform, of=called: call(connection, "sms-1", to, of, now))  # type: ignore[misc]
    assert leased == [4, 2, 0, 9]


def test_what_is_leased_and_not_called_for_is_free_again_and_never_too_much(shop: Shop, rows: Database) -> None:
    caps = Caps(rows, shop.clock)
    limits = [Limit(per=Per.ACCOUNT, most=20, within=Period.DAY), Limit(per=Per.ACCOUNT, most=33, within=Period.MONTH)]
    platform = Platform(caps=limits)

    def lease(wanted: int, token: str, lasting: int = 60 * SECOND, *, account_id: str = "sms-1") -> int:
        with caps.lease(account_id, platform, wanted, token=token, lasting=lasting) as part:
            part.used = part.count
        return part.count

    def send(account_id: str = "sms-1", **called: int) -> Mapping[str, int]:
        now = micros(shop.clock.now())
        return rows.run(lambda connection: call(connection, account_id, platform, called, now))

    assert lease(12, "a") == 12
    assert lease(12, "b", lasting=0) == 8, "and its process dies"
    assert lease(12, "c") == 8
    assert send(a=5, b=3) == {"a": 5, "b": 0}, "what was leased to others is theirs"
    assert lease(1, "d") == 0
    assert send(a=9, c=2) == {"a": 7, "c": 2}
    shop.clock.advance(24 * HOUR)
    assert send(c=6) == {"c": 6}, "there is room in the next day"
    assert [lease(20, "e"), lease(20, "f")] == [13, 0], "the month has no more"
    rng, sent = random.Random(3), Counter[int]()
    for number in range(90):  # batches that are called late, in another period, or not at all
        lease(rng.randint(1, 9), f"t{number}", rng.choice([0, 60 * SECOND]), account_id="sms-2")
        chosen = {f"t{rng.randint(max(number - 5, 0), number)}": rng.randint(1, 9) for _ in range(2)}
        sent[number // 30] += sum(send("sms-2", **chosen).values())
        if number % 30 == 29:
            shop.clock.advance(24 * HOUR)
    assert 20 >= max(sent.values()) > 10
    assert 33 >= sent.total() > 25


def test_what_goes_back_uncalled_leaves_its_room_to_others(followers: Followers) -> None:
    """The account is paused while messages of one template are called for, and those of another wait."""
    people, shop = followers.new(4, phone=True), followers.shop
    narrow = channels_pb2.Account(account_id="capped-1", max_in_flight=1)
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=narrow, update_mask={"paths": ["max_in_flight"]}))
    shop.told.delay = 1.0
    messages = [
        followers.coupon(customer_id, CAPPED, template_id=template_id)
        for customer_id, template_id in zip(people.values(), ("coupon", "coupon", "stock", "stock"), strict=True)
    ]
    ids = shop.send(*messages)
    deadline = time.monotonic() + 60
    while not (called := [one for one in map(shop.get, ids) if state_name(one) == "calling"]):
        assert time.monotonic() < deadline
    assert len(called) in (1, 2)  # of those that it may be called for at one time
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="capped-1"))
    shop.when(lambda one: state_name(one) != "claimed", *ids)
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="capped-1"))
    assert [shop.state_of(one) for one in ids] == ["sent"] * 4, "all that it may send in a day"
