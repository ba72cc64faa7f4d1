"""What a provider answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from tidegate.channels import Outcome, Scope

_DECODER: Final = json.JSONDecoder(strict=False)
_LONGEST_WAIT: Final = timedelta(days=1)

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came.

    Attributes:
        status: The HTTP status.
        body: What it says, cut off at the caller's limit.
        headers: By their names, however they are written.
    """

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def document(self) -> Document | None:
        """The JSON object in the body; None where there is none. Read anew each time."""
        try:
            read = _DECODER.decode(self.body.decode(json.detect_encoding(self.body)))
        except (ValueError, RecursionError):
            return None
        return read if isinstance(read, dict) else None

    def retry_after(self, now: datetime) -> timedelta | None:
        """For how long the header `Retry-After` asks one to wait (RFC 9110 10.2.3), a day at most; None = unsaid."""
        return _wait(self.headers.get("Retry-After", ""), now)

    def unreadable(self) -> Outcome:
        """What it means for a message that the answer is not the provider's own: something before it has answered."""
        code = f"http {self.status}"
        if self.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Outcome.auth_error("refused before the provider's application", code=code)
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Outcome.rate_limited("too many calls", code=code, retry_after=self.retry_after(datetime.now(UTC)))
        if HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            detail = "refused before the provider's application: see the account's address of it, and any proxy"
            return Outcome.permanent(detail, code=code, scope=Scope.ACCOUNT)
        return Outcome.uncertain("the answer can't be read", code=code)


def _wait(text: str, now: datetime) -> timedelta | None:
    """Seconds, or the date until which to wait."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) < len("1000000"):
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(timedelta(), min(until - now, _LONGEST_WAIT))
