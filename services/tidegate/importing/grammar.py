"""Pure: what `--map KEY=COLUMN` may say, and how one document of a mapping is laid over another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
EntryReader = Callable[[str, str], Document]
"""Reads the name in a key and the place behind the `=` as the entries of a table."""

_TEXTS = ("source", "zone")
_ORIGINS = frozenset({"column", "constant"})


class MappingError(Exception):
    """The mapping is wrong; the message names each field at fault and what would be right."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The keys of one kind of mapping, beside `source` and `zone`, which all have.

    ``fields`` are placed once; ``tables`` are the readers of keys such as `property.NAME` by what they begin with, and
    the tables that these fill. Of ``parted`` tables an entry is laid over another part by part. ``says`` lists all
    keys for who wrote another; ``examples`` are for those that may not be left out.
    """

    fields: tuple[str, ...]
    tables: Mapping[str, tuple[str, EntryReader]]
    says: str
    examples: Mapping[str, str]
    parted: frozenset[str] = field(default_factory=frozenset)

    def parse(self, option: str) -> Document:
        """One `key=column` as a document: `property.cents:money=total` → {"properties": {"cents": {…}}}."""
        key, _, place = option.partition("=")
        prefix, _, name = key.partition(".")
        if place and name and prefix in self.tables:
            table, read = self.tables[prefix]
            return {table: read(name, place)}
        field_, _, format_ = key.partition(":")
        if not place or field_ not in (*_TEXTS, *self.fields):
            raise MappingError(f"--map {option}: write {self.says}")
        return {field_: place.removeprefix("=") if field_ in _TEXTS else formatted(place, format_)}

    def merged(self, below: Mapping[str, Any], above: Mapping[str, Any]) -> Document:
        """``below`` with ``above`` laid over it; tables of names are joined, places are replaced."""
        tables = {"file", *(table for table, _ in self.tables.values())} & above.keys()
        return {**below, **above, **{name: self._joined(name, below.get(name, {}), above[name]) for name in tables}}

    def _joined(self, table: str, below: Any, above: Any) -> Any:
        """What is no table at all is left for the mapping to refuse."""
        if not isinstance(below, Mapping) or not isinstance(above, Mapping):
            return above
        if table not in self.parted:
            return {**below, **above}
        return {**below, **{name: _overlaid(below.get(name, {}), entry) for name, entry in above.items()}}


def place_of(text: str) -> Document:
    """A place written short: a column, or the text itself behind a `=`."""
    return {"constant": text[1:]} if text.startswith("=") else {"column": text}


def formatted(place: str, format_: str) -> Any:
    """A place, with how it is written where that is said."""
    return {**place_of(place), "format": format_} if format_ else place


def plain(name: str, place: str) -> Document:
    """An entry whose name is all that stands in the key: namespaces have colons of their own."""
    return {name: place}


def typed(name: str, place: str) -> Document:
    """An entry whose name may be followed by a type behind the last colon."""
    bare, _, type_ = name.rpartition(":")
    return {bare: {**place_of(place), "type": type_}} if bare else {name: place}


def _overlaid(below: Any, above: Any) -> Any:
    """A place laid over another: where it comes from is replaced, what is said beside that stays."""
    lower, upper = _written_out(below), _written_out(above)
    if _ORIGINS & upper.keys():
        lower = {part: value for part, value in lower.items() if part not in _ORIGINS}
    return {**lower, **upper}


def _written_out(entry: Any) -> Document:
    return place_of(entry) if isinstance(entry, str) else dict(entry)
