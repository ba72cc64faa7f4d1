"""Events of a batch, read once: the properties are checked and go on as they came, serialised."""

from collections.abc import Iterator, Mapping

from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.identity.v1.changes_pb2 import EventRecorded
from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.identity import values
from tidegate.identity.model import NUL, Fact, Occurrence, Profile
from tidegate.identity.registry import Definitions
from tidegate.identity.servicer.parse import Parser, instant, source, text, word
from tidegate.identity.sources import LONGEST_CODE, PROPERTY
from tidegate.runtime.errors import InvalidArgument, Violation, Violations

_MOST_PROPERTIES = 64
LONGEST_EVENT_ID = 128
_LONGEST_PROPERTY_NAME = 64


class EventParser:
    """Turns events into facts."""

    def __init__(self, definitions: Definitions, *, now: int) -> None:
        self._parser = Parser(definitions, now=now)
        self._personal = definitions.personal
        received = EventRecorded()
        received.received_time.FromMicroseconds(now)
        self._received = received.SerializeToString()
        received.from_future = True
        self._received_early = received.SerializeToString()

    def parse(self, event: Event, place: int) -> Fact | InvalidArgument:
        """The fact that ``event``, at ``place`` in its batch, reports, or why it is refused.

        Afterwards the event holds no more than its announcement.
        """
        faults = Violations()
        fact = self._fact(event, faults)
        return InvalidArgument(_within(f"events[{place}]", faults)) if faults.found else fact

    def _fact(self, event: Event, faults: Violations) -> Fact:
        self._check(event, faults)
        keys = self._parser.keys(event.identifiers, "identifiers", faults)
        given = event.attributes
        attributes = self._parser.attributes(given, "attributes", faults) if given else None
        time = instant(event.time, "time", faults)
        return Fact(
            keys,
            0,
            event.source,
            time,
            self._occurrence(event, self._received_early if self._parser.is_ahead(time) else self._received),
            Profile(attributes=attributes) if attributes else None,
        )

    def _check(self, event: Event, faults: Violations) -> None:
        source(event.source, "source", faults)
        word(event.name, "name", faults)
        if not event.event_id:
            faults.add("event_id", "is required: an id that is unique per source")
        text(event.event_id, "event_id", faults, longest=LONGEST_EVENT_ID)
        if not event.HasField("time"):
            faults.add("time", "is required: when it happened")
        if not event.identifiers:
            faults.add("identifiers", "name whom it happened to by at least one identifier")
        check_values(event.properties, "properties", faults)

    def _occurrence(self, event: Event, received: bytes) -> Occurrence:
        """What ``event`` has in common with its announcement has the same numbers there, so its bytes will do."""
        code = _code(event.properties) if PROPERTY in event.properties else ""
        event.ClearField("identifiers")
        event.ClearField("attributes")
        event.DiscardUnknownFields()
        full = body = event.SerializeToString() + received
        personal = self._personal.intersection(event.properties)
        if personal:
            for name in personal:
                del event.properties[name]
            body = event.SerializeToString() + received
        return Occurrence(event.event_id, event.name, body, full, code)


def _code(properties: Mapping[str, Value]) -> str:
    """The source code among ``properties``; what cannot be one is a property like any other."""
    code = properties[PROPERTY].string_value
    return code if len(code) <= LONGEST_CODE else ""


def check_values(given: Mapping[str, Value], path: str, faults: Violations) -> None:
    """Refuses values that have no definition to be held against, or their names, for what no value may be."""
    if len(given) > _MOST_PROPERTIES:
        faults.add(path, f"has {len(given)} values; the limit is {_MOST_PROPERTIES}")
        return
    for name in given:
        if not 0 < len(name) <= _LONGEST_PROPERTY_NAME or NUL in name:
            faults.add(path, f"the name of a value has 1 to {_LONGEST_PROPERTY_NAME} characters, none NUL")
        try:
            values.check(given[name])
        except values.MalformedValue as error:
            faults.add(f'{path}["{name}"]', str(error))


def _within(path: str, faults: Violations) -> Iterator[Violation]:
    """The faults of an item, found in the item itself, by their paths in the request."""
    return (Violation(f"{path}.{fault.field}", fault.description) for fault in faults.found)
