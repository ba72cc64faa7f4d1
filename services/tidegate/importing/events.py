"""Pure: rows of a file as events, by a mapping."""

from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.importing.cells import Cells, Fields, Problem, Values, named
from tidegate.importing.event_mapping import EventMapping
from tidegate.importing.mapping import Place
from tidegate.importing.origins import column_of, identifier_place, named_place, within_item
from tidegate.importing.values import text_of, time_reader

_EVENT = "every event"


class EventMaker:
    """Makes events of rows."""

    def __init__(self, mapping: EventMapping, company_zone: ZoneInfo) -> None:
        """Times that name no zone are in the mapping's, else in ``company_zone``."""
        zone = mapping.zone_of_times(company_zone)
        self._mapping = mapping
        self._time = time_reader(mapping.time, zone)
        self._properties = Values(mapping.properties, zone)
        self._attributes = Values(mapping.attributes, zone)

    def make(self, number: int, fields: Fields) -> Event:
        """The event of row ``number`` (from 1). Raises RowRejected with all that is wrong with it."""
        cells = Cells(fields)
        event = Event(
            source=self._mapping.source,
            event_id=self._event_id(number, cells),
            name=cells.required(self._mapping.name, text_of, by=_EVENT),
            time=self._event_time(cells),
            identifiers=self._identifiers(cells),
            properties=self._properties.read(cells),
            attributes=self._attributes.read(cells),
        )
        cells.raise_if_any()
        return event

    def column_at(self, event: Event, path: str) -> str:
        """The column behind the field at ``path`` of an ingest request; else the path itself."""
        bare = within_item(path)
        return column_of(self._place_at(event, bare), bare)

    def _event_id(self, number: int, cells: Cells) -> str | None:
        place = self._mapping.event_id
        return str(number) if place.row_number else cells.required(place, text_of, by=_EVENT)

    def _event_time(self, cells: Cells) -> Timestamp | None:
        return cells.required(self._mapping.time, self._time, by=_EVENT)

    def _identifiers(self, cells: Cells) -> list[Identifier]:
        found = cells.identifiers(self._mapping.identifiers)
        if not found and not cells.problems:
            columns = ", ".join(map(named, self._mapping.identifiers.values()))
            cells.problems.append(Problem(columns, "is empty; an event needs an identifier of its customer"))
        return found

    def _place_at(self, event: Event, path: str) -> Place | None:
        mapping = self._mapping
        tables = {"properties": mapping.properties, "attributes": mapping.attributes}
        single = {"event_id": mapping.event_id, "name": mapping.name, "time": mapping.time}
        return (
            single.get(path)
            or identifier_place(path, event.identifiers, mapping.identifiers)
            or named_place(path, tables)
        )
