"""What an operator says that a provider's codes mean, over what the adapter's tables say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar

from tidegate.channels.outcome import Outcome, OutcomeKind, Scope
from tidegate.channels.receipt import Receipt, ReceiptKind

TABLE: Final = "codes"
"""The table in an adapter's settings: `[channels.<entry point>.codes]`."""

_FIELDS: Final = frozenset({"outcome", "scope", "retry_after"})
_LONGEST_WAIT: Final = 30 * 86_400
_USUAL_SCOPES: Final[Mapping[OutcomeKind, Scope]] = {
    OutcomeKind.RETRYABLE: Scope.CALL,
    OutcomeKind.RATE_LIMITED: Scope.CALL,
    OutcomeKind.INVALID_RECIPIENT: Scope.RECIPIENT,
    OutcomeKind.NOT_SUBSCRIBED: Scope.RECIPIENT,
    OutcomeKind.AUTH_ERROR: Scope.ACCOUNT,
}
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """What one code means; `retry_after` None = as the adapter says."""

    kind: OutcomeKind
    scope: Scope
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """The operator's table for one adapter, by code.

    It speaks of refusals alone: what was accepted stays so, and what may have been taken stays uncertain.
    """

    meanings: Mapping[str, CodeMeaning] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.meanings)

    def outcome(self, told: Outcome) -> Outcome:
        """What an adapter told, by the operator's table."""
        meaning = self.meanings.get(told.provider_code)
        if meaning is None or not told.kind.is_definite_refusal:
            return told
        wait = told.retry_after if meaning.retry_after is None else meaning.retry_after
        return replace(told, kind=meaning.kind, scope=meaning.scope, retry_after=wait, is_unknown_code=False)

    def receipt(self, told: Receipt) -> Receipt | None:
        """The same of a receipt; None where nothing is known of the message by it."""
        if told.outcome is None:
            return told
        outcome = self.outcome(told.outcome)
        if outcome.kind is OutcomeKind.UNCERTAIN:
            return None
        if outcome.kind is OutcomeKind.ACCEPTED:
            return replace(told, kind=ReceiptKind.DELIVERED, outcome=None)
        return replace(told, outcome=outcome)


NO_CODES: Final = Codes()


def read_codes(given: object) -> Codes:
    """Read the table `codes` of an adapter's settings.

    Raises:
        ValueError: It is wrong; the text names the key and says what it may be.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"{TABLE} must be a table of codes, not {given!r}")
    return Codes({str(code): _meaning(f"{TABLE}.{code}", one) for code, one in given.items()})


def _meaning(name: str, given: object) -> CodeMeaning:
    if not isinstance(given, Mapping) or "outcome" not in given or not given.keys() <= _FIELDS:
        raise ValueError(f'{name} must be a table such as {{ outcome = "rate_limited", scope = "account" }}: {given!r}')
    kind = _word(f"{name}.outcome", OutcomeKind, given["outcome"])
    scope = _word(f"{name}.scope", Scope, given.get("scope", _USUAL_SCOPES.get(kind, Scope.MESSAGE)))
    return CodeMeaning(kind, scope, _wait(f"{name}.retry_after", given.get("retry_after")))


def _word(name: str, words: type[_Word], given: object) -> _Word:
    try:
        return words(str(given))
    except ValueError:
        raise ValueError(f"{name} must be one of {', '.join(words)}, not {given!r}") from None


def _wait(name: str, given: object) -> timedelta | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= _LONGEST_WAIT:
        raise ValueError(f"{name} must be seconds, from 0 to {_LONGEST_WAIT}, not {given!r}")
    return timedelta(seconds=given)
