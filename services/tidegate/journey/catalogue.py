"""The published definitions, read once each: a version never changes."""

import threading

import sqlalchemy as sa

from tidegate.journey import codec
from tidegate.journey.canvas import Definition
from tidegate.journey.store import journeys as store
from tidegate.runtime.errors import NotFound


class Catalogue:
    """Definitions by journey and version, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: dict[tuple[str, int], Definition] = {}

    def definition(self, connection: sa.Connection, journey_id: str, version: int) -> Definition:
        """The definition of a version; DataLoss when it can't be read."""
        key = (journey_id, version)
        found = self._read.get(key)
        if found is None:
            stored = store.version(connection, journey_id, version)
            if stored is None:
                raise NotFound("journey version", f"{journey_id}/{version}")
            found = codec.read(stored.definition, journey_id=journey_id, version=version)
            with self._lock:
                self._read[key] = found
        return found

    def keys(self, connection: sa.Connection) -> set[str]:
        """The keys of all happenings that any version of a journey that is not archived cares about."""
        found: set[str] = set()
        for journey in store.every(connection):
            for version in range(1, journey.live_version + 1):
                definition = self.definition(connection, journey.journey_id, version)
                found |= definition.interests
                found.update(event.key for event in definition.entry.events)
                found.update(f"entered:{each.segment_id}" for each in definition.entry.segments)
                found.update(f"entered:{each.segment_id}" for each in definition.entry.schedules if each.live)
        return found
