"""Messages as their callers hand them over, and the answers to them."""

from collections.abc import Mapping
from typing import NamedTuple

from tidegate.delivery.model import MessageClass, MessageState, RecipientKind


class Order(NamedTuple):
    """A message as its caller hands it over, checked. ``customer_id`` is 0 until an identifier is resolved.

    ``content_key`` is the caller's, then the digest that it and the rest of the content make.
    """

    idempotency_key: str
    recipient_kind: RecipientKind
    customer_id: int
    identifier: tuple[str, str] | None
    entity_id: str
    channels: tuple[str, ...]
    template_id: str
    variables: Mapping[str, object]
    message_class: MessageClass
    purpose: str
    brand: str
    campaign_id: str
    phase_id: str
    journey_id: str
    enrollment_id: str
    node_id: str
    tier: str
    sender_unit: str
    language: str
    priority: int
    send_after: int | None
    expire_time: int
    holdout_experiment: str
    holdout_arm: str
    override_reason: str
    override_end: int
    content_key: str = ""

    def __repr__(self) -> str:
        """Without what is personal: the identifier and the variables."""
        return f"Order(idempotency_key={self.idempotency_key!r}, template_id={self.template_id!r})"


class Acceptance(NamedTuple):
    """The answer to an order that was taken; the same for ever. ``wake_time`` is for a new one that is deferred."""

    message_id: str
    customer_id: int
    state: MessageState
    replayed: bool
    wake_time: int | None = None
