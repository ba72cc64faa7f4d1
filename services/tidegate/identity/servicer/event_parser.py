"""Events of a batch, read once: the properties are checked and go on as they came, serialised."""

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.identity.v1.changes_pb2 import EventRecorded
from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.identity import values
from tidegate.identity.model import Fact, Occurrence, Profile
from tidegate.identity.registry import Definitions
from tidegate.identity.servicer.parse import Parser, instant, source, text, word
from tidegate.runtime.errors import InvalidArgument, Violations

_MOST_PROPERTIES = 64
_LONGEST_EVENT_ID = 128
_LONGEST_PROPERTY_NAME = 64


class EventParser:
    """Turns events into facts."""

    def __init__(self, definitions: Definitions, *, now: int) -> None:
        self._parser = Parser(definitions, now=now)
        self._personal = definitions.personal
        self._received = Timestamp()
        self._received.FromMicroseconds(now)

    def parse(self, event: Event, place: int) -> Fact | InvalidArgument:
        """The fact that ``event``, at ``place`` in its batch, reports, or why it is refused."""
        faults = Violations()
        fact = self._fact(event, f"events[{place}]", faults)
        return InvalidArgument(faults.found) if faults.found else fact

    def _fact(self, event: Event, path: str, faults: Violations) -> Fact:
        self._check(event, path, faults)
        keys = self._parser.keys(event.identifiers, f"{path}.identifiers", faults)
        given = event.attributes
        attributes = self._parser.attributes(given, f"{path}.attributes", faults) if given else None
        return Fact(
            keys,
            0,
            event.source,
            instant(event.time),
            self._occurrence(event),
            Profile(attributes=attributes) if attributes else None,
        )

    def _check(self, event: Event, path: str, faults: Violations) -> None:
        source(event.source, f"{path}.source", faults)
        word(event.name, f"{path}.name", faults)
        if not event.event_id:
            faults.add(f"{path}.event_id", "is required: an id that is unique per source")
        text(event.event_id, f"{path}.event_id", faults, longest=_LONGEST_EVENT_ID)
        if not event.HasField("time"):
            faults.add(f"{path}.time", "is required: when it happened")
        if not event.identifiers:
            faults.add(f"{path}.identifiers", "name whom it happened to by at least one identifier")
        self._check_properties(event, f"{path}.properties", faults)

    def _check_properties(self, event: Event, path: str, faults: Violations) -> None:
        if len(event.properties) > _MOST_PROPERTIES:
            faults.add(path, f"has {len(event.properties)} properties; the limit is {_MOST_PROPERTIES}")
            return
        for name, value in event.properties.items():
            if not 0 < len(name) <= _LONGEST_PROPERTY_NAME:
                faults.add(path, f"the name of a property has 1 to {_LONGEST_PROPERTY_NAME} characters")
            try:
                values.check(value)
            except values.MalformedValue as error:
                faults.add(f'{path}["{name}"]', str(error))

    def _occurrence(self, event: Event) -> Occurrence:
        recorded = EventRecorded(
            source=event.source,
            event_id=event.event_id,
            name=event.name,
            time=event.time,
            received_time=self._received,
            properties=event.properties,
        )
        full = body = recorded.SerializeToString()
        personal = self._personal.intersection(event.properties)
        if personal:
            for name in personal:
                del recorded.properties[name]
            body = recorded.SerializeToString()
        return Occurrence(event.event_id, event.name, body, full)
