"""What policies go by: a message, its customer, and the ledger's rows, whoever keeps them."""

from typing import Protocol

from tidegate.delivery.model import MessageClass


class Candidate(Protocol):
    """A message as the rules see it, on the channel that is being tried."""

    @property
    def message_class(self) -> MessageClass: ...
    @property
    def channel(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def campaign_id(self) -> str: ...
    @property
    def phase_id(self) -> str: ...
    @property
    def journey_id(self) -> str: ...
    @property
    def caller(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def priority(self) -> int: ...


class Customer(Protocol):
    """A customer as the rules see it."""

    @property
    def customer_id(self) -> int: ...
    @property
    def zone(self) -> str:
        """An IANA name; empty where it isn't known, which stands for the company's zone."""
        ...

    @property
    def segments(self) -> frozenset[str]:
        """Of the segments and models' tiers that policies name, those the customer is in.

        A tier of a score model is named by `model_tier`.
        """
        ...


class Slot(Protocol):
    """A row of the ledger that holds a slot (reserved or committed), with what was frozen on it."""

    @property
    def counted_at(self) -> int: ...
    @property
    def channel(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def campaign_id(self) -> str: ...
    @property
    def phase_id(self) -> str: ...
    @property
    def journey_id(self) -> str: ...
    @property
    def caller(self) -> str: ...
    @property
    def tier(self) -> str: ...
