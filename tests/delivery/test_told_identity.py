"""What delivery finds out, as identity keeps it: withdrawals are denials, dead addresses are marked."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from support.delivery.shop import Shop, stamp
from support.delivery.vault import VAULT
from support.feeds import changes
from support.people import identifier, who
from support.privacy import erase
from tidegate.api.delivery.v1 import changes_pb2, messages_pb2, receipts_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import changes_pb2 as identity_changes
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, events_pb2, merges_pb2
from tidegate.channels import Outcome
from tidegate.delivery.announce import Announcer
from tidegate.delivery.schema import FEED
from tidegate.runtime.clock import micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed

DENIED, GRANTED = consents_pb2.DECISION_DENIED, consents_pb2.DECISION_GRANTED


def decisions(shop: Shop, customer_id: int, *, history: bool = False) -> Sequence[consents_pb2.Consent]:
    """What the customer decided for `sms`."""
    request = consents_pb2.ListConsentsRequest(customer=who(customer_id), include_history=history)
    return [each for each in shop.identity.ListConsents(request).consents if each.channel == "sms"]


def grant(shop: Shop, customer_id: int) -> None:
    consent = consents_pb2.Consent(purpose="marketing", channel="sms", decision=GRANTED, source="desk")
    customer = consents_pb2.CustomerConsents(customer=who(customer_id), consents=[consent])
    shop.identity.SetConsents(consents_pb2.SetConsentsRequest(customers=[customer]))


def told(shop: Shop, kind: str) -> list[int]:
    """Whom identity's feed is about in changes of a kind, in order."""
    request = identity_changes.ListChangesRequest(kinds=[kind])
    return [change.customer_id for change in changes(shop.identity, request)]


def report(shop: Shop, message_id: str, kind: receipts_pb2.ReceiptKind) -> None:
    receipt = receipts_pb2.Receipt(account_id="sms-1", message_id=message_id, kind=kind)
    shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[receipt]))
    shop.suite.settle()


def sent(shop: Shop, customer_id: int) -> str:
    """A message that went out."""
    [message_id] = shop.send(shop.message(customer_id))
    assert shop.state_of(message_id) == "sent"
    return message_id


def announce(shop: Shop, rows: Database, change: changes_pb2.Change, customer_id: int) -> None:
    """Puts a change into delivery's feed."""
    with rows.write() as connection:
        Announcer(Feed(rows, FEED), VAULT).changes(connection, [(change, customer_id, micros(shop.clock.now()))])
    shop.suite.settle()


def phones(shop: Shop, customer_id: int) -> list[tuple[str, str]]:
    """The customer's phones as identity shows them, each with the channel on which it was found dead."""
    request = customers_pb2.GetCustomerRequest(customer=who(customer_id))
    links = shop.identity.GetCustomer(request).customer.identifiers
    return [(each.identifier.value, each.invalid_channel) for each in links if each.identifier.namespace == "phone"]


def addresses(shop: Shop, customer_id: int) -> list[str]:
    """Where identity says that the customer is reached, the best first."""
    request = customers_pb2.BatchGetContactPointsRequest(customer_ids=[customer_id])
    return [each.value for each in shop.identity.BatchGetContactPoints(request).points[0].addresses]


def link(shop: Shop, customer_id: int, text: str) -> None:
    """A minute later somebody links an identifier."""
    shop.clock.advance(timedelta(minutes=1))
    one = merges_pb2.IdentifierLink(customer=who(customer_id), identifiers=[identifier(text)], source="desk")
    shop.identity.LinkIdentifiers(merges_pb2.LinkIdentifiersRequest(links=[one]))


def dead(shop: Shop, *numbers: str) -> None:
    """From here on the provider knows no such numbers."""
    shop.told.answer = lambda one: (
        Outcome.invalid_recipient("no such number", code="404")
        if one.address in numbers
        else Outcome.accepted(f"p-{one.message_id}")
    )


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (receipts_pb2.RECEIPT_KIND_COMPLAINT, "complaint"),
        (receipts_pb2.RECEIPT_KIND_UNSUBSCRIBED, "receipt"),
    ],
)
def test_who_wants_no_more_has_denied(shop: Shop, kind: receipts_pb2.ReceiptKind, how: str) -> None:
    customer_id, other = shop.customers(2)
    message_id = sent(shop, customer_id)
    shop.clock.advance(timedelta(minutes=1))
    before = len(told(shop, "consents_changed"))
    report(shop, message_id, kind)
    [denial] = decisions(shop, customer_id)
    assert (denial.purpose, denial.brand, denial.decision, denial.source) == ("marketing", "", DENIED, "delivery")
    assert denial.time == stamp(shop.clock.now())
    assert denial.proof == f"{how} of message {message_id}"
    assert told(shop, "consents_changed")[before:] == [customer_id]
    assert decisions(shop, other) == []


def test_a_withdrawal_that_is_told_again_changes_nothing(shop: Shop, rows: Database) -> None:
    [customer_id] = shop.customers(1, consent=False)
    withdrawn = changes_pb2.ConsentWithdrawn(purpose="marketing", channel="sms", message_id="m-1", source="one_click")
    for _ in range(2):
        announce(shop, rows, changes_pb2.Change(consent_withdrawn=withdrawn), customer_id)
    assert [each.decision for each in decisions(shop, customer_id, history=True)] == [DENIED]
    assert told(shop, "consents_changed") == [customer_id]


def test_a_grant_that_is_newer_stays_in_force(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    message_id, now = sent(shop, customer_id), shop.clock.now()
    shop.clock.set(now + timedelta(minutes=10))
    grant(shop, customer_id)
    shop.clock.set(now + timedelta(minutes=1))
    report(shop, message_id, receipts_pb2.RECEIPT_KIND_UNSUBSCRIBED)
    assert [each.decision for each in decisions(shop, customer_id)] == [GRANTED]
    assert [each.decision for each in decisions(shop, customer_id, history=True)] == [GRANTED, DENIED]


def test_it_goes_to_whom_the_customer_belongs_now_and_to_nobody_who_is_gone(shop: Shop, rows: Database) -> None:
    survivor, alias, gone, other = shop.customers(4)
    shop.identity.MergeCustomers(
        merges_pb2.MergeCustomersRequest(
            customers=[who(survivor), who(alias)], reason="one person", override_rules=True
        )
    )
    erase(shop.identity, gone)
    shop.suite.settle()
    withdrawn = changes_pb2.ConsentWithdrawn(purpose="marketing", channel="sms", source="complaint")
    for customer_id in (gone, alias, 987_654_321, other):
        announce(shop, rows, changes_pb2.Change(consent_withdrawn=withdrawn), customer_id)
    assert [each.decision for each in decisions(shop, survivor)] == [DENIED]
    assert [each.proof for each in decisions(shop, other)] == ["complaint"]


def test_a_dead_number_is_marked_and_comes_last(shop: Shop) -> None:
    customer_id, other = shop.customers(2)
    [(old, _)] = phones(shop, customer_id)
    link(shop, customer_id, "phone +8613700000001")
    assert addresses(shop, customer_id)[0] == "+8613700000001"
    dead(shop, "+8613700000001")
    before = told(shop, "contact_points_changed")
    [message_id] = shop.send(shop.message(customer_id))
    assert shop.state_of(message_id) == "failed:invalid_recipient"
    shop.suite.settle()
    assert sorted(phones(shop, customer_id)) == [("+8613700000001", "sms"), (old, "")]
    reached = addresses(shop, customer_id)
    assert (reached[0], reached[-1]) == (old, "+8613700000001")
    assert told(shop, "contact_points_changed")[len(before) :] == [customer_id]
    assert [channel for _, channel in phones(shop, other)] == [""]
    sent(shop, customer_id)
    assert shop.told.sent[-1].address == old


def test_a_bounce_that_comes_later_marks_the_number_that_was_called(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    [(called, _)] = phones(shop, customer_id)
    message_id = sent(shop, customer_id)
    link(shop, customer_id, "phone +8613700000001")
    shop.clock.advance(timedelta(hours=1))
    report(shop, message_id, receipts_pb2.RECEIPT_KIND_HARD_BOUNCE)
    assert sorted(phones(shop, customer_id)) == [("+8613700000001", ""), (called, "sms")]
    request = customers_pb2.GetCustomerRequest(customer=who(customer_id))
    marked = {each.invalid_channel: each for each in shop.identity.GetCustomer(request).customer.identifiers}["sms"]
    assert marked.invalid_time == stamp(shop.clock.now())


def test_facts_do_not_clear_a_mark_and_linking_anew_does(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    [(number, _)] = phones(shop, customer_id)
    dead(shop, number)
    shop.final(*shop.send(shop.message(customer_id)))
    shop.suite.settle()
    event = events_pb2.Event(
        source="shop",
        event_id="e1",
        name="visited",
        time=stamp(shop.clock.now()),
        identifiers=[identifier(f"phone {number}")],
    )
    shop.identity.IngestEvents(events_pb2.IngestEventsRequest(events=[event]))
    link(shop, customer_id, f"phone {number}")
    assert phones(shop, customer_id) == [(number, "sms")]
    request = merges_pb2.UnlinkIdentifierRequest(identifier=identifier(f"phone {number}"), reason="it works again")
    shop.identity.UnlinkIdentifier(request)
    link(shop, customer_id, f"phone {number}")
    assert phones(shop, customer_id) == [(number, "")]


def test_a_number_that_was_taken_off_meanwhile_is_not_marked(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    [(number, _)] = phones(shop, customer_id)
    message_id = sent(shop, customer_id)
    request = merges_pb2.UnlinkIdentifierRequest(identifier=identifier(f"phone {number}"), reason="somebody else's")
    shop.identity.UnlinkIdentifier(request)
    link(shop, customer_id, "phone +8613700000001")
    report(shop, message_id, receipts_pb2.RECEIPT_KIND_HARD_BOUNCE)
    assert phones(shop, customer_id) == [("+8613700000001", "")]


def test_the_feed_tells_no_address_and_no_two_messages_alike(shop: Shop) -> None:
    staff = messages_pb2.Recipient(staff_id="+8613700000009")
    dead(shop, "+8613700000009")
    shop.final(*shop.send(*(shop.message(0, recipient=staff) for _ in range(2))))
    found = [
        change.address_invalidated
        for change in changes(shop.delivery, pb.ListChangesRequest(kinds=["address_invalidated"]))
    ]
    assert len({each.address_digest for each in found}) == len(found) == 2
    assert not any(b"13700000009" in each.SerializeToString() for each in found)
