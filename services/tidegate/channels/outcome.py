"""What became of one call to a provider, as a value.

An adapter answers every message with an `Outcome`; it raises nothing. Delivery takes an exception,
a missing outcome and a call that ran out of time for `uncertain`, because none of them says that
the provider did not take the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class OutcomeKind(StrEnum):
    """The nine things that can become of a message at a provider."""

    ACCEPTED = "accepted"
    """The provider took it; receipts may say more later."""
    UNCERTAIN = "uncertain"
    """It may or may not have been taken; never sent again blindly."""
    RETRYABLE = "retryable"
    """Surely not taken, and the same call may succeed later."""
    RATE_LIMITED = "rate_limited"
    """Surely not taken because of a limit; the scope says whose."""
    INVALID_RECIPIENT = "invalid_recipient"
    """The address does not exist or cannot be reached."""
    NOT_SUBSCRIBED = "not_subscribed"
    """The recipient refuses messages, or has given no (more) permission."""
    CONTENT_REJECTED = "content_rejected"
    """The provider refuses this text, variable or template."""
    AUTH_ERROR = "auth_error"
    """Credentials, permission, balance or network allow-list of the account."""
    PERMANENT = "permanent"
    """Refused for good for any other reason; also every unknown code."""

    @property
    def is_definite_refusal(self) -> bool:
        """Whether the provider surely did not take the message.

        Only then may its slot in the ledger be released and another channel or provider be tried.
        """
        return self not in (OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN)

    @property
    def may_retry(self) -> bool:
        """Whether the same message may be offered to the same account again."""
        return self in (OutcomeKind.RETRYABLE, OutcomeKind.RATE_LIMITED, OutcomeKind.AUTH_ERROR)


class Scope(StrEnum):
    """What an outcome speaks of, and so what delivery reacts upon."""

    MESSAGE = "message"
    """This message alone."""
    RECIPIENT = "recipient"
    """Every message to this address."""
    TEMPLATE = "template"
    """Every message of this template."""
    ACCOUNT = "account"
    """Every message through this account."""
    CALL = "call"
    """This call: a token, a pace, a connection; the next one may do better."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message; made by the class methods, one for each kind.

    Attributes:
        kind: What happened.
        scope: What it holds for.
        provider_id: The provider's id of the message, by which receipts find it; "" = none.
        provider_code: The provider's own code, as given; "" = none.
        detail: The provider's words, for people. Without addresses, names or secrets: it is stored
            and logged.
        retry_after: The shortest wait the provider asks for; None = it did not say.
        cost_micros: What the provider charges for it, in millionths of the account's currency; None = it did not
            say.
        parts: How many parts it charges for; None = it did not say.
        part_ids: The provider's ids of further parts, where receipts name those, too; `provider_id` is not among
            them. That such a part was delivered says nothing of the message; that it bounced does.
        is_unknown_code: Whether the adapter's tables lack the code: people are told of it, and may say what it means.
    """

    kind: OutcomeKind
    scope: Scope = Scope.MESSAGE
    provider_id: str = ""
    provider_code: str = ""
    detail: str = ""
    retry_after: timedelta | None = None
    cost_micros: int | None = None
    parts: int | None = None
    is_unknown_code: bool = False
    part_ids: tuple[str, ...] = ()

    @classmethod
    def accepted(
        cls,
        provider_id: str = "",
        *,
        code: str = "",
        detail: str = "",
        cost_micros: int | None = None,
        parts: int | None = None,
        part_ids: tuple[str, ...] = (),
    ) -> Outcome:
        """The provider took the message."""
        return cls(
            OutcomeKind.ACCEPTED,
            provider_id=provider_id,
            provider_code=code,
            detail=detail,
            cost_micros=cost_micros,
            parts=parts,
            part_ids=part_ids,
        )

    @classmethod
    def uncertain(
        cls, detail: str, *, provider_id: str = "", code: str = "", part_ids: tuple[str, ...] = ()
    ) -> Outcome:
        """The provider may have taken the message: its answer never came."""
        return cls(OutcomeKind.UNCERTAIN, provider_id=provider_id, provider_code=code, detail=detail, part_ids=part_ids)

    @classmethod
    def retryable(
        cls, detail: str, *, scope: Scope = Scope.CALL, code: str = "", retry_after: timedelta | None = None
    ) -> Outcome:
        """Surely not taken; worth another try."""
        return cls(OutcomeKind.RETRYABLE, scope, provider_code=code, detail=detail, retry_after=retry_after)

    @classmethod
    def rate_limited(
        cls, detail: str, *, scope: Scope = Scope.CALL, code: str = "", retry_after: timedelta | None = None
    ) -> Outcome:
        """Surely not taken because of a limit on `scope`."""
        kind = OutcomeKind.RATE_LIMITED
        return cls(kind, scope, provider_code=code, detail=detail, retry_after=retry_after)

    @classmethod
    def invalid_recipient(cls, detail: str, *, code: str = "") -> Outcome:
        """The address is dead; delivery suppresses it."""
        return cls(OutcomeKind.INVALID_RECIPIENT, Scope.RECIPIENT, provider_code=code, detail=detail)

    @classmethod
    def not_subscribed(cls, detail: str, *, code: str = "") -> Outcome:
        """The recipient refuses, or no permission is left."""
        return cls(OutcomeKind.NOT_SUBSCRIBED, Scope.RECIPIENT, provider_code=code, detail=detail)

    @classmethod
    def content_rejected(cls, detail: str, *, scope: Scope = Scope.MESSAGE, code: str = "") -> Outcome:
        """The provider refuses the content (scope `template`: every message of the template)."""
        return cls(OutcomeKind.CONTENT_REJECTED, scope, provider_code=code, detail=detail)

    @classmethod
    def auth_error(cls, detail: str, *, scope: Scope = Scope.ACCOUNT, code: str = "") -> Outcome:
        """The account may not send: credentials, permission, balance, allow-list."""
        return cls(OutcomeKind.AUTH_ERROR, scope, provider_code=code, detail=detail)

    @classmethod
    def permanent(cls, detail: str, *, scope: Scope = Scope.MESSAGE, code: str = "") -> Outcome:
        """Refused for good."""
        return cls(OutcomeKind.PERMANENT, scope, provider_code=code, detail=detail)

    @classmethod
    def unknown(cls, code: str, detail: str = "") -> Outcome:
        """Refused with a code that the adapter does not know: permanent, until people say what it means."""
        return cls(OutcomeKind.PERMANENT, provider_code=code or "?", detail=detail, is_unknown_code=True)
