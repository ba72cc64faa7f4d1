"""What can go wrong at a provider, and what a message may become of then."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tidegate.channels.outcome import OutcomeKind


class Fault(StrEnum):
    """What can go wrong at a provider. `ChannelContract.provoke` makes it happen."""

    UNREACHABLE = "unreachable"
    """Nothing listens at the provider's address."""
    CLOSED_BEFORE_TAKING = "closed_before_taking"
    """The provider ends the connection before it has taken the message."""
    CLOSED_AFTER_TAKING = "closed_after_taking"
    """The provider takes the message and ends the connection without an answer."""
    SILENT_AFTER_TAKING = "silent_after_taking"
    """The provider takes the message and does not answer."""
    SLOW = "slow"
    """The provider answers every message after a quarter of a second, well before the time-out."""
    THROTTLING = "throttling"
    """The provider refuses because of its limits."""
    BAD_CREDENTIALS = "bad_credentials"
    """The provider refuses the account."""
    UNKNOWN_RECIPIENT = "unknown_recipient"
    """The provider refuses `address(1)`, because nobody is there, and no other."""
    REFUSED_CONTENT = "refused_content"
    """The provider refuses the text."""
    UNKNOWN_REFUSAL = "unknown_refusal"
    """The provider refuses with a code that the adapter has never heard of."""


_K = OutcomeKind

ALLOWED: Final[Mapping[Fault, frozenset[OutcomeKind]]] = {
    Fault.UNREACHABLE: frozenset({_K.RETRYABLE}),
    Fault.CLOSED_BEFORE_TAKING: frozenset({_K.RETRYABLE, _K.UNCERTAIN}),
    Fault.CLOSED_AFTER_TAKING: frozenset({_K.UNCERTAIN}),
    Fault.SILENT_AFTER_TAKING: frozenset({_K.UNCERTAIN}),
    Fault.SLOW: frozenset({_K.ACCEPTED}),
    Fault.THROTTLING: frozenset({_K.RATE_LIMITED}),
    Fault.BAD_CREDENTIALS: frozenset({_K.AUTH_ERROR}),
    Fault.UNKNOWN_RECIPIENT: frozenset({_K.INVALID_RECIPIENT, _K.NOT_SUBSCRIBED}),
    Fault.REFUSED_CONTENT: frozenset({_K.CONTENT_REJECTED}),
    Fault.UNKNOWN_REFUSAL: frozenset({_K.PERMANENT}),
}
"""What a message may have become of under each fault."""
