"""Rules over what identity tells in other words: derived values, tags above tags, and what ends by itself."""

from datetime import timedelta
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from support import segmentation_words as w
from support.people import put, upsert
from tidegate.api.identity.v1 import definitions_pb2, tags_pb2
from tidegate.api.segmentation.v1 import rules_pb2, segments_pb2

if TYPE_CHECKING:
    from segmentation.conftest import Services

DAY = timedelta(days=1)


def create(services: "Services", segment_id: str, rule: rules_pb2.Rule) -> None:
    segment = segments_pb2.Segment(segment_id=segment_id, rule=rule)
    services.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))


def members(services: "Services", segment_id: str) -> list[int]:
    pages = services.segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
    return [each.customer_id for page in pages for each in page.members]


def test_a_rule_asks_for_what_is_derived_from_a_personal_attribute(services: "Services") -> None:
    put(
        services.identity,
        upsert("member_id a", attributes={"birth_date": "1996-10-20"}),
        upsert("member_id b", attributes={"birth_date": "1980-11-11"}),
    )
    create(services, "thirties", w.attribute("age_band", w.compare("EQUAL", "30-39")))
    create(services, "november", w.attribute("birthday", w.compare("STARTS_WITH", "11-")))
    services.settle()
    assert members(services, "november") == []
    definition = definitions_pb2.AttributeDefinition(
        name="birth_date",
        derived=[
            definitions_pb2.DerivedAttribute(name="age_band", derivation=definitions_pb2.DERIVATION_AGE_BAND),
            definitions_pb2.DerivedAttribute(name="birthday", derivation=definitions_pb2.DERIVATION_MONTH_DAY),
        ],
    )
    services.identity.UpdateAttributeDefinition(
        definitions_pb2.UpdateAttributeDefinitionRequest(
            attribute_definition=definition, update_mask=FieldMask(paths=["derived"])
        )
    )
    services.settle()
    assert (members(services, "thirties"), members(services, "november")) == ([], [2])
    services.clock.advance(22 * DAY)
    services.settle()
    assert members(services, "thirties") == [1], "the band turned on the first of November"
    put(services.identity, upsert("member_id b", attributes={"birth_date": None}))
    services.settle()
    assert members(services, "november") == []


def test_a_rule_asks_for_tags_above_and_lets_go_what_ended(services: "Services") -> None:
    group = tags_pb2.TagGroup(group_id="area", parents={"shanghai": "east"}, lifetime=Duration(seconds=86_400))
    services.identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))
    put(
        services.identity,
        upsert("member_id a", add_tags=["area=shanghai"]),
        upsert("member_id b", add_tags=["area=wuhan"]),
    )
    create(services, "east", w.tag("area=east"))
    create(services, "anywhere", w.tag("area=*"))
    services.settle()
    assert (members(services, "east"), members(services, "anywhere")) == ([1], [1, 2])
    services.clock.advance(DAY)
    services.settle()
    assert (members(services, "east"), members(services, "anywhere")) == ([], [])
