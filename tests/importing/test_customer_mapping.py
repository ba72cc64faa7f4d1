"""Which column of a file of customers means what, said by options and files."""

from pathlib import Path

import pytest
from tidegate.importing import CustomerMapping, MappingError, load_mapping
from tidegate.importing.customer_mapping import Subject, TagKind, subject_of
from tidegate.importing.mapping import Kind

LEAST = ["source=crm", "time=updated", "identifier.member_id=member"]


def test_options_name_all_that_a_row_may_say() -> None:
    mapping = load_mapping(
        CustomerMapping,
        [
            *LEAST,
            "customer_id=id",
            "attribute.points:money=points",
            "tag.tier=level",
            "tag.interest:list=likes",
            "tag.vip:bool=is_vip",
            "add_tags=labels",
            "remove_tags=gone",
            "add_tags_expire_time:%Y%m%d=until",
            "consent.marketing.sms=sms_ok",
            "consent.marketing.sms:time:unix=sms_at",
            "consent.marketing.sms:source==checkout",
            "consent.marketing.sms:proof=words",
            "consent.service=all_ok",
            "returning=back",
        ],
    )
    assert mapping.attributes["points"].type is Kind.MONEY
    assert [place.type for place in mapping.tags.values()] == [TagKind.NAME, TagKind.LIST, TagKind.BOOL]
    assert mapping.add_tags_expire_time is not None
    assert mapping.add_tags_expire_time.format == "%Y%m%d"
    sms = mapping.consents["marketing.sms"]
    assert (sms.column, sms.time and sms.time.format, sms.source and sms.source.constant) == (
        "sms_ok",
        "unix",
        "checkout",
    )
    assert mapping.columns() == {
        *("updated", "member", "id", "points", "level", "likes", "is_vip", "labels", "gone", "until"),
        *("sms_ok", "sms_at", "words", "all_ok", "back"),
    }


def test_a_file_says_the_same_and_later_options_win_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        """
        source = "crm"
        time = "=2026-11-01"
        [identifiers]
        member_id = "member"
        [tags]
        "tier=gold" = { column = "is_gold", type = "bool" }
        [consents]
        "marketing.sms" = { constant = "granted", time = "sms_at", proof = "words" }
        "marketing.email" = "mail_ok"
        """
    )
    options = ["consent.marketing.sms=sms_ok", "consent.marketing.sms:time=asked_at"]
    mapping = load_mapping(CustomerMapping, [str(path), *options, "consent.marketing.email:time=mail_at"])
    sms, email = mapping.consents["marketing.sms"], mapping.consents["marketing.email"]
    assert (sms.column, sms.constant, sms.time and sms.time.column) == ("sms_ok", None, "asked_at")
    assert (sms.proof and sms.proof.column) == "words"
    assert (email.column, email.time and email.time.column) == ("mail_ok", "mail_at")
    assert mapping.tags["tier=gold"].type is TagKind.BOOL
    assert mapping.time.constant == "2026-11-01"


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("marketing", ("marketing", "", "")),
        ("marketing.sms", ("marketing", "sms", "")),
        ("marketing.sms.lux", ("marketing", "sms", "lux")),
        ("marketing..lux", ("marketing", "", "lux")),
        ('marketing."wecom.group".lux', ("marketing", "wecom.group", "lux")),
    ],
)
def test_consents_are_about_a_purpose_a_channel_and_a_brand(name: str, subject: tuple[str, str, str]) -> None:
    assert subject_of(name) == Subject(*subject)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (LEAST[1:], "source: the mapping does not say where it comes from; write --map source=crm"),
        ([LEAST[0], LEAST[2]], "write --map time=updated_at, or --map time==2026-11-01 for all rows"),
        (LEAST[:2], "identifiers: the mapping does not say whom a row is about; write --map identifier.member_id="),
        ([*LEAST, "event_id=order"], "--map event_id=order: write time="),
        ([*LEAST, "tag.=level"], "--map tag.=level: write time="),
        ([*LEAST, "tag.tier:colour=level"], "tags.tier.type"),
        ([*LEAST, "attribute.points:euro=points"], "attributes.points.type"),
        ([*LEAST, "consent.marketing.sms:when=at"], "consents.marketing.sms.when: is not known here; write time="),
        ([*LEAST, "consent.marketing.sms:time=at"], "consents.marketing.sms: name either a column or a constant"),
        ([*LEAST, "consent.marketing.sms:time:soon=at"], "'soon' is no format"),
        ([*LEAST, "consent.a.b.c.d=ok"], "'a.b.c.d' is no subject of a consent; write PURPOSE"),
        ([*LEAST, "consent..sms=ok"], "'.sms' is no subject of a consent; write PURPOSE"),
        ([*LEAST, "add_tags_expire_time=until"], "add_tags_expire_time: no tags are put on"),
    ],
)
def test_a_wrong_mapping_is_refused_by_the_name_of_the_field(options: list[str], says: str) -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping(CustomerMapping, options)
    assert says in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping(CustomerMapping, ["tag.a:b=c", "consent..x=y"])
    named = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert named == ["source", "time", "identifiers", "tags.a.type", "consents"]


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('consents = "sms_ok"')
    with pytest.raises(MappingError, match="consents"):
        load_mapping(CustomerMapping, [*LEAST, str(path)])
    with pytest.raises(MappingError, match="consents"):
        load_mapping(CustomerMapping, [str(path), *LEAST, "consent.a=b", str(path)])
