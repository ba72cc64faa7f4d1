"""Source codes: created, listed, and what they brought, counted once under replays, merges, and writers at once."""

import random
from typing import Any

import pytest
import sqlalchemy as sa
from support.patience import at_once
from support.people import at, customer, event, ingest, put, resolved, upsert, who
from support.relations import Follower, brought, chain, code, create, listed, relate, relation
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.identity.v1 import events_pb2, merges_pb2, sources_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub


@pytest.fixture
def inviter(identity: IdentityServiceStub) -> int:
    return put(identity, upsert("member_id inviter", time=1))[0].customer_id


def visit(event_id: str, *identifiers: str, code: Any = "p-1", time: float = 100, **fields: Any) -> events_pb2.Event:
    return event(event_id, *identifiers, name="scanned", time=time, properties={"source_code": code}, **fields)


def codes_of(stub: IdentityServiceStub, **wanted: Any) -> list[str]:
    return [each.code for each in stub.ListSourceCodes(sources_pb2.ListSourceCodesRequest(**wanted)).source_codes]


def test_codes_are_created_once_and_listed_by_what_they_belong_to(identity: IdentityServiceStub, inviter: int) -> None:
    results = create(
        identity,
        code("b", inviter=inviter, campaign_id="c-1", staff_id="lin", display_name="Window"),
        code("a", channel="web", kind=sources_pb2.SOURCE_CODE_KIND_LINK),
        code("a"),
        code("", campaign_id="c-1"),
        code("x", inviter=987654321),
        code("y", channel=""),
        code("z" * 64),
        code("k", kind=sources_pb2.SOURCE_CODE_KIND_UNSPECIFIED),
    )
    reasons = [result.error.reason for result in results]
    assert reasons == ["", "", "SOURCE_CODE_ALREADY_EXISTS", "", "CUSTOMER_NOT_FOUND", *["INVALID_FIELD"] * 3]
    assert [v.field for each in results for v in each.error.field_violations] == [
        "source_codes[5].channel",
        "source_codes[6].code",
        "source_codes[7].kind",
    ]
    first, made = results[0].source_code, results[3].source_code.code
    assert (first.inviter_customer_id, first.staff_id, first.display_name) == (inviter, "lin", "Window")
    assert 20 < len(made) <= 30
    assert create(identity, code("b"))[0].error.reason == "SOURCE_CODE_ALREADY_EXISTS"
    assert codes_of(identity) == sorted(["a", "b", made])
    assert codes_of(identity, channel="web") == ["a"]
    assert codes_of(identity, inviter_customer_id=inviter) == ["b"]
    assert codes_of(identity, campaign_id="c-1") == sorted(["b", made])
    page = identity.ListSourceCodes(sources_pb2.ListSourceCodesRequest(page_size=2))
    rest = codes_of(identity, page_token=page.next_page_token)
    assert [*(each.code for each in page.source_codes), *rest] == codes_of(identity)
    request = sources_pb2.ListSourceCodesRequest(inviter_customer_id=99999)
    assert failure(lambda: identity.ListSourceCodes(request)).reason == "CUSTOMER_NOT_FOUND"
    unknown = sources_pb2.GetSourceCodeStatisticsRequest(codes=["a", "none"])
    assert failure(lambda: identity.GetSourceCodeStatistics(unknown)).metadata["id"] == "none"


def test_s06_a_poster_brings_visits_and_customers_and_the_chain_is_kept(
    identity: IdentityServiceStub, inviter: int
) -> None:
    """S06, referral: a customer's own code brings visits and new customers, and the inviter chain is kept."""
    create(identity, code("p-1", inviter=inviter), code("shop"))
    [known] = put(identity, upsert("member_id known", time=2))
    results = ingest(
        identity,
        visit("1", "wechat.openid:wx1 ann"),
        visit("2", "wechat.openid:wx1 ann", time=110),
        visit("3", "member_id known", time=120),
        visit("4", "wechat.openid:wx1 bob", code="shop", time=130),
        event("5", "wechat.openid:wx1 cat", time=140),
        visit("6", "member_id inviter", time=150),
    )
    ann = results[0].customer_id
    assert [result.created for result in results] == [True, False, False, True, True, False]
    assert brought(identity, "p-1", "shop") == [(4, 3, 1), (1, 1, 1)]
    assert chain(identity, ann) == [inviter]
    assert [chain(identity, each) for each in (known.customer_id, inviter, results[3].customer_id)] == [[]] * 3
    create(identity, code("p-ann", inviter=ann))
    [dora] = ingest(identity, visit("7", "phone 13800138000", code="p-ann", time=200))
    assert chain(identity, dora.customer_id) == [ann, inviter]
    assert listed(identity, dora.customer_id) == [f"inviter:{ann} 200.."]
    assert Follower(identity).follow() == {ann: {f"inviter:{inviter}"}, dora.customer_id: {f"inviter:{ann}"}}
    assert brought(identity, "p-1", interval=Interval(start=at(110), end=at(150))) == [(2, 2, 0)]
    assert brought(identity, "p-1", interval=Interval(start=at(100), end=at(101))) == [(1, 1, 1)]


def test_replays_count_nothing_again(identity: IdentityServiceStub, inviter: int) -> None:
    create(identity, code("p-1", inviter=inviter))
    batch = [visit("1", "cookie a"), visit("2", "cookie a", time=101), visit("1", "cookie b"), visit("3", "cookie b")]
    ingest(identity, *batch)
    told = Follower(identity).follow()
    for _ in range(2):
        assert [result.duplicate for result in ingest(identity, *batch)] == [True] * 4
    assert brought(identity, "p-1", "p-1") == [(3, 2, 2)] * 2
    assert Follower(identity).follow() == told


def test_what_is_no_code_is_a_property_and_a_code_may_be_created_after_its_visits(
    identity: IdentityServiceStub,
) -> None:
    odd = [7, "", "x" * 64, ["p-1"], None]
    results = ingest(identity, *(visit(str(n), f"cookie odd-{n}", code=each) for n, each in enumerate(odd)))
    assert not any(result.HasField("error") for result in results)
    ingest(identity, visit("late", "cookie z"))
    create(identity, code("p-1"))
    assert brought(identity, "p-1") == [(1, 1, 1)]


def test_who_was_known_before_is_not_new_until_a_split_says_so(identity: IdentityServiceStub, inviter: int) -> None:
    create(identity, code("p-1", inviter=inviter))
    [known] = put(identity, upsert("member_id known", time=5))
    [new] = ingest(identity, visit("1", "wechat.openid:wx1 ann"))
    assert brought(identity, "p-1") == [(1, 1, 1)]
    ingest(identity, event("form", "member_id known", "wechat.openid:wx1 ann", time=300))
    assert customer(identity, new.customer_id).customer_id == known.customer_id
    assert brought(identity, "p-1") == [(1, 1, 0)]
    assert chain(identity, known.customer_id) == [inviter]
    identity.SplitCustomer(
        merges_pb2.SplitCustomerRequest(
            customer_id=known.customer_id, original_customer_ids=[new.customer_id], reason="two persons"
        )
    )
    assert brought(identity, "p-1") == [(1, 1, 1)]
    assert [chain(identity, known.customer_id), chain(identity, new.customer_id)] == [[], [inviter]]


def test_the_order_of_arrival_does_not_matter(identity: IdentityServiceStub, inviter: int) -> None:
    create(identity, code("p-1", inviter=inviter), code("p-2", inviter=inviter))
    ingest(identity, event("order", "cookie a", time=500))
    ingest(identity, visit("scan", "cookie a", time=400))
    assert brought(identity, "p-1") == [(1, 1, 1)]
    assert chain(identity, "cookie a") == [inviter]
    ingest(identity, event("before", "cookie a", time=300))
    assert brought(identity, "p-1") == [(1, 1, 0)]
    ingest(identity, visit("same 1", "cookie b", time=600), visit("same 2", "cookie b", code="p-2", time=600))
    assert brought(identity, "p-1", "p-2") == [(2, 2, 1), (1, 1, 0)]


def test_a_code_gives_no_inviter_to_who_has_one_and_closes_no_circle(
    identity: IdentityServiceStub, inviter: int
) -> None:
    create(identity, code("p-1", inviter=inviter))
    first, second = (result.customer_id for result in ingest(*_twice(identity)))
    relate(identity, relation(first, "inviter", second), relation(inviter, "inviter", second))
    ingest(identity, visit("1", "cookie a", time=50), visit("2", "cookie b", time=50))
    assert brought(identity, "p-1") == [(2, 2, 2)]
    assert [chain(identity, each) for each in (first, second, inviter)] == [[second], [], [second]]
    ingest(identity, visit("own", "member_id inviter", time=0))
    assert chain(identity, inviter) == [second]


def test_a_newcomer_who_turns_out_to_be_the_inviter_in_the_same_batch(
    identity: IdentityServiceStub, inviter: int
) -> None:
    create(identity, code("p-1", inviter=inviter))
    ingest(
        identity,
        visit("1", "cookie a"),
        event("2", "cookie a", "member_id inviter", time=101),
        visit("3", "cookie b", time=102),
        event("4", "cookie b", "cookie c", time=103),
    )
    assert resolved(identity, "cookie a") == [inviter]
    assert chain(identity, inviter) == []
    assert chain(identity, "cookie c") == [inviter]
    assert brought(identity, "p-1") == [(2, 2, 1)]


def test_codes_cost_statements_by_the_batch_and_nothing_where_there_are_none(
    identity: IdentityServiceStub, inviter: int
) -> None:
    create(identity, code("p-1", inviter=inviter))
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if any(table in statement for table in ("source_code", "source_visit", "relation", "pg_advisory_xact_lock(")):
            sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        ingest(identity, *(event(f"{n}", f"cookie c-{n % 50}", time=n) for n in range(200)))
        assert not sent
        ingest(identity, *(visit(f"v{n}", f"cookie n-{n % 50}", time=n) for n in range(200)))
        assert 0 < len(sent) <= 6
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert brought(identity, "p-1") == [(200, 50, 50)]


def test_codes_go_along_when_their_inviter_is_merged(identity: IdentityServiceStub, inviter: int) -> None:
    [older] = put(identity, upsert("member_id older", time=0))
    create(identity, code("p-1", inviter=inviter))
    request = merges_pb2.MergeCustomersRequest(
        customers=[who(inviter), who(older.customer_id)], reason="the same", override_rules=True
    )
    identity.MergeCustomers(request)
    [new] = ingest(identity, visit("1", "cookie a"))
    assert chain(identity, new.customer_id) == [older.customer_id]
    assert codes_of(identity, inviter_customer_id=older.customer_id) == ["p-1"]


def test_writers_at_once_count_once(identity: IdentityServiceStub, inviter: int) -> None:
    create(identity, code("p-1", inviter=inviter))
    batch = [visit(f"{n}", f"cookie c-{n % 20}", time=100 + n) for n in range(60)]
    batch += [event(f"join {n}", f"cookie c-{n}", f"cookie c-{n + 1}", time=200) for n in range(0, 10, 2)]

    def write(writer: int) -> None:
        mine = random.Random(writer).sample(batch, len(batch))
        for start in range(0, len(mine), 13):
            ingest(identity, *mine[start : start + 13])

    at_once(*(lambda writer=writer: write(writer) for writer in range(4)), seconds=120)
    assert brought(identity, "p-1") == [(60, 15, 15)]
    people = {i for n in range(20) for i in resolved(identity, f"cookie c-{n}")}
    assert len(people) == 15
    told = Follower(identity).follow()
    for each in people:
        assert chain(identity, each) in ([inviter], [])
        assert (each in told) == bool(chain(identity, each))


def _twice(identity: IdentityServiceStub) -> tuple[IdentityServiceStub, events_pb2.Event, events_pb2.Event]:
    return identity, event("a", "cookie a", time=90), event("b", "cookie b", time=90)
