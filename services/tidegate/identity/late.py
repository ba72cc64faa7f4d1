"""Late facts: those that name a person who was erased are dropped and counted, the others go on.

An identifier that several persons may have had (a device, say) drops nothing that a higher one leads to somebody
else: it is left out of that fact. A person may come back by own will, which an upsert has to say; events from before
stay out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from tidegate.identity.model import Fact, Key
from tidegate.identity.store import links, tombstones
from tidegate.identity.store.tombstones import Tombstone
from tidegate.runtime.errors import FailedPrecondition, TidegateError

ERASED = "ERASED"


@dataclass(slots=True)
class Late:
    """Facts by place: those that go on, and why the others do not."""

    taken: dict[int, Fact] = field(default_factory=dict)
    refused: dict[int, TidegateError] = field(default_factory=dict)


def sort_out_late(connection: sa.Connection, facts: Mapping[int, Fact], *, now: int) -> Late:
    """Takes out of ``facts``, by place, what names somebody who was erased: one look-up for a whole batch."""
    found = tombstones.find(connection, {key.lookup for fact in facts.values() for key in fact.keys})
    if not found:
        return Late(dict(facts))
    living = _living(connection, facts.values(), found, now=now)
    late = Late()
    dropped: Counter[str] = Counter()
    lifted: dict[str, int] = {}
    for place, fact in facts.items():
        if fact.returning:
            _return(late, lifted, place, fact, found)
            continue
        standing = [key for key in fact.keys if key.lookup in found and _stands(found[key.lookup], lifted, fact)]
        if not standing:
            late.taken[place] = fact
        elif _is_somebody_elses(fact, standing, living):
            late.taken[place] = fact._replace(keys=tuple(key for key in fact.keys if key not in standing))
        else:
            erasure_id = found[standing[0].lookup].erasure_id
            dropped[erasure_id] += 1
            late.refused[place] = _dropped(erasure_id)
    tombstones.lift(connection, lifted)
    tombstones.count_dropped(connection, list(dropped.items()))
    return late


def _stands(tombstone: Tombstone, lifted: Mapping[str, int], fact: Fact) -> bool:
    """Whether a tombstone still stands against a fact: its person has not come back, or had not when it happened."""
    returned = lifted.get(tombstone.lookup, tombstone.returned)
    return returned is None or (fact.occurrence is not None and fact.time < returned)


def _return(late: Late, lifted: dict[str, int], place: int, fact: Fact, found: Mapping[str, Tombstone]) -> None:
    standing = [found[key.lookup] for key in fact.keys if key.lookup in found]
    running = next((each for each in standing if each.returned is None and not each.is_done), None)
    if running is not None:
        late.refused[place] = FailedPrecondition(
            f"erasure {running.erasure_id} of this person is still running; send it again when GetErasure says DONE",
            reason="ERASURE_RUNNING",
            erasure_id=running.erasure_id,
        )
        return
    late.taken[place] = fact
    lifted.update(
        {
            each.lookup: max(fact.time, each.created)
            for each in standing
            if each.returned is None and each.lookup not in lifted
        }
    )


def _is_somebody_elses(fact: Fact, standing: Sequence[Key], living: Mapping[str, object]) -> bool:
    if fact.customer_id or fact.referred is not None or any(key.protected for key in standing):
        return False
    highest = max(key.priority for key in standing)
    return any(key.priority > highest and key.lookup in living for key in fact.keys)


def _living(
    connection: sa.Connection, facts: Iterable[Fact], found: Mapping[str, Tombstone], *, now: int
) -> Mapping[str, object]:
    """Where the other identifiers of those facts lead that name somebody who was erased."""
    others: set[str] = set()
    for fact in facts:
        lookups = {key.lookup for key in fact.keys}
        if not lookups.isdisjoint(found):
            others |= lookups - found.keys()
    return links.find(connection, others, now=now)


def _dropped(erasure_id: str) -> FailedPrecondition:
    return FailedPrecondition(
        "it names a person who was erased, and was dropped; do not send it again. If the person is known again by own "
        "will, say so by CustomerUpsert.returning",
        reason=ERASED,
        erasure_id=erasure_id,
    )
