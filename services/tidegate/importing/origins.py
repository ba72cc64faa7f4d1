"""Pure: which column stands behind a field that the service names in a refusal."""

import re
from collections.abc import Mapping, Sequence

from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.importing.mapping import Place

_ITEM = re.compile(r"(?:events|customers)\[\d+\]\.?")
_IDENTIFIER = re.compile(r"identifiers\[(\d+)\].*")
_NAMED = re.compile(r"([a-z]+)(?:\.|\[[\"']?)([^\"'\]]+).*")


def within_item(path: str) -> str:
    """A path of a request without the item that it begins with: `events[3].time` → `time`."""
    return _ITEM.sub("", path, count=1)


def column_of(place: Place | None, path: str) -> str:
    """The column of ``place``; ``path`` where there is none."""
    return path if place is None or place.column is None else place.column


def identifier_place(path: str, identifiers: Sequence[Identifier], places: Mapping[str, Place]) -> Place | None:
    """Where the identifier at ``path`` comes from, such as `identifiers[0].value`."""
    match = _IDENTIFIER.fullmatch(path)
    index = int(match[1]) if match else len(identifiers)
    return places.get(identifiers[index].namespace) if index < len(identifiers) else None


def named_place(path: str, tables: Mapping[str, Mapping[str, Place]]) -> Place | None:
    """Where the value at ``path`` comes from, such as `attributes["city"]`."""
    match = _NAMED.fullmatch(path)
    return tables.get(match[1], {}).get(match[2]) if match else None
