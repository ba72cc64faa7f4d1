"""Rows become customers, or say what keeps them from it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tidegate.api.identity.v1.consents_pb2 import DECISION_DENIED, DECISION_GRANTED
from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert
from tidegate.importing import CustomerMapping, load_mapping
from tidegate.importing.cells import RowRejected
from tidegate.importing.customers import CustomerMaker

SHANGHAI = ZoneInfo("Asia/Shanghai")
BASE = ["source=crm", "time=at", "identifier.phone=mobile"]
ROW = {"at": "2026-11-11", "mobile": "13800000001"}
DECISIONS = "write granted, yes, true, 1, denied, no, false, or 0"


def maker(*options: str) -> CustomerMaker:
    return CustomerMaker(load_mapping(CustomerMapping, [*BASE, *options]), SHANGHAI)


def made(*options: str, **row: Any) -> CustomerUpsert:
    return maker(*options).make(7, {**ROW, **row})


def problems(*options: str, **row: Any) -> list[tuple[str, str]]:
    with pytest.raises(RowRejected) as caught:
        made(*options, **row)
    return [(problem.column, problem.reason) for problem in caught.value.problems]


def test_a_row_becomes_a_customer() -> None:
    customer = made(
        *("identifier.member_id=card", "customer_id=id", "attribute.city=city", "attribute.spent:money=spent"),
        *("attribute.zone=tz", "attribute.locale=lang", "returning=back"),
        card="m1",
        id="12",
        city="上海",
        spent="11.77",
        tz="Asia/Tokyo",
        lang="ja",
        back="yes",
    )
    assert (customer.source, customer.customer_id, customer.returning) == ("crm", 12, True)
    assert customer.time.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 10, 16, tzinfo=UTC)
    assert [(each.namespace, each.value) for each in customer.identifiers] == [
        ("phone", "13800000001"),
        ("member_id", "m1"),
    ]
    assert customer.attributes["city"].string_value == "上海"
    assert customer.attributes["spent"].int_value == 1177
    assert set(customer.attributes) == {"city", "spent"}
    assert (customer.zone, customer.locale) == ("Asia/Tokyo", "ja")


def test_the_time_may_be_the_same_for_all_rows() -> None:
    assert made("time==2026-11-01").time.ToDatetime(tzinfo=UTC) == datetime(2026, 10, 31, 16, tzinfo=UTC)


def test_empty_columns_say_nothing() -> None:
    options = ["customer_id=a", "attribute.city=b", "attribute.zone=c", "tag.tier=d", "tag.vip:bool=e", "add_tags=f"]
    customer = made(*options, "consent.marketing=g", "returning=h", **dict.fromkeys("abcdefgh", " "))
    assert customer == made()


TAGS = ["tag.tier=level", "tag.likes:list=likes", "tag.vip:bool=vip", "add_tags=on", "remove_tags=off"]


@pytest.mark.parametrize(
    ("row", "added", "removed"),
    [
        ({"level": "gold"}, ["tier=gold"], []),
        ({"likes": "tea; music ;"}, ["likes=tea", "likes=music"], []),
        ({"likes": ["tea", 7]}, ["likes=tea", "likes=7"], []),
        ({"vip": "1"}, ["vip"], []),
        ({"vip": False}, [], ["vip"]),
        ({"on": "tier=gold;new", "off": "old"}, ["tier=gold", "new"], ["old"]),
    ],
)
def test_tags_are_put_on_and_taken_off(row: Mapping[str, Any], added: list[str], removed: list[str]) -> None:
    customer = made(*TAGS, **row)
    assert (list(customer.add_tags), list(customer.remove_tags)) == (added, removed)


def test_tags_that_are_put_on_may_end() -> None:
    options = ["tag.tier=level", "add_tags_expire_time:%Y%m%d=until"]
    ends = made(*options, level="gold", until="20261201").add_tags_expire_time
    assert ends.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert not made(*options, level="", until="20261201").HasField("add_tags_expire_time")


@pytest.mark.parametrize("text", ["granted", "Yes", "true", "1", True, 1])
def test_granted(text: Any) -> None:
    assert made("consent.marketing.sms=ok", ok=text).consents[0].decision == DECISION_GRANTED


@pytest.mark.parametrize("text", ["denied", "NO", "false", "0", False, 0])
def test_denied(text: Any) -> None:
    assert made("consent.marketing.sms=ok", ok=text).consents[0].decision == DECISION_DENIED


def test_a_decision_has_the_time_and_the_source_of_its_row_or_its_own() -> None:
    options = [
        "consent.marketing=all",
        *("consent.marketing.sms.lux=sms", "consent.marketing.sms.lux:time=sms_at"),
        *("consent.marketing.sms.lux:source=sms_by", "consent.marketing.sms.lux:proof=words"),
    ]
    every, sms = made(
        *options, all="no", sms="yes", sms_at="2026-11-01T00:00:00Z", sms_by="checkout", words="I agree"
    ).consents
    assert (every.purpose, every.channel, every.brand, every.source) == ("marketing", "", "", "crm")
    assert every.time.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 10, 16, tzinfo=UTC)
    assert (sms.purpose, sms.channel, sms.brand) == ("marketing", "sms", "lux")
    assert sms.time.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 1, tzinfo=UTC)
    assert (sms.source, sms.proof) == ("checkout", "I agree")
    undated = made(*options, sms="yes", sms_at="", sms_by="").consents[0]
    assert (undated.time, undated.source) == (every.time, "crm")


@pytest.mark.parametrize(
    ("option", "text", "reason"),
    [
        ("attribute.spent:money=c", "11.775", "'11.775' is not an amount with at most 2 decimal digits"),
        ("attribute.city=c", {}, "is a list or an object; name a column that holds a single value"),
        ("attribute.zone=c", ["Asia/Tokyo"], "is a list or an object; name a column that holds a single value"),
        ("customer_id=c", "m1", "'m1' is not a whole number of 64 bits"),
        ("customer_id=c", "0", "0 is no customer's id; leave it empty where it is not known"),
        ("tag.tier=c", ["gold"], "is a list or an object; name a column that holds a single value"),
        ("tag.vip:bool=c", "maybe", "'maybe' is neither true nor false; write true, yes, 1, false, no, or 0"),
        ("add_tags=c", {}, "is a list or an object; name a column that holds a single value"),
        ("consent.marketing.sms=c", "maybe", f"'maybe' is no decision; {DECISIONS}"),
        ("returning=c", "perhaps", "'perhaps' is neither true nor false; write true, yes, 1, false, no, or 0"),
        ("time=c", "soon", "'soon' is not an ISO 8601 time"),
        ("time=c", "", "is empty; every row needs it"),
        ("identifier.email=c", {}, "is a list or an object; name a column that holds a single value"),
    ],
)
def test_what_can_not_be_read_names_its_column(option: str, text: Any, reason: str) -> None:
    assert problems(option, c=text) == [("c", reason)]


def test_times_beside_others_name_their_columns_too() -> None:
    options = ["tag.tier=level", "add_tags_expire_time=until", "consent.marketing=ok", "consent.marketing:time=when"]
    row = {"level": "gold", "until": "later", "ok": "yes", "when": "long ago"}
    assert sorted(column for column, _ in problems(*options, **row)) == ["until", "when"]


def test_a_row_needs_something_that_names_its_customer() -> None:
    assert not made("customer_id=id", mobile="", id="12").identifiers
    ((columns, reason),) = problems("identifier.email=mail", "customer_id=id", mobile="", mail=" ", id=None)
    assert columns == "mobile, mail, id"
    assert "names its customer" in reason


def test_all_that_is_wrong_with_a_row_is_said() -> None:
    options = ["attribute.spent:money=spent", "consent.marketing=ok", "tag.vip:bool=vip"]
    found = problems(*options, at="soon", spent="much", ok="perhaps", vip="so so")
    assert [column for column, _ in found] == ["at", "spent", "ok", "vip"]


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("time", "at"),
        ("identifiers[0].value", "mail"),
        ("customer_id", "id"),
        ('attributes["city"]', "town"),
        ("zone", "tz"),
        ("locale", "locale"),
        ("add_tags[0]", "level"),
        ("add_tags[1]", "vip"),
        ("add_tags[2]", "labels"),
        ("add_tags", "labels"),
        ("remove_tags[0]", "gone"),
        ("add_tags_expire_time", "until"),
        ("consents[0].time", "at"),
        ("consents[0].channel", "all"),
        ("consents[1].time", "sms_at"),
        ("consents[1].decision", "sms"),
        ("consents[1].proof", "words"),
        ("source", "source"),
        ("returning", "returning"),
    ],
)
def test_a_refusal_of_the_service_names_the_column(path: str, column: str) -> None:
    options = [
        *("identifier.email=mail", "customer_id=id", "attribute.city=town", "attribute.zone=tz", "tag.tier=level"),
        *("tag.vip:bool=vip", "add_tags=labels", "remove_tags=gone", "add_tags_expire_time=until"),
        *("consent.marketing=all", "consent.marketing.sms=sms", "consent.marketing.sms:time=sms_at"),
        "consent.marketing.sms:proof=words",
    ]
    make = maker(*options)
    customer = make.make(
        1,
        {
            "at": "2026-11-11",
            "mobile": "",
            "mail": "a@b.example",
            "id": "1",
            "town": "x",
            "tz": "y",
            "level": "gold",
            "vip": "yes",
            "labels": "a",
            "gone": "b",
            "until": "2027-01-01",
            "all": "yes",
            "sms": "no",
            "sms_at": "2026-11-01",
            "words": "I agree",
        },
    )
    assert make.column_at(customer, f"customers[3].{path}") == column
