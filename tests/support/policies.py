"""Messages, customers and ledger rows as the pure policies see them, for tables and generated cases."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tidegate.delivery.model import MessageClass
from tidegate.runtime.clock import micros

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    message_class: MessageClass = MessageClass.MARKETING
    channel: str = "sms"
    brand: str = ""
    campaign_id: str = ""
    phase_id: str = ""
    journey_id: str = ""
    caller: str = "crm"
    tier: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    customer_id: int = 1
    zone: str = ""
    segments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    counted_at: int
    channel: str = "sms"
    brand: str = ""
    campaign_id: str = ""
    phase_id: str = ""
    journey_id: str = ""
    caller: str = "crm"
    tier: str = ""


MARKETING = Message()
SOMEBODY = Customer()


def rows(*instants: int, like: Row | None = None) -> list[Row]:
    """A row at each of the instants."""
    template = like or Row(counted_at=0)
    return [replace(template, counted_at=instant) for instant in instants]


def at(text: str, zone: str = "UTC") -> int:
    """The instant at which clocks in ``zone`` show ``text`` (its first occurrence), in microseconds."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))
