"""Events that are known: a batch is freed of them before it is resolved."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from tidegate.identity.model import Fact
from tidegate.identity.store import events
from tidegate.identity.store.events import EventKey


@dataclass(slots=True)
class Sorted:
    """Facts by place: what is new, what is stored (with its customer), what the batch itself has twice."""

    fresh: dict[int, Fact] = field(default_factory=dict)
    stored: dict[int, int] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)


def sort_out(connection: sa.Connection, facts: Sequence[Fact]) -> Sorted:
    """Tells new facts from events that were stored, or that came earlier in the batch."""
    keys = [_key(fact) for fact in facts]
    known = events.known(connection, [key for key in dict.fromkeys(keys) if key is not None])
    first: dict[EventKey, int] = {}
    result = Sorted()
    for place, (fact, key) in enumerate(zip(facts, keys, strict=True)):
        if key is None or (key not in known and first.setdefault(key, place) == place):
            result.fresh[place] = fact
        elif key in known:
            result.stored[place] = known[key]
        else:
            result.repeated[place] = first[key]
    return result


def _key(fact: Fact) -> EventKey | None:
    return None if fact.occurrence is None else (fact.source, fact.occurrence.event_id)
