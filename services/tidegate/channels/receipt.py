"""What a provider says of a message later than its answer to the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tidegate.channels.outcome import Outcome


class ReceiptKind(StrEnum):
    """What happened to a message after the provider took it."""

    DELIVERED = "delivered"
    """It reached the recipient's device or mailbox."""
    BOUNCED = "bounced"
    """It did not and will not reach the recipient; the receipt's outcome says why."""
    OPENED = "opened"
    """The recipient opened it, as the provider saw it."""
    CLICKED = "clicked"
    """The recipient followed a link, as the provider saw it."""
    COMPLAINED = "complained"
    """The recipient reported it as unwanted."""
    UNSUBSCRIBED = "unsubscribed"
    """The recipient asked for no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One fact about one message. It may come early, late, twice or out of order.

    Attributes:
        kind: What happened.
        time: When it happened, aware; the time of arrival where the provider does not say.
        message_id: Our id of the message where the provider gives it back, else "".
        provider_id: The provider's id, as in `Outcome.provider_id`, else "". One of both is given.
        address: The address, where one provider id stands for several messages, else "".
        outcome: Why it bounced; None for every other kind.
        provider_template: The provider's name of the message's template, where it says that too, else "". By it and the
            address the message is found whose answer, and so the provider's id, was lost.
    """

    kind: ReceiptKind
    time: datetime
    message_id: str = ""
    provider_id: str = ""
    address: str = ""
    outcome: Outcome | None = None
    provider_template: str = ""

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise ValueError("Receipt.time: must be aware; give it a time zone")
        if not self.message_id and not self.provider_id:
            raise ValueError("Receipt: give message_id or provider_id, else it belongs to nothing")
        if (self.kind is ReceiptKind.BOUNCED) != (self.outcome is not None):
            raise ValueError("Receipt.outcome: is given for a bounce, and only for a bounce")
