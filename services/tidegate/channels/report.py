"""What a provider tells beside receipts: what customers did on its platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tidegate.channels.allowances import Trigger
from tidegate.channels.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOpened:
    """A customer did what opens an interaction window.

    Attributes:
        report_id: By what the same report is known when it comes again, at most 200 characters.
        address: Who did it, as an address of the account.
        trigger: What they did.
        time: When, aware.
    """

    report_id: str
    address: str = field(repr=False)
    trigger: Trigger
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A customer allowed messages of a template, or refuses them from now on.

    Attributes:
        report_id: As in WindowOpened.
        address: Who, as an address of the account.
        provider_template: The template's code at the provider.
        credits: How many messages were allowed; 0 = what was allowed before is void.
        time: When, aware.
    """

    report_id: str
    address: str = field(repr=False)
    provider_template: str
    credits: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A customer answered a message, such as with an SMS.

    Attributes:
        report_id: As in WindowOpened.
        address: Who, as an address of the account.
        text: What they wrote. Not shown by repr().
        is_refusal: Whether it says that they want no more messages.
        time: When, aware.
    """

    report_id: str
    address: str = field(repr=False)
    text: str = field(default="", repr=False)
    is_refusal: bool = False
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something for identity: it becomes an event of the customer, with the source `channel.<account id>`.

    Attributes:
        report_id: The event's id: as in WindowOpened, at most 128 characters.
        name: The event's name, such as `wecom_contact_added`.
        identifiers: Who it happened to: (namespace, value), 1 to 20, the account's settings filled in.
        properties: Facts about it, at most 64; `source_code` is the source code that it carries, and a member of
            staff stands in `staff_id` with their id at the provider.
        time: When, aware.
    """

    report_id: str
    name: str
    identifiers: tuple[tuple[str, str], ...] = field(repr=False)
    properties: Mapping[str, str | int | bool] = field(default_factory=dict, repr=False)
    time: datetime


Report = Receipt | WindowOpened | Granted | Answered | Happened
"""What may stand in a callback, or be collected."""
