"""A request of a connection, and what it means when no answer comes to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from multidict import CIMultiDict
from tidegate.channels import Outcome

from tidegate_adapters.calls import Answer, NoAnswer, NotSent


@dataclass(slots=True, eq=False)
class Stream:
    """A request on its way, and what has come of its answer.

    Attributes:
        number: The stream's.
        answer: The whole answer, or why there is none.
        is_written: Whether the last byte of the request is handed to the network.
        status: The HTTP status; 0 = it has not come.
        headers: The answer's.
        body: As far as it has come.
    """

    number: int
    answer: asyncio.Future[Answer]
    is_written: bool = False
    status: int = 0
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    body: bytearray = field(default_factory=bytearray)

    def fail(self, error: NoAnswer) -> None:
        """There will be no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # it is no loss when nobody waits any more

    def end(self, why: str) -> None:
        """There will be no answer because of what happened: nothing is known of a request that was written."""
        self.fail(no_answer(f"{why} without an answer") if self.is_written else not_sent(f"{why} before all was said"))


def not_sent(detail: str) -> NotSent:
    """Surely not carried out; worth another try."""
    return NotSent(Outcome.retryable(detail))


def no_answer(detail: str) -> NoAnswer:
    """It is not known whether it was carried out."""
    return NoAnswer(Outcome.uncertain(detail))
