"""S01, one person from a form: website lead, follower and phone become one customer, the model of interest a tag."""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from pathlib import Path

import pytest
from support.feeds import changes
from support.people import customer, event, identifiers_of, ingest, put, resolved, upsert
from support.server import serving
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, events_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock

FOLLOWER, PHONE = "wechat.openid:wxcar o-77", "phone 138 0013 8000"
TAG = "interest.model=ES8"
Step = Callable[[IdentityServiceStub], None]


@pytest.fixture
def identity(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[IdentityServiceStub]:
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as suite:
        yield suite.stub("identity", IdentityServiceStub)


def lead(identity: IdentityServiceStub) -> None:
    """The website takes a phone."""
    ingest(identity, event("lead-1", PHONE, source="website", name="lead", time=10))


def follow(identity: IdentityServiceStub) -> None:
    """Somebody follows the account."""
    ingest(identity, event("follow-1", FOLLOWER, source="wechat", name="follow", time=20))


def fill_in(identity: IdentityServiceStub) -> None:
    """The follower's form: what was filled in is an event, and what interests them a tag."""
    said = {"model": "ES8"}
    ingest(identity, event("form-1", FOLLOWER, PHONE, source="wechat", name="form", time=30, properties=said))
    put(identity, upsert(FOLLOWER, PHONE, source="form", time=30, add_tags=[TAG]))


def told(identity: IdentityServiceStub, kind: str) -> list[changes_pb2.Change]:
    return list(changes(identity, changes_pb2.ListChangesRequest(kinds=[kind])))


def test_s01_one_person_from_a_form(identity: IdentityServiceStub) -> None:
    lead(identity)
    follow(identity)
    first, second = resolved(identity, PHONE, FOLLOWER)
    assert first != second
    fill_in(identity)
    person = customer(identity, FOLLOWER)
    assert resolved(identity, PHONE, FOLLOWER) == [first, first]
    assert (person.customer_id, list(person.alias_ids)) == (first, [second])
    assert identifiers_of(person) == [FOLLOWER, "phone +8613800138000"]
    assert [(each.tag, each.source) for each in person.tags] == [(TAG, "form")]
    [merged] = told(identity, "customer_merged")
    assert (merged.customer_merged.survivor_id, merged.customer_merged.merged_id) == (first, second)
    [tagged] = told(identity, "tags_changed")
    assert (tagged.customer_id, list(tagged.tags_changed.added)) == (first, [TAG])


@pytest.mark.parametrize("order", list(permutations((lead, follow, fill_in))))
def test_s01_whatever_comes_first_and_however_often(identity: IdentityServiceStub, order: Sequence[Step]) -> None:
    for step in (*order, *order):
        step(identity)
    assert len(set(resolved(identity, PHONE, FOLLOWER))) == 1
    person = customer(identity, PHONE)
    assert [each.tag for each in person.tags] == [TAG]
    found = identity.ListCustomerEvents(events_pb2.ListCustomerEventsRequest(customer_id=person.customer_id))
    assert [each.event.event_id for each in found.events] == ["form-1", "follow-1", "lead-1"]
    request = customers_pb2.SearchCustomersRequest(tags=[TAG])
    assert [each.customer_id for each in identity.SearchCustomers(request).customers] == [person.customer_id]


def test_s01_another_model_is_another_tag_on_the_same_person(identity: IdentityServiceStub) -> None:
    follow(identity)
    fill_in(identity)
    put(identity, upsert(FOLLOWER, source="form", time=40, add_tags=["interest.model=ET5"]))
    assert [each.tag for each in customer(identity, PHONE).tags] == ["interest.model=ES8", "interest.model=ET5"]
