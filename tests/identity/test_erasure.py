"""Erasing a person in identity: nothing is left but keyed hashes, and what comes late is dropped."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import feeds
from support.people import START, at, customer, event, identifier, ingest, put, resolved, upsert, who
from support.privacy import PHONE, SECRETS, dump, erase, erasure, export_identity, exported, profile
from support.relations import code, create, relate, relation
from support.server import Suite, serving
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, merges_pb2, privacy_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock

DONE = privacy_pb2.ERASURE_STATE_DONE


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Suite]:
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as suite:
        yield suite


@pytest.fixture
def stub(suite: Suite) -> IdentityServiceStub:
    return suite.stub("identity", IdentityServiceStub)


def test_nothing_is_left_but_hashes(suite: Suite, stub: IdentityServiceStub) -> None:
    customer_id = profile(stub)
    other = ingest(stub, event("o1", "phone +8613900000009", properties={"note": "somebody else"}))[0].customer_id
    assert all(each in dump(suite, "identity") for each in SECRETS)
    begun = erase(stub, customer_id)
    suite.settle()
    found = erasure(stub, begun.erasure_id)
    assert found.state == DONE
    assert found.HasField("done_time")
    assert [(each.service, each.rows > 5) for each in found.reports] == [("identity", True)]
    left = dump(suite, "identity")
    assert [each for each in SECRETS if each in left] == []
    assert "somebody else" in left
    assert customer(stub, other).customer_id == other
    assert failure(lambda: customer(stub, customer_id)).reason == "CUSTOMER_NOT_FOUND"


def test_it_is_announced_with_all_ids_and_once(suite: Suite, stub: IdentityServiceStub) -> None:
    customer_id = profile(stub)
    alias = ingest(stub, event("a1", "device d-1"))[0].customer_id
    survivor = ingest(stub, event("a2", "device d-1", PHONE))[0].customer_id
    assert {customer_id, alias} > {survivor}
    first, second = erase(stub, alias), erase(stub, customer_id)
    assert first.erasure_id == second.erasure_id
    assert first.customer_id == survivor
    assert erase(stub, PHONE).erasure_id == first.erasure_id
    suite.settle()
    changes = list(feeds.changes(stub, changes_pb2.ListChangesRequest()))
    told = [each for each in changes if each.customer_id in {customer_id, alias}]
    assert [each.WhichOneof("change") for each in told] == ["erasure_requested", "erasure_completed"]
    assert set(told[0].erasure_requested.customer_ids) == {customer_id, alias}
    assert told[0].customer_id == survivor


def test_what_comes_late_is_dropped_and_harms_nobody(suite: Suite, stub: IdentityServiceStub) -> None:
    begun = erase(stub, profile(stub))
    results = ingest(
        stub,
        event("l1", PHONE, properties={"note": "too late to tell"}),
        event("l2", "phone +8613900000009"),
        event("l3", "email wang.fang@example.com", "phone +8613900000008"),
    )
    assert [each.error.reason for each in results] == ["ERASED", "", "ERASED"]
    assert results[0].error.metadata["erasure_id"] == begun.erasure_id
    assert results[1].created
    refused, taken = put(stub, upsert(PHONE, attributes={}), upsert("member_id m-77"))
    assert refused.error.reason == "ERASED"
    assert taken.created
    request = merges_pb2.LinkIdentifiersRequest(
        links=[merges_pb2.IdentifierLink(customer=who(taken.customer_id), identifiers=[identifier(PHONE)], source="t")]
    )
    assert stub.LinkIdentifiers(request).results[0].error.reason == "ERASED"
    suite.settle()
    assert erasure(stub, begun.erasure_id).dropped_count == 4
    assert resolved(stub, PHONE, "phone +8613900000008") == [0, 0]
    assert "too late" not in dump(suite, "identity")
    assert suite.process.metrics.registry.get_sample_value("tidegate_identity_late_facts_total") == 4


def test_a_device_that_others_use_drops_nothing_of_theirs(stub: IdentityServiceStub) -> None:
    erase(stub, profile(stub))
    known = ingest(stub, event("k1", "member_id m-8"))[0].customer_id
    shared = ingest(stub, event("k2", "member_id m-8", "device d-9"))[0]
    assert shared.customer_id == known
    assert not shared.error.reason
    assert resolved(stub, "device d-9") == [0]
    assert ingest(stub, event("k3", "device d-9"))[0].error.reason == "ERASED"


def test_a_person_comes_back_by_own_will_alone(suite: Suite, stub: IdentityServiceStub, clock: ManualClock) -> None:
    now = (clock.now() - START).total_seconds()
    customer_id = profile(stub)
    begun = erase(stub, customer_id)
    suite.settle()
    assert erasure(stub, begun.erasure_id).state == DONE
    back = put(stub, upsert(PHONE, time=now, returning=True))[0]
    assert back.created
    assert back.customer_id != customer_id
    before, after = ingest(stub, event("b1", PHONE, time=now - 1), event("b2", PHONE, time=now + 1))
    assert before.error.reason == "ERASED"
    assert after.customer_id == back.customer_id
    assert ingest(stub, event("b3", "email wang.fang@example.com", time=now + 2))[0].error.reason == "ERASED"
    again = erase(stub, PHONE)
    assert again.erasure_id != begun.erasure_id
    assert again.customer_id == back.customer_id
    assert ingest(stub, event("b4", PHONE, time=now + 3))[0].error.reason == "ERASED"


def test_no_id_is_given_again(suite: Suite, stub: IdentityServiceStub) -> None:
    customer_id = profile(stub)
    erase(stub, customer_id)
    assert ingest(stub, event("n1", "phone +8613900000009"))[0].customer_id > customer_id


def test_what_others_carry_of_the_person_is_taken_out(suite: Suite, stub: IdentityServiceStub) -> None:
    """Events of a person who was merged with the erased one and split again, and conflicts with them."""
    put(stub, upsert("member_id m-1", PHONE), upsert("member_id m-2", "email kept@example.com"))
    conflict = ingest(stub, event("c1", "member_id m-2", PHONE))[0]
    assert conflict.conflict_id
    first = ingest(stub, event("s1", "device d-1"))[0].customer_id
    second = ingest(stub, event("s2", "phone +8613900000007"))[0].customer_id
    ingest(stub, event("s3", "device d-1", "phone +8613900000007"))
    stub.SplitCustomer(
        merges_pb2.SplitCustomerRequest(customer_id=first, original_customer_ids=[second], reason="Wang Fang is two")
    )
    erase(stub, PHONE)
    erase(stub, second)
    suite.settle()
    left = dump(suite, "identity")
    gone = ("13812345678", "13900000007", "Wang Fang")
    assert [each for each in gone if each in left] == []
    assert "kept@example.com" in left
    assert "d-1" in left


def test_bad_requests_name_their_fields(stub: IdentityServiceStub) -> None:
    asked = failure(lambda: stub.EraseCustomer(privacy_pb2.EraseCustomerRequest()))
    assert {"customer", "reason"} <= set(asked.violations)
    assert failure(lambda: erase(stub, 4711)).reason == "CUSTOMER_NOT_FOUND"
    assert failure(lambda: erase(stub, "phone +8613900000001")).reason == "CUSTOMER_NOT_FOUND"
    unknown = failure(lambda: stub.GetErasure(privacy_pb2.GetErasureRequest(erasure_id="x")))
    assert unknown.reason == "ERASURE_NOT_FOUND"


def test_an_export_is_one_document_with_everything(stub: IdentityServiceStub) -> None:
    customer_id = profile(stub)
    ingest(stub, *(event(f"many-{number}", PHONE, time=number) for number in range(900)))
    relate(
        stub, relation(PHONE, "household", "h-1", start=1, role="mother"), relation(PHONE, "owner_staff", "li", start=2)
    )
    create(stub, code("poster-1", inviter=customer_id), code("poster-2"))
    document = export_identity(stub, PHONE)
    text = json.dumps(document, ensure_ascii=False)
    assert document["customer_id"] == customer_id
    assert len(document["events"]) == 901
    assert all(each in text for each in SECRETS)
    assert document["consent_history"][0]["proof"] == "signed by Wang Fang"
    assert exported(document["customer"]["first_seen_time"]) == at(0).ToDatetime()
    assert [(each["target_id"], each.get("role")) for each in document["relations"]] == [
        ("li", None),
        ("h-1", "mother"),
    ]
    assert [each["code"] for each in document["source_codes"]] == ["poster-1"]
    erase(stub, customer_id)
    assert failure(lambda: export_identity(stub, customer_id)).reason == "ERASED"
