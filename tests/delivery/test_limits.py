"""Frequency rules and quiet hours through the contract: counted, explained, deferred, released."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from support.delivery.shop import Shop, stamp, state_name
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import decisions_pb2, frequency_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.identity.v1 import merges_pb2, references_pb2
from tidegate.channels import Outcome
from tidegate.delivery.store.projections import lock_cursor
from tidegate.delivery.store.tables import CUSTOMERS, STATES
from tidegate.runtime.db import Database, real_now


def test_a_limit_stops_what_is_over_it_and_explains_why(shop: Shop) -> None:
    shop.rule("sms-daily", 1, 1, channels=["sms"])
    customer_id = shop.customers(1)[0]
    first, second = shop.send(shop.message(customer_id), shop.message(customer_id))
    assert {shop.state_of(first), shop.state_of(second)} == {"sent", "dropped:frequency"}
    stopped = next(one for one in (first, second) if shop.state_of(one) != "sent")
    decision = shop.explain(stopped).decisions[-1]
    assert decision.check == decisions_pb2.GATE_CHECK_FREQUENCY
    finding = decision.findings[0]
    assert (finding.rule_id, finding.counted, finding.limit) == ("sms-daily", 1, 1)
    assert finding.free_time.ToDatetime() - decision.time.ToDatetime() == timedelta(days=1)
    free = f"{finding.free_time.ToDatetime():%Y-%m-%d %H:%M:%S} UTC"
    assert f"(sms-daily counts 1 of 1, by version 1, free at {free})" in decision.text


def test_a_deferred_message_goes_when_its_slot_is_free(shop: Shop) -> None:
    shop.rule("all", 1, 1, on_exceed=frequency_pb2.EXCEED_POLICY_DEFER)
    customer_id = shop.customers(1)[0]
    first = shop.send(shop.message(customer_id))[0]
    shop.final(first)
    shop.clock.advance(timedelta(hours=1))
    second = shop.send(shop.message(customer_id, "email"))[0]
    deferred = shop.when(lambda one: one.HasField("wake_time"), second)[0]
    assert deferred.wake_time.ToDatetime() - deferred.accept_time.ToDatetime() == timedelta(hours=23)
    shop.clock.advance(timedelta(hours=23) - timedelta(microseconds=1))
    shop.suite.settle()
    assert state_name(shop.get(second)) == "deferred"
    shop.clock.advance(timedelta(microseconds=1))
    assert shop.state_of(second) == "sent"


def test_what_can_not_wait_long_enough_ends_at_once(shop: Shop) -> None:
    shop.rule("all", 1, 30, on_exceed=frequency_pb2.EXCEED_POLICY_DEFER)
    customer_id = shop.customers(1)[0]
    shop.final(shop.send(shop.message(customer_id))[0])
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "dropped:frequency"


def test_a_rule_may_lead_to_the_next_channel(shop: Shop) -> None:
    shop.rule("sms", 0, 1, channels=["sms"], on_exceed=frequency_pb2.EXCEED_POLICY_NEXT_CHANNEL)
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id, "sms", "email"))[0]
    assert shop.state_of(message_id) == "sent"
    assert shop.get(message_id).channel == "email"


def test_a_reservation_moves_along_the_chain_and_nobody_takes_it_meanwhile(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    shop.told.answer = lambda one: Outcome.permanent("no") if one.address.startswith("+") else Outcome.accepted("p")
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="email-1"))
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id, "sms", "email"))[0]
    shop.when(lambda one: one.channel == "email", message_id)
    assert slot_of(shop, message_id) == (pb.LEDGER_STATE_RESERVED, "sms")
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "dropped:frequency"
    shop.clock.advance(timedelta(minutes=5))
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="email-1"))
    assert shop.state_of(message_id) == "sent"
    story = shop.explain(message_id)
    assert [one.channel for one in story.message.attempts] == ["sms", "email"]
    assert slot_of(shop, message_id) == (pb.LEDGER_STATE_COMMITTED, "email")
    assert story.ledger_entry.counted_time == story.decisions[-1].time, "counted when it was let go"


def test_a_reservation_is_held_between_two_tries_and_ends_with_its_message(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    shop.told.answer = lambda _one: Outcome.retryable("busy", retry_after=timedelta(hours=1))
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id))[0]
    shop.when(lambda one: state_name(one) == "deferred", message_id)
    assert slot_of(shop, message_id)[0] == pb.LEDGER_STATE_RESERVED
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "dropped:frequency"
    shop.delivery.CancelMessages(pb.CancelMessagesRequest(message_ids=[message_id]))
    assert slot_of(shop, message_id)[0] == pb.LEDGER_STATE_RELEASED
    shop.told.answer = None
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "sent"


def test_a_reservation_is_given_back_when_the_gate_puts_the_next_channel_off(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    shop.rule("mail", 0, 1, channels=["email"])
    shop.told.answer = lambda one: Outcome.permanent("no") if one.address.startswith("+") else Outcome.accepted("p")
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id, "sms", "email"))[0]
    assert shop.state_of(message_id) == "dropped:frequency"
    assert [one.rule_id for one in shop.explain(message_id).decisions[-1].findings] == ["mail"]
    assert slot_of(shop, message_id) == (pb.LEDGER_STATE_RELEASED, "sms")


def slot_of(shop: Shop, message_id: str) -> tuple[int, str]:
    """The state and the channel of the message's slot."""
    entry = shop.explain(message_id).ledger_entry
    return entry.state, entry.channel


def test_other_classes_pass_and_are_not_counted(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    customer_id = shop.customers(1)[0]
    codes = [shop.message(customer_id, message_class=messages_pb2.MESSAGE_CLASS_VERIFICATION) for _ in range(3)]
    assert {shop.state_of(one) for one in shop.send(*codes)} == {"sent"}
    assert shop.state_of(shop.send(shop.message(customer_id))[0]) == "sent"


def test_quiet_hours_hold_marketing_until_they_end(shop: Shop) -> None:
    window = policies_pb2.LocalWindow(start="09:00", end="12:00")
    quiet = policies_pb2.QuietHours(quiet_hours_id="night", windows=[window])
    shop.policies.CreateQuietHours(policy_pb2.CreateQuietHoursRequest(quiet_hours=quiet))
    customer_id = shop.customers(1)[0]  # 10:00 in Shanghai
    message_id = shop.send(shop.message(customer_id))[0]
    deferred = shop.when(lambda one: one.HasField("wake_time"), message_id)[0]
    assert deferred.wake_time.ToDatetime() - deferred.accept_time.ToDatetime() == timedelta(hours=2)
    assert "it is quiet for the customer (by night (version 1)), until" in shop.explain(message_id).summary
    shop.clock.advance(timedelta(hours=2))
    assert shop.state_of(message_id) == "sent"


def test_eligibility_asks_the_same_gate_and_takes_nothing(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    customer_id, nobody = shop.customers(1)[0], shop.customers(1, consent=False)[0]
    asked = pb.CheckEligibilityRequest(
        messages=[shop.message(customer_id), shop.message(customer_id), shop.message(nobody)]
    )
    shop.suite.settle()
    verdicts = [one.decision.verdict for one in shop.delivery.CheckEligibility(asked).results]
    assert verdicts == [
        decisions_pb2.VERDICT_GRANTED,
        decisions_pb2.VERDICT_GRANTED,
        decisions_pb2.VERDICT_DROPPED,
    ]
    shop.final(shop.send(shop.message(customer_id))[0])
    again = shop.delivery.CheckEligibility(asked).results[0].decision
    assert again.reason == messages_pb2.DROP_REASON_FREQUENCY
    assert again.findings[0].counted == 1


def test_eligibility_says_what_it_rests_on(shop: Shop, rows: Database) -> None:
    shop.rule("all", 1, 1)
    customer_id = shop.customers(1)[0]
    asked = pb.CheckEligibilityRequest(messages=[shop.message(customer_id)])
    shop.suite.settle()
    before = shop.delivery.CheckEligibility(asked).results[0].decision
    assert (before.account_id, before.policy_version) == ("sms-1", 1)
    assert before.identity_position > 0
    assert not before.facts
    with rows.write() as connection:  # delivery hears nothing of identity meanwhile
        lock_cursor(connection, "identity")
        email = common_pb2.Identifier(namespace="email", value="second@example.com")
        customer = references_pb2.CustomerReference(customer_id=customer_id)
        link = merges_pb2.IdentifierLink(customer=customer, identifiers=[email], source="test")
        shop.identity.LinkIdentifiers(merges_pb2.LinkIdentifiersRequest(links=[link]))
        behind = shop.delivery.CheckEligibility(asked).results[0].decision
    assert behind.identity_position == before.identity_position < int(behind.facts["identity_position"])
    assert f"it knows what stands up to {before.identity_position}." in behind.text


def test_eligibility_asks_by_brand_and_by_what_sends_now(shop: Shop) -> None:
    shop.account("push", "push-a", brands=["a"])
    shop.template("push", ["push", "sms"])
    customer_id = shop.customers(1)[0]
    shop.suite.settle()
    asked = pb.CheckEligibilityRequest(
        messages=[
            shop.message(customer_id, "push", "sms", template_id="push", brand="a"),
            shop.message(customer_id, "push", "sms", template_id="push", brand="b"),
        ]
    )
    of_a, of_b = (one.decision for one in shop.delivery.CheckEligibility(asked).results)
    assert (of_a.verdict, of_a.channel) == (decisions_pb2.VERDICT_GRANTED, "sms"), "has no device"
    assert (of_b.verdict, of_b.channel) == (decisions_pb2.VERDICT_DEFERRED, "push"), "waits for an account"
    assert "no account sends" in of_b.facts["account"]
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="push-a"))
    paused = shop.delivery.CheckEligibility(asked).results[0].decision
    assert (paused.verdict, paused.channel) == (decisions_pb2.VERDICT_DEFERRED, "push")


def test_an_override_passes_and_counts_and_needs_its_reason(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    customer_id = shop.customers(1)[0]
    shop.final(shop.send(shop.message(customer_id))[0])
    overriding = messages_pb2.MESSAGE_CLASS_MARKETING_OVERRIDE
    refused = shop.try_send(shop.message(customer_id, message_class=overriding))[0]
    assert refused.error.field_violations[0].field == "messages[0].override"
    override = messages_pb2.Override(reason="recall of a product")
    override.end_time.FromDatetime(shop.clock.now() + timedelta(days=1))
    passed = shop.send(shop.message(customer_id, message_class=overriding, override=override))[0]
    assert shop.state_of(passed) == "sent"
    story = shop.explain(passed)
    assert story.HasField("ledger_entry")
    assert story.decisions[0].facts["overridden_rules"] == "all (version 1)"
    assert "by its caller's override until 2" in story.decisions[0].text
    assert "Its caller overrides limits and quiet hours: recall of a product." in story.summary


def test_a_grant_says_by_which_exemption_it_was_given(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    exempted, other = shop.customers(2)
    end = stamp(shop.clock.now() + timedelta(days=1))
    exemption = policies_pb2.Exemption(
        exemption_id="vip",
        customers=policies_pb2.CustomerList(customer_ids=[exempted]),
        rule_ids=["all"],
        reason="asked for it",
        end_time=end,
    )
    shop.policies.CreateExemption(policy_pb2.CreateExemptionRequest(exemption=exemption))
    first, second, third = shop.send(shop.message(exempted), shop.message(exempted), shop.message(other))
    assert {shop.state_of(one) for one in (first, second, third)} == {"sent"}
    decisions = sorted((shop.explain(one).decisions[0] for one in (first, second)), key=lambda one: len(one.facts))
    assert [dict(one.facts) for one in decisions] == [
        {},
        {"exempted_from": "all (version 1)", "exemptions": "vip (version 1)"},
    ]
    assert "since the customer is exempted from all (version 1) by vip (version 1)" in decisions[1].text


def test_a_rule_for_ever_holds_its_customer_and_nobody_else(shop: Shop) -> None:
    window = policies_pb2.LocalWindow(start="03:00", end="03:01")
    quiet = policies_pb2.QuietHours(quiet_hours_id="night", windows=[window])
    shop.policies.CreateQuietHours(policy_pb2.CreateQuietHoursRequest(quiet_hours=quiet))
    ever = common_pb2.Interval(
        start=stamp(datetime(2020, 1, 1, tzinfo=UTC)), end=stamp(datetime(9999, 12, 31, tzinfo=UTC))
    )
    rule = frequency_pb2.FrequencyRule(
        rule_id="ever",
        window=frequency_pb2.RuleWindow(dated=frequency_pb2.DatedWindow(interval=ever)),
        max=1,
        on_exceed=frequency_pb2.EXCEED_POLICY_DEFER,
    )
    shop.policies.CreateFrequencyRule(policy_pb2.CreateFrequencyRuleRequest(frequency_rule=rule))
    held, other = shop.customers(2)
    shop.final(shop.send(shop.message(held))[0])
    second, others = shop.send(shop.message(held), shop.message(other))
    assert (shop.state_of(second), shop.state_of(others)) == ("dropped:frequency", "sent")


def test_a_message_that_can_not_be_decided_keeps_no_other_waiting(shop: Shop, rows: Database) -> None:
    customers = shop.customers(5)
    shop.suite.settle()
    with rows.write() as connection:
        broken = sa.update(CUSTOMERS).where(CUSTOMERS.c.customer_id == customers[2])
        connection.execute(broken.values(consents="no list"))
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    sent = shop.send(*(shop.message(one) for one in customers))
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    bad = sent.pop(2)
    assert {shop.state_of(one) for one in sent} == {"sent"}
    assert state_name(shop.get(bad)) == "accepted"
    with rows.read() as connection:
        state = connection.execute(sa.select(STATES).where(STATES.c.message_id == bad)).one()
        now = connection.scalar(sa.select(real_now()))
    assert state.lease_until_real - now > 50_000_000, "it is tried again later"
