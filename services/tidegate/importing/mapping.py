"""Which column of a file means what: a TOML file, `--map` options, or both.

    source = "shop"                      # the events' source; event ids are unique within it
    zone = "Asia/Shanghai"               # of times that name none; the company's when absent
    event_id = "order_id"                # a column, or "row number" for the number of the row
    name = { constant = "order_paid" }   # or a column; "=order_paid" is short for it
    time = { column = "paid_at", format = "%Y%m%d" }

    [identifiers]                        # namespace = column
    phone = "mobile"
    "wechat.openid:wx123" = "openid"

    [properties]                         # property = column, typed or not
    cents = { column = "total", type = "money" }
    coupon = "coupon"

    [attributes]                         # attributes of the customer that are set along
    city = "city"

    [file]
    format = "csv"                       # or "jsonl"; guessed from the file's name when absent
    delimiter = "whitespace"             # "," when absent
    columns = ["mobile", "total"]        # for a file without a header line

An option says the same of one field: `--map time:%Y%m%d=paid_at`, `--map identifier.phone=mobile`,
`--map property.cents:money=total`, `--map name==order_paid`, `--map event_id="row number"`.
"""

import enum
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tidegate.runtime.config import ZoneName

ROW_NUMBER = "row number"
_OPTION = re.compile(
    r"(?P<kind>identifier|property|attribute)\.(?P<name>.+)"
    r"|(?P<field>source|zone|event_id|name|time)(?::(?P<format>.+))?"
)
_TABLES = {"identifier": "identifiers", "property": "properties", "attribute": "attributes"}
_OPTIONS_SAY = (
    "write event_id=, name=, time=, time:FORMAT=, source=, zone=, identifier.NAMESPACE=, property.NAME=, "
    "property.NAME:TYPE=, or attribute.NAME= and a column"
)


class MappingError(Exception):
    """The mapping is wrong; the message names each field at fault and what would be right."""


class Kind(enum.StrEnum):
    """What a column's text is read as."""

    AUTO = "auto"
    STRING = "string"
    INT = "int"
    FLOAT = "float"
    MONEY = "money"
    BOOL = "bool"
    TIMESTAMP = "timestamp"


class Table(BaseModel):
    """A table of the mapping."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Place(Table):
    """Where a field's text comes from: a column, or the same text for every row."""

    column: str | None = None
    constant: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, value: Any) -> Any:
        return _place(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("name either a column or a constant")
        return self


class EventIdPlace(Place):
    """Where an event's id comes from: a column, or the row's number."""

    column: str | None = None
    row_number: bool = False

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, value: Any) -> Any:
        if value == ROW_NUMBER:
            return {"row_number": True}
        return _place(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) != self.row_number or self.constant is not None:
            raise ValueError(f'name a column whose values are unique, or "{ROW_NUMBER}"')
        return self


class TimePlace(Place):
    """Where a time comes from, and how it is written."""

    format: str = "iso"
    """`iso`, `unix` (seconds), `unix_ms`, or a pattern of strptime such as `%Y%m%d`."""

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        if self.format not in {"iso", "unix", "unix_ms"} and "%" not in self.format:
            raise ValueError(f"{self.format!r} is no format; write iso, unix, unix_ms, or one like %Y%m%d")
        return self


class ValuePlace(TimePlace):
    """Where a property or an attribute comes from, and what it is read as."""

    type: Kind = Kind.AUTO
    """`auto` is text in a CSV file and whatever JSON says in JSONL."""
    digits: Annotated[int, Field(ge=0, le=6)] = 2
    """How many decimal digits the smallest unit of `money` has: 2 makes cents of 11.77."""


class FileShape(Table):
    """How the file is written."""

    format: Literal["csv", "jsonl"] | None = None
    delimiter: Annotated[str, Field(pattern=r"^(?:[^\n\r\"]|whitespace|tab)$")] = ","
    """One character, `tab`, or `whitespace` for any run of blanks."""
    columns: tuple[str, ...] = ()
    """The names of the columns, for a file whose first line is data already."""


class EventMapping(Table):
    """Which column means what."""

    source: Annotated[str, Field(min_length=1, max_length=64)]
    zone: ZoneName | None = None
    """The zone of times that name none. Unset: the company's. A date alone is that day's midnight."""
    event_id: EventIdPlace
    name: Place
    time: TimePlace
    identifiers: Annotated[dict[str, Place], Field(min_length=1, max_length=20)]
    properties: Annotated[dict[str, ValuePlace], Field(max_length=64)] = {}
    attributes: Annotated[dict[str, ValuePlace], Field(max_length=64)] = {}
    file: FileShape = FileShape()

    def columns(self) -> set[str]:
        """Every column that is named."""
        places: Iterable[Place] = (
            self.event_id,
            self.name,
            self.time,
            *self.identifiers.values(),
            *self.properties.values(),
            *self.attributes.values(),
        )
        return {place.column for place in places if place.column is not None}


def load_mapping(options: Sequence[str], *, overrides: Mapping[str, Any] | None = None) -> EventMapping:
    """The mapping that the `--map` options say: paths of TOML files, and `key=column`; later ones win.

    ``overrides`` is laid over them as a further document. Raises MappingError.
    """
    document: dict[str, Any] = {}
    for option in options:
        document = _merged(document, parse_option(option) if "=" in option else _read(Path(option)))
    try:
        return EventMapping.model_validate(_merged(document, overrides or {}))
    except ValidationError as error:
        raise MappingError("\n".join(map(_sentence, error.errors(include_input=False)))) from error


def parse_option(option: str) -> dict[str, Any]:
    """One `key=column` as a document: `property.cents:money=total` → {"properties": {"cents": {…}}}."""
    key, _, place = option.partition("=")
    match = _OPTION.fullmatch(key)
    if match is None or not place:
        raise MappingError(f"--map {option}: {_OPTIONS_SAY}")
    if match["field"]:
        return {match["field"]: _field(match["field"], match["format"], place)}
    return {_TABLES[match["kind"]]: _named(match["kind"], match["name"], place)}


def _field(field: str, format_: str | None, place: str) -> Any:
    if field in {"source", "zone"}:
        return place.removeprefix("=")
    if format_ is None:
        return place
    return {**_place(place), "format": format_}


def _named(kind: str, name: str, place: str) -> dict[str, Any]:
    """Namespaces have colons of their own; in the other tables what follows the last one is the type."""
    bare, _, type_ = name.rpartition(":")
    if kind == "identifier" or not bare:
        return {name: place}
    return {bare: {**_place(place), "type": type_}}


def _place(text: str) -> dict[str, Any]:
    return {"constant": text[1:]} if text.startswith("=") else {"column": text}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise MappingError(f"--map {path}: neither key=column nor a file that can be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: no valid TOML: {error}") from error


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` with ``above`` laid over it; tables of names are joined, places are replaced."""
    tables = {*_TABLES.values(), "file"}
    joined = {name: {**below.get(name, {}), **above[name]} for name in tables & above.keys()}
    return {**below, **above, **joined}


def _sentence(detail: Any) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return f"{path}: the mapping does not say where it comes from; {_hint(path)}"
    return f"{path}: {str(detail['msg']).removeprefix('Value error, ')}"


def _hint(path: str) -> str:
    examples = {
        "source": "--map source=shop",
        "event_id": f'--map event_id=order_id, or --map event_id="{ROW_NUMBER}"',
        "name": "--map name==order_paid for one name, or --map name=column",
        "time": "--map time=paid_at",
        "identifiers": "--map identifier.member_id=customer",
    }
    return f"write {examples[path]}"
