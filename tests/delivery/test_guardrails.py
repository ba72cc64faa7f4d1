"""Guardrails: a campaign whose rate is surely too bad waits, until the guardrail is changed."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from google.protobuf.field_mask_pb2 import FieldMask
from support import feeds
from support.delivery.adapter import Told
from support.delivery.rig import Rig, ToldIdentity
from support.delivery.shop import Shop
from support.delivery.visits import visit
from support.patience import wait_until
from support.status import failure
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import messages_pb2, policies_pb2, receipts_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.journey.v1 import campaigns_pb2
from tidegate.api.journey.v1 import changes_pb2 as journey_pb2
from tidegate.channels import Outcome, OutcomeKind, Scope
from tidegate.delivery import guarding
from tidegate.delivery.follow import apply_journey
from tidegate.delivery.guarding import Guarding, _rest
from tidegate.delivery.policy.guards import Standing, is_passed, lower_bound
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.policy.store import policies as policy_store
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import guards
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import load_cursor

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


def is_awaiting_a_lock(rows: Database) -> bool:
    with rows.read() as connection:
        return bool(connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


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
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest(kinds=["policy_changed"])))
    assert [each.policy_changed.kind for each in changes] == ["guardrail", "guardrail"]
    asked = shop.explain(waits).decisions
    shop.clock.advance(timedelta(hours=1))
    shop.suite.settle()
    assert len(shop.explain(waits).decisions) == len(asked), "nobody asks again while it is paused"
    change = policies_pb2.Guardrail(guardrail_id="complaints", threshold=0.9)
    changed = shop.policies.UpdateGuardrail(
        policy_pb2.UpdateGuardrailRequest(guardrail=change, update_mask=FieldMask(paths=["threshold"]))
    ).guardrail
    assert not changed.HasField("trip_time")
    assert shop.state_of(waits) == "sent"
    report(shop, receipts_pb2.RECEIPT_KIND_COMPLAINT, *first[4:])
    found = shop.policies.GetGuardrail(policy_pb2.GetGuardrailRequest(guardrail_id="complaints")).guardrail
    assert not found.HasField("trip_time"), "what was sent before the change counts no more"


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


def test_what_is_paused_goes_on_when_the_guardrail_is_deleted_and_ends_with_its_campaign(
    shop: Shop, rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "_WOKEN", 5)  # fewer than there are
    customers = shop.customers(6)
    guard(shop, "failures", "FAILURES", 0.3)
    shop.told.answer = lambda _: Outcome(OutcomeKind.PERMANENT, Scope.MESSAGE)
    sent(shop, *customers, campaign_id="spring")
    sent(shop, *customers, campaign_id="autumn")
    shop.told.answer = None
    waiting = sent(shop, *customers, campaign_id="spring")
    [other] = sent(shop, customers[0], campaign_id="autumn")
    assert {shop.get(each).state for each in [*waiting, other]} == {DEFERRED}
    moved = journey_pb2.Change(
        campaign_state_changed=journey_pb2.CampaignStateChanged(
            campaign_id="autumn", state=campaigns_pb2.CAMPAIGN_STATE_ENDED
        )
    )
    rows.run(lambda connection: apply_journey(connection, [moved]))
    assert shop.state_of(other) == "dropped:not_active"
    assert {shop.get(each).state for each in waiting} == {DEFERRED}
    shop.policies.DeleteGuardrail(policy_pb2.DeleteGuardrailRequest(guardrail_id="failures"))
    assert {shop.state_of(each) for each in waiting} == {"sent"}


def test_who_ends_a_pause_waits_for_those_who_decide_by_it(shop: Shop, rows: Database, database_url: str) -> None:
    """A gate that has read that a campaign is paused is done before the messages that wait are woken."""
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has one writer")
    guard(shop, "failures", "FAILURES", 0.3)
    shop.told.answer = lambda _: Outcome(OutcomeKind.PERMANENT, Scope.MESSAGE)
    sent(shop, *shop.customers(6), campaign_id="spring")
    policies = Policies("UTC")
    with rows.write() as connection, ThreadPoolExecutor() as others:
        assert policies.in_force(connection, hold=True).paused == {"spring": "failures"}
        delete = policy_pb2.DeleteGuardrailRequest(guardrail_id="failures")
        deleting = others.submit(shop.policies.DeleteGuardrail, delete)
        wait_until(lambda: is_awaiting_a_lock(rows))
        connection.commit()
        deleting.result(60)


def test_a_guardrail_that_is_about_to_trip_is_changed_without_a_deadlock(
    shop: Shop, rows: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who changes it has the version of the policies, and then what it counted: who counts takes them in that order."""
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has one writer")
    guard(shop, "complaints", "COMPLAINTS", 0.2)
    made = sent(shop, *shop.customers(6), campaign_id="spring")
    report(shop, receipts_pb2.RECEIPT_KIND_COMPLAINT, made[0])
    complaints = [
        receipts_pb2.Receipt(account_id="sms-1", message_id=each, kind=receipts_pb2.RECEIPT_KIND_COMPLAINT)
        for each in made[1:]
    ]
    has_read, may_judge, standing = Event(), Event(), guards.standing

    def read(connection: sa.Connection, message_ids: Collection[str]) -> list[Standing]:
        found = standing(connection, message_ids)
        has_read.set()
        assert may_judge.wait(60)
        return found

    monkeypatch.setattr(guards, "standing", read)
    shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=complaints))
    assert has_read.wait(60)
    with rows.write() as connection:
        policy_store.raise_version(connection)
        may_judge.set()
        wait_until(lambda: is_awaiting_a_lock(rows))
        connection.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
        guards.forget(connection, "complaints")
    shop.suite.settle()
    [found] = shop.policies.ListGuardrails(policy_pb2.ListGuardrailsRequest()).guardrails
    assert not found.HasField("trip_time"), "it counts anew"


def test_of_replicas_that_begin_to_watch_at_one_time_only_the_first_moves_the_cursor(
    tmp_path: Path, database_url: str, clock: ManualClock, told: Told
) -> None:
    rig = Rig(tmp_path, database_url)
    rig.begin(clock, told, ToldIdentity(), ["sms"])
    wanted = policies_pb2.Guardrail(guardrail_id="g", metric="GUARDRAIL_METRIC_BOUNCES", threshold=0.1, min_sent=5)
    request = policy_pb2.CreateGuardrailRequest(guardrail=wanted)
    rig.call("CreateGuardrail", request)
    watching: Guarding = rig.owner_of("guard")

    def cursor() -> int:
        with rig.rows.read() as connection:
            return load_cursor(connection, CURSORS, "delivery.guard")

    assert rig.step("guard")
    begun = cursor()
    assert begun
    request.guardrail.guardrail_id = "h"
    rig.call("CreateGuardrail", request)  # the feed goes on
    with rig.rows.read() as connection:
        guardrails = watching.policies.in_force(connection).guardrails
    watching._watch(guardrails, 0)  # by a replica that had read the cursor before
    assert cursor() == begun, "what has happened since is not passed over"
    rig.rows.run(lambda connection: _rest(connection, begun))
    assert cursor() == begun, "somebody watches"
    rig.end()
    rig.rows.close()


def test_what_is_sent_before_the_first_look_counts(
    tmp_path: Path, database_url: str, clock: ManualClock, told: Told
) -> None:
    rig, people = Rig(tmp_path, database_url), range(1, 7)
    phones: dict[int, Mapping[str, str]] = {one: {"sms": f"+861390000000{one}"} for one in people}
    identity = ToldIdentity(phones, dict.fromkeys(people, "Asia/Shanghai"), {one: one for one in people})
    rig.begin(clock, told, identity, ["sms"])
    wanted = policies_pb2.Guardrail(guardrail_id="g", metric="GUARDRAIL_METRIC_COMPLAINTS", threshold=0.2, min_sent=5)
    rig.call("CreateGuardrail", policy_pb2.CreateGuardrailRequest(guardrail=wanted))
    messages = [
        messages_pb2.OutgoingMessage(
            idempotency_key=f"key-{one}",
            recipient=messages_pb2.Recipient(customer_id=one),
            channels=["sms"],
            template_id="hello",
            message_class=messages_pb2.MESSAGE_CLASS_TRANSACTIONAL,
            campaign_id="spring",
        )
        for one in people
    ]
    answers = rig.call("Send", pb.SendRequest(messages=messages)).results
    rig.gate()
    receipts = [
        receipts_pb2.Receipt(
            account_id="sms-1", message_id=one.accepted.message_id, kind=receipts_pb2.RECEIPT_KIND_COMPLAINT
        )
        for one in answers
    ]
    rig.call("RecordReceipts", pb.RecordReceiptsRequest(receipts=receipts))
    while rig.step("guard"):
        pass
    found = rig.call("GetGuardrail", policy_pb2.GetGuardrailRequest(guardrail_id="g")).guardrail
    assert found.HasField("trip_time")
    rig.end()
    rig.rows.close()


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
