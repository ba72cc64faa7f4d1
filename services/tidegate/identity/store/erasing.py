"""Taking a person out of identity's tables; every statement over all ids of the person.

Whatever table keeps something under a customer's id is emptied of it: a table that is added later, too, if it calls
the column `original_id` or `customer_id`. What names several customers is treated by itself.
"""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.identity.store.tables import (
    CONFLICT,
    CONFLICT_CUSTOMER,
    CONFLICT_IDENTIFIER,
    CUSTOMER,
    ERASED_CUSTOMER,
    ERASURE,
    EVENT,
    FEED,
    IDENTIFIER,
    MERGE,
    METADATA,
    NEVER_MERGE,
    RELATION,
    SOURCE_CODE,
    SPLIT,
    UNLINKING,
)
from tidegate.identity.vault import CONFLICT as CONFLICT_TEXT
from tidegate.identity.vault import EVENT as EVENT_BODY
from tidegate.runtime.db import OverRows, bulk_insert

Scrub = Callable[[str, str], str | None]
"""From sealed identifiers, and what they are bound to, to sealed identifiers without those of erased persons.

None where nothing is to be done.
"""

_KEPT = {FEED.entries, ERASURE, ERASED_CUSTOMER, CONFLICT_CUSTOMER}
_OWNING = ("original_id", "customer_id")
_ANNOUNCED = ("erasure_requested", "erasure_completed")


def lookups_of(connection: sa.Connection, customer_ids: Collection[int]) -> set[str]:
    """What the identifiers that lead to these ids are found by."""
    owned = IDENTIFIER.c.original_id.in_(customer_ids)
    return set(connection.scalars(sa.select(IDENTIFIER.c.lookup).where(owned)))


def partners(connection: sa.Connection, customer_ids: Collection[int], lookups: Collection[str]) -> set[int]:
    """Customers who may hold identifiers of these in what is theirs.

    They were split from them, were in a conflict with them, or had one of their identifiers that was taken off.
    """
    low, high, c = NEVER_MERGE.c.low_id, NEVER_MERGE.c.high_id, CONFLICT_CUSTOMER.c
    found = {i for row in connection.execute(sa.select(low, high).where(low.in_(customer_ids))) for i in row}
    found |= {i for row in connection.execute(sa.select(low, high).where(high.in_(customer_ids))) for i in row}
    filed = sa.select(c.conflict_id).where(c.original_id.in_(customer_ids))
    found |= set(connection.scalars(sa.select(c.original_id).where(c.conflict_id.in_(filed))))
    found |= {row.original_id for row in _UNLINKED.run(connection, [(each,) for each in lookups]).all()}
    return found - set(customer_ids)


def erase(connection: sa.Connection, customer_ids: Collection[int], lookups: Collection[str]) -> int:
    """Deletes all that is kept of these ids and of identifiers that were theirs; returns how many rows it took."""
    rows = _forget_history(connection, customer_ids) + _forget_relations(connection, customer_ids)
    rows += _FORGET_UNLINKED.run(connection, [(each,) for each in lookups]).rowcount
    connection.execute(sa.delete(CONFLICT_IDENTIFIER).where(CONFLICT_IDENTIFIER.c.lookup.in_(lookups)))
    for table in METADATA.sorted_tables:
        for name in _OWNING:
            if name in table.c and table not in _KEPT:
                rows += connection.execute(sa.delete(table).where(table.c[name].in_(customer_ids))).rowcount
    return rows + connection.execute(sa.delete(CUSTOMER).where(CUSTOMER.c.id.in_(customer_ids))).rowcount


def _forget_history(connection: sa.Connection, customer_ids: Collection[int]) -> int:
    """Merges, splits, and conflicts: what was decided of others stays in force, without the words."""
    c, m, s = CONFLICT_CUSTOMER.c, MERGE.c, SPLIT.c
    filed = set(connection.scalars(sa.select(c.conflict_id).where(c.original_id.in_(customer_ids))))
    merged = sa.or_(m.survivor_id.in_(customer_ids), m.merged_id.in_(customer_ids))
    low, high = NEVER_MERGE.c.low_id, NEVER_MERGE.c.high_id
    above, below = sa.select(low).where(high.in_(customer_ids)), sa.select(high).where(low.in_(customer_ids))
    from_others = sa.select(s.id, s.separated).where(s.remaining_id.in_(above.union(below)))
    left = [row.id for row in connection.execute(from_others) if _separates(row.separated, customer_ids)]
    statements = (
        sa.delete(CONFLICT).where(CONFLICT.c.id.in_(filed)),
        sa.delete(CONFLICT_CUSTOMER).where(c.conflict_id.in_(filed)),
        sa.delete(MERGE).where(merged),
        sa.delete(SPLIT).where(s.remaining_id.in_(customer_ids)),
        sa.update(SPLIT).where(s.id.in_(left)).values(reason=""),
        sa.delete(NEVER_MERGE).where(NEVER_MERGE.c.low_id.in_(customer_ids)),
        sa.delete(NEVER_MERGE).where(NEVER_MERGE.c.high_id.in_(customer_ids)),
    )
    return sum(connection.execute(statement).rowcount for statement in statements)


def _forget_relations(connection: sa.Connection, customer_ids: Collection[int]) -> int:
    """Whom the person invited has no inviter any more; the person's codes stay, and are nobody's."""
    invited = sa.delete(RELATION).where(RELATION.c.related_id.in_(customer_ids))
    codes = sa.update(SOURCE_CODE).where(SOURCE_CODE.c.inviter_id.in_(customer_ids)).values(inviter_id=None)
    return sum(connection.execute(statement).rowcount for statement in (invited, codes))


def _separates(separated: Sequence[Any], customer_ids: Collection[int]) -> bool:
    return any(not set(originals).isdisjoint(customer_ids) for _, originals in separated)


def scrub_events(connection: sa.Connection, customer_ids: Collection[int], scrub: Scrub) -> int:
    """Takes identifiers out of other customers' events that carried them beside their own."""
    e = EVENT.c
    carrying = sa.select(e.source, e.event_id, e.others).where(e.original_id.in_(customer_ids), e.others.is_not(None))
    changed = [
        (source, event_id, without)
        for source, event_id, others in connection.execute(carrying)
        if (without := scrub(others, EVENT_BODY)) is not None
    ]
    if changed:
        _SCRUB_EVENT.run(connection, sorted(changed))
    return len(changed)


def scrub_conflicts(connection: sa.Connection, *, after: str, limit: int, scrub: Scrub) -> tuple[str, int]:
    """Takes identifiers out of conflicts behind an id, and out of the events that ran into them.

    Returns the id to go on from, empty at the end, and how many rows it changed.
    """
    c = CONFLICT.c
    page = sa.select(c.id, c.identifiers, c.source, c.event_id).where(c.id > after).order_by(c.id).limit(limit)
    rows = connection.execute(page).all()
    changed = 0
    for row in rows:
        without = scrub(row.identifiers, CONFLICT_TEXT)
        if without is not None:
            connection.execute(sa.update(CONFLICT).where(c.id == row.id).values(identifiers=without))
            changed += 1 + _scrub_event(connection, row.source, row.event_id, scrub)
    return (rows[-1].id if len(rows) == limit else ""), changed


def _scrub_event(connection: sa.Connection, source: str, event_id: str, scrub: Scrub) -> int:
    e = EVENT.c
    others = connection.scalar(sa.select(e.others).where(e.source == source, e.event_id == event_id))
    without = None if others is None else scrub(others, EVENT_BODY)
    if without is not None:
        _SCRUB_EVENT.run(connection, [(source, event_id, without)])
    return int(without is not None)


def scrub_feed(
    connection: sa.Connection, customer_ids: Collection[int], *, after: int, upto: int, limit: int
) -> tuple[int, int]:
    """Takes what is told of these ids out of the next ``limit`` entries behind ``after``, up to ``upto``.

    Readers don't need it: who has not read it yet is told to erase the person. Returns the position to go on from, 0
    at the end, and how many entries it took.
    """
    f = FEED.entries.c
    stretch = sa.select(f.position).where(f.position > after, f.position <= upto).order_by(f.position).limit(limit)
    last = connection.scalar(sa.select(sa.func.max(stretch.subquery().c.position)))
    if last is None:
        return 0, 0
    told = sa.and_(f.position > after, f.position <= last, f.kind.not_in(_ANNOUNCED))
    gone = connection.execute(sa.delete(FEED.entries).where(told, f.customer_id.in_(customer_ids)))
    return int(last), gone.rowcount


def remember(connection: sa.Connection, customer_ids: Collection[int], erasure_id: str) -> None:
    """Keeps which ids were a person's that is erased."""
    rows = [{"customer_id": each, "erasure_id": erasure_id} for each in sorted(customer_ids)]
    bulk_insert(connection, ERASED_CUSTOMER, rows)


def erasures_of(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, str]:
    """Those of the ids that were erased, each with its erasure."""
    e = ERASED_CUSTOMER.c
    found = connection.execute(sa.select(e.customer_id, e.erasure_id).where(e.customer_id.in_(customer_ids)))
    return {row.customer_id: row.erasure_id for row in found}


def ids_of(connection: sa.Connection, erasure_ids: Collection[str]) -> set[int]:
    """All ids of the persons of erasures."""
    e = ERASED_CUSTOMER.c
    return set(connection.scalars(sa.select(e.customer_id).where(e.erasure_id.in_(erasure_ids))))


def without(identifiers: str, is_erased: Callable[[str, str], bool]) -> str | None:
    """A JSON list of [namespace, value] without those that are erased; None when it has none of them."""
    pairs = json.loads(identifiers)
    left = [pair for pair in pairs if not is_erased(*pair)]
    return None if len(left) == len(pairs) else json.dumps(left, ensure_ascii=False)


def _scrub(given: sa.FromClause) -> sa.Update:
    same = sa.and_(EVENT.c.source == given.c.source, EVENT.c.event_id == given.c.event_id)
    return sa.update(EVENT).where(same).values(others=given.c.others)


_UNLINKED = OverRows(
    [UNLINKING.c.lookup],
    lambda asked: sa.select(UNLINKING.c.original_id).join_from(asked, UNLINKING, UNLINKING.c.lookup == asked.c.lookup),
)
_FORGET_UNLINKED = OverRows(
    [UNLINKING.c.lookup],
    lambda given: sa.delete(UNLINKING).where(UNLINKING.c.lookup.in_(sa.select(given.c.lookup))),
    name="given",
)
_SCRUB_EVENT = OverRows([EVENT.c.source, EVENT.c.event_id, EVENT.c.others], _scrub, name="given")
