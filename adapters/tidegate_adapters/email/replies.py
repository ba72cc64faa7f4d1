"""What a relay's reply means for a message.

The table is data: the first prefix that fits the enhanced status (RFC 3463) or the reply code decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from tidegate.channels import Outcome, OutcomeKind, Scope

_K, _S = OutcomeKind, Scope

_TABLE: Final = (
    ("421", _K.RETRYABLE, _S.CALL),
    ("4.7.", _K.RATE_LIMITED, _S.CALL),
    ("4.2.2", _K.RETRYABLE, _S.RECIPIENT),
    ("4", _K.RETRYABLE, _S.MESSAGE),
    ("5.1.1", _K.INVALID_RECIPIENT, _S.RECIPIENT),
    ("5.1.2", _K.INVALID_RECIPIENT, _S.RECIPIENT),
    ("5.1.3", _K.INVALID_RECIPIENT, _S.RECIPIENT),
    ("5.1.6", _K.INVALID_RECIPIENT, _S.RECIPIENT),
    ("5.1.10", _K.INVALID_RECIPIENT, _S.RECIPIENT),
    ("5.2.1", _K.INVALID_RECIPIENT, _S.RECIPIENT),
    ("5.2.2", _K.RETRYABLE, _S.RECIPIENT),
    ("5.2.3", _K.CONTENT_REJECTED, _S.MESSAGE),
    ("5.3.4", _K.CONTENT_REJECTED, _S.MESSAGE),
    ("5.6.", _K.CONTENT_REJECTED, _S.MESSAGE),
    ("5.7.26", _K.AUTH_ERROR, _S.ACCOUNT),
    ("5.7.8", _K.AUTH_ERROR, _S.ACCOUNT),
    ("535", _K.AUTH_ERROR, _S.ACCOUNT),
    ("530", _K.AUTH_ERROR, _S.ACCOUNT),
    ("5.7.", _K.CONTENT_REJECTED, _S.ACCOUNT),
    ("5", _K.PERMANENT, _S.MESSAGE),
)

_STATUS: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_ADDRESS: Final = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
_QUEUED: Final = re.compile(r"queued as (\S+)", re.IGNORECASE)
_DETAIL_LENGTH: Final = 200


class Moment(Enum):
    """Which command a reply answers."""

    HELLO = auto()
    """Greeting, EHLO, STARTTLS or AUTH: nothing has been said of any message."""
    SENDER = auto()
    RECIPIENT = auto()
    CONTENT = auto()
    """DATA, or the end of the text."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply: its three-digit code and its lines joined by spaces."""

    code: int
    text: str

    @property
    def is_positive(self) -> bool:
        """Whether it is a 2xx or 3xx."""
        return self.code < 400

    @property
    def status(self) -> str:
        """The enhanced status, "" if the relay gives none."""
        found = _STATUS.match(self.text)
        return found[1] if found else ""


def accepted(reply: Reply) -> Outcome:
    """The relay took the message; its queue's id is kept where it tells one."""
    queued = _QUEUED.search(reply.text)
    return Outcome.accepted(queued[1] if queued else "", code=_code(reply))


def refused(reply: Reply, moment: Moment) -> Outcome:
    """What a 4xx or 5xx means at that moment of the conversation."""
    kind, scope = _look_up(reply)
    outcome = Outcome(kind, scope, provider_code=_code(reply), detail=redacted(reply.text))
    if moment is Moment.HELLO:
        return _at_hello(outcome)
    if moment is Moment.RECIPIENT and kind in (_K.RETRYABLE, _K.RATE_LIMITED) and reply.code != 421:
        return replace(outcome, scope=_S.RECIPIENT)
    return outcome


def _look_up(reply: Reply) -> tuple[OutcomeKind, Scope]:
    status, code = reply.status, str(reply.code)
    for prefix, kind, scope in _TABLE:
        if _fits(prefix, status) or code.startswith(prefix):
            return kind, scope
    return _K.PERMANENT, _S.MESSAGE


def _fits(prefix: str, status: str) -> bool:
    """`5.1.1` fits 5.1.1 and not 5.1.10; `5.7.` fits all of 5.7."""
    return status == prefix or (prefix[-1] == "." and status.startswith(prefix))


def _at_hello(outcome: Outcome) -> Outcome:
    """Before any message, a lasting refusal speaks of the account: login, or our network's address."""
    if outcome.kind.may_retry:
        return outcome
    return replace(outcome, kind=_K.AUTH_ERROR, scope=_S.ACCOUNT)


def _code(reply: Reply) -> str:
    return f"{reply.code} {reply.status}".rstrip()


def redacted(text: str) -> str:
    """A relay's words without the addresses that it likes to repeat, cut to what is worth keeping."""
    return _ADDRESS.sub("<…>", text)[:_DETAIL_LENGTH]
