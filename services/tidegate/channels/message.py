"""What delivery hands to an adapter: an account and messages that have passed the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, slots=True)
class Account(Generic[SettingsT]):
    """One set of credentials and limits at a provider, as it stands at this call.

    Accounts are made and changed while Tidegate serves: an adapter that keeps connections keeps them
    by `account_id` and drops them when `settings` is no longer equal.

    Attributes:
        account_id: Tidegate's id of the account.
        kind: The name of the kind that the account serves.
        settings: An instance of the channel's `settings_type`, checked, secrets resolved.
    """

    account_id: str
    kind: str
    settings: SettingsT


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is to be said, rendered. A channel takes the parts it knows and leaves the others.

    Attributes:
        template: Id and version of the template that it was rendered from: messages with the same
            value share everything but what was filled in, so an adapter may prepare once for all of
            them. "" = rendered from nothing.
        subject: One line, e.g. of an e-mail.
        text: Plain text; lines end with a line feed.
        html: The same as HTML; "" = there is none.
        provider_template: The template's code at the provider, where texts are kept there.
        variables: What the provider fills into its own template.
        link: What opens when the message is tapped: a URL, or the page of a mini-program.
        headers: Further headers or parameters, by the provider's names.
    """

    template: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    provider_template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One message to one address.

    Attributes:
        message_id: Tidegate's id: goes out with the message wherever the provider has a place for
            it, so that a receipt finds its message even if the answer to the call was lost.
        address: The value of the identifier that the kind's namespace names, in normal form.
        content: What to say. Not shown by repr(), as the address is not: both are personal.
        idempotency_key: The same for every attempt at this message; for providers that drop repeats.
        attempt: 1 for the first call, 2 for the second, …
        unsubscribe_url: Where one click ends it; "" = the message is not of a kind that one ends.
        expire_time: From when on it is of no use any more, aware: a provider that holds messages for devices that are
            away is told. None = it is not known.
    """

    message_id: str
    address: str = field(repr=False)
    content: Content = field(repr=False)
    idempotency_key: str = ""
    attempt: int = 1
    unsubscribe_url: str = field(default="", repr=False)
    expire_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message of which it is not known whether the provider took it.

    Attributes:
        message_id: Tidegate's id, as it went out with the message.
        address: To whom it went. Not shown by repr().
        provider_id: The provider's id where the call told it; "" = none.
        idempotency_key: The key that went out with it.
        sent_time: When it was offered to the provider, aware.
    """

    message_id: str
    address: str = field(repr=False)
    provider_id: str = ""
    idempotency_key: str = ""
    sent_time: datetime
