"""The call for a customer's timeline."""

from collections.abc import Collection, Mapping
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.identity.v1 import timeline_pb2
from tidegate.api.identity.v1.changes_pb2 import SeparatedCustomer
from tidegate.identity import paging, values
from tidegate.identity.model import NUL, SplitRecord
from tidegate.identity.recounting import Wanted
from tidegate.identity.servicer import messages
from tidegate.identity.servicer.parse import Parser, span
from tidegate.identity.servicer.tools import Tools
from tidegate.identity.timeline import Entry, Kind, Place
from tidegate.runtime.errors import Violations

_KINDS: Mapping[int, Kind] = {
    timeline_pb2.TIMELINE_KIND_JOURNEY_END: Kind.JOURNEY_END,
    timeline_pb2.TIMELINE_KIND_MESSAGE: Kind.MESSAGE,
    timeline_pb2.TIMELINE_KIND_JOURNEY_ENTRY: Kind.JOURNEY_ENTRY,
    timeline_pb2.TIMELINE_KIND_SPLIT: Kind.SPLIT,
    timeline_pb2.TIMELINE_KIND_MERGE: Kind.MERGE,
    timeline_pb2.TIMELINE_KIND_CONSENT: Kind.CONSENT,
    timeline_pb2.TIMELINE_KIND_EVENT: Kind.EVENT,
}
_WIRE = {kind: wire for wire, kind in _KINDS.items()}
_PARTS = {Kind.CONSENT: 5, Kind.EVENT: 2}
"""How many texts the key of a kind has; of those not named here one."""


class TimelineCalls:
    """ListCustomerTimeline."""

    tools: Tools

    def ListCustomerTimeline(
        self, request: timeline_pb2.ListCustomerTimelineRequest, _context: grpc.ServicerContext
    ) -> timeline_pb2.ListCustomerTimelineResponse:
        """A page of one customer's timeline."""
        faults = Violations()
        parser = Parser(self.tools.definitions(), now=self.tools.now())
        reference = parser.reference(request.customer, "customer", faults)
        kinds, within = _kinds(request.kinds, faults), span(request.interval, "interval", faults)
        faults.raise_if_any()
        assert reference is not None
        wanted = Wanted(
            kinds=kinds, span=within, place=_place(request.page_token), limit=paging.size(request.page_size)
        )
        found = self.tools.recounter.page(reference, wanted)
        return timeline_pb2.ListCustomerTimelineResponse(
            entries=map(_message, found.page.entries),
            next_page_token=_token(found.page.entries[-1].place) if found.page.more else "",
            missing_services=found.missing,
        )


def _kinds(given: Collection[int], faults: Violations) -> frozenset[Kind]:
    for place, kind in enumerate(given):
        if kind not in _KINDS:
            faults.add(f"kinds[{place}]", "is none of the kinds of an entry")
    return frozenset(_KINDS[kind] for kind in given if kind in _KINDS) or frozenset(Kind)


def _token(place: Place) -> str:
    return paging.token(place.time, place.kind, list(place.key))


def _place(token: str) -> Place | None:
    """The place in a token, None for the first page. Raises InvalidArgument for one that we did not make."""
    found = paging.place(token, int, str, list)
    if found is None:
        return None
    time, name, key = found
    kind = next((kind for kind in Kind if kind == name), None)
    if kind is None or not _is_instant(time) or not _is_key(key, kind):
        raise paging.foreign()
    return Place(time, kind, tuple(key))


def _is_instant(time: int) -> bool:
    seconds, rest = divmod(time, 1_000_000)
    try:
        values.instant(Timestamp(seconds=seconds, nanos=rest * 1000))
    except values.MalformedValue:
        return False
    return True


def _is_key(key: list[Any], kind: Kind) -> bool:
    return len(key) == _PARTS.get(kind, 1) and all(isinstance(part, str) and NUL not in part for part in key)


def _message(entry: Entry) -> timeline_pb2.TimelineEntry:
    time, kind, _ = entry.place
    message = timeline_pb2.TimelineEntry(time=messages.timestamp(time), kind=_WIRE[kind])  # type: ignore[arg-type]
    match kind:
        case Kind.EVENT:
            message.event.CopyFrom(messages.stored_event(entry.subject))
        case Kind.MESSAGE:
            message.message.CopyFrom(entry.subject)
        case Kind.JOURNEY_ENTRY | Kind.JOURNEY_END:
            message.enrollment.CopyFrom(entry.subject)
        case Kind.MERGE:
            message.merge.CopyFrom(messages.merge(entry.subject))
        case Kind.SPLIT:
            message.split.CopyFrom(_split(entry.subject))
        case Kind.CONSENT:
            message.consent.CopyFrom(messages.consent(entry.subject))
    return message


def _split(found: SplitRecord) -> timeline_pb2.Split:
    return timeline_pb2.Split(
        split_id=found.split_id,
        remaining_id=found.remaining_id,
        separated=[
            SeparatedCustomer(customer_id=customer_id, original_customer_ids=ids)
            for customer_id, ids in found.separated
        ],
        source=found.source,
        reason=found.reason,
    )
