"""Which column means what, said by options and files."""

from pathlib import Path

import pytest
from tidegate.importing import EventMapping, MappingError, load_mapping
from tidegate.importing.mapping import Kind

LEAST = ["source=shop", "event_id=order", "name==order_paid", "time=paid_at", "identifier.phone=mobile"]


def test_options_name_columns_constants_formats_and_types() -> None:
    mapping = load_mapping(
        EventMapping,
        [
            *LEAST,
            "time:%Y%m%d=paid_at",
            "identifier.wechat.openid:wx123=openid",
            "property.cents:money=total",
            "attribute.city=city",
        ],
    )
    assert mapping.source == "shop"
    assert mapping.name.constant == "order_paid"
    assert (mapping.time.column, mapping.time.format) == ("paid_at", "%Y%m%d")
    assert {namespace: place.column for namespace, place in mapping.identifiers.items()} == {
        "phone": "mobile",
        "wechat.openid:wx123": "openid",
    }
    assert mapping.properties["cents"].type is Kind.MONEY
    assert mapping.columns() == {"order", "paid_at", "mobile", "openid", "total", "city"}


def test_a_file_says_the_same_and_later_options_win(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        """
        source = "shop"
        event_id = "row number"
        name = { column = "what" }
        time = { column = "paid_at", format = "unix_ms" }
        [identifiers]
        "wechat.openid:wx123" = "openid"
        [properties]
        fen = { column = "total", type = "money", digits = 0 }
        [file]
        delimiter = "tab"
        """
    )
    mapping = load_mapping(EventMapping, [str(path), "name==visit", "identifier.phone=mobile"])
    assert mapping.event_id.row_number
    assert mapping.name.constant == "visit"
    assert mapping.properties["fen"].digits == 0
    assert mapping.file.delimiter == "tab"
    assert set(mapping.identifiers) == {"phone", "wechat.openid:wx123"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (LEAST[1:], "source: "),
        ([*LEAST, "colour=red"], "--map colour=red: write event_id="),
        ([*LEAST, "name="], "--map name="),
        ([*LEAST, "property.cents:euro=total"], "properties.cents.type"),
        ([*LEAST, "time:soon=paid_at"], "'soon' is no format"),
        ([*LEAST, "zone=Mars/Olympus"], "zone: 'Mars/Olympus' is no IANA time zone"),
        ([*LEAST, "event_id==7"], "event_id: name a column whose values are unique"),
        ([*LEAST, "no-such-file.toml"], "no-such-file.toml: neither"),
        (LEAST[:4], "identifiers: the mapping does not say"),
    ],
)
def test_a_wrong_mapping_is_refused_by_the_name_of_the_field(options: list[str], says: str) -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping(EventMapping, options)
    assert says in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping(EventMapping, ["name==x", "property.a:b=c"])
    named = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert named == ["source", "time", "event_id", "identifiers", "properties.a.type"]
