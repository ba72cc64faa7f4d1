"""Which column of a file means what: a TOML file, `--map` options, or both. What all kinds of mappings share.

    source = "shop"                      # the system that says so
    zone = "Asia/Shanghai"               # of times that name none; the company's when absent
    time = { column = "paid_at", format = "%Y%m%d" }

    [identifiers]                        # namespace = column
    phone = "mobile"
    "wechat.openid:wx123" = "openid"

    [attributes]                         # attribute of the customer = column, typed or not
    city = "city"
    points = { column = "points", type = "int" }

    [file]
    format = "csv"                       # or "jsonl"; guessed from the file's name when absent
    delimiter = "whitespace"             # "," when absent
    columns = ["mobile", "total"]        # for a file without a header line

A column is its name, or `{ column = "name" }`; a text that is the same for all rows is `{ constant = "text" }`, or
short "=text". An option says the same of one field: `--map time:%Y%m%d=paid_at`, `--map identifier.phone=mobile`,
`--map attribute.points:int=points`, `--map attribute.country==CN`.
"""

import enum
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tidegate.importing.grammar import Document, Grammar, MappingError, place_of
from tidegate.runtime.config import ZoneName

M = TypeVar("M", bound="FileMapping")


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
        return place_of(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("name either a column or a constant")
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


class FileMapping(Table):
    """Which column means what, as far as it is the same for all kinds of rows."""

    grammar: ClassVar[Grammar]

    source: Annotated[str, Field(min_length=1, max_length=64)]
    zone: ZoneName | None = None
    """The zone of times that name none. Unset: the company's. A date alone is that day's midnight."""
    time: TimePlace
    attributes: dict[str, ValuePlace] = Field(default_factory=dict, max_length=64)
    file: FileShape = FileShape()

    def columns(self) -> set[str]:
        """Every column that is named."""
        return set(_columns(self))

    def zone_of_times(self, company: ZoneInfo) -> ZoneInfo:
        """The zone of times that name none, in a company whose zone is ``company``."""
        return ZoneInfo(self.zone) if self.zone else company


def load_mapping(kind: type[M], options: Sequence[str], *, overrides: Mapping[str, Any] | None = None) -> M:
    """The mapping that the `--map` options say: paths of TOML files, and `key=column`; later ones win.

    ``overrides`` is laid over them as a further document. Raises MappingError.
    """
    grammar, document = kind.grammar, Document()
    for option in options:
        document = grammar.merged(document, grammar.parse(option) if "=" in option else _read(Path(option)))
    try:
        return kind.model_validate(grammar.merged(document, overrides or {}))
    except ValidationError as error:
        lines = (_sentence(detail, grammar) for detail in error.errors(include_input=False))
        raise MappingError("\n".join(lines)) from error


def _columns(part: object) -> Iterator[str]:
    if isinstance(part, Place) and part.column is not None:
        yield part.column
    if isinstance(part, Table | Mapping):
        for _, each in part.items() if isinstance(part, Mapping) else part:
            yield from _columns(each)


def _read(path: Path) -> Document:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise MappingError(f"--map {path}: neither key=column nor a file that can be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: no valid TOML: {error}") from error


def _sentence(detail: Any, grammar: Grammar) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return f"{path}: the mapping does not say where it comes from; write {grammar.examples[path]}"
    if detail["type"] == "extra_forbidden":
        return f"{path}: is not known here; write {grammar.says}"
    said = str(detail["msg"]).removeprefix("Value error, ")
    return f"{path}: {said}" if path else said
