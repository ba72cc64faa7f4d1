"""Pure: rows of a file as events, by a mapping."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.importing.mapping import EventMapping, Place, ValuePlace
from tidegate.importing.values import ValueParser, text_of, time_parser, value_parser

T = TypeVar("T")
Fields = Mapping[str, Any]
"""A row's values by column: texts in a CSV file, what JSON says in JSONL. None is nothing."""

_PATH = re.compile(r"events\[\d+\]\.?")
_IDENTIFIER = re.compile(r"identifiers\[(\d+)\].*")
_NAMED = re.compile(r"(properties|attributes)(?:\.|\[[\"']?)([^\"'\]]+).*")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: the column (or the event's field, where there is none), and why."""

    column: str
    reason: str


class RowRejected(Exception):
    """No event can be made of a row."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.column}: {problem.reason}" for problem in problems))
        self.problems = tuple(problems)


class EventMaker:
    """Makes events of rows."""

    def __init__(self, mapping: EventMapping, company_zone: ZoneInfo) -> None:
        """Times that name no zone are in the mapping's, else in ``company_zone``."""
        zone = ZoneInfo(mapping.zone) if mapping.zone else company_zone
        self._mapping = mapping
        self._time = time_parser(mapping.time, zone)
        self._properties = _parsers(mapping.properties, zone)
        self._attributes = _parsers(mapping.attributes, zone)

    def event(self, number: int, fields: Fields) -> Event:
        """The event of row ``number`` (from 1). Raises RowRejected with all that is wrong with it."""
        problems: list[Problem] = []
        event = Event(
            source=self._mapping.source,
            event_id=self._event_id(number, fields, problems),
            name=_required(self._mapping.name, fields, problems),
            time=self._event_time(fields, problems),
            identifiers=self._identifiers(fields, problems),
            properties=_values(self._properties, fields, problems),
            attributes=_values(self._attributes, fields, problems),
        )
        if problems:
            raise RowRejected(problems)
        return event

    def column_at(self, event: Event, path: str) -> str:
        """The column behind the field at ``path`` of an ingest request; else the path itself."""
        bare = _PATH.sub("", path, count=1)
        place = self._place_at(event, bare)
        return bare if place is None or place.column is None else place.column

    def _event_id(self, number: int, fields: Fields, problems: list[Problem]) -> str:
        place = self._mapping.event_id
        return str(number) if place.row_number else _required(place, fields, problems)

    def _event_time(self, fields: Fields, problems: list[Problem]) -> Timestamp | None:
        text = _required(self._mapping.time, fields, problems)
        if not text:
            return None
        return _attempt(lambda: self._time(text), _column(self._mapping.time), problems)

    def _identifiers(self, fields: Fields, problems: list[Problem]) -> list[Identifier]:
        found = [
            Identifier(namespace=namespace, value=text)
            for namespace, place in self._mapping.identifiers.items()
            if (text := _text(place, fields, problems))
        ]
        if not found and not problems:
            columns = ", ".join(_column(place) for place in self._mapping.identifiers.values())
            problems.append(Problem(columns, "is empty; an event needs an identifier of its customer"))
        return found

    def _place_at(self, event: Event, path: str) -> Place | None:
        if match := _IDENTIFIER.fullmatch(path):
            index = int(match[1])
            namespaces = [identifier.namespace for identifier in event.identifiers]
            return self._mapping.identifiers.get(namespaces[index]) if index < len(namespaces) else None
        if match := _NAMED.fullmatch(path):
            table: Mapping[str, Place] = getattr(self._mapping, match[1])
            return table.get(match[2])
        return {
            "event_id": self._mapping.event_id,
            "name": self._mapping.name,
            "time": self._mapping.time,
        }.get(path)


@dataclass(frozen=True, slots=True)
class _Parsed:
    name: str
    place: ValuePlace
    parse: ValueParser


def _parsers(places: Mapping[str, ValuePlace], zone: ZoneInfo) -> list[_Parsed]:
    return [_Parsed(name, place, value_parser(place, zone)) for name, place in places.items()]


def _values(parsed: list[_Parsed], fields: Fields, problems: list[Problem]) -> dict[str, Value]:
    return dict(_present(parsed, fields, problems))


def _present(parsed: list[_Parsed], fields: Fields, problems: list[Problem]) -> Iterator[tuple[str, Value]]:
    """Columns that are empty give no value."""
    for each in parsed:
        raw = _raw(each.place, fields)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        value = _attempt(lambda: each.parse(raw), _column(each.place), problems)  # noqa: B023
        if value is not None:
            yield each.name, value


def _required(place: Place, fields: Fields, problems: list[Problem]) -> str:
    before = len(problems)
    text = _text(place, fields, problems)
    if not text and len(problems) == before:
        problems.append(Problem(_column(place), "is empty; every event needs it"))
    return text


def _text(place: Place, fields: Fields, problems: list[Problem]) -> str:
    raw = _raw(place, fields)
    return "" if raw is None else _attempt(lambda: text_of(raw), _column(place), problems) or ""


def _attempt(parse: Callable[[], T], column: str, problems: list[Problem]) -> T | None:
    try:
        return parse()
    except ValueError as error:
        problems.append(Problem(column, str(error)))
        return None


def _raw(place: Place, fields: Fields) -> Any:
    """A column's value; `user.phone` also finds the phone within the user of a JSON row."""
    if place.column is None:
        return place.constant
    if place.column in fields:
        return fields[place.column]
    found: Any = fields
    for part in place.column.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _column(place: Place) -> str:
    return f"={place.constant}" if place.column is None else place.column
