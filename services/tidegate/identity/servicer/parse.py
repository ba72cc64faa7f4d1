"""From requests to the model: what every call shares. Fields at fault are named by their paths."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import Identifier, Interval, Value
from tidegate.api.identity.v1 import consents_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.identity import attributes, tags, values
from tidegate.identity.keys import ordered
from tidegate.identity.model import NUL, Consent, Decision, Key, Scalar, Span
from tidegate.identity.normalise import UnusableIdentifier
from tidegate.identity.reading import Reference
from tidegate.identity.registry import Definitions
from tidegate.runtime.errors import InvalidArgument, Violations

MOST_ITEMS = 1000
MOST_IDENTIFIERS = 20
MOST_ATTRIBUTES = 64
MOST_TAGS = 100
MOST_CONSENTS = 50
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_LONGEST_SOURCE = 64
_SKEW = 300_000_000  # µs by which the clocks of those who report may be ahead
_TEXTS_OF_CONSENT = (("purpose", 64), ("channel", 64), ("brand", 64), ("source", 64), ("proof", 1024))
T = TypeVar("T")

_DECISIONS: Mapping[int, Decision] = {
    consents_pb2.DECISION_GRANTED: Decision.GRANTED,
    consents_pb2.DECISION_DENIED: Decision.DENIED,
}


def batch(items: Sequence[T], path: str) -> Sequence[T]:
    """``items``, if there are 1 to 1,000 of them. Raises InvalidArgument for the call as a whole."""
    if not 1 <= len(items) <= MOST_ITEMS:
        raise InvalidArgument.at(path, f"has {len(items)} items; send 1 to {MOST_ITEMS} in one batch")
    return items


class Parser:
    """Reads the parts that requests have in common, by one state of the definitions, at one instant."""

    def __init__(self, definitions: Definitions, *, now: int) -> None:
        self.definitions = definitions
        self.now = now
        self._well_formed: set[tuple[str, ...]] = set()  # a batch has many decisions of the same texts

    def keys(self, identifiers: Sequence[Identifier], path: str, faults: Violations) -> tuple[Key, ...]:
        """Identifiers as keys, by falling priority."""
        if len(identifiers) > MOST_IDENTIFIERS:
            faults.add(path, f"has {len(identifiers)} identifiers; the limit is {MOST_IDENTIFIERS}")
            return ()
        make, found = self.definitions.keys.key, []
        for place, identifier in enumerate(identifiers):
            try:
                found.append(make(identifier.namespace, identifier.value))
            except UnusableIdentifier as error:
                faults.add(f"{path}[{place}].{error.field}", str(error))
        return ordered(found)

    def key(self, identifier: Identifier, path: str, faults: Violations) -> Key | None:
        """One identifier as a key; None when it is at fault."""
        try:
            return self.definitions.keys.key(identifier.namespace, identifier.value)
        except UnusableIdentifier as error:
            faults.add(f"{path}.{error.field}", str(error))
            return None

    def reference(self, reference: CustomerReference, path: str, faults: Violations) -> Reference | None:
        """A customer by id or identifier; None when it is at fault."""
        if reference.WhichOneof("customer") == "identifier":
            return self.key(reference.identifier, f"{path}.identifier", faults)
        if reference.customer_id <= 0:
            faults.add(path, "name a customer by customer_id or by an identifier")
            return None
        return reference.customer_id

    def time(self, message: Timestamp, path: str, faults: Violations, *, given: bool) -> int:
        """Since when something is so: may be left out, which means now, and does not lie ahead.

        What is dated in the future would win against all that comes until then.
        """
        if not given:
            return self.now
        time = instant(message, path, faults)
        if self.is_ahead(time):
            faults.add(path, "lies in the future; give the time at which it became true, or none for now")
        return min(time, self.now)

    def is_ahead(self, time: int) -> bool:
        """Whether ``time`` lies further in the future than the clocks of those who report may be ahead."""
        return time > self.now + _SKEW

    def attributes(self, given: Mapping[str, Value], path: str, faults: Violations) -> dict[str, Scalar]:
        """Values that arrive for attributes, typed by their definitions and allowed by them."""
        found = self.wanted(given, path, faults)
        for name, value in found.items():
            self.allowed(name, value, f'{path}["{name}"]', faults)
        return found

    def allowed(self, name: str, value: Scalar, path: str, faults: Violations) -> None:
        """Refuses a value that the attribute's definition does not list."""
        try:
            attributes.check_allowed(self.definitions.attributes[name], value)
        except attributes.WrongValue as error:
            faults.add(path, str(error))

    def wanted(self, given: Mapping[str, Value], path: str, faults: Violations) -> dict[str, Scalar]:
        """Values of attributes to search by, typed by their definitions: those no longer allowed may still be there."""
        if len(given) > MOST_ATTRIBUTES:
            faults.add(path, f"has {len(given)} attributes; the limit is {MOST_ATTRIBUTES}")
            return {}
        found = {}
        for name, value in given.items():
            try:
                found[name] = self.attribute(name, value)
            except (attributes.WrongValue, values.MalformedValue) as error:
                faults.add(f'{path}["{name}"]', str(error))
        return found

    def added(self, given: Iterable[str]) -> list[str]:
        """Those of the names whose attributes add up what arrives."""
        return [name for name in given if name in self.definitions.added]

    def attribute(self, name: str, value: Value) -> Scalar:
        """A value of an attribute, typed. Raises WrongValue or MalformedValue."""
        definition = self.definitions.attributes.get(name)
        if definition is None:
            raise attributes.WrongValue("is not defined; create it with CreateAttributeDefinition")
        values.check(value)
        if not values.kind_fits(definition, value):
            raise attributes.WrongValue(f"must be of type {definition.type}")
        return attributes.typed(definition, values.scalar(value))

    def tags(self, given: Sequence[str], path: str, faults: Violations) -> tuple[str, ...]:
        """Tags, each once."""
        if not given:
            return ()
        if len(given) > MOST_TAGS:
            faults.add(path, f"has {len(given)} tags; the limit is {MOST_TAGS}")
            return ()
        for place, tag in enumerate(given):
            try:
                tags.check(tag, self.definitions.tag_groups)
            except tags.WrongTag as error:
                faults.add(f"{path}[{place}]", str(error))
        return tuple(dict.fromkeys(given))

    def ends(
        self, tags_given: Iterable[str], expire_time: Timestamp | None, path: str, faults: Violations, *, since: int
    ) -> dict[str, int]:
        """When tags put on at the instant ``since`` end by themselves, those that do."""
        if expire_time is not None:
            end = instant(expire_time, path, faults)
            if end <= since:
                faults.add(path, "must lie behind the time at which the tags became true")
            return dict.fromkeys(tags_given, end)
        groups = self.definitions.tag_groups
        found = ((tag, groups[group]) for tag in tags_given if (group := tags.group_of(tag)) in groups)
        return {tag: since + group.lifetime for tag, group in found if group.lifetime is not None}

    def consents(self, given: Sequence[consents_pb2.Consent], path: str, faults: Violations) -> tuple[Consent, ...]:
        """Decisions."""
        if not given:
            return ()
        if len(given) > MOST_CONSENTS:
            faults.add(path, f"has {len(given)} decisions; the limit is {MOST_CONSENTS}")
            return ()
        read = (self._consent(consent, f"{path}[{place}]", faults) for place, consent in enumerate(given))
        return tuple(consent for consent in read if consent is not None)

    def _consent(self, given: consents_pb2.Consent, path: str, faults: Violations) -> Consent | None:
        """A decision; None when it decides nothing."""
        decision = _DECISIONS.get(given.decision)
        if decision is None:
            faults.add(f"{path}.decision", "must be DECISION_GRANTED or DECISION_DENIED")
            return None
        time = self.time(given.time, f"{path}.time", faults, given=given.HasField("time"))
        texts = given.purpose, given.channel, given.brand, given.source, given.proof
        if texts not in self._well_formed:
            self._check_texts(texts, path, faults)
        purpose, channel, brand, origin, proof = texts
        return Consent(purpose, channel, brand, decision, time, origin, proof)

    def _check_texts(self, texts: tuple[str, ...], path: str, faults: Violations) -> None:
        before = len(faults.found)
        for given, (field, longest) in zip(texts, _TEXTS_OF_CONSENT, strict=True):
            text(given, f"{path}.{field}", faults, longest=longest)
        if not texts[0]:
            faults.add(f"{path}.purpose", "is required, such as `marketing`")
        if len(faults.found) == before:
            self._well_formed.add(texts)


def instant(time: Timestamp, path: str, faults: Violations) -> int:
    """Microseconds since the epoch; 0 for what is at fault."""
    try:
        return values.instant(time)
    except values.MalformedValue as error:
        faults.add(path, str(error))
        return 0


def span_of(interval: Interval) -> Span:
    """The instants of an interval that a request names as `interval`. Raises InvalidArgument."""
    faults = Violations()
    found = span(interval, "interval", faults)
    faults.raise_if_any()
    return found


def span(interval: Interval, path: str, faults: Violations) -> Span:
    """The instants of an interval."""
    return Span(
        instant(interval.start, f"{path}.start", faults) if interval.HasField("start") else None,
        instant(interval.end, f"{path}.end", faults) if interval.HasField("end") else None,
    )


def text(given: str, path: str, faults: Violations, *, longest: int) -> None:
    """Refuses a text that is too long or can't be kept."""
    if len(given) > longest:
        faults.add(path, f"has {len(given)} characters; the limit is {longest}")
    if NUL in given:
        faults.add(path, "must not contain the character NUL")


def source(given: str, path: str, faults: Violations) -> str:
    """The system that reports: required."""
    if not given:
        faults.add(path, "is required: the system that reports, such as `shop`")
    text(given, path, faults, longest=_LONGEST_SOURCE)
    return given


def word(given: str, path: str, faults: Violations) -> str:
    """A name such as `order_paid`."""
    if not _WORD.fullmatch(given):
        faults.add(
            path,
            "must be a lower-case letter, then up to 63 of a-z, 0-9, `_`, `.`, and `-`",
        )
    return given


def words(given: Iterable[str], path: str) -> list[str]:
    """Names, all well-formed. Raises InvalidArgument."""
    faults = Violations()
    found = [word(name, f"{path}[{place}]", faults) for place, name in enumerate(given)]
    faults.raise_if_any()
    return found
