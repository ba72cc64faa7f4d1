"""Merging and splitting again is as if nothing had been merged, whatever arrives in between."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.budget import budget
from support.people import at, customer, event, ingest, put, resolved, upsert, who
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

PEOPLE = 4
WORLDS = count()

Doing = tuple[str, int, int]
"""What happens to whom, with a number that makes one of several values."""

DOINGS = st.tuples(
    st.sampled_from(["event", "value", "tag", "untag", "consent"]), st.integers(0, PEOPLE - 1), st.integers(0, 3)
)


def fields(what: str, number: int, time: int) -> dict[str, Any]:
    """What an upsert says besides whom it is about."""
    decision = consents_pb2.DECISION_GRANTED if number % 2 else consents_pb2.DECISION_DENIED
    told: dict[str, dict[str, Any]] = {
        "value": {"attributes": {"gender": "fm"[number % 2]}},
        "tag": {"add_tags": [f"tag {number}"]},
        "untag": {"remove_tags": [f"tag {number}"]},
        "consent": {"consents": [consents_pb2.Consent(purpose="marketing", decision=decision, time=at(time))]},
    }
    return told[what]


class World:
    """People whose identifiers are this world's own, each known from the beginning."""

    def __init__(self, identity: IdentityServiceStub) -> None:
        self.identity = identity
        self.name = f"w{next(WORLDS)}"
        self.clock = count(1)
        for person in range(PEOPLE):
            ingest(
                identity, event(self.new_id(), self.key(person), f"device {self.name}-{person}", time=next(self.clock))
            )
        self.ids = resolved(identity, *map(self.key, range(PEOPLE)))

    def key(self, person: int) -> str:
        return f"cookie {self.name}-{person}"

    def new_id(self) -> str:
        return f"{self.name}-{next(self.clock)}"

    def do(self, doings: Sequence[Doing]) -> None:
        for what, person, number in doings:
            time, key = next(self.clock), self.key(person)
            if what == "event":
                ingest(self.identity, event(self.new_id(), key, time=time, attributes={"city": f"city {number}"}))
            else:
                put(self.identity, upsert(key, time=time, **fields(what, number, time)))

    def merge(self, pairs: Sequence[tuple[int, int]]) -> None:
        for one, other in pairs:
            if one != other:
                request = merges_pb2.MergeCustomersRequest(
                    customers=[who(self.ids[one]), who(self.ids[other])], reason="by chance"
                )
                self.identity.MergeCustomers(request)

    def split_all(self) -> None:
        for person in self.ids:
            while (found := customer(self.identity, person)).alias_ids:
                self.identity.SplitCustomer(
                    merges_pb2.SplitCustomerRequest(
                        customer_id=found.customer_id, original_customer_ids=found.alias_ids[:1], reason="by chance"
                    )
                )

    def seen(self) -> list[customers_pb2.Customer]:
        """All people, told without what names this world."""
        people = []
        for person, customer_id in enumerate(self.ids):
            found = customer(self.identity, customer_id)
            assert found.customer_id == customer_id
            assert not found.alias_ids
            assert resolved(self.identity, self.key(person)) == [customer_id]
            found.customer_id = person
            del found.identifiers[:]
            people.append(found)
        return people


@settings(max_examples=budget(5, 20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(DOINGS, max_size=6),
    pairs=st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)), min_size=1, max_size=4),
    after=st.lists(DOINGS, max_size=6),
)
def test_a_split_undoes_a_merge_and_what_came_meanwhile_goes_where_it_belongs(
    identity: IdentityServiceStub, before: list[Doing], pairs: list[tuple[int, int]], after: list[Doing]
) -> None:
    quiet, busy = World(identity), World(identity)
    for world in (quiet, busy):
        world.do(before)
        if world is busy:
            world.merge(pairs)
        world.do(after)
    busy.split_all()
    assert busy.seen() == quiet.seen()
