"""What is kept how long: contents, messages, slots that rules still count, keys, receipts, interactions."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from support.delivery.platforms import Followers
from support.delivery.shop import TRANSACTIONAL, Shop
from support.delivery.visits import ONE_CLICK, visit
from support.people import value
from support.privacy import dump, erase
from support.status import failure
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import frequency_pb2, receipts_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, references_pb2
from tidegate.api.journey.v1 import changes_pb2 as journey_pb2
from tidegate.api.journey.v1 import journeys_pb2
from tidegate.channels import Outcome
from tidegate.delivery import retaining
from tidegate.delivery.follow import apply_journey
from tidegate.delivery.instants import DAY
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.retaining import Retaining
from tidegate.delivery.store.tables import (
    CONTENTS,
    INTERACTIONS,
    JOURNEYS,
    LEDGER,
    MESSAGES,
    OPENINGS,
    RECEIPTS,
    STATES,
)
from tidegate.runtime.db import Database


def advance(shop: Shop, days: float) -> None:
    """Time passes, and everything is done that is to be done then."""
    shop.clock.advance(timedelta(days=days))
    shop.suite.settle()


def ids(rows: Database, table: sa.Table) -> set[str]:
    with rows.read() as connection:
        return set(connection.scalars(sa.select(table.c.message_id)))


def consents(shop: Shop, customer_id: int) -> Sequence[consents_pb2.Consent]:
    """As identity keeps them."""
    request = customers_pb2.GetCustomerRequest(customer=references_pb2.CustomerReference(customer_id=customer_id))
    return shop.identity.GetCustomer(request).customer.consents


def gone(shop: Shop, message_id: str) -> Any:
    return failure(lambda: shop.explain(message_id))


def test_what_is_over_goes_in_its_time_and_keys_and_slots_that_count_stay(shop: Shop, rows: Database) -> None:
    one, other = shop.customers(2)
    lifetime = frequency_pb2.RuleWindow(lifetime=frequency_pb2.LifetimeWindow())
    rule = frequency_pb2.FrequencyRule(
        rule_id="once",
        scope=frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_JOURNEY, id="spring"),
        window=lifetime,
        max=1,
    )
    shop.policies.CreateFrequencyRule(policy_pb2.CreateFrequencyRuleRequest(frequency_rule=rule))
    order = shop.message(one, "email", variables={"name": value("Wang Fang")})
    counted_order = shop.message(one, journey_id="spring")
    sent, counted = shop.send(order, counted_order)
    assert [shop.state_of(each) for each in (sent, counted)] == ["sent", "sent"]
    unknown = receipts_pb2.Receipt(
        account_id="sms-1", provider_message_id="nobody's", kind=receipts_pb2.RECEIPT_KIND_DELIVERED
    )
    shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[unknown]))
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    late_order = shop.message(other, message_class=TRANSACTIONAL)
    late_order.expire_time.FromDatetime(shop.clock.now() + timedelta(days=60))
    [late] = shop.send(late_order)

    advance(shop, 8)
    assert ids(rows, RECEIPTS) == set(), "it has waited for its message for long enough"
    assert ids(rows, CONTENTS) == {sent, counted, late}
    advance(shop, 23)
    assert ids(rows, CONTENTS) == {late}, "what waits is kept"
    assert "Wang Fang" not in dump(shop.suite, "delivery")
    assert [attempt.outcome for attempt in shop.get(sent).attempts] == [1]
    link = next(each.unsubscribe_url for each in shop.told.sent if each.message_id == sent)
    assert visit(link).status == 200
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert shop.state_of(late) == "sent"

    advance(shop, 370)
    assert ids(rows, MESSAGES) == ids(rows, STATES) == {late}
    assert ids(rows, LEDGER) == {counted}, "its rule counts it for ever"
    told = gone(shop, sent)
    assert (told.reason, told.message) == (
        "MESSAGE_NOT_FOUND",
        f"there is no message {sent}; messages are kept for 400 days after their end",
    )
    [again] = shop.try_send(order)
    assert (again.accepted.message_id, again.accepted.replayed) == (sent, True)
    assert shop.state_of(shop.send(shop.message(one, journey_id="spring"))[0]) == "dropped:frequency"
    assert 'name="keep" value="email/marketing" checked' in visit(link).text, "mails outlive messages"
    assert visit(link, method="POST", body=ONE_CLICK).status == 200
    assert visit(link[:-2] + "AA", method="POST", body=ONE_CLICK).status == 404
    shop.suite.settle()
    denied = [each for each in consents(shop, one) if each.decision == consents_pb2.DECISION_DENIED]
    assert [(each.purpose, each.channel) for each in denied] == [("marketing", "email")]
    assert shop.state_of(shop.send(shop.message(one, "email"))[0]).startswith("dropped:")
    shop.policies.DeleteFrequencyRule(policy_pb2.DeleteFrequencyRuleRequest(rule_id="once"))
    advance(shop, 401)
    assert ids(rows, MESSAGES) | ids(rows, LEDGER) == set()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retaining, "_BATCH", 2)


@pytest.mark.usefixtures("small_batches")
def test_it_goes_by_batches_and_on_after_an_end_and_passes_over_what_is_held(shop: Shop, rows: Database) -> None:
    counts: Counter[str] = Counter()

    def anew() -> Retaining:
        return Retaining(
            rows,
            shop.clock,
            Policies("UTC"),
            messages=400 * DAY,
            contents=30 * DAY,
            removed=lambda kind, count: counts.update({kind: count}),
        )

    sent = shop.send(*(shop.message(each) for each in shop.customers(7)))
    assert {each.state for each in shop.final(*sent)} == {5}
    shop.clock.advance(timedelta(days=500))
    retaining = anew()
    assert retaining.step()
    assert counts == {"contents": 2}
    retaining = anew()
    held = sent[3]
    if rows.dialect == "postgresql":
        with rows.write() as connection:
            connection.execute(sa.select(STATES).where(STATES.c.message_id == held).with_for_update())
            while retaining.step():
                pass
        assert (counts["messages"], ids(rows, MESSAGES)) == (6, {held})
    while retaining.step():
        pass
    assert ids(rows, MESSAGES) | ids(rows, STATES) | ids(rows, CONTENTS) | ids(rows, LEDGER) == set()
    assert counts == {"contents": 7, "messages": 7, "slots": 7}
    while retaining.step():
        pass
    assert counts.total() == 21


def test_what_has_ended_for_good_goes_and_what_is_paused_stays(shop: Shop, rows: Database) -> None:
    def told(state: journeys_pb2.JourneyState, *journey_ids: str) -> None:
        changes = []
        for journey_id in journey_ids:
            change = journey_pb2.Change(
                journey_state_changed=journey_pb2.JourneyStateChanged(journey_id=journey_id, state=state)
            )
            change.time.FromDatetime(shop.clock.now())
            changes.append(change)
        rows.run(lambda connection: apply_journey(connection, changes))

    told(journeys_pb2.JOURNEY_STATE_PAUSED, "paused", "ended", "resumed")
    told(journeys_pb2.JOURNEY_STATE_ARCHIVED, "ended", "resumed")
    told(journeys_pb2.JOURNEY_STATE_ACTIVE, "resumed")
    told(journeys_pb2.JOURNEY_STATE_PAUSED, "resumed")
    [one] = shop.customers(1)
    assert shop.state_of(shop.send(shop.message(one, journey_id="ended"))[0]) == "dropped:not_active"
    advance(shop, 401)
    with rows.read() as connection:
        assert set(connection.scalars(sa.select(JOURNEYS.c.id))) == {"paused", "resumed"}


def test_interactions_go_and_what_is_older_is_not_recorded_again(followers: Followers) -> None:
    shop = followers.shop
    [(openid, customer_id)] = followers.new(1).items()
    tap, opening = followers.tap(openid, count=2), followers.opening(openid)
    followers.record(tap, opening)
    advance(shop, 399)
    assert [each.duplicate for each in followers.record(tap, opening)] == [True, True]
    shop.clock.advance(timedelta(days=1))
    assert [each.duplicate for each in followers.record(tap)] == [True], "a day before it goes"
    advance(shop, 1)
    [result] = followers.try_record(tap)
    assert result.error.field_violations[0].description == "must be within the last 400 days"
    assert followers.left([customer_id]) == [2], "credits do not lapse"
    settings = shop.suite.process.settings
    database = Database.open(settings.database_of("delivery"), schema="delivery")
    with database.read() as connection:
        assert not [row for table in (INTERACTIONS, OPENINGS) for row in connection.execute(sa.select(table))]
    database.close()


def test_a_dead_address_is_erased_with_its_holder_though_nobody_knows_the_call_any_more(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    shop.told.answer = lambda _: Outcome.invalid_recipient("no such number")
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "failed:invalid_recipient"
    advance(shop, 31)
    known = dump(shop.suite, "delivery")
    assert known.count("1390000") == 1, "the suppression alone names it"
    erase(shop.identity, customer_id)
    shop.suite.settle()
    assert "1390000" not in dump(shop.suite, "delivery")
