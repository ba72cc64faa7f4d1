"""The published definitions, read once each: a version never changes."""

import threading

import sqlalchemy as sa
import structlog

from tidegate.journey import codec
from tidegate.journey.canvas import Definition
from tidegate.journey.store import journeys as store
from tidegate.runtime.errors import NotFound, TidegateError


class Catalogue:
    """Definitions by journey and version, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: dict[tuple[str, int], Definition] = {}
        self._unreadable: set[tuple[str, int]] = set()

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

    def readable(self, connection: sa.Connection, journey_id: str, version: int) -> Definition | None:
        """The definition of a version; None when it can't be read, which the log says once."""
        try:
            return self.definition(connection, journey_id, version)
        except TidegateError as error:
            self._tell(journey_id, version, error)
            return None

    def _tell(self, journey_id: str, version: int, error: TidegateError) -> None:
        with self._lock:
            is_known = (journey_id, version) in self._unreadable
            self._unreadable.add((journey_id, version))
        if not is_known:
            structlog.get_logger().error(
                "journey.version_unreadable", journey=journey_id, version=version, reason=error.reason
            )

    def keys(self, connection: sa.Connection) -> set[str]:
        """The keys of all happenings that any version of a journey that is not archived cares about.

        Versions that can't be read are left out: the other journeys go on.
        """
        found: set[str] = set()
        for journey in store.every(connection):
            for version in range(1, journey.live_version + 1):
                definition = self.readable(connection, journey.journey_id, version)
                if definition is None:
                    continue
                found |= definition.interests
                found.update(event.key for event in definition.entry.events)
                found.update(f"entered:{each.segment_id}" for each in definition.entry.segments)
                found.update(f"entered:{each.segment_id}" for each in definition.entry.schedules if each.live)
        return found
