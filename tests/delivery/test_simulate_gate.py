"""SimulateGate: what it says of a plan is what the gate then does when the plan is sent, and it takes nothing."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from support.delivery.platforms import CAPPED, GRANTED, Followers
from support.delivery.shop import Shop, stamp, state_name
from support.status import failure
from tidegate.api.delivery.v1 import decisions_pb2, frequency_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb_delivery
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.store.tables import DECISIONS, LEDGER, MESSAGES
from tidegate.runtime.db import Database

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DEFER, NEXT = frequency_pb2.EXCEED_POLICY_DEFER, frequency_pb2.EXCEED_POLICY_NEXT_CHANNEL
GRANTED_VERDICT = decisions_pb2.VERDICT_GRANTED
Plan = Sequence[tuple[datetime, messages_pb2.OutgoingMessage]]


def simulate(shop: Shop, plan: Plan) -> list[pb.SimulatedMessage]:
    planned = [pb.PlannedMessage(message=message, time=stamp(at)) for at, message in plan]
    return list(shop.policies.SimulateGate(pb.SimulateGateRequest(messages=planned)).results)


def told(one: pb.SimulatedMessage) -> tuple[str, str, datetime | None]:
    """What becomes of a message, on which channel, and when it is sent."""
    decision = one.decision
    state = "sent" if decision.verdict == GRANTED_VERDICT else "dropped"
    if decision.reason:
        state += f":{messages_pb2.DropReason.Name(decision.reason).removeprefix('DROP_REASON_').lower()}"
    return state, decision.channel, one.sent_time.ToDatetime(UTC) if one.HasField("sent_time") else None


def became(message: messages_pb2.Message) -> tuple[str, str, datetime | None]:
    sent = [attempt.start_time.ToDatetime(UTC) for attempt in message.attempts]
    return state_name(message), message.channel, sent[0] if sent else None


def send_really(shop: Shop, plan: Plan) -> list[messages_pb2.Message]:
    """Sends the plan with the clock driven along: to each planned time, and to each time at which something wakes."""
    ids: dict[int, str] = {}
    waiting = dict(enumerate(plan))
    while True:
        for index in [index for index, (at, _) in waiting.items() if at <= shop.clock.now()]:
            [ids[index]] = shop.send(waiting.pop(index)[1])
        shop.suite.settle()
        found = {index: shop.get(message_id) for index, message_id in ids.items()}
        wakes = [one.wake_time.ToDatetime(UTC) for one in found.values() if one.HasField("wake_time")]
        if not waiting and not wakes:
            return [found[index] for index in range(len(plan))]
        shop.clock.advance(min([at for at, _ in waiting.values()] + wakes) - shop.clock.now())


def limits(shop: Shop) -> None:
    """Rules of each way to exceed them, and quiet nights in Shanghai."""
    shop.rule("sms-gap", 1, 0.25, channels=["sms"], on_exceed=DEFER)
    shop.rule("sms-week", 4, 7, channels=["sms"], on_exceed=NEXT)
    shop.rule("all-days", 3, 1)
    night = policies_pb2.LocalWindow(start="22:00", end="08:00")
    quiet = policies_pb2.QuietHours(quiet_hours_id="night", windows=[night])
    shop.policies.CreateQuietHours(pb.CreateQuietHoursRequest(quiet_hours=quiet))


def test_it_says_what_the_gate_then_does(shop: Shop) -> None:
    limits(shop)
    customers = [*shop.customers(3), *shop.customers(1, phone=False), *shop.customers(1, consent=False)]
    shop.final(*shop.send(*(shop.message(one) for one in customers[:2])))
    shop.suite.settle()
    rng, begin = random.Random(5), shop.clock.now()
    plan: list[tuple[datetime, messages_pb2.OutgoingMessage]] = []
    for number, hour in enumerate(sorted([1, 2.9, 8.7, 23.1] * 6)):  # nothing is new when something wakes
        at, customer_id = begin + hour * HOUR, customers[number % 6 % 5]
        channels = rng.choice([("sms",), ("sms", "email")])
        expires = {"expire_time": stamp(at + 20 * HOUR)} if number % 3 else {}
        message = shop.message(customer_id, *channels, priority=rng.choice([0, 5]), **expires)
        if number % 4 == 0 and number >= 6:
            message.content_key = plan[-6][1].content_key
        plan.append((at, message))
    foreseen = [told(one) for one in simulate(shop, plan)]
    really = [became(one) for one in send_really(shop, plan)]
    assert foreseen == really
    assert {"sent", "dropped:frequency", "dropped:no_consent", "dropped:repeated"} <= {state for state, *_ in really}
    late = [at - planned for (_, _, at), (planned, _) in zip(really, plan, strict=True) if at]
    assert max(late) > 2 * HOUR, "some were deferred, and sent"
    assert {channel for state, channel, _ in really if state == "sent"} == {"sms", "email"}


def test_it_takes_nothing_and_a_thousand_go_at_once(shop: Shop, rows: Database) -> None:
    limits(shop)
    customers = shop.customers(200)
    shop.suite.settle()
    begin = shop.clock.now()
    plan = [(begin + index * timedelta(minutes=3), shop.message(customers[index % 200])) for index in range(1_000)]
    before = counts(rows)
    simulate(shop, plan[:1])
    begun = time.process_time()
    results = simulate(shop, plan)
    assert time.process_time() - begun < 2.0, "each decision costs little, whatever else the machine does"
    assert counts(rows) == before
    granted = [one for one in results if one.decision.verdict == GRANTED_VERDICT]
    assert len(granted) == 200 * 4, "four a week by SMS, the fifth has no other channel"
    assert {one.decision.reason for one in results if one not in granted} == {messages_pb2.DROP_REASON_FREQUENCY}


def counts(rows: Database) -> list[int]:
    with rows.read() as connection:
        tables = (MESSAGES, LEDGER, DECISIONS)
        return [connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]


def test_what_is_wrong_with_a_planned_message_is_said_of_it_alone(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    shop.suite.settle()
    now = shop.clock.now()
    bare = shop.message(customer_id, idempotency_key="", template_id="")
    plan = [
        (now, shop.message(customer_id, "pigeon")),
        (now + 400 * DAY, bare),
        (now - DAY, bare),
        (now + 200 * DAY, shop.message(customer_id, priority=-1)),
        (now + 200 * DAY, bare),
    ]
    unknown, late, past, wrong, fine = simulate(shop, plan)
    assert [one.error.field_violations[0].field for one in (unknown, late, wrong)] == [
        "messages[0].message.channels[0]",
        "messages[1].time",
        "messages[3].message.priority",
    ]
    assert past.decision.verdict == fine.decision.verdict == GRANTED_VERDICT
    assert (past.decision.account_id, past.sent_time.ToDatetime(UTC)) == ("sms-1", now)
    refused = failure(lambda: shop.policies.SimulateGate(pb.SimulateGateRequest()))
    assert list(refused.violations) == ["messages"]


def test_a_suppression_ends_and_what_has_no_known_end_stays_deferred(shop: Shop) -> None:
    one, other = shop.customers(2)
    suppression = policies_pb2.Suppression(customer_id=one, expire_time=stamp(shop.clock.now() + DAY))
    shop.policies.CreateSuppression(pb.CreateSuppressionRequest(suppression=suppression))
    audience = frequency_pb2.RuleAudience(segment_id="vip")
    shop.rule("vips", 1, 1, channels=["email"], audience=audience)
    shop.suite.settle()
    now = shop.clock.now()
    same = {"content_key": "same"}
    plan: Plan = [
        (now, shop.message(one)),
        (now + DAY, shop.message(one, **same)),
        (now + DAY, shop.message(one, **same)),
        (now, shop.message(other, "email")),
    ]
    early, later, again, waiting = simulate(shop, plan)
    assert told(early)[0] == "dropped:suppressed"
    assert told(later)[0] == "sent"
    assert told(again)[0] == "dropped:repeated"
    assert again.decision.facts["first_message_id"] == "messages[1]"
    assert (waiting.decision.verdict, waiting.HasField("sent_time")) == (decisions_pb2.VERDICT_DEFERRED, False)
    assert waiting.decision.facts["awaits"] == "vip"


def test_credits_and_what_an_account_may_send_in_a_day_are_used_up(followers: Followers) -> None:
    people, shop = followers.new(5, phone=True), followers.shop
    openid, customer_id = next(iter(people.items()))
    followers.record(followers.tap(openid, count=2))
    shop.suite.settle()
    now = shop.clock.now()
    plan: Plan = [
        *((now + number * HOUR, followers.coupon(customer_id, GRANTED)) for number in range(3)),
        *((now, followers.coupon(one, CAPPED)) for one in people.values()),
    ]
    results = [told(one) for one in simulate(shop, plan)]
    assert [state for state, *_ in results] == ["sent", "sent", "dropped:no_credit", *["sent"] * 5]
    midnight = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)  # in China
    assert sorted(at for _, channel, at in results if channel == CAPPED and at) == [*[now] * 4, midnight]
    assert followers.left([customer_id]) == [2]


def test_what_one_account_lacks_another_of_the_channel_has(followers: Followers) -> None:
    """An app of its own, room in its day, and brands: each plan goes as it then really does."""
    shop = followers.shop
    followers.account("mini-2", GRANTED, "granted", appid="wx2")
    followers.account("capped-2", CAPPED, "capped", brands=["outlet"])
    [(theirs, one)] = followers.new(1, phone=True).items()
    [(others, other)] = followers.new(1, openids="wechat.openid:wx2").items()
    followers.record(followers.tap(theirs), followers.tap(others, account_id="mini-2"))
    people = [*followers.new(9, phone=True).values()]
    shop.suite.settle()
    now = shop.clock.now()
    plan: Plan = [
        *((now, followers.coupon(customer_id, GRANTED)) for customer_id in (one, other)),
        *((now, followers.coupon(customer_id, CAPPED)) for customer_id in people[:4]),
        *((now + HOUR, followers.coupon(customer_id, CAPPED, brand="outlet")) for customer_id in people[4:8]),
    ]
    late = (now + HOUR, followers.coupon(people[8], CAPPED, brand="outlet"))
    *foreseen, waiting = simulate(shop, [*plan, late])
    midnight = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)  # in China
    assert told(waiting) == ("sent", CAPPED, midnight), "both accounts have sent all they may"
    really = send_really(shop, plan)
    assert [told(one) for one in foreseen] == [became(one) for one in really]
    by = [one.decision.account_id for one in foreseen]
    assert by == ["mini", "mini-2", *["capped-1"] * 4, *["capped-2"] * 4] == [one.account_id for one in really]
    question = pb_delivery.CheckEligibilityRequest(messages=[followers.coupon(people[8], CAPPED, brand="outlet")])
    [asked] = shop.delivery.CheckEligibility(question).results
    assert asked.decision.verdict == decisions_pb2.VERDICT_DEFERRED
    followers.account("capped-3", CAPPED, "capped")
    [asked] = shop.delivery.CheckEligibility(question).results
    assert (asked.decision.verdict, asked.decision.account_id) == (GRANTED_VERDICT, "capped-3")
