"""Which walks are listed, in which order, and from where on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Order(StrEnum):
    """What a list goes by, the newest first; at the same time by falling id."""

    ID = "id"
    ENTRY = "entry"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Walks that match all that is given.

    ``start`` (in) and ``end`` (out) bound the time that ``order`` goes by, in microseconds since the epoch; None is no
    bound. ``behind`` is a place in the order: (time, id), with Order.ID (id,); None: from the newest on.
    """

    journey_id: str = ""
    customer_id: int = 0
    states: Sequence[str] = ()
    node_id: str = ""
    order: Order = Order.ID
    start: int | None = None
    end: int | None = None
    behind: tuple[Any, ...] | None = None
