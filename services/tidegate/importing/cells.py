"""Pure: the columns of one row, read as a mapping says, and what is wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.importing.mapping import Place, ValuePlace
from tidegate.importing.values import ValueParser, text_of, value_parser

T = TypeVar("T")
Fields = Mapping[str, Any]
"""A row's values by column: texts in a CSV file, what JSON says in JSONL. None is nothing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: the column (or the item's field, where there is none), and why."""

    column: str
    reason: str


class RowRejected(Exception):
    """Nothing can be made of a row."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.column}: {problem.reason}" for problem in problems))
        self.problems = tuple(problems)


class Cells:
    """The columns of one row. All that is wrong with them is noted, so that it can be said at once."""

    __slots__ = ("_fields", "problems")

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self.problems: list[Problem] = []

    def read(self, place: Place, parse: Callable[[Any], T]) -> T | None:
        """What ``parse`` makes of a column; None where the column is empty, or ``parse`` raises ValueError."""
        raw = self._raw(place)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        try:
            return parse(raw)
        except ValueError as error:
            self.refuse(place, str(error))
            return None

    def text(self, place: Place) -> str:
        """The text of a column, empty where there is none."""
        return self.read(place, text_of) or ""

    def required(self, place: Place, parse: Callable[[Any], T], *, by: str) -> T | None:
        """The same as read(), for what may not be empty: ``by`` says who needs it."""
        before = len(self.problems)
        found = self.read(place, parse)
        if found is None and len(self.problems) == before:
            self.refuse(place, f"is empty; {by} needs it")
        return found

    def identifiers(self, places: Mapping[str, Place]) -> list[Identifier]:
        """The identifiers of the columns that are not empty."""
        found = ((namespace, self.text(place)) for namespace, place in places.items())
        return [Identifier(namespace=namespace, value=text) for namespace, text in found if text]

    def refuse(self, place: Place, reason: str) -> None:
        """Notes what is wrong with a column."""
        self.problems.append(Problem(named(place), reason))

    def raise_if_any(self) -> None:
        """Raises RowRejected when something is wrong."""
        if self.problems:
            raise RowRejected(self.problems)

    def _raw(self, place: Place) -> Any:
        """A column's value; `user.phone` also finds the phone within the user of a JSON row."""
        if place.column is None:
            return place.constant
        if place.column in self._fields:
            return self._fields[place.column]
        found: Any = self._fields
        for part in place.column.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found


class Values:
    """Columns that are read as typed values."""

    def __init__(self, places: Mapping[str, ValuePlace], zone: ZoneInfo) -> None:
        """Times that name no zone are in ``zone``."""
        self._parsers: list[tuple[str, ValuePlace, ValueParser]] = [
            (name, place, value_parser(place, zone)) for name, place in places.items()
        ]

    def read(self, cells: Cells) -> dict[str, Value]:
        """The values by name. Columns that are empty give none."""
        return dict(self._present(cells))

    def _present(self, cells: Cells) -> Iterator[tuple[str, Value]]:
        for name, place, parse in self._parsers:
            value = cells.read(place, parse)
            if value is not None:
                yield name, value


def named(place: Place) -> str:
    """A place as it is named to people."""
    return f"={place.constant}" if place.column is None else place.column
