"""Batches of events through identity's IngestStream."""

from collections.abc import Iterable
from queue import SimpleQueue
from typing import Any

from tidegate.api.identity.v1.events_pb2 import Event, IngestStreamRequest, IngestStreamResponse
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.importing.batches import Batch, Refusal
from tidegate.importing.sending import Answer, ImportFailed


class EventSender:
    """Keeps one stream open. Events are idempotent by source and id, so a batch may be sent twice."""

    def __init__(self, stub: IdentityServiceStub) -> None:
        self._stub = stub
        self._stream = _Stream(stub)

    def send(self, batch: Batch[Event]) -> None:
        """Puts ``batch`` behind those that were sent before."""
        self._stream.send(batch)

    def answer(self, batch: Batch[Event]) -> Answer:
        """The next acknowledgement, which must be that of ``batch``."""
        answer = self._stream.answer()
        if answer.sequence != batch.sequence:
            raise ImportFailed(f"batch {answer.sequence} was acknowledged where {batch.sequence} was due")
        return Answer(
            accepted=answer.accepted,
            duplicates=answer.duplicates,
            created=answer.created,
            merged=answer.merged,
            conflicts=answer.conflicts,
            refused=[Refusal(each.index, each.error) for each in answer.refused],
        )

    def send_again(self, batches: Iterable[Batch[Event]]) -> None:
        """Opens another stream."""
        self._stream.close()
        self._stream = _Stream(self._stub)
        for batch in batches:
            self._stream.send(batch)

    def close(self) -> None:
        """Ends the stream."""
        self._stream.close()


class _Stream:
    """One call of IngestStream."""

    def __init__(self, stub: IdentityServiceStub) -> None:
        self._outbox: SimpleQueue[IngestStreamRequest | None] = SimpleQueue()
        self._call: Any = stub.IngestStream(iter(self._outbox.get, None))

    def send(self, batch: Batch[Event]) -> None:
        self._outbox.put(IngestStreamRequest(sequence=batch.sequence, events=batch.items))

    def answer(self) -> IngestStreamResponse:
        """The next acknowledgement. Raises RpcError, or StopIteration when the service ends the stream."""
        response: IngestStreamResponse = next(self._call)
        return response

    def close(self) -> None:
        self._outbox.put(None)
        self._call.cancel()
