"""Sends batches through identity's IngestStream, several in flight, and again when the stream breaks."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue
from typing import Any

import grpc

from tidegate.api.identity.v1.events_pb2 import IngestStreamRequest, IngestStreamResponse
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.importing.batches import Batch

IN_FLIGHT = 4
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_PASSING = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.CANCELLED,
}


class ImportFailed(Exception):
    """The service can't be reached, or does not let us; what it acknowledged stays imported."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch that the service has acknowledged, and its answer; a batch without events has an empty one."""

    batch: Batch
    answer: IngestStreamResponse


def deliver(stub: IdentityServiceStub, batches: Iterable[Batch], *, patience: timedelta) -> Iterator[Settled]:
    """Sends ``batches`` and gives each back once it is acknowledged, in order.

    A stream that breaks is opened again, and what it had not acknowledged is sent again, for as long as
    ``patience`` lasts without an acknowledgement; then, or when the service refuses us, raises ImportFailed.
    """
    sender = _Sender(stub, patience)
    try:
        for batch in batches:
            sender.send(batch)
            if sender.in_flight > IN_FLIGHT:
                yield sender.settle()
        while sender.in_flight:
            yield sender.settle()
    finally:
        sender.close()


class _Stream:
    """One call of IngestStream."""

    def __init__(self, stub: IdentityServiceStub) -> None:
        self._outbox: SimpleQueue[IngestStreamRequest | None] = SimpleQueue()
        self._call: Any = stub.IngestStream(iter(self._outbox.get, None))

    def send(self, batch: Batch) -> None:
        if batch.events:
            self._outbox.put(IngestStreamRequest(sequence=batch.sequence, events=batch.events))

    def answer(self) -> IngestStreamResponse:
        """The next acknowledgement. Raises RpcError, or StopIteration when the service ends the stream."""
        response: IngestStreamResponse = next(self._call)
        return response

    def close(self) -> None:
        self._outbox.put(None)
        self._call.cancel()


class _Sender:
    """Keeps what is not acknowledged yet."""

    def __init__(self, stub: IdentityServiceStub, patience: timedelta) -> None:
        self._stub = stub
        self._patience = patience.total_seconds()
        self._unsettled: deque[Batch] = deque()
        self._stream = _Stream(stub)

    @property
    def in_flight(self) -> int:
        """Batches that are not acknowledged yet."""
        return len(self._unsettled)

    def send(self, batch: Batch) -> None:
        self._unsettled.append(batch)
        self._stream.send(batch)

    def settle(self) -> Settled:
        """Waits for the oldest batch."""
        batch = self._unsettled[0]
        answer = self._acknowledgement() if batch.events else IngestStreamResponse(sequence=batch.sequence)
        if answer.sequence != batch.sequence:
            raise ImportFailed(f"batch {answer.sequence} was acknowledged where {batch.sequence} was due")
        self._unsettled.popleft()
        return Settled(batch, answer)

    def close(self) -> None:
        self._stream.close()

    def _acknowledgement(self) -> IngestStreamResponse:
        give_up = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._stream.answer()
            except StopIteration:
                reason = "the service ended the stream"
            except grpc.RpcError as error:
                reason = _refused_or_broken(error)
            if time.monotonic() + pause > give_up:
                raise ImportFailed(f"{reason}; run the same command again to go on")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            self._open_again()

    def _open_again(self) -> None:
        self._stream.close()
        self._stream = _Stream(self._stub)
        for batch in self._unsettled:
            self._stream.send(batch)


def _refused_or_broken(error: Any) -> str:
    """Why a stream broke, when trying again may help; raises ImportFailed when it won't."""
    code, details = error.code(), error.details()
    if code not in _PASSING:
        raise ImportFailed(f"the identity service refuses: {details} ({code.name})") from error
    return f"the identity service can't be reached: {details} ({code.name})"
