"""The gate's order, and its counting against a plain recount."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.budget import budget
from support.delivery.facts import (
    ADDRESS,
    AGREED,
    NOW,
    OPENID,
    PHONE,
    POINTS,
    Known,
    RejectedBy,
    gate,
    message,
    suppressed,
)
from tidegate.delivery.gate import Fellow, Gate, consented, ranking
from tidegate.delivery.gatekeeper import slot
from tidegate.delivery.instants import DAY
from tidegate.delivery.model import (
    Address,
    Consent,
    ContactPoints,
    CustomerFacts,
    DropReason,
    Facts,
    RecipientKind,
    Verdict,
    rank,
)
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import FrequencyRule, OnExceed, Rolling

CLOSED = Known(rules=RuleSet.compile([FrequencyRule(rule_id="closed", window=Rolling(DAY), limit=0)], "UTC"))
NOT_OURS = replace(CLOSED, ownership={"": frozenset({"theirs"})})
NOBODY = CustomerFacts(1)


@pytest.mark.parametrize(
    ("policies", "changes", "customer", "points", "reason"),
    [
        (NOT_OURS, {"expire_time": NOW}, NOBODY, None, DropReason.EXPIRED),
        (NOT_OURS, {}, NOBODY, None, DropReason.NOT_OWNER),
        (CLOSED, {"holdout_experiment": "e"}, NOBODY, None, DropReason.NO_CONSENT),
        (CLOSED, {}, replace(AGREED, erased=True), POINTS, DropReason.SUPPRESSED),
        (CLOSED, {}, replace(AGREED, suppressed=[suppressed()]), None, DropReason.SUPPRESSED),
        (CLOSED, {"holdout_experiment": "e"}, AGREED, None, DropReason.NO_ADDRESS),
        (CLOSED, {"template_id": "gone"}, AGREED, POINTS, DropReason.TEMPLATE_INVALID),
        (CLOSED, {"holdout_experiment": "e"}, AGREED, POINTS, DropReason.HELD_OUT),
        (CLOSED, {}, AGREED, POINTS, DropReason.FREQUENCY),
    ],
)
def test_the_first_check_that_says_no_decides(
    policies: Known,
    changes: dict[str, object],
    customer: CustomerFacts,
    points: ContactPoints | None,
    reason: DropReason,
) -> None:
    decision = gate(policies).decide(message(1, **changes), customer, points)
    assert (decision.verdict, decision.reason) == (Verdict.DROPPED, reason)


@pytest.mark.parametrize("number", [0, 1])
def test_what_one_channel_lacks_leads_to_the_next(number: int) -> None:
    chained = message(channels=("sms", "email"), channel_index=number)
    verdict = gate().decide(chained, NOBODY, POINTS).verdict
    assert verdict is (Verdict.NEXT_CHANNEL if number == 0 else Verdict.DROPPED)


@pytest.mark.parametrize(
    ("template", "other", "is_left"),
    [
        (RejectedBy("a"), PHONE, True),
        (RejectedBy("a"), PHONE._replace(brands=("ours",)), True),
        (RejectedBy("a"), PHONE._replace(brands=("theirs",)), False),
        (RejectedBy("a", "b"), PHONE, False),
        (RejectedBy("a"), OPENID, True),
        (RejectedBy("a"), OPENID._replace(namespace="elsewhere"), False),
    ],
)
def test_what_this_account_lacks_is_left_to_another_of_the_channel_that_has_it(
    template: RejectedBy, other: Fellow, *, is_left: bool
) -> None:
    points = replace_addresses(ADDRESS, Address("openid", "o1", "key-2"))
    decision = replace(gate(), templates={"t": template}, others=[other]).decide(message(brand="ours"), AGREED, points)
    assert decision.verdict is (Verdict.DEFERRED if is_left else Verdict.DROPPED)
    assert decision.left_to == (("b",) if is_left else ())


def test_a_customer_whom_only_the_other_account_reaches_is_left_to_it() -> None:
    points = replace_addresses(Address("openid", "o1", "key-2"))
    for other, is_left in ((OPENID, True), (PHONE, False)):
        decision = replace(gate(), others=[other]).decide(message(), AGREED, points)
        assert (decision.reason, bool(decision.left_to)) == (DropReason.NO_ADDRESS, is_left)


def replace_addresses(*addresses: Address) -> ContactPoints:
    return POINTS._replace(addresses=addresses)


def test_a_suppressed_address_leaves_the_customers_other_one() -> None:
    other = Address("phone", "+8613911111111", "other")
    both = ContactPoints(1, [ADDRESS, other], "", "")
    customer = replace(AGREED, suppressed=[suppressed(customer_id=0, address_key="key")])
    assert gate().decide(message(), customer, both).address == other
    assert gate().decide(message(), customer, POINTS).reason is DropReason.SUPPRESSED


def test_the_address_that_the_caller_named_is_used() -> None:
    other = Address("phone", "+8613911111111", "other")
    both = ContactPoints(1, [ADDRESS, other], "", "")
    assert gate().decide(message(), AGREED, both, other.key).address == other


def test_staff_pass_everything_but_state_and_template() -> None:
    staff = message(recipient_kind=RecipientKind.STAFF, entity_id="li.ming", customer_id=0)
    decision = gate(CLOSED).decide(staff, CustomerFacts(0), None)
    assert decision.verdict is Verdict.GRANTED
    assert not decision.counts


consents = st.builds(
    Consent,
    purpose=st.sampled_from(["marketing", "service"]),
    channel=st.sampled_from(["", "sms", "email"]),
    brand=st.sampled_from(["", "b"]),
    granted=st.booleans(),
    time=st.integers(0, 3),
)


@given(st.lists(consents, max_size=6), st.sampled_from(["", "b"]))
def test_the_newest_decision_that_covers_a_message_counts_and_a_tie_denies(
    given_consents: list[Consent], brand: str
) -> None:
    covering = [
        one
        for one in given_consents
        if one.purpose == "marketing" and one.channel in ("", "sms") and one.brand in ("", brand)
    ]
    newest = max((one.time for one in covering), default=None)
    expected = newest is not None and all(one.granted for one in covering if one.time == newest)
    assert consented(given_consents, message(brand=brand), frozenset({"marketing"})) is expected


rules = st.lists(
    st.builds(
        FrequencyRule,
        rule_id=st.uuids().map(str),
        window=st.integers(1, 5).map(lambda days: Rolling(days * DAY)),
        limit=st.integers(0, 3),
        channels=st.sampled_from([frozenset(), frozenset({"sms"}), frozenset({"email"})]),
        on_exceed=st.sampled_from(OnExceed),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda rule: rule.rule_id,
)
steps = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["sms", "email"])), max_size=25)


@settings(max_examples=budget(150, 1_000))
@given(rules, steps)
def test_what_is_granted_never_exceeds_a_limit(some: Sequence[FrequencyRule], walk: list[tuple[int, str]]) -> None:
    """Recounted plainly: at every grant, the rows of each rule's window, that one included, are within its limit."""
    policies = Known(rules=RuleSet.compile(some, "UTC"))
    customer = replace(AGREED, rows=[])
    now = NOW
    for number, (hours, channel) in enumerate(walk):
        now += hours * 3_600_000_000
        asked = message(number, channel=channel, channels=(channel,), expire_time=now + 90 * DAY)
        decision = gate(policies, now=now).decide(asked, customer, POINTS)
        may = all(counted(rule, customer, now) < (rule.limit or 0) for rule in some if applies(rule, channel))
        assert (decision.verdict is Verdict.GRANTED) == may
        if decision.counts:
            customer.rows.append(slot(asked, decision))
        if decision.verdict is Verdict.DEFERRED:
            assert decision.wake_time is not None
            woken = gate(policies, now=decision.wake_time).decide(asked, customer, POINTS)
            assert woken.verdict is Verdict.GRANTED


def applies(rule: FrequencyRule, channel: str) -> bool:
    return not rule.channels or channel in rule.channels


def counted(rule: FrequencyRule, customer: CustomerFacts, now: int) -> int:
    assert isinstance(rule.window, Rolling)
    return sum(1 for row in customer.rows if applies(rule, row.channel) and row.counted_at > now - rule.window.length)


CHANNELS = ("sms", "email", "push")
spanning = st.lists(
    st.builds(
        FrequencyRule,
        rule_id=st.uuids().map(str),
        window=st.just(Rolling(7 * DAY)),
        limit=st.integers(0, 3),
        channels=st.frozensets(st.sampled_from(CHANNELS), max_size=2),
        on_exceed=st.just(OnExceed.DROP),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda rule: rule.rule_id,
)
queue = st.lists(st.tuples(st.sampled_from(CHANNELS), st.integers(-5, 5)), max_size=8)


def ranked(one: Facts) -> tuple[int, int, str]:
    return ranking.place(one, rank(one.message_class, one.priority))


@settings(max_examples=budget(100, 1_000))
@given(spanning, queue, st.data())
def test_whoever_decides_first_the_best_go(
    some: Sequence[FrequencyRule], sent: list[tuple[str, int]], data: st.DataObject
) -> None:
    """The same go as if all had stood in one queue; nobody waits for ever. A batch is any of a channel's."""
    asked = [
        message(number, channel=channel, channels=(channel,), priority=priority)
        for number, (channel, priority) in enumerate(sent)
    ]
    deciding = gate(Known(rules=RuleSet.compile(some, "UTC")))
    expected = CustomerFacts(1, consents=AGREED.consents)
    for one in sorted(asked, key=ranked):
        _take(deciding, one, expected)
    found = CustomerFacts(1, consents=AGREED.consents)
    waiting = sorted(asked, key=ranked)
    while waiting:
        channel = data.draw(st.sampled_from(sorted({one.channel for one in waiting})))
        of_channel = [one for one in waiting if one.channel == channel]
        batch = [one for one in of_channel if data.draw(st.booleans())] or of_channel[-1:]
        left = []
        for one in batch:
            better = [other for other in waiting if other not in batch and ranked(other) < ranked(one)]
            granted = deciding.decide(one, found, POINTS).verdict is Verdict.GRANTED
            if granted and better and deciding.gives_way(one, found, better):
                left.append(one)
            else:
                _take(deciding, one, found)
        assert waiting[0] not in left, "the best of all waits for nobody"
        waiting = [one for one in waiting if one not in batch or one in left]
    assert {row.message_id for row in found.rows} == {row.message_id for row in expected.rows}


def _take(deciding: Gate, one: Facts, customer: CustomerFacts) -> None:
    decision = deciding.decide(one, customer, POINTS)
    if decision.counts:
        customer.rows.append(ranking.taken(one, decision.time, decision.tier))


def test_who_would_not_go_is_not_waited_for() -> None:
    some = [FrequencyRule(rule_id="week", window=Rolling(7 * DAY), limit=1, on_exceed=OnExceed.DROP)]
    deciding = gate(Known(rules=RuleSet.compile(some, "UTC")))
    mine, better = message(1, channel="email"), message(2, channel="sms", priority=9)
    assert deciding.gives_way(mine, AGREED, [better])
    assert not deciding.gives_way(mine, AGREED, [better._replace(expire_time=1)])
    denied = CustomerFacts(
        1, consents=[*AGREED.consents, AGREED.consents[0]._replace(channel="sms", granted=False, time=2)]
    )
    assert not deciding.gives_way(mine, denied, [better])
    keeps_its_own = replace(AGREED, rows=[ranking.taken(better, NOW, "")])
    assert deciding.gives_way(mine, keeps_its_own, [better]), "its slot stands for itself"
    twice = [FrequencyRule(rule_id="week", window=Rolling(7 * DAY), limit=2, on_exceed=OnExceed.DROP)]
    assert not gate(Known(rules=RuleSet.compile(twice, "UTC"))).gives_way(mine, keeps_its_own, [better])


def test_of_the_same_content_the_better_goes_and_another_stops_nothing() -> None:
    deciding = replace(gate(), repeat_window=DAY)
    mine, better = message(1, channel="email", content_key="c"), message(2, priority=9, content_key="c")
    assert deciding.gives_way(mine, AGREED, [better])
    assert not deciding.gives_way(mine, AGREED, [better._replace(content_key="d")])
    before = message(3, priority=10, content_key="c", journey_id="j")
    repeated = better._replace(content_key="c", journey_id="")
    theirs = replace(AGREED, rows=[ranking.taken(before, NOW, "")._replace(journey_id="j", caller="crm")])
    again = mine._replace(journey_id="j", caller="crm")
    assert not deciding.gives_way(again, theirs, [repeated]), "who repeats what was sent is not waited for"


def test_no_more_rivals_are_asked_than_it_takes() -> None:
    some = [FrequencyRule(rule_id="week", window=Rolling(7 * DAY), limit=2, on_exceed=OnExceed.DROP)]
    deciding = gate(Known(rules=RuleSet.compile(some, "UTC")))
    better = [message(number, priority=9) for number in range(2, 90)]
    asked = iter(better)
    assert deciding.gives_way(message(1), AGREED, asked)
    assert next(asked) == better[2], "two fill what the rule allows"


def test_a_message_rests_the_longer_the_more_often_it_gave_way() -> None:
    rests = [ranking.rest(times) for times in range(ranking.MOST_TIMES)]
    assert rests == sorted(rests)
    assert sum(rests) < timedelta(minutes=10) / timedelta(microseconds=1)
