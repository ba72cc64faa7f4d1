"""Guardrails: a campaign whose rate is surely too bad waits, until the guardrail is changed."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from support.delivery.shop import Shop
from support.delivery.visits import visit
from support.status import failure
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import messages_pb2, policies_pb2, receipts_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.channels import Outcome, OutcomeKind, Scope
from tidegate.delivery.policy.guards import is_passed, lower_bound

DEFERRED = messages_pb2.MESSAGE_STATE_DEFERRED


@pytest.mark.parametrize(
    ("hits", "total", "bound"),
    [(0, 0, 0.0), (0, 100, 0.0), (1, 10, 0.0179), (5, 100, 0.0215), (50, 100, 0.4038), (10, 10, 0.7225)],
)
def test_the_lower_end_of_wilsons_interval(hits: int, total: int, bound: float) -> None:
    """As statsmodels' proportion_confint(method="wilson") gives it."""
    assert lower_bound(hits, total) == pytest.approx(bound, abs=5e-5)


def test_the_same_rate_is_the_surer_the_more_there_are() -> None:
    bounds = [lower_bound(total // 10, total) for total in (10, 100, 1_000, 100_000)]
    assert all(less < more < 0.1 for less, more in pairwise(bounds))
    assert not is_passed(50, 100, threshold=0.1, least=101)
    assert is_passed(50, 100, threshold=0.1, least=100)


def guard(shop: Shop, guardrail_id: str, metric: str, threshold: float, **more: Any) -> policies_pb2.Guardrail:
    """A guardrail from five messages on; the loop has begun to watch."""
    wanted = policies_pb2.Guardrail(
        guardrail_id=guardrail_id, metric=f"GUARDRAIL_METRIC_{metric}", threshold=threshold, min_sent=5, **more
    )
    made = shop.policies.CreateGuardrail(policy_pb2.CreateGuardrailRequest(guardrail=wanted)).guardrail
    shop.suite.settle()
    return made


def sent(shop: Shop, *customer_ids: int, campaign_id: str) -> list[str]:
    """A message of a campaign to each, settled."""
    made = shop.send(*(shop.message(each, campaign_id=campaign_id) for each in customer_ids))
    shop.suite.settle()
    return made


def report(shop: Shop, kind: receipts_pb2.ReceiptKind, *message_ids: str) -> None:
    receipts = [receipts_pb2.Receipt(account_id="sms-1", message_id=each, kind=kind) for each in message_ids]
    shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=receipts))
    shop.suite.settle()


def test_complaints_pause_their_campaign_until_the_guardrail_is_changed(shop: Shop) -> None:
    *many, last = shop.customers(7)
    made = guard(shop, "complaints", "COMPLAINTS", 0.2)
    assert made.action == policies_pb2.GUARDRAIL_ACTION_PAUSE
    first, other = sent(shop, *many, campaign_id="spring"), sent(shop, *many, campaign_id="autumn")
    report(shop, receipts_pb2.RECEIPT_KIND_COMPLAINT, *first[:2])
    assert [shop.state_of(*sent(shop, last, campaign_id="spring"))] == ["sent"], "two of six may be chance"
    report(shop, receipts_pb2.RECEIPT_KIND_COMPLAINT, *first[2:4])
    [waits] = sent(shop, last, campaign_id="spring")
    assert shop.get(waits).state == DEFERRED
    assert "the guardrail complaints has paused its campaign" in shop.explain(waits).summary
    assert shop.state_of(*sent(shop, last, campaign_id="autumn")) == "sent"
    assert len(other) == 6
    found = shop.policies.GetGuardrail(policy_pb2.GetGuardrailRequest(guardrail_id="complaints")).guardrail
    assert found.trip_time.ToDatetime() == shop.clock.now().replace(tzinfo=None)
    changes = shop.delivery.ListChanges(pb.ListChangesRequest(kinds=["policy_changed"])).changes
    assert [each.policy_changed.kind for each in changes] == ["guardrail", "guardrail"]
    shop.clock.advance(timedelta(minutes=5))
    shop.suite.settle()
    assert shop.get(waits).state == DEFERRED
    change = policies_pb2.Guardrail(guardrail_id="complaints", threshold=0.9)
    changed = shop.policies.UpdateGuardrail(
        policy_pb2.UpdateGuardrailRequest(guardrail=change, update_mask=FieldMask(paths=["threshold"]))
    ).guardrail
    assert not changed.HasField("trip_time")
    shop.clock.advance(timedelta(minutes=5))
    assert shop.state_of(waits) == "sent"


def test_failures_of_the_campaign_alone_are_counted_and_an_alert_stops_nothing(shop: Shop) -> None:
    customers = shop.customers(6)
    guard(shop, "failures", "FAILURES", 0.3, campaign_id="spring", action=policies_pb2.GUARDRAIL_ACTION_ALERT)
    shop.told.answer = lambda _: Outcome(OutcomeKind.PERMANENT, Scope.MESSAGE)
    sent(shop, *customers, campaign_id="autumn")
    listed = shop.policies.ListGuardrails(policy_pb2.ListGuardrailsRequest()).guardrails
    assert [each.HasField("trip_time") for each in listed] == [False]
    sent(shop, *customers, campaign_id="spring")
    listed = shop.policies.ListGuardrails(policy_pb2.ListGuardrailsRequest()).guardrails
    assert [each.HasField("trip_time") for each in listed] == [True]
    shop.told.answer = None
    assert shop.state_of(*sent(shop, customers[0], campaign_id="spring")) == "sent"


def test_a_wrong_guardrail_is_refused_by_its_fields(shop: Shop) -> None:
    wrong = policies_pb2.Guardrail(guardrail_id="G", threshold=1.0, min_sent=-1)
    refused = failure(lambda: shop.policies.CreateGuardrail(policy_pb2.CreateGuardrailRequest(guardrail=wrong)))
    assert set(refused.violations) == {
        "guardrail.guardrail_id",
        "guardrail.metric",
        "guardrail.threshold",
        "guardrail.min_sent",
    }


def test_who_unsubscribes_on_the_page_of_preferences_counts(shop: Shop) -> None:
    customers = shop.customers(6)
    guard(shop, "unsubscribes", "UNSUBSCRIBES", 0.3)
    made = shop.send(*(shop.message(each, "email", campaign_id="spring") for each in customers))
    shop.clock.advance(timedelta(minutes=1))
    shop.final(*made)
    links = {one.unsubscribe_url for one in shop.told.sent}
    assert len(links) == 6
    form = urlencode([("preferences", "1"), ("shown", "email/marketing")])
    assert {visit(link, method="POST", body=form).status for link in links} == {200}
    shop.suite.settle()
    [found] = shop.policies.ListGuardrails(policy_pb2.ListGuardrailsRequest()).guardrails
    assert found.HasField("trip_time")
