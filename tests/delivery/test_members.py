"""What delivery knows of segments and tiers: told from the beginning, kept current, waited for until it is known."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.field_mask_pb2 import FieldMask
from support import feeds
from support.database import opened
from support.delivery.shop import Shop, stamp
from support.patience import wait_until
from support.status import failure
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import frequency_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.identity.v1 import changes_pb2 as identity_changes_pb2
from tidegate.api.identity.v1 import merges_pb2, references_pb2
from tidegate.api.segmentation.v1 import changes_pb2 as told_pb2
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.delivery import guarding
from tidegate.delivery.follow import apply_identity
from tidegate.delivery.members import apply_segmentation
from tidegate.delivery.model import CustomerFacts
from tidegate.delivery.service import METADATA
from tidegate.delivery.store import gating
from tidegate.delivery.store.tables import CUSTOMERS, MEMBERSHIPS
from tidegate.runtime.db import Database

DEFERRED = messages_pb2.MESSAGE_STATE_DEFERRED


def rule_for(shop: Shop, rule_id: str, maximum: int, segment_id: str = "", model_tier: str = "") -> None:
    """A rule for the members of a segment, or for a tier of the model `rfm`."""
    audience = frequency_pb2.RuleAudience()
    if segment_id:
        audience.segment_id = segment_id
    else:
        audience.tier.tier, audience.tier.model_id = model_tier, "rfm"
    shop.rule(rule_id, maximum, 7, audience=audience)


def hear(rows: Database, *changes: told_pb2.Change) -> None:
    """Changes of segmentation's feed arrive."""
    rows.run(lambda connection: apply_segmentation(connection, changes))


def members_told(*customer_ids: int, telling: str = "t1", first: bool = True, last: bool = True) -> told_pb2.Change:
    body = told_pb2.MembershipsTold(
        segment_id="vip", customer_ids=customer_ids, telling_id=telling, first=first, last=last
    )
    return told_pb2.Change(memberships_told=body)


def tiers_told(tiers: dict[int, str], *, telling: str = "t1", first: bool = True, last: bool = True) -> told_pb2.Change:
    listed = [told_pb2.CustomerTier(customer_id=one, tier=tier) for one, tier in tiers.items()]
    body = told_pb2.TiersTold(model_id="rfm", tiers=listed, telling_id=telling, first=first, last=last)
    return told_pb2.Change(tiers_told=body)


def moved(customer_id: int, transition: str) -> told_pb2.Change:
    body = told_pb2.MembershipChanged(
        segment_id="vip", customer_id=customer_id, transition=getattr(segments_pb2, f"TRANSITION_{transition}")
    )
    return told_pb2.Change(customer_id=customer_id, membership_changed=body)


def members(rows: Database, segment_id: str = "vip") -> set[int]:
    with rows.read() as connection:
        m = MEMBERSHIPS.c
        return set(connection.scalars(sa.select(m.customer_id).where(m.segment_id == segment_id)))


def named(shop: Shop) -> Sequence[tuple[list[str], list[str]]]:
    """What each announced change of policies says that they name."""
    asked = pb.ListChangesRequest(kinds=["policy_changed"])
    found = [change.policy_changed for change in feeds.changes(shop.delivery, asked)]
    return [(list(each.segment_ids), list(each.score_model_ids)) for each in found]


def test_a_change_of_policies_tells_all_that_they_name(shop: Shop) -> None:
    rule_for(shop, "vips", 1, "vip")
    rule_for(shop, "gold", 2, model_tier="gold")
    shop.rule("all", 5, 7)
    assert named(shop) == [(["vip"], []), (["vip"], ["rfm"]), (["vip"], ["rfm"])]


def test_who_is_in_a_segment_is_waited_for_and_the_explanation_says_so(shop: Shop, rows: Database) -> None:
    one, other = shop.customers(2)
    rule_for(shop, "vips", 0, "vip")
    sent = shop.send(shop.message(one), shop.message(other))
    [service] = shop.send(shop.message(one, message_class=messages_pb2.MESSAGE_CLASS_TRANSACTIONAL))
    assert shop.state_of(service) == "sent"
    shop.when(lambda each: each.state == DEFERRED, *sent)
    assert "segmentation has not told yet who is in vip" in shop.explain(sent[0]).summary
    hear(rows, members_told(one, last=False))
    shop.suite.settle()
    assert {each.state for each in map(shop.get, sent)} == {DEFERRED}
    hear(rows, members_told(first=False))
    assert [shop.state_of(each) for each in sent] == ["dropped:frequency", "sent"]


def test_the_tier_of_a_store_is_nobody_s(rows: Database) -> None:
    body = told_pb2.TierChanged(model_id="stores", entity_id="wuhan", previous_tier="second", tier="first")
    hear(rows, told_pb2.Change(tier_changed=body))
    with rows.read() as connection:
        assert connection.execute(sa.select(MEMBERSHIPS)).all() == []


def test_a_telling_ends_what_it_did_not_name_and_keeps_what_entered_meanwhile(shop: Shop, rows: Database) -> None:
    stays, entered, left, gone, late = shop.customers(5)
    rule_for(shop, "vips", 1, "vip")
    hear(rows, moved(gone, "ENTERED"), moved(left, "ENTERED"))
    hear(rows, members_told(stays, left, last=False), moved(entered, "ENTERED"), moved(left, "LEFT"))
    assert members(rows) == {gone, stays, entered}
    hear(rows, members_told(late, telling="other", first=False))  # of a telling whose beginning was not heard
    assert members(rows) == {gone, stays, entered}
    hear(rows, members_told(late, first=False))
    assert members(rows) == {stays, entered, late}
    hear(rows, members_told(stays, telling="t2", last=False), members_told(late, telling="t3"))
    assert members(rows) == {late}


def test_memberships_follow_merges_and_splits(shop: Shop, rows: Database) -> None:
    """Nobody slips out of an exclusion by a merge before segmentation has told what it makes of it."""
    suppress(shop)
    rule_for(shop, "gold", 0, model_tier="gold")
    kept, merged = shop.customers(2)
    hear(rows, members_told(merged), tiers_told({merged: "gold"}))

    def become(customer_id: int) -> str:
        return shop.state_of(*shop.send(shop.message(customer_id)))

    assert [become(each) for each in (kept, merged)] == ["sent", "dropped:suppressed"]
    people = [references_pb2.CustomerReference(customer_id=each) for each in (kept, merged)]
    merge = merges_pb2.MergeCustomersRequest(customers=people, reason="one person", override_rules=True)
    shop.identity.MergeCustomers(merge)
    shop.suite.settle()
    assert [become(each) for each in (kept, merged)] == ["dropped:suppressed"] * 2
    hear(rows, moved(merged, "LEFT"))
    assert become(kept) == "sent", "and the tier of whom it was is not its own"
    hear(rows, moved(merged, "ENTERED"))
    assert become(kept) == "dropped:suppressed"
    split = merges_pb2.SplitCustomerRequest(customer_id=kept, original_customer_ids=[merged], reason="two persons")
    shop.identity.SplitCustomer(split)
    shop.suite.settle()
    assert [become(each) for each in (kept, merged)] == ["sent", "dropped:suppressed"]
    hear(rows, moved(merged, "LEFT"))
    assert become(merged) == "sent"


def test_sqlite_looks_up_who_is_in_a_segment_by_customer(tmp_path: Path) -> None:
    """And does not walk all members of a segment for each of them."""
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        rows = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend(str(row[-1]) for row in rows)

    with opened(f"sqlite:///{tmp_path / 'delivery.db'}", METADATA) as database, database.read() as connection:
        sa.event.listen(database.engine, "before_cursor_execute", explain)
        gating.read_segments(connection, {7: CustomerFacts(7)}, ["vip"])
    [looked] = [each for each in plans if "memberships" in each]
    assert looked.endswith("(customer_id=?)")


def test_what_waits_is_woken_little_by_little_and_once(
    shop: Shop, rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not by a telling that says again what is known; who is not named any more keeps nobody waiting."""
    monkeypatch.setattr(guarding, "_WOKEN", 2)  # fewer than there are
    people = shop.customers(5)
    rule_for(shop, "vips", 0, "vip")
    rule_for(shop, "new", 0, "new")
    waiting = shop.send(*(shop.message(each) for each in people))
    shop.when(lambda each: each.state == DEFERRED, *waiting)
    decided = {each: len(shop.explain(each).decisions) for each in waiting}
    for telling in ("t1", "t2"):
        hear(rows, members_told(people[0], telling=telling))
        shop.suite.settle()
    assert [len(shop.explain(each).decisions) for each in waiting] == [count + 1 for count in decided.values()]
    assert {shop.get(each).state for each in waiting[1:]} == {DEFERRED}, "nobody has told who is in new"
    shop.policies.DeleteFrequencyRule(policy_pb2.DeleteFrequencyRuleRequest(rule_id="new"))
    assert [shop.state_of(each) for each in waiting] == ["dropped:frequency"] + ["sent"] * 4


def test_tiers_are_told_too(shop: Shop, rows: Database) -> None:
    one, other = shop.customers(2)
    rule_for(shop, "gold", 0, model_tier="gold")
    hear(rows, tiers_told({one: "gold", other: "silver"}))
    hear(rows, tiers_told({one: "silver"}, telling="t2"))
    assert (members(rows, "rfm#gold"), members(rows, "rfm#silver")) == (set(), {one})
    with rows.read() as connection:
        query = sa.select(CUSTOMERS.c.customer_id, CUSTOMERS.c.tier).where(CUSTOMERS.c.customer_id.in_([one, other]))
        assert {tuple(row) for row in connection.execute(query)} == {(one, "silver"), (other, "")}
    assert [shop.state_of(each) for each in shop.send(shop.message(one))] == ["sent"]


@pytest.mark.parametrize("heard", [True, False])
def test_eligibility_says_what_is_not_known(shop: Shop, rows: Database, heard: bool) -> None:
    [one] = shop.customers(1)
    rule_for(shop, "vips", 1, "vip")
    if heard:
        hear(rows, members_told(one))
    shop.suite.settle()
    [result] = shop.delivery.CheckEligibility(pb.CheckEligibilityRequest(messages=[shop.message(one)])).results
    assert dict(result.decision.facts) == ({} if heard else {"awaits": "vip"})


def suppress(shop: Shop, segment_id: str = "vip", **changes: Any) -> policies_pb2.Suppression:
    wanted = policies_pb2.Suppression(segment_id=segment_id, **changes)
    return shop.policies.CreateSuppression(policy_pb2.CreateSuppressionRequest(suppression=wanted)).suppression


def test_a_suppressed_segment_is_excluded_from_every_class_at_once(shop: Shop, rows: Database) -> None:
    risky, harmless = shop.customers(2)
    suppression = suppress(shop, cause=policies_pb2.SUPPRESSION_CAUSE_RISK)
    classes = (messages_pb2.MESSAGE_CLASS_TRANSACTIONAL, messages_pb2.MESSAGE_CLASS_MARKETING)
    waiting = shop.send(*(shop.message(one, message_class=each) for one in (risky, harmless) for each in classes))
    shop.when(lambda each: each.state == DEFERRED, *waiting)
    hear(rows, members_told(risky))
    assert [shop.state_of(each) for each in waiting] == ["dropped:suppressed"] * 2 + ["sent"] * 2
    told = shop.explain(waiting[0])
    assert "as is all of the segment vip" in told.summary
    assert told.decisions[-1].facts["suppression_id"] == suppression.suppression_id
    hear(rows, moved(risky, "LEFT"), moved(harmless, "ENTERED"))
    assert [shop.state_of(*shop.send(shop.message(one))) for one in (risky, harmless)] == ["sent", "dropped:suppressed"]
    shop.policies.DeleteSuppression(policy_pb2.DeleteSuppressionRequest(suppression_id=suppression.suppression_id))
    assert shop.state_of(*shop.send(shop.message(harmless))) == "sent"
    asked = pb.ListChangesRequest(kinds=["policy_changed"])
    changes = [each.policy_changed for each in feeds.changes(shop.delivery, asked)]
    assert [(each.kind, each.policy_id, list(each.segment_ids)) for each in changes] == [
        ("suppression", suppression.suppression_id, ["vip"]),
        ("suppression", suppression.suppression_id, []),
    ]


def test_a_suppression_of_a_segment_goes_by_channel_and_ends(shop: Shop, rows: Database) -> None:
    [one] = shop.customers(1)
    end = shop.clock.now() + timedelta(hours=1)
    suppress(shop, channels=["sms"], expire_time=stamp(end))
    hear(rows, members_told(one))
    [both, sms] = shop.send(shop.message(one, "sms", "email"), shop.message(one))
    assert [(shop.state_of(both), shop.get(both).channel), shop.state_of(sms)] == [
        ("sent", "email"),
        "dropped:suppressed",
    ]
    shop.clock.advance(timedelta(hours=1))
    assert shop.state_of(*shop.send(shop.message(one))) == "sent"


def test_suppressions_of_segments_are_imported_and_listed_and_exported(shop: Shop) -> None:
    one, other = suppress(shop, "vip"), suppress(shop, "debt", note="late payers")
    assert {one.segment_id, other.segment_id} == {"vip", "debt"}
    request = policy_pb2.ImportSuppressionsRequest(
        suppressions=[policies_pb2.Suppression(segment_id=name) for name in ("vip", "new")]
    )
    known, new = shop.policies.ImportSuppressions(request).results
    assert (known.suppression_id, known.existed, new.existed) == (one.suppression_id, True, False)
    listed = shop.policies.ListSuppressions(policy_pb2.ListSuppressionsRequest()).suppressions
    exported = shop.policies.ExportSuppressions(policy_pb2.ExportSuppressionsRequest())
    found = [each.segment_id for page in exported for each in page.suppressions]
    assert [each.segment_id for each in listed] == found == ["vip", "debt", "new"]
    changed = shop.policies.UpdateSuppression(
        policy_pb2.UpdateSuppressionRequest(
            suppression=policies_pb2.Suppression(suppression_id=other.suppression_id, note="paid"),
            update_mask=FieldMask(paths=["note"]),
        )
    ).suppression
    assert (changed.segment_id, changed.note) == ("debt", "paid")


def test_a_hold_keeps_slots_of_a_campaign_s_audience_free(shop: Shop, rows: Database) -> None:
    member, stranger = shop.customers(2)
    shop.rule("week", 2, 7)
    end = shop.clock.now() + timedelta(days=1)
    interval = common_pb2.Interval(start=stamp(shop.clock.now()), end=stamp(end))
    wanted = policies_pb2.Hold(
        hold_id="peak", campaign_id="double11", segment_id="vip", slots=1, priority=500, interval=interval
    )
    made = shop.policies.CreateHold(policy_pb2.CreateHoldRequest(hold=wanted)).hold
    assert (made.slots, made.priority, made.interval) == (1, 500, interval)
    assert list(shop.policies.ListHolds(policy_pb2.ListHoldsRequest()).holds) == [made]
    hear(rows, members_told(member))
    assert [shop.state_of(*shop.send(shop.message(stranger))) for _ in range(2)] == ["sent", "sent"]
    first, second = (shop.send(shop.message(member))[0] for _ in range(2))
    assert {shop.state_of(first), shop.state_of(second)} == {"sent", "dropped:frequency"}
    stopped = first if shop.state_of(first) != "sent" else second
    assert "beside the slots that are held by peak (week counts 1 of 2" in shop.explain(stopped).summary
    assert shop.state_of(*shop.send(shop.message(member, campaign_id="double11"))) == "sent"
    changed = policies_pb2.Hold(hold_id="peak", slots=101)
    mask = FieldMask(paths=["slots"])
    refused = failure(lambda: shop.policies.UpdateHold(policy_pb2.UpdateHoldRequest(hold=changed, update_mask=mask)))
    assert set(refused.violations) == {"hold.slots"}
    shop.policies.DeleteHold(policy_pb2.DeleteHoldRequest(hold_id="peak"))
    assert not shop.policies.ListHolds(policy_pb2.ListHoldsRequest()).holds


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_who_leaves_while_a_merge_is_not_committed_is_not_brought_along(
    open_database: Callable[[sa.MetaData], Database],
) -> None:
    database = open_database(METADATA)
    hear(database, moved(2, "ENTERED"))
    merged = identity_changes_pb2.CustomerMerged(survivor_id=1, merged_id=2)
    with ThreadPoolExecutor(1) as hearing:
        with database.write() as merging:
            apply_identity(merging, [identity_changes_pb2.Change(customer_id=1, customer_merged=merged)], 0)
            left = hearing.submit(hear, database, moved(2, "LEFT"))
            wait_until(lambda: left.done() or somebody_waits(database))
        left.result()
    with database.read() as connection:
        assert connection.execute(sa.select(MEMBERSHIPS.c.customer_id)).all() == []


def somebody_waits(database: Database) -> bool:
    with database.read() as connection:
        return bool(connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
