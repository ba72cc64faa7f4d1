"""Inviters: the first stays, no chain leads back, also when a merge closes it or two writers are at it at once."""

import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice, pairwise

import grpc
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from support.patience import at_once
from support.people import customer, put, upsert, who
from support.relations import Follower, chain, listed, relate, relation, unrelate
from support.status import failure_of
from tidegate.api.identity.v1 import merges_pb2, relations_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.attributing import Attributed
from tidegate.identity.relations import Relation, RelationKind, above, inviters


@pytest.fixture
def people(identity: IdentityServiceStub) -> list[int]:
    return [result.customer_id for result in put(identity, *(upsert(f"cookie p-{n}", time=n) for n in range(8)))]


def invite(stub: IdentityServiceStub, *ids: int, start: int = 0) -> list[str]:
    """Makes each of ``ids`` the inviter of the one before, one call each; the reasons of refusals."""
    pairs = enumerate(pairwise(ids))
    results = [relate(stub, relation(a, "inviter", b, start=start + place))[0] for place, (a, b) in pairs]
    return [result.error.reason for result in results]


def merge(stub: IdentityServiceStub, *ids: int) -> None:
    stub.MergeCustomers(merges_pb2.MergeCustomersRequest(customers=map(who, ids), reason="the same person"))


def split(stub: IdentityServiceStub, customer_id: int, *original_ids: int) -> None:
    stub.SplitCustomer(
        merges_pb2.SplitCustomerRequest(
            customer_id=customer_id, original_customer_ids=original_ids, reason="two persons"
        )
    )


def test_the_first_inviter_stays(identity: IdentityServiceStub, people: list[int]) -> None:
    a, b, c = people[:3]
    assert invite(identity, a, b) == [""]
    [refused] = relate(identity, relation(a, "inviter", c))
    assert (refused.error.code, refused.error.reason) == (grpc.StatusCode.FAILED_PRECONDITION.value[0], "INVITER_KNOWN")
    assert dict(refused.error.metadata) == {"customer_id": str(a), "inviter_id": str(b)}
    assert chain(identity, a) == [b]
    unrelate(identity, relation(a, "inviter", b, end=5))
    assert chain(identity, a) == []
    assert invite(identity, a, c, start=7) == [""]
    assert listed(identity, a) == [f"inviter:{c} 7..", f"inviter:{b} 0..5"]
    assert Follower(identity).follow() == {a: {f"inviter:{c}"}}


def test_a_chain_that_would_lead_back_is_refused(identity: IdentityServiceStub, people: list[int]) -> None:
    a, b, c, d = people[:4]
    assert invite(identity, a, b, c, d) == ["", "", ""]
    assert chain(identity, a) == [b, c, d]
    assert invite(identity, d, a) == invite(identity, d, d) == ["INVITER_CIRCLE"]
    assert chain(identity, d) == []


def test_a_chain_within_one_batch_is_decided_item_by_item(identity: IdentityServiceStub, people: list[int]) -> None:
    a, b, c = people[:3]
    results = relate(
        identity,
        relation(a, "inviter", b),
        relation(b, "inviter", c),
        relation(c, "inviter", a),
        relation(a, "inviter", c),
        relation(c, "owner_staff", "lin"),
    )
    assert [each.error.reason for each in results] == ["", "", "INVITER_CIRCLE", "INVITER_KNOWN", ""]
    assert chain(identity, a) == [b, c]


def test_a_chain_longer_than_a_hundred_is_cut_and_says_so(identity: IdentityServiceStub) -> None:
    found = put(identity, *(upsert(f"cookie long-{n}", time=n) for n in range(103)))
    ids = [result.customer_id for result in found]
    results = relate(identity, *(relation(a, "inviter", b) for a, b in pairwise(ids)))
    assert all(result.changed for result in results)
    answers = [
        identity.GetInviterChain(relations_pb2.GetInviterChainRequest(customer=who(ids[place]))) for place in (0, 2)
    ]
    assert [list(answer.customer_ids) for answer in answers] == [ids[1:101], ids[3:]]
    assert [answer.truncated for answer in answers] == [True, False]


def test_two_inviters_come_together_and_the_first_stands(identity: IdentityServiceStub, people: list[int]) -> None:
    a, b, x, y = people[:4]
    invite(identity, a, x, start=20)
    invite(identity, b, y, start=10)
    follower = Follower(identity)
    apart = follower.follow()
    merge(identity, a, b)
    assert chain(identity, a) == [y]
    assert listed(identity, a) == [f"inviter:{y} 10.."]
    assert follower.follow() == {a: {f"inviter:{y}"}}
    split(identity, a, b)
    assert [chain(identity, a), chain(identity, b)] == [[x], [y]]
    assert follower.follow() == apart


def test_who_is_merged_with_their_inviter_did_not_invite_themself(
    identity: IdentityServiceStub, people: list[int]
) -> None:
    a, b, c = people[:3]
    invite(identity, a, b, c)
    follower = Follower(identity)
    apart = follower.follow()
    merge(identity, a, b)
    assert chain(identity, a) == [c]
    assert follower.follow() == {a: {f"inviter:{c}"}}
    split(identity, a, b)
    assert chain(identity, a) == [b, c]
    assert follower.follow() == apart


def test_a_circle_that_a_merge_closes_opens_at_its_newest_relation(
    identity: IdentityServiceStub, people: list[int]
) -> None:
    """The newest relation may be another customer's than the merged one's: the feed says so all the same."""
    a, b, c, d = people[:4]
    invite(identity, a, b, start=1)
    invite(identity, b, c, start=5)
    invite(identity, c, d, start=3)
    follower = Follower(identity)
    apart = follower.follow()
    merge(identity, a, d)
    assert chain(identity, a) == [b]
    assert chain(identity, c) == [a, b]
    assert chain(identity, b) == []
    assert listed(identity, b) == []
    assert follower.follow() == {a: {f"inviter:{b}"}, c: {f"inviter:{d}"}}
    assert invite(identity, b, c, start=9) == ["INVITER_CIRCLE"]
    split(identity, a, d)
    assert chain(identity, a) == [b, c, d]
    assert follower.follow() == apart == Follower(identity).follow()


def test_ending_a_relation_of_a_circle_brings_back_the_one_that_waited(
    identity: IdentityServiceStub, people: list[int]
) -> None:
    a, b, c = people[:3]
    invite(identity, a, b, c, start=1)
    follower = Follower(identity)
    merge(identity, a, c)
    assert [chain(identity, a), chain(identity, b)] == [[b], []]
    follower.follow()
    unrelate(identity, relation(a, "inviter", b))
    assert [chain(identity, a), chain(identity, b)] == [[], [a]]
    assert follower.follow() == {b: {f"inviter:{c}"}}


def test_writers_at_once_close_no_circle(identity: IdentityServiceStub, people: list[int]) -> None:
    """Each invites along the ring, from another place: taken all together they would close it."""

    def write(first: int) -> list[str]:
        order = [*range(first, len(people)), *range(first)]
        return [invite(identity, people[n], people[(n + 1) % len(people)])[0] for n in order]

    reasons = at_once(*(lambda first=first: write(first) for first in range(0, 8, 2)))
    assert {reason for refused in reasons for reason in refused} == {"", "INVITER_CIRCLE"}
    lengths = sorted(len(chain(identity, each)) for each in people)
    assert lengths == list(range(len(people)))
    told = Follower(identity).follow()
    assert len(told) == len(people) - 1


def test_merges_splits_and_inviters_at_once_leave_what_the_feed_says(
    identity: IdentityServiceStub, people: list[int]
) -> None:
    def write(writer: int) -> int:
        chance, done = random.Random(writer), 0
        for _ in range(25):
            one, other = chance.sample(people, 2)
            try:
                match chance.randrange(4):
                    case 0:
                        merge(identity, one, other)
                    case 1:
                        found = customer(identity, one)
                        split(identity, found.customer_id, *found.alias_ids[:1])
                    case 2:
                        unrelate(identity, relation(one, "inviter", other))
                    case _:
                        relate(identity, relation(one, "inviter", other), relation(one, "owner_staff", f"s-{writer}"))
                done += 1
            except grpc.RpcError as error:
                assert failure_of(error).reason in {"MERGE_FORBIDDEN", "INVALID_FIELD"}  # noqa: PT017
        return done

    assert sum(at_once(*(lambda writer=writer: write(writer) for writer in range(4)), seconds=120)) > 40
    told = Follower(identity).follow()
    for each in {customer(identity, person).customer_id for person in people}:
        names = {
            name.split()[0] for name in listed(identity, each) if name.endswith("..") and not name.startswith("inviter")
        }
        assert {name for name in told.get(each, ()) if not name.startswith("inviter")} == names
        first = [customer(identity, int(name[8:])).customer_id for name in told.get(each, ()) if name[:8] == "inviter:"]
        assert first == chain(identity, each)[:1]
        assert each not in chain(identity, each)


def test_two_merges_that_close_a_circle_only_together_are_put_in_order(
    identity: IdentityServiceStub, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of both waits with what it has decided for the other, as long as there is hope that it comes."""
    a, b, c, d = people[:4]
    assert invite(identity, a, c) == invite(identity, d, b) == [""]
    both, write = threading.Barrier(2), Attributed.write

    def write_together(attributed: Attributed, connection: sa.Connection) -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.5)
        write(attributed, connection)

    monkeypatch.setattr(Attributed, "write", write_together)
    at_once(lambda: merge(identity, a, b), lambda: merge(identity, c, d))
    told = Follower(identity).follow()
    left = {customer(identity, person).customer_id for person in people}
    assert told == {each: {f"inviter:{first}"} for each in left for first in chain(identity, each)[:1]}


INVITATIONS = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=14)


@given(INVITATIONS, st.randoms(use_true_random=False))
def test_inviters_in_force_close_no_circle_whatever_is_told(
    pairs: Sequence[tuple[int, int]], chance: random.Random
) -> None:
    told = [_told(place, *pair) for place, pair in enumerate(pairs)]
    invited = inviters(told)
    for customer_id in invited:
        up = list(zip(above(customer_id, invited), range(10), strict=False))
        assert len(up) < 6
    shuffled = list(told)
    chance.shuffle(shuffled)
    assert inviters(shuffled) == invited
    first = {each.customer_id: each for each in reversed(told) if each.inviter_id != each.customer_id}
    if all(customer_id not in islice(above(customer_id, first), 6) for customer_id in first):
        assert invited == first


def _told(place: int, customer_id: int, inviter_id: int) -> Relation:
    return Relation(
        customer_id,
        inviter_id,
        customer_id,
        RelationKind.INVITER,
        str(inviter_id),
        place // 2,
        f"{place:02}",
        inviter_id,
        "",
        "crm",
        None,
    )
