"""Calls about privacy: what is known of a person, and its removal."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from tidegate.api.identity.v1 import privacy_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.identity.decision import Origin
from tidegate.identity.late import ERASED
from tidegate.identity.model import ALWAYS, Consent, Erasure
from tidegate.identity.reading import Reference, not_found
from tidegate.identity.servicer import messages
from tidegate.identity.servicer.parse import Parser, text
from tidegate.identity.servicer.relations import relation_message
from tidegate.identity.servicer.sources import source_code_message
from tidegate.identity.servicer.tools import Tools
from tidegate.identity.sourcing import Codes
from tidegate.runtime.edge import current_caller
from tidegate.runtime.errors import FailedPrecondition, InvalidArgument, Violations

_LONGEST_REASON = 512
_PAGE = 500
_CHUNK = 64 * 1024
T = TypeVar("T")


class PrivacyCalls:
    """EraseCustomer, GetErasure, ExportCustomer."""

    tools: Tools

    def EraseCustomer(
        self, request: privacy_pb2.EraseCustomerRequest, _context: grpc.ServicerContext
    ) -> privacy_pb2.EraseCustomerResponse:
        """Begins to remove a person from all services."""
        faults = Violations()
        reference = self._person(request.customer, faults)
        if not request.reason.strip():
            faults.add("reason", "is required: why the person is erased, without telling who it is")
        text(request.reason, "reason", faults, longest=_LONGEST_REASON)
        faults.raise_if_any()
        assert reference is not None
        erasure = self.tools.eraser.erase(reference, Origin(current_caller().name, reason=request.reason))
        return privacy_pb2.EraseCustomerResponse(erasure=_erasure(erasure))

    def GetErasure(
        self, request: privacy_pb2.GetErasureRequest, _context: grpc.ServicerContext
    ) -> privacy_pb2.GetErasureResponse:
        """Where an erasure stands."""
        if not request.erasure_id:
            raise InvalidArgument.at("erasure_id", "is required")
        return privacy_pb2.GetErasureResponse(erasure=_erasure(self.tools.eraser.get(request.erasure_id)))

    def ExportCustomer(
        self, request: privacy_pb2.ExportCustomerRequest, _context: grpc.ServicerContext
    ) -> Iterator[privacy_pb2.ExportCustomerResponse]:
        """All that is known of a person, in parts."""
        faults = Violations()
        reference = self._person(request.customer, faults)
        faults.raise_if_any()
        assert reference is not None
        for chunk in _chunks(self._document(reference)):
            yield privacy_pb2.ExportCustomerResponse(json_chunk=chunk)

    def _person(self, reference: CustomerReference, faults: Violations) -> Reference | None:
        return Parser(self.tools.definitions(), now=self.tools.now()).reference(reference, "customer", faults)

    def _document(self, reference: Reference) -> Iterator[str]:
        reader = self.tools.reader
        found = reader.customers([reference]).get(reference)
        if found is None:
            raise self._why_not(reference)
        customer_id = found.customer_id
        yield f'{{"customer_id":{customer_id},"customer":'
        yield _text(messages.customer(found, self.tools.definitions().attributes))
        yield ',"events":'
        yield from _list(
            lambda last: reader.events(
                customer_id,
                names=(),
                span=ALWAYS,
                before=None if last is None else (last.time, last.source, last.event_id),
                limit=_PAGE,
            ),
            messages.stored_event,
        )
        yield ',"consent_history":'
        yield from _list(
            lambda last: reader.decisions(customer_id, before=None if last is None else _place(last), limit=_PAGE),
            messages.consent,
        )
        yield ',"merges":'
        yield from _list(
            lambda last: reader.merges(
                customer_id=customer_id, after="" if last is None else last.merge_id, limit=_PAGE
            ),
            messages.merge,
        )
        yield ',"conflicts":'
        yield from _list(
            lambda last: reader.conflicts(
                state=None, customer_id=customer_id, after="" if last is None else last.conflict_id, limit=_PAGE
            ),
            messages.conflict,
        )
        yield ',"relations":'
        yield from _list(
            lambda last: self.tools.relator.of_customer(
                customer_id, kind=None, target="", before=None if last is None else last.age, limit=_PAGE
            ),
            relation_message,
        )
        yield ',"source_codes":'
        yield from _list(
            lambda last: self.tools.sources.page(
                Codes(inviter_id=customer_id), after="" if last is None else last.code, limit=_PAGE
            ),
            source_code_message,
        )
        yield "}"

    def _why_not(self, reference: Reference) -> Exception:
        erasure_id = self.tools.eraser.erasure_of(reference)
        if not erasure_id:
            return not_found(reference)
        return FailedPrecondition(
            f"this person was erased; GetErasure says more of {erasure_id}", reason=ERASED, erasure_id=erasure_id
        )


def _list(page: Callable[[T | None], Sequence[T]], message: Callable[[T], Message]) -> Iterator[str]:
    """A JSON array over pages; ``page`` is given the last item of the page before."""
    last: T | None = None
    separator = "["
    while found := page(last):
        for each in found:
            yield separator + _text(message(each))
            separator = ","
        last = found[-1]
    yield "[]" if separator == "[" else "]"


def _text(message: Message) -> str:
    document: Any = MessageToDict(message, preserving_proto_field_name=True)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _chunks(parts: Iterator[str]) -> Iterator[bytes]:
    gathered = bytearray()
    for part in parts:
        gathered += part.encode()
        if len(gathered) >= _CHUNK:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def _place(consent: Consent) -> tuple[int, str, str, str, str, str]:
    return consent.time, *consent.key


def _erasure(found: Erasure) -> privacy_pb2.Erasure:
    return privacy_pb2.Erasure(
        erasure_id=found.erasure_id,
        customer_id=found.customer_id,
        state=privacy_pb2.ERASURE_STATE_RUNNING if found.done is None else privacy_pb2.ERASURE_STATE_DONE,
        reports=[
            privacy_pb2.ErasureReport(
                service=each.service,
                done_time=None if each.done is None else messages.timestamp(each.done),
                rows=each.rows,
            )
            for each in found.reports
        ],
        create_time=messages.timestamp(found.created),
        done_time=None if found.done is None else messages.timestamp(found.done),
        dropped_count=found.dropped,
    )
