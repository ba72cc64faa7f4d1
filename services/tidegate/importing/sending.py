"""Sends batches, several in flight, and again when the service can't be reached for a while."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol

import grpc

from tidegate.importing.batches import Batch, Item, Refusal

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
class Answer:
    """What became of the items of a batch."""

    accepted: int = 0
    duplicates: int = 0
    created: int = 0
    merged: int = 0
    conflicts: int = 0
    refused: Sequence[Refusal] = ()


class Sender(Protocol[Item]):
    """How batches of one kind go to the service."""

    def send(self, batch: Batch[Item], /) -> None:
        """Sends ``batch``, or notes it for later."""
        ...

    def answer(self, batch: Batch[Item], /) -> Answer:
        """Waits for what became of ``batch``, the oldest that has no answer. Raises RpcError or StopIteration."""
        ...

    def send_again(self, batches: Iterable[Batch[Item]], /) -> None:
        """After an error: ``batches`` have no answer yet."""
        ...

    def close(self) -> None:
        """Ends what is under way."""
        ...


@dataclass(frozen=True, slots=True)
class Settled(Generic[Item]):
    """A batch that the service has acknowledged, and its answer; a batch without items has an empty one."""

    batch: Batch[Item]
    answer: Answer


def deliver(sender: Sender[Item], batches: Iterable[Batch[Item]], *, patience: timedelta) -> Iterator[Settled[Item]]:
    """Sends ``batches`` and gives each back once it is acknowledged, in order.

    What was not acknowledged when the service can't be reached is sent again, for as long as ``patience`` lasts
    without an acknowledgement; then, or when the service refuses us, raises ImportFailed.
    """
    delivery = _Delivery(sender, patience)
    try:
        for batch in batches:
            delivery.send(batch)
            if delivery.in_flight > IN_FLIGHT:
                yield delivery.settle()
        while delivery.in_flight:
            yield delivery.settle()
    finally:
        sender.close()


class _Delivery(Generic[Item]):
    """Keeps what is not acknowledged yet."""

    def __init__(self, sender: Sender[Item], patience: timedelta) -> None:
        self._sender = sender
        self._patience = patience.total_seconds()
        self._unsettled: deque[Batch[Item]] = deque()

    @property
    def in_flight(self) -> int:
        """Batches that are not acknowledged yet."""
        return len(self._unsettled)

    def send(self, batch: Batch[Item]) -> None:
        self._unsettled.append(batch)
        if batch.items:
            self._sender.send(batch)

    def settle(self) -> Settled[Item]:
        """Waits for the oldest batch."""
        batch = self._unsettled[0]
        answer = self._answer(batch) if batch.items else Answer()
        self._unsettled.popleft()
        return Settled(batch, answer)

    def _answer(self, batch: Batch[Item]) -> Answer:
        give_up = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._sender.answer(batch)
            except StopIteration:
                reason = "the service ended the stream"
            except grpc.RpcError as error:
                reason = _refused_or_broken(error)
            if time.monotonic() + pause > give_up:
                raise ImportFailed(f"{reason}; run the same command again to go on")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            self._sender.send_again([each for each in self._unsettled if each.items])


def _refused_or_broken(error: Any) -> str:
    """Why a call broke, when trying again may help; raises ImportFailed when it won't."""
    code, details = error.code(), error.details()
    if code not in _PASSING:
        raise ImportFailed(f"the identity service refuses: {details} ({code.name})") from error
    return f"the identity service can't be reached: {details} ({code.name})"
