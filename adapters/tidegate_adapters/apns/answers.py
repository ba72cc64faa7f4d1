"""What comes of a request over HTTP/2: an answer, or what is known without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.channels import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, the headers by their lower-case names, and the body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


class Unanswered(Exception):
    """No answer came; `outcome` says what that means for the message."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.detail)


class NotSent(Unanswered):
    """The request was surely not carried out: it was not written whole, or the other side says so."""


class NoAnswer(Unanswered):
    """The request was written, and may have been carried out."""


def not_sent(detail: str) -> NotSent:
    """Worth another try."""
    return NotSent(Outcome.retryable(detail))


def no_answer(detail: str) -> NoAnswer:
    """Not known."""
    return NoAnswer(Outcome.uncertain(detail))
