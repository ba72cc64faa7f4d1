"""Identifiers that expire: each leads to its customer for so long after it was last seen, and then nowhere.

Most of it is held before and after expired links are taken off: whoever asks is told the same.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from support.feeds import changes
from support.patience import at_once
from support.people import START, customer, event, identifier, identifiers_of, ingest, put, resolved, upsert, who
from support.privacy import dump, erase
from support.server import Suite, serving
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, definitions_pb2, merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.store import identifiers
from tidegate.runtime.clock import ManualClock

LIFETIME = timedelta(days=10)
MOMENT = timedelta(microseconds=1)
Later = Callable[[timedelta], None]


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Suite]:
    """identity, with the namespaces `ticket`, of which a customer may have one, and `handle`, an address."""
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as suite:
        stub = suite.stub("identity", IdentityServiceStub)
        define(stub, "ticket", LIFETIME, max_per_customer=1)
        define(stub, "handle", LIFETIME, address=True)
        yield suite


@pytest.fixture
def stub(suite: Suite) -> IdentityServiceStub:
    return suite.stub("identity", IdentityServiceStub)


@pytest.fixture(params=["not taken off yet", "taken off"])
def later(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, suite: Suite, clock: ManualClock) -> Later:
    """Lets time pass, and then lets expired identifiers be taken off or not."""
    if request.param == "not taken off yet":
        monkeypatch.setattr(identifiers, "due", lambda *_, **__: [])

    def pass_by(span: timedelta) -> None:
        clock.advance(span)
        suite.settle()

    return pass_by


def span(length: timedelta) -> Duration:
    made = Duration()
    made.FromTimedelta(length)
    return made


def define(
    stub: IdentityServiceStub, namespace_id: str, lifetime: timedelta, **fields: object
) -> definitions_pb2.Namespace:
    namespace = definitions_pb2.Namespace(namespace_id=namespace_id, lifetime=span(lifetime), **fields)  # type: ignore[arg-type]
    return stub.CreateNamespace(definitions_pb2.CreateNamespaceRequest(namespace=namespace)).namespace


def live_for(stub: IdentityServiceStub, namespace_id: str, lifetime: timedelta | None) -> definitions_pb2.Namespace:
    """Gives a namespace another lifetime, or none."""
    namespace = definitions_pb2.Namespace(
        namespace_id=namespace_id, lifetime=None if lifetime is None else span(lifetime)
    )
    mask = FieldMask(paths=["lifetime"])
    request = definitions_pb2.UpdateNamespaceRequest(namespace=namespace, update_mask=mask)
    return stub.UpdateNamespace(request).namespace


def seconds(instant: datetime) -> float:
    """As the times of requests are written."""
    return (instant - START).total_seconds()


def told(stub: IdentityServiceStub, *kinds: str) -> list[tuple[str | None, int, list[str]]]:
    """The changes of these kinds: kind, customer, and the namespaces that identifiers_changed has."""
    request = changes_pb2.ListChangesRequest(kinds=kinds)
    return [
        (each.WhichOneof("change"), each.customer_id, list(each.identifiers_changed.namespaces))
        for each in changes(stub, request)
    ]


def reached(stub: IdentityServiceStub, customer_id: int) -> Sequence[str]:
    request = customers_pb2.BatchGetContactPointsRequest(customer_ids=[customer_id])
    return [f"{each.namespace} {each.value}" for each in stub.BatchGetContactPoints(request).points[0].addresses]


def found(stub: IdentityServiceStub, text: str) -> list[int]:
    request = customers_pb2.SearchCustomersRequest(identifiers=[identifier(text)])
    return [each.customer_id for each in stub.SearchCustomers(request).customers]


def test_it_leads_to_its_customer_up_to_the_instant(stub: IdentityServiceStub, later: Later) -> None:
    [made] = put(stub, upsert("member_id m", "ticket t", "handle h"))
    later(LIFETIME - MOMENT)
    assert resolved(stub, "ticket t", "handle h") == [made.customer_id] * 2
    assert found(stub, "ticket t") == [made.customer_id]
    assert reached(stub, made.customer_id) == ["handle h"]
    shown = customer(stub, "ticket t")
    assert sorted(identifiers_of(shown)) == ["handle h", "member_id m", "ticket t"]
    expiry = next(each for each in shown.identifiers if each.identifier.namespace == "ticket")
    assert expiry.expire_time.ToDatetime() - expiry.link_time.ToDatetime() == LIFETIME
    later(MOMENT)
    assert resolved(stub, "ticket t", "handle h", "member_id m") == [0, 0, made.customer_id]
    assert found(stub, "ticket t") == []
    assert reached(stub, made.customer_id) == []
    assert identifiers_of(customer(stub, made.customer_id)) == ["member_id m"]
    assert failure(lambda: customer(stub, "ticket t")).reason == "CUSTOMER_NOT_FOUND"


def test_it_comes_back_as_somebody_new_or_as_whoever_the_others_name(
    stub: IdentityServiceStub, clock: ManualClock, later: Later
) -> None:
    first, other = put(stub, upsert("member_id m", "ticket t", "handle h"), upsert("member_id n"))
    later(LIFETIME)
    now = seconds(clock.now())
    new, named = ingest(stub, event("1", "ticket t", time=now), event("2", "member_id n", "handle h", time=now))
    assert new.created
    assert new.customer_id not in (first.customer_id, other.customer_id)
    assert named.customer_id == other.customer_id
    assert resolved(stub, "ticket t", "handle h") == [new.customer_id, other.customer_id]
    assert identifiers_of(customer(stub, first.customer_id)) == ["member_id m"]
    lost = [each for each in told(stub, "identifiers_changed") if each[1] == first.customer_id]
    assert lost[-1] == ("identifiers_changed", first.customer_id, ["member_id"])
    assert {first.customer_id, other.customer_id} == {i for _, i, _ in told(stub, "contact_points_changed")}


def test_every_fact_that_carries_it_renews_it(stub: IdentityServiceStub, clock: ManualClock, later: Later) -> None:
    [made] = put(stub, upsert("member_id m", "ticket t"))
    later(timedelta(days=6))
    now = seconds(clock.now())
    ingest(stub, event("1", "ticket t", time=now), event("2", "ticket t", time=now - 3600))
    later(timedelta(days=1))
    ingest(stub, event("1", "ticket t", time=now), event("3", "ticket t", time=now - 7200))
    later(timedelta(days=9) - MOMENT)
    assert resolved(stub, "ticket t") == [made.customer_id]
    later(MOMENT)
    assert resolved(stub, "ticket t") == [0]


def test_an_upsert_that_is_refused_renews_nothing(stub: IdentityServiceStub, later: Later) -> None:
    put(stub, upsert("member_id m", "ticket t"))
    later(timedelta(days=6))
    [refused] = put(stub, upsert("ticket t", customer_id=987_654_321))
    assert refused.error.reason == "CUSTOMER_NOT_FOUND"
    later(timedelta(days=4))
    assert resolved(stub, "ticket t") == [0]


def test_what_has_expired_counts_for_no_limit_and_forbids_no_merge(stub: IdentityServiceStub, later: Later) -> None:
    one, two = put(stub, upsert("member_id m", "ticket t"), upsert("phone 13800138000", "ticket u"))
    later(LIFETIME)
    [next_one] = put(stub, upsert("member_id m", "ticket v"))
    assert (next_one.customer_id, next_one.conflict_id) == (one.customer_id, "")
    [merged] = put(stub, upsert("member_id m", "phone 13800138000"))
    assert (merged.customer_id, merged.conflict_id) == (one.customer_id, "")
    assert customer(stub, two.customer_id).alias_ids == [two.customer_id]
    assert identifiers_of(customer(stub, one.customer_id)) == ["member_id m", "phone +8613800138000", "ticket v"]


def test_a_fact_that_is_older_than_the_lifetime_leads_nowhere_afterwards(
    stub: IdentityServiceStub, clock: ManualClock, later: Later
) -> None:
    old = seconds(clock.now() - LIFETIME)
    results = ingest(stub, event("1", "member_id m", "ticket t", time=old), event("2", "ticket t", time=old))
    assert len({each.customer_id for each in results}) == 1
    later(timedelta(0))
    assert resolved(stub, "ticket t", "member_id m") == [0, results[0].customer_id]
    assert ingest(stub, event("3", "ticket t", time=old + 1))[0].created


def test_another_lifetime_holds_for_what_is_seen_from_then_on(stub: IdentityServiceStub, later: Later) -> None:
    put(stub, upsert("cookie a"), upsert("cookie b"))
    assert live_for(stub, "cookie", timedelta(days=2)).lifetime.ToTimedelta() == timedelta(days=2)
    put(stub, upsert("cookie a"), upsert("cookie c"))
    later(timedelta(days=1))
    live_for(stub, "cookie", timedelta(hours=1))
    put(stub, upsert("cookie c"), upsert("cookie d"))
    later(timedelta(hours=2))
    assert list(map(bool, resolved(stub, "cookie a", "cookie b", "cookie c", "cookie d"))) == [True, True, True, False]
    assert not live_for(stub, "cookie", None).HasField("lifetime")
    put(stub, upsert("cookie c"))
    later(timedelta(days=400))
    assert list(map(bool, resolved(stub, "cookie a", "cookie b", "cookie c"))) == [False, True, True]


def test_what_is_named_by_hand_and_has_expired_is_not_there(stub: IdentityServiceStub, later: Later) -> None:
    put(stub, upsert("member_id m", "ticket t"), upsert("member_id n"))
    later(LIFETIME)
    merge = merges_pb2.MergeCustomersRequest(customers=[who("ticket t"), who("member_id n")], reason="one person")
    assert failure(lambda: stub.MergeCustomers(merge)).reason == "CUSTOMER_NOT_FOUND"
    unlink = merges_pb2.UnlinkIdentifierRequest(identifier=identifier("ticket t"), reason="wrong")
    assert failure(lambda: stub.UnlinkIdentifier(unlink)).reason == "CUSTOMER_NOT_FOUND"
    assert failure(lambda: erase(stub, "ticket t")).reason == "CUSTOMER_NOT_FOUND"


def test_to_decide_a_conflict_brings_nothing_back(stub: IdentityServiceStub, later: Later) -> None:
    one, two = put(stub, upsert("member_id m", "handle h"), upsert("member_id n"))
    [result] = put(stub, upsert("member_id n", "handle h"))
    assert result.conflict_id
    later(LIFETIME)
    decided = merges_pb2.ResolveConflictRequest(
        conflict_id=result.conflict_id, decision=merges_pb2.CONFLICT_STATE_MERGED, note="one person"
    )
    stub.ResolveConflict(decided)
    assert resolved(stub, "handle h", "member_id m", "member_id n") == [0, one.customer_id, one.customer_id]
    assert customer(stub, one.customer_id).alias_ids == [two.customer_id]


def test_a_merge_and_a_split_leave_it_where_it_arrived(stub: IdentityServiceStub, later: Later) -> None:
    one, two = put(stub, upsert("member_id m"), upsert("phone 13800138000", "ticket t"))
    put(stub, upsert("member_id m", "phone 13800138000"))
    later(timedelta(days=1))
    split = merges_pb2.SplitCustomerRequest(
        customer_id=one.customer_id, original_customer_ids=[two.customer_id], reason="two persons"
    )
    stub.SplitCustomer(split)
    assert resolved(stub, "ticket t") == [two.customer_id]
    later(LIFETIME)
    assert resolved(stub, "ticket t", "phone 13800138000") == [0, two.customer_id]
    assert identifiers_of(customer(stub, two.customer_id)) == ["phone +8613800138000"]


def test_who_is_erased_leaves_nothing_of_it(suite: Suite, stub: IdentityServiceStub, later: Later) -> None:
    [made] = put(stub, upsert("member_id m", "ticket seat-one-of-the-first-row"))
    later(LIFETIME)
    assert put(stub, upsert("ticket of-somebody-else"))[0].created
    erase(stub, made.customer_id)
    suite.settle()
    left = dump(suite, "identity")
    assert "seat-one-of-the-first-row" not in left
    assert "of-somebody-else" in left


def test_what_is_taken_off_is_announced_once(suite: Suite, stub: IdentityServiceStub, clock: ManualClock) -> None:
    crowd = put(stub, *(upsert(f"member_id m{number}", f"ticket t{number}") for number in range(700)))
    [addressed] = put(stub, upsert("member_id m", "handle h", "ticket t"))
    before = len(told(stub, "identifiers_changed", "contact_points_changed"))
    clock.advance(LIFETIME)
    suite.settle()
    after = told(stub, "identifiers_changed", "contact_points_changed")[before:]
    everybody = sorted([addressed.customer_id, *(each.customer_id for each in crowd)])
    assert sorted(i for kind, i, has in after if kind == "identifiers_changed" and has == ["member_id"]) == everybody
    assert [i for kind, i, _ in after if kind == "contact_points_changed"] == [addressed.customer_id]
    assert len(after) == len(everybody) + 1
    clock.advance(LIFETIME)
    suite.settle()
    assert len(told(stub, "identifiers_changed", "contact_points_changed")) == before + len(after)


def test_many_who_bring_what_has_expired_at_once_bring_one_customer(
    stub: IdentityServiceStub, clock: ManualClock
) -> None:
    """While the loop takes off what they bring."""
    [old] = put(stub, upsert("member_id m", *(f"handle h{number}" for number in range(8))))
    clock.advance(LIFETIME)
    now = seconds(clock.now())

    def bring(sender: int) -> set[int]:
        events = (event(f"{sender}-{n}", f"handle h{n}", "member_id n", time=now) for n in range(8))
        return {each.customer_id for each in ingest(stub, *events)}

    ids = at_once(*(partial(bring, sender) for sender in range(6)))
    assert len(set.union(*ids)) == 1
    assert resolved(stub, *(f"handle h{n}" for n in range(8))) == [*ids[0]] * 8
    assert identifiers_of(customer(stub, old.customer_id)) == ["member_id m"]


def test_a_pending_id_lives_for_ninety_days(stub: IdentityServiceStub, clock: ManualClock) -> None:
    request = definitions_pb2.GetNamespaceRequest(namespace_id="wecom.pending_id")
    namespace = stub.GetNamespace(request).namespace
    assert namespace.lifetime.ToTimedelta() == timedelta(days=90)
    assert namespace.strength == definitions_pb2.STRENGTH_WEAK
    [made, refused] = put(stub, upsert("wecom.pending_id:corp p", "wechat.unionid u"), upsert("wecom.pending_id p"))
    assert refused.error.field_violations[0].field == "customers[1].identifiers[0].namespace"
    clock.advance(timedelta(days=90) - MOMENT)
    assert resolved(stub, "wecom.pending_id:corp p") == [made.customer_id]
    clock.advance(MOMENT)
    assert resolved(stub, "wecom.pending_id:corp p", "wechat.unionid u") == [0, made.customer_id]


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(days=-1), timedelta(days=36_501)])
def test_a_lifetime_that_is_none_is_refused(stub: IdentityServiceStub, lifetime: timedelta) -> None:
    assert list(failure(lambda: define(stub, "token", lifetime)).violations) == ["namespace.lifetime"]
    assert list(failure(lambda: live_for(stub, "cookie", lifetime)).violations) == ["namespace.lifetime"]


def test_entities_addresses_do_not_expire(stub: IdentityServiceStub) -> None:
    refused = failure(lambda: define(stub, "desk", LIFETIME, address=True, entity_only=True))
    assert list(refused.violations) == ["namespace.lifetime"]
