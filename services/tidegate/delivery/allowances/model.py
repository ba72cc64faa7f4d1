"""What allowances speak of. Instants are microseconds."""

from __future__ import annotations

import enum
from typing import NamedTuple

from tidegate.channels import Trigger


class InteractionKind(enum.StrEnum):
    """What a customer did."""

    WINDOW_OPENING = "window_opening"
    ACCEPT = "subscription_accept"
    REFUSAL = "subscription_refusal"


class UseState(enum.StrEnum):
    """Whether a use counts: what was surely not sent was given back."""

    TAKEN = "taken"
    RETURNED = "returned"


class Interaction(NamedTuple):
    """Something a customer did on a platform that lets messages be sent, or ends that.

    ``template_id`` and ``credits`` are those of an acceptance or a refusal, ``opened_by`` the trigger of an opening.
    ``customer_id`` is 0 when identity does not know the identifier. ``provider_template`` is what the provider names a
    template that is not entered here yet: it is not known then which of ours is meant.
    """

    account_id: str
    interaction_id: str
    kind: InteractionKind
    address_key: str
    customer_id: int
    template_id: str
    credits: int
    opened_by: str
    time: int
    record_time: int
    provider_template: str = ""

    @property
    def grant(self) -> GrantKey:
        """Which grant it changes."""
        return GrantKey(self.account_id, self.address_key, self.template_id)

    @property
    def opening(self) -> tuple[str, str, str]:
        """Which window it opens."""
        return self.account_id, self.address_key, self.opened_by


class GrantKey(NamedTuple):
    """What credits are counted for."""

    account_id: str
    address_key: str
    template_id: str


class Grant(NamedTuple):
    """The credits of one key: what is left of those granted after ``refused_at`` (0: never refused)."""

    key: GrantKey
    remaining: int
    refused_at: int


class Take(NamedTuple):
    """What a grant of the gate takes: a message to an address; one credit, where ``template_id`` is not empty."""

    account_id: str
    address_key: str
    template_id: str


class Use(NamedTuple):
    """What a message took, and whether it still counts."""

    message_id: str
    account_id: str
    address_key: str
    template_id: str
    taken_at: int
    state: UseState

    @property
    def grant(self) -> GrantKey:
        """The credits that it took from."""
        return GrantKey(self.account_id, self.address_key, self.template_id)


class Sent(NamedTuple):
    """A message that went to an address."""

    time: int
    message_class: str


class Window(NamedTuple):
    """An open window: until when, and how many messages it still takes; None = no limit."""

    trigger: Trigger
    lapses: int
    left: int | None
