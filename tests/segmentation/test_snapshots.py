"""Members frozen, and segments held against each other, through the contract on both databases."""

import json
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import grpc
import pytest
from support import segmentation_words as w
from support.status import failure_of
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import customers_pb2, merges_pb2, privacy_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.api.segmentation.v1 import changes_pb2, segments_pb2

if TYPE_CHECKING:
    from segmentation.conftest import Services


def people(services: "Services", *tags: Sequence[str]) -> list[int]:
    """A customer for each list of tags."""
    upserts = [
        customers_pb2.CustomerUpsert(
            identifiers=[common_pb2.Identifier(namespace="member_id", value=f"m{at}")], add_tags=each, source="test"
        )
        for at, each in enumerate(tags)
    ]
    answer = services.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=upserts))
    return [result.customer_id for result in answer.results]


def retag(services: "Services", number: int, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
    identifier = common_pb2.Identifier(namespace="member_id", value=f"m{number}")
    upsert = customers_pb2.CustomerUpsert(identifiers=[identifier], add_tags=add, remove_tags=remove, source="test")
    services.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert]))
    services.settle()


def create(services: "Services", *tags: str) -> None:
    """A segment for each tag, by its name."""
    for tag in tags:
        segment = segments_pb2.Segment(segment_id=tag, rule=w.tag(tag))
        services.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    services.settle()


def snap(services: "Services", segment_id: str, snapshot_id: str = "") -> segments_pb2.Snapshot:
    request = segments_pb2.CreateSnapshotRequest(segment_id=segment_id, snapshot_id=snapshot_id)
    return services.segmentation.CreateSnapshot(request).snapshot


def members(services: "Services", segment_id: str, snapshot_id: str = "", after: int = 0) -> list[int]:
    request = segments_pb2.ListMembersRequest(segment_id=segment_id, snapshot_id=snapshot_id, after_customer_id=after)
    return [each.customer_id for page in services.segmentation.ListMembers(request) for each in page.members]


def compare(services: "Services", *segment_ids: str) -> segments_pb2.CompareSegmentsResponse:
    request = segments_pb2.CompareSegmentsRequest(segment_ids=segment_ids)
    return services.segmentation.CompareSegments(request)


def refused(services: "Services", *segment_ids: str) -> tuple[str, list[str]]:
    with pytest.raises(grpc.RpcError) as caught:
        compare(services, *segment_ids)
    failure = failure_of(caught.value)
    return failure.reason, list(failure.violations)


def test_a_snapshot_keeps_members_version_and_instant(services: "Services") -> None:
    ids = people(services, ["vip"], ["vip"], [])
    create(services, "vip")
    before = snap(services, "vip", "opening")
    assert (before.segment_id, before.version, before.member_count) == ("vip", 1, 2)
    assert before.as_of.ToDatetime() == services.clock.now().replace(tzinfo=None)
    retag(services, 0, remove=["vip"])
    retag(services, 2, add=["vip"])
    changed = segments_pb2.Segment(segment_id="vip", rule=w.any_of(w.tag("vip"), w.tag("gold")))
    services.segmentation.UpdateSegment(segments_pb2.UpdateSegmentRequest(segment=changed))
    services.settle()
    after = snap(services, "vip")
    assert after.version == 2
    assert members(services, "vip", "opening") == ids[:2]
    assert members(services, "vip", "opening", after=ids[0]) == [ids[1]]
    assert members(services, "vip", after.snapshot_id) == members(services, "vip") == ids[1:]
    first = services.segmentation.ListSnapshots(segments_pb2.ListSnapshotsRequest(segment_id="vip", page_size=1))
    assert list(first.snapshots) == [after]
    request = segments_pb2.ListSnapshotsRequest(segment_id="vip", page_token=first.next_page_token)
    assert list(services.segmentation.ListSnapshots(request).snapshots) == [before]


def test_a_snapshot_knows_people_by_the_ids_of_then_and_forgets_who_is_erased(services: "Services") -> None:
    ids = people(services, ["vip"], ["vip"], ["vip"])
    create(services, "vip")
    snap(services, "vip", "opening")
    references = [CustomerReference(customer_id=each) for each in ids[:2]]
    services.identity.MergeCustomers(
        merges_pb2.MergeCustomersRequest(customers=references, reason="one person", override_rules=True)
    )
    services.settle()
    assert members(services, "vip", "opening") == ids
    assert members(services, "vip") == [ids[0], ids[2]]
    request = changes_pb2.ExportCustomerRequest(customer_id=ids[0])
    exported = json.loads(services.segmentation.ExportCustomer(request).json)["snapshot_members"]
    assert [(each["snapshot_id"], each["customer_id"]) for each in exported] == [
        ("opening", ids[0]),
        ("opening", ids[1]),
    ]
    services.identity.EraseCustomer(privacy_pb2.EraseCustomerRequest(customer=references[0], reason="asked for it"))
    services.settle()
    assert members(services, "vip", "opening") == [ids[2]]


def test_what_is_wrong_with_a_snapshot_is_said(services: "Services") -> None:
    people(services, ["vip"])
    create(services, "vip", "gold")
    snap(services, "vip", "opening")
    reasons = []
    for segment_id, snapshot_id in (("none", ""), ("vip", "Opening!"), ("gold", "opening"), ("", "")):
        with pytest.raises(grpc.RpcError) as caught:
            snap(services, segment_id, snapshot_id)
        failure = failure_of(caught.value)
        reasons.append((failure.reason, list(failure.violations)))
    assert reasons == [
        ("SEGMENT_NOT_FOUND", []),
        ("INVALID_FIELD", ["snapshot_id"]),
        ("SNAPSHOT_ALREADY_EXISTS", []),
        ("INVALID_FIELD", ["segment_id"]),
    ]
    with pytest.raises(grpc.RpcError) as caught:
        members(services, "gold", "opening")
    assert failure_of(caught.value).reason == "SNAPSHOT_NOT_FOUND"


def test_segments_are_compared_pair_by_pair(services: "Services") -> None:
    tagged = [["vip", "gold"], ["vip", "gold"], ["vip"], ["gold"], ["new"], []]
    ids = people(services, *tagged)
    names = ("vip", "gold", "new", "nobody")
    create(services, *names)
    found = compare(services, *names)
    sets = {name: {each for each, tags in zip(ids, tagged, strict=True) if name in tags} for name in names}
    assert {each.segment_id: each.members for each in found.sizes} == {name: len(sets[name]) for name in names}
    assert [each.segment_id for each in found.sizes] == list(names)
    expected = [(one, other, sets[one] & sets[other], sets[one] | sets[other]) for one, other in combinations(names, 2)]
    assert [(each.first_segment_id, each.second_segment_id, each.both) for each in found.overlaps] == [
        (one, other, len(both)) for one, other, both, _ in expected
    ]
    assert [each.jaccard for each in found.overlaps] == pytest.approx(
        [len(both) / len(either) if either else 0 for _, _, both, either in expected]
    )
    retag(services, 0, remove=["vip"])
    services.segmentation.ArchiveSegment(segments_pb2.ArchiveSegmentRequest(segment_id="gold"))
    services.settle()
    assert [each.members for each in compare(services, "gold", "vip").sizes] == [3, 2]


def test_what_is_wrong_with_a_comparison_is_said(services: "Services") -> None:
    create(services, "vip")
    assert refused(services, "vip") == ("INVALID_FIELD", ["segment_ids"])
    assert refused(services, *(f"s{at}" for at in range(21))) == ("INVALID_FIELD", ["segment_ids"])
    assert refused(services, "vip", "vip") == ("INVALID_FIELD", ["segment_ids[1]"])
    assert refused(services, "vip", "none") == ("SEGMENT_NOT_FOUND", [])
