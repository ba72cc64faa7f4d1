"""Calls about events: batches, the stream, and a customer's events."""

from collections.abc import Iterator, Sequence
from itertools import islice

import grpc

from tidegate.api.identity.v1 import events_pb2
from tidegate.identity import paging
from tidegate.identity.model import Fact, Outcome
from tidegate.identity.record import Result
from tidegate.identity.servicer import messages
from tidegate.identity.servicer.ahead import read_ahead
from tidegate.identity.servicer.event_parser import EventParser
from tidegate.identity.servicer.parse import batch, span_of, words
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument, TidegateError, item_error

_MOST_NAMES = 20
_TOGETHER = 3
"""Batches of a stream in one transaction: it holds back other writers for as long as it takes."""
Parsed = Sequence[Fact | InvalidArgument]


class EventCalls:
    """IngestEvents, IngestStream, ListCustomerEvents."""

    tools: Tools

    def IngestEvents(
        self, request: events_pb2.IngestEventsRequest, _context: grpc.ServicerContext
    ) -> events_pb2.IngestEventsResponse:
        """One batch in one transaction."""
        results = self.tools.record(self._parse(request.events))
        return events_pb2.IngestEventsResponse(results=[_event_result(result) for result in results])

    def IngestStream(
        self, requests: Iterator[events_pb2.IngestStreamRequest], _context: grpc.ServicerContext
    ) -> Iterator[events_pb2.IngestStreamResponse]:
        """Batch after batch, in order; further ones are read and parsed while some are being committed.

        Those that have come meanwhile are committed together: what a transaction costs is then paid less often.
        """
        parsed = ((request.sequence, self._parse(request.events)) for request in requests)
        for ready in read_ahead(parsed, together=_TOGETHER):
            yield from self._recorded(ready)

    def _recorded(self, ready: Sequence[tuple[int, Parsed]]) -> Iterator[events_pb2.IngestStreamResponse]:
        """Records batches together; where that fails, one by one: none suffers from what comes behind it."""
        try:
            results = iter(self.tools.record([fact for _, facts in ready for fact in facts]))
        except Exception:
            if len(ready) == 1:
                raise
            for one in ready:
                yield from self._recorded([one])
            return
        for sequence, facts in ready:
            yield _acknowledgement(sequence, list(islice(results, len(facts))))

    def ListCustomerEvents(
        self, request: events_pb2.ListCustomerEventsRequest, _context: grpc.ServicerContext
    ) -> events_pb2.ListCustomerEventsResponse:
        """A page of one customer's events."""
        limit = paging.size(request.page_size)
        if len(request.names) > _MOST_NAMES:
            raise InvalidArgument.at("names", f"has {len(request.names)} names; the limit is {_MOST_NAMES}")
        found = self.tools.reader.events(
            request.customer_id,
            names=words(request.names, "names"),
            span=span_of(request.interval),
            before=paging.place(request.page_token, int, str, str),
            limit=limit + 1,
        )
        page, more = found[:limit], len(found) > limit
        last = page[-1] if page else None
        return events_pb2.ListCustomerEventsResponse(
            events=[messages.stored_event(event) for event in page],
            next_page_token=paging.token(last.time, last.source, last.event_id) if last and more else "",
        )

    def _parse(self, given: Sequence[events_pb2.Event]) -> Parsed:
        parser = EventParser(self.tools.definitions(), now=self.tools.now())
        return [parser.parse(event, place) for place, event in enumerate(batch(given, "events"))]


def _event_result(result: Result) -> events_pb2.EventResult:
    if isinstance(result, TidegateError):
        return events_pb2.EventResult(error=item_error(result))
    return events_pb2.EventResult(
        customer_id=result.customer_id,
        duplicate=result.duplicate,
        created=result.created,
        conflict_id=result.conflict_id,
    )


def _acknowledgement(sequence: int, results: Sequence[Result]) -> events_pb2.IngestStreamResponse:
    taken = [result for result in results if isinstance(result, Outcome)]
    return events_pb2.IngestStreamResponse(
        sequence=sequence,
        accepted=sum(not outcome.duplicate for outcome in taken),
        duplicates=sum(outcome.duplicate for outcome in taken),
        created=sum(outcome.created for outcome in taken),
        merged=sum(outcome.merged for outcome in taken),
        conflicts=sum(bool(outcome.conflict_id) for outcome in taken),
        refused=[
            events_pb2.RefusedEvent(index=place, error=item_error(result))
            for place, result in enumerate(results)
            if isinstance(result, TidegateError)
        ],
    )
