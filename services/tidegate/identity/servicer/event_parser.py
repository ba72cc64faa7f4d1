"""Events of a batch, read once: the properties are checked and go on as they came, serialised."""

from collections.abc import Mapping

from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.identity.v1.changes_pb2 import EventRecorded
from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.identity import values
from tidegate.identity.model import NUL, Fact, Occurrence, Profile
from tidegate.identity.registry import Definitions
from tidegate.identity.servicer.parse import Parser, instant, source, text, word
from tidegate.identity.sources import LONGEST_CODE, PROPERTY
from tidegate.runtime.errors import InvalidArgument, Violations

_MOST_PROPERTIES = 64
LONGEST_EVENT_ID = 128
_LONGEST_PROPERTY_NAME = 64


class EventParser:
    """Turns events into facts."""

    def __init__(self, definitions: Definitions, *, now: int) -> None:
        self._parser = Parser(definitions, now=now)
        self._personal = definitions.personal
        self._well_formed: set[tuple[str, str]] = set()  # few systems report events of few names
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
        return InvalidArgument(faults.within(f"events[{place}]")) if faults.found else fact

    def _fact(self, event: Event, faults: Violations) -> Fact:
        """Reads each field once: that costs more than what is done with it."""
        reporter, event_id, name = event.source, event.event_id, event.name
        identifiers, properties, given = event.identifiers, event.properties, event.attributes
        if (reporter, name) not in self._well_formed:
            self._check_words(reporter, name, faults)
        _check_id(event_id, faults)
        if not event.HasField("time"):
            faults.add("time", "is required: when it happened")
        if not identifiers:
            faults.add("identifiers", "name whom it happened to by at least one identifier")
        named = check_values(properties, "properties", faults)
        keys = self._parser.keys(identifiers, "identifiers", faults)
        attributes = self._parser.attributes(given, "attributes", faults) if given else None
        time = instant(event.time, "time", faults)
        body = full = self._recorded(event, time)
        if not self._personal.isdisjoint(named):
            body = self._without_personal(event, time)
        code = _code(properties) if PROPERTY in named else ""
        profile = Profile(attributes=attributes) if attributes else None
        return Fact(keys, 0, reporter, time, Occurrence(event_id, name, body, full, code), profile)

    def _check_words(self, reporter: str, name: str, faults: Violations) -> None:
        before = len(faults.found)
        source(reporter, "source", faults)
        word(name, "name", faults)
        if len(faults.found) == before:
            self._well_formed.add((reporter, name))

    def _recorded(self, event: Event, time: int) -> bytes:
        """What ``event`` has in common with its announcement has the same numbers there, so its bytes will do."""
        event.ClearField("identifiers")
        event.ClearField("attributes")
        event.DiscardUnknownFields()
        return event.SerializeToString() + (self._received_early if self._parser.is_ahead(time) else self._received)

    def _without_personal(self, event: Event, time: int) -> bytes:
        for name in self._personal.intersection(event.properties):
            del event.properties[name]
        return self._recorded(event, time)


def _check_id(event_id: str, faults: Violations) -> None:
    if not event_id:
        faults.add("event_id", "is required: an id that is unique per source")
    text(event_id, "event_id", faults, longest=LONGEST_EVENT_ID)


def _code(properties: Mapping[str, Value]) -> str:
    """The source code among ``properties``; what cannot be one is a property like any other."""
    code = properties[PROPERTY].string_value
    return code if len(code) <= LONGEST_CODE else ""


def check_values(given: Mapping[str, Value], path: str, faults: Violations) -> list[str]:
    """Refuses values that have no definition to be held against, or their names, for what no value may be.

    Returns the names.
    """
    names = list(given)
    if len(names) > _MOST_PROPERTIES:
        faults.add(path, f"has {len(names)} values; the limit is {_MOST_PROPERTIES}")
        return names
    for name in names:
        if not 0 < len(name) <= _LONGEST_PROPERTY_NAME or NUL in name:
            faults.add(path, f"the name of a value has 1 to {_LONGEST_PROPERTY_NAME} characters, none NUL")
        try:
            values.check(given[name])
        except values.MalformedValue as error:
            faults.add(f'{path}["{name}"]', str(error))
    return names
