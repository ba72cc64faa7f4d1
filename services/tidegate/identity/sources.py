"""Source codes: what says where customers come from."""

from enum import StrEnum
from typing import NamedTuple

PROPERTY = "source_code"
"""The property by which an event carries a code."""

LONGEST_CODE = 63


class SourceCodeKind(StrEnum):
    """What carries a code."""

    POSTER = "poster"
    QR_CODE = "qr_code"
    CONTACT_WAY = "contact_way"
    LINK = "link"


class SourceCode(NamedTuple):
    """A code; ``inviter_id`` is the customer whose code it is, 0: nobody's."""

    code: str
    kind: SourceCodeKind
    channel: str
    inviter_id: int
    staff_id: str
    campaign_id: str
    display_name: str
    created: int


class Visit(NamedTuple):
    """An event that carries a code, by the customer id under which it arrived; ``time`` does not lie ahead."""

    source: str
    event_id: str
    code: str
    original_id: int
    time: int


class Statistics(NamedTuple):
    """What a code brought: events, customers with such an event, and customers of whom nothing earlier is known."""

    visits: int = 0
    customers: int = 0
    new_customers: int = 0
