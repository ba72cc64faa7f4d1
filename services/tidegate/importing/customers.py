"""Pure: rows of a file as customers, by a mapping."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.identity.v1.consents_pb2 import Consent
from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert
from tidegate.importing.cells import Cells, Fields, Problem, Values, named
from tidegate.importing.customer_mapping import ConsentPlace, CustomerMapping, Subject, TagKind, subject_of
from tidegate.importing.mapping import Place, TimePlace
from tidegate.importing.origins import column_of, identifier_place, named_place, within_item
from tidegate.importing.values import (
    TimeReader,
    decision_of,
    text_of,
    texts_of,
    time_reader,
    truth_of,
    whole_number_of,
)

_ROW = "every row"
_OWN_FIELDS = ("zone", "locale")
"""Attributes that an upsert carries in fields of their own, where the service looks at them more closely."""
_SINGLE = frozenset({"time", "customer_id", "add_tags", "remove_tags", "add_tags_expire_time", "returning"})
_TAG = re.compile(r"(add_tags|remove_tags)\[(\d+)\].*")
_CONSENT = re.compile(r"consents\[(\d+)\](?:\.(\w+))?.*")


class CustomerMaker:
    """Makes customers of rows."""

    def __init__(self, mapping: CustomerMapping, company_zone: ZoneInfo) -> None:
        """Times that name no zone are in the mapping's, else in ``company_zone``."""
        zone = mapping.zone_of_times(company_zone)
        attributes = {name: place for name, place in mapping.attributes.items() if name not in _OWN_FIELDS}
        self._mapping = mapping
        self._time = time_reader(mapping.time, zone)
        self._end = _reader(mapping.add_tags_expire_time, zone)
        self._attributes = Values(attributes, zone)
        self._decisions = _Decisions(mapping, zone)

    def make(self, _number: int, fields: Fields) -> CustomerUpsert:
        """What a row says of a customer. Raises RowRejected with all that is wrong with it."""
        cells, mapping = Cells(fields), self._mapping
        time = cells.required(mapping.time, self._time, by=_ROW)
        customer = CustomerUpsert(
            source=mapping.source,
            time=time,
            customer_id=self._customer_id(cells),
            attributes=self._attributes.read(cells),
            consents=self._decisions.read(cells, time),
            returning=bool(mapping.returning and cells.read(mapping.returning, truth_of)),
            zone=self._own_field("zone", cells),
            locale=self._own_field("locale", cells),
        )
        customer.identifiers.extend(self._identifiers(cells, customer.customer_id))
        self._put_tags(cells, customer)
        cells.raise_if_any()
        return customer

    def column_at(self, customer: CustomerUpsert, path: str) -> str:
        """The column behind the field at ``path`` of a request; else the path itself."""
        bare = within_item(path)
        return column_of(self._place_at(customer, bare), bare)

    def _customer_id(self, cells: Cells) -> int | None:
        place = self._mapping.customer_id
        found = cells.read(place, whole_number_of) if place else None
        if place and found is not None and found <= 0:
            cells.refuse(place, f"{found} is no customer's id; leave it empty where it is not known")
        return found

    def _own_field(self, name: str, cells: Cells) -> str:
        place = self._mapping.attributes.get(name)
        return cells.text(place) if place else ""

    def _identifiers(self, cells: Cells, customer_id: int) -> list[Identifier]:
        mapping = self._mapping
        found = cells.identifiers(mapping.identifiers)
        if not found and not customer_id and not cells.problems:
            ids = (mapping.customer_id,) if mapping.customer_id else ()
            columns = ", ".join(map(named, (*mapping.identifiers.values(), *ids)))
            cells.problems.append(Problem(columns, "is empty; a row needs something that names its customer"))
        return found

    def _put_tags(self, cells: Cells, customer: CustomerUpsert) -> None:
        """When tags end is said of those that a row puts on: one that puts on none leaves it out."""
        mapping = self._mapping
        for on, tag in (*self._marks(cells), *self._listed(cells)):
            (customer.add_tags if on else customer.remove_tags).append(tag)
        end = cells.read(mapping.add_tags_expire_time, self._end) if mapping.add_tags_expire_time else None
        if end is not None and customer.add_tags:
            customer.add_tags_expire_time.CopyFrom(end)

    def _marks(self, cells: Cells) -> Iterator[tuple[bool, str]]:
        for name, place in self._mapping.tags.items():
            if place.type is TagKind.BOOL:
                on = cells.read(place, truth_of)
                yield from () if on is None else ((on, name),)
            else:
                names = cells.read(place, texts_of if place.type is TagKind.LIST else _single) or ()
                yield from ((True, f"{name}={each}") for each in names)

    def _listed(self, cells: Cells) -> Iterator[tuple[bool, str]]:
        for on, place in ((True, self._mapping.add_tags), (False, self._mapping.remove_tags)):
            if place:
                yield from ((on, tag) for tag in cells.read(place, texts_of) or ())

    def _place_at(self, customer: CustomerUpsert, path: str) -> Place | None:
        mapping = self._mapping
        if match := _TAG.fullmatch(path):
            return self._tag_place(match[1], getattr(customer, match[1])[int(match[2])])
        if match := _CONSENT.fullmatch(path):
            return self._decisions.place_of(customer.consents[int(match[1])], match[2] or "")
        if path in _SINGLE:
            place: Place | None = getattr(mapping, path)
            return place
        return (
            mapping.attributes.get(path)
            or identifier_place(path, customer.identifiers, mapping.identifiers)
            or named_place(path, {"attributes": mapping.attributes})
        )

    def _tag_place(self, field: str, tag: str) -> Place | None:
        """A tag by its own name, by that of its group, or in the list of ``field``."""
        tags = self._mapping.tags
        listed: Place | None = getattr(self._mapping, field)
        return tags.get(tag) or tags.get(tag.partition("=")[0]) or listed


@dataclass(frozen=True, slots=True)
class _Decision:
    subject: Subject
    place: ConsentPlace
    time: TimeReader


class _Decisions:
    """The decisions of a row."""

    def __init__(self, mapping: CustomerMapping, zone: ZoneInfo) -> None:
        self._mapping = mapping
        self._decisions = {
            subject_of(name): _Decision(subject_of(name), place, _reader(place.time, zone))
            for name, place in mapping.consents.items()
        }

    def read(self, cells: Cells, time: Timestamp | None) -> list[Consent]:
        """Columns that are empty decide nothing; a decision without a time of its own was made at ``time``."""
        found = (self._consent(each, cells, time) for each in self._decisions.values())
        return [consent for consent in found if consent is not None]

    def place_of(self, consent: Consent, field: str) -> Place | None:
        """Where a field of ``consent`` comes from."""
        found = self._decisions.get(Subject(consent.purpose, consent.channel, consent.brand))
        if found is None:
            return None
        if field == "time":
            return found.place.time or self._mapping.time
        own: Place | None = getattr(found.place, field) if field in {"source", "proof"} else None
        return own or found.place

    def _consent(self, each: _Decision, cells: Cells, time: Timestamp | None) -> Consent | None:
        place, subject = each.place, each.subject
        decision = cells.read(place, decision_of)
        if decision is None:
            return None
        return Consent(
            purpose=subject.purpose,
            channel=subject.channel,
            brand=subject.brand,
            decision=decision,
            time=(place.time and cells.read(place.time, each.time)) or time,
            source=(place.source and cells.text(place.source)) or self._mapping.source,
            proof=cells.text(place.proof) if place.proof else "",
        )


def _reader(place: TimePlace | None, zone: ZoneInfo) -> TimeReader:
    return time_reader(place or TimePlace(constant=""), zone)


def _single(raw: object) -> list[str]:
    return [text_of(raw)]
