"""Rows become events, or say what keeps them from it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.importing import EventMapping, load_mapping
from tidegate.importing.cells import RowRejected
from tidegate.importing.events import EventMaker
from tidegate.importing.mapping import Kind, ValuePlace
from tidegate.importing.values import value_parser

SHANGHAI = ZoneInfo("Asia/Shanghai")
BASE = ["source=shop", "event_id=order", "name==paid", "time=at", "identifier.phone=mobile"]
ROW = {"order": "o1", "at": "2026-11-11", "mobile": "13800000001"}


def made(*options: str, row: Mapping[str, Any]) -> Event:
    return EventMaker(load_mapping(EventMapping, [*BASE, *options]), SHANGHAI).make(7, row)


def problems(*options: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(RowRejected) as caught:
        made(*options, row=row)
    return [(problem.column, problem.reason) for problem in caught.value.problems]


def test_a_row_becomes_an_event() -> None:
    event = made("property.cents:money=total", "attribute.city=city", row={**ROW, "total": "11.77", "city": "上海"})
    assert (event.source, event.event_id, event.name) == ("shop", "o1", "paid")
    assert [(each.namespace, each.value) for each in event.identifiers] == [("phone", "13800000001")]
    assert event.properties["cents"].int_value == 1177
    assert event.attributes["city"].string_value == "上海"


def test_the_row_number_may_be_the_event_id() -> None:
    assert made("event_id=row number", row=ROW).event_id == "7"


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ([], "2026-11-11", datetime(2026, 11, 10, 16, tzinfo=UTC)),
        ([], "2026-11-11T10:00:00Z", datetime(2026, 11, 11, 10, tzinfo=UTC)),
        ([], "2026-11-11 10:00:00.25+02:00", datetime(2026, 11, 11, 8, 0, 0, 250_000, tzinfo=UTC)),
        (["time:%Y%m%d=at"], "19970101", datetime(1996, 12, 31, 16, tzinfo=UTC)),
        (["time:%d/%m/%Y %H:%M=at"], "31/12/1997 09:30", datetime(1997, 12, 31, 1, 30, tzinfo=UTC)),
        (["zone=America/New_York"], "2026-11-11", datetime(2026, 11, 11, 5, tzinfo=UTC)),
        (["zone=America/New_York"], "2026-11-01 01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (["time:unix=at"], "1700000000.5", datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)),
        (["time:unix_ms=at"], "1700000000500", datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_the_mapping_says(options: list[str], text: str, expected: datetime) -> None:
    event = made(*options, row={**ROW, "at": text})
    assert event.time.ToDatetime(tzinfo=UTC) == expected


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "20261399", "9999-99"])
def test_a_time_that_can_not_be_read_names_its_column(text: str) -> None:
    assert problems(row={**ROW, "at": text}) == [("at", f"{text!r} is not an ISO 8601 time")]


def test_all_that_is_wrong_with_a_row_is_said() -> None:
    row = {"order": " ", "at": "soon", "mobile": "13800000001", "total": "1.999"}
    assert [column for column, _ in problems("property.cents:money=total", row=row)] == [
        "order",
        "at",
        "total",
    ]


def test_an_event_needs_one_of_its_identifiers() -> None:
    row = {**ROW, "mobile": "", "card": "77"}
    event = made("identifier.member_id=card", row=row)
    assert [each.namespace for each in event.identifiers] == ["member_id"]
    ((columns, reason),) = problems("identifier.member_id=card", row={**row, "card": " "})
    assert columns == "mobile, card"
    assert "needs an identifier" in reason


def test_an_empty_column_gives_no_value() -> None:
    event = made("property.coupon=coupon", "property.cents:money=total", row={**ROW, "coupon": "", "total": None})
    assert not event.properties


def test_columns_of_json_may_be_nested_and_keep_their_types() -> None:
    row = {
        "order": 77, "at": 20261111, "user": {"phone": "13800000001"}, "n": 3, "rate": 0.5, "new": True,
        "tags": ["a", "b"],
    }  # fmt: skip
    event = made(
        "time:%Y%m%d=at",
        "identifier.phone=user.phone",
        *(f"property.{name}={name}" for name in ("n", "rate", "new", "tags")),
        row=row,
    )
    assert event.event_id == "77"
    assert event.identifiers[0].value == "13800000001"
    kinds = {name: value.WhichOneof("kind") for name, value in event.properties.items()}
    assert kinds == {"n": "int_value", "rate": "double_value", "new": "bool_value", "tags": "list_value"}
    assert problems("property.user=user", row={**ROW, "user": {}})[0][0] == "user"


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (Kind.INT, "12", 12),
        (Kind.INT, "12.0", 12),
        (Kind.INT, "-9223372036854775808", -(2**63)),
        (Kind.MONEY, "0.07", 7),
        (Kind.MONEY, "1e3", 100_000),
        (Kind.MONEY, "-3.5", -350),
        (Kind.FLOAT, "1e3", 1000.0),
        (Kind.BOOL, "Yes", True),
        (Kind.BOOL, "0", False),
        (Kind.STRING, 7, "7"),
        (Kind.STRING, True, "true"),
    ],
)
def test_texts_are_read_as_their_type(kind: Kind, raw: object, expected: object) -> None:
    value = value_parser(ValuePlace(column="c", type=kind), SHANGHAI)(raw)
    assert getattr(value, value.WhichOneof("kind") or "") == expected


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.INT, "12.5"),
        (Kind.INT, "9223372036854775808"),
        (Kind.INT, "1e999999999"),
        (Kind.INT, "twelve"),
        (Kind.MONEY, "11.775"),
        (Kind.MONEY, "Infinity"),
        (Kind.FLOAT, "nan"),
        (Kind.FLOAT, ""),
        (Kind.BOOL, "maybe"),
        (Kind.TIMESTAMP, "later"),
        (Kind.STRING, "\ud800"),
        (Kind.STRING, ["a"]),
    ],
)
def test_what_is_no_such_value_is_refused(kind: Kind, raw: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_parser(ValuePlace(column="c", type=kind), SHANGHAI)(raw)


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_money_is_exact(units: int, digits: int) -> None:
    sign, whole = ("-" if units < 0 else ""), str(abs(units)).rjust(digits + 1, "0")
    text = f"{sign}{whole[: len(whole) - digits]}.{whole[len(whole) - digits :]}" if digits else str(units)
    place = ValuePlace(column="c", type=Kind.MONEY, digits=digits)
    assert value_parser(place, SHANGHAI)(text).int_value == units


def test_a_refusal_of_the_service_names_the_column() -> None:
    maker = EventMaker(
        load_mapping(EventMapping, [*BASE, "identifier.email=mail", "property.cents:money=total"]), SHANGHAI
    )
    event = maker.make(1, {**ROW, "mobile": "", "mail": "a@b.example", "total": "1"})
    assert maker.column_at(event, "events[3].identifiers[0].value") == "mail"
    assert maker.column_at(event, "events[3].properties[cents]") == "total"
    assert maker.column_at(event, 'events[3].properties["cents"].int_value') == "total"
    assert maker.column_at(event, "events[3].time") == "at"
    assert maker.column_at(event, "events[3].source") == "source"
