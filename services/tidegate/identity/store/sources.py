"""Source codes, and the visits that they brought."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.sources import SourceCode, SourceCodeKind, Statistics, Visit
from tidegate.identity.store.tables import CUSTOMER, SOURCE_CODE, SOURCE_VISIT
from tidegate.runtime.db import OverRows, bulk_insert

_INVITER = CUSTOMER.alias("inviter")


class Invitation(NamedTuple):
    """The inviter whose code it is: as named when the code was made, and the customer that is now."""

    related_id: int
    inviter_id: int


def known(connection: sa.Connection, codes: Collection[str]) -> set[str]:
    """Those of ``codes`` that exist."""
    return {code for code, _, _ in _FOUND.run(connection, [(code,) for code in codes]).all()} if codes else set()


def invitations(connection: sa.Connection, codes: Collection[str]) -> dict[str, Invitation]:
    """The inviters of those of ``codes`` that have one."""
    if not codes:
        return {}
    rows = _FOUND.run(connection, [(code,) for code in codes]).all()
    return {code: Invitation(related, inviter) for code, related, inviter in rows if inviter is not None}


def add(connection: sa.Connection, codes: Collection[SourceCode]) -> None:
    """Stores codes. One that another transaction stored meanwhile is an IntegrityError."""
    rows = [
        (code, kind.value, channel, inviter_id or None, *others)
        for code, kind, channel, inviter_id, *others in sorted(codes)
    ]
    bulk_insert(connection, SOURCE_CODE, rows)


def add_visits(connection: sa.Connection, visits: Collection[Visit]) -> None:
    """Notes visits; an event brings one."""
    bulk_insert(connection, SOURCE_VISIT, sorted(visits))


def page(
    connection: sa.Connection, *, channel: str, inviter_id: int, campaign_id: str, after: str, limit: int
) -> list[SourceCode]:
    """Codes in alphabetical order behind ``after``, with the customers that their inviters are now."""
    c = SOURCE_CODE.c
    query = (
        sa.select(
            c.code,
            c.kind,
            c.channel,
            sa.func.coalesce(_INVITER.c.canonical_id, 0),
            c.staff_id,
            c.campaign_id,
            c.display_name,
            sa.type_coerce(c.created, sa.BigInteger),
        )
        .select_from(SOURCE_CODE)
        .outerjoin(_INVITER, _INVITER.c.id == c.inviter_id)
        .where(c.code > after)
        .order_by(c.code)
        .limit(limit)
    )
    if channel:
        query = query.where(c.channel == channel)
    if inviter_id:
        query = query.where(_INVITER.c.canonical_id == inviter_id)
    if campaign_id:
        query = query.where(c.campaign_id == campaign_id)
    return [SourceCode(code, SourceCodeKind(kind), *others) for code, kind, *others in connection.execute(query)]


def statistics(connection: sa.Connection, codes: Sequence[str], *, start: int, end: int) -> dict[str, Statistics]:
    """What codes brought from ``start`` until before ``end``; those that brought nothing are left out."""
    rows = _STATISTICS.run(connection, [(code,) for code in codes], start=start, end=end).all()
    return {code: Statistics(*counts) for code, *counts in rows}


def _found(asked: sa.FromClause) -> sa.Select[Any]:
    return (
        sa.select(SOURCE_CODE.c.code, SOURCE_CODE.c.inviter_id, _INVITER.c.canonical_id)
        .join_from(asked, SOURCE_CODE, SOURCE_CODE.c.code == asked.c.code)
        .outerjoin(_INVITER, _INVITER.c.id == SOURCE_CODE.c.inviter_id)
    )


def _statistics(asked: sa.FromClause) -> sa.Select[Any]:
    v, owner = SOURCE_VISIT.c, CUSTOMER.alias("owner")
    earlier, sibling = SOURCE_VISIT.alias("earlier"), CUSTOMER.alias("sibling")
    same_instant = sa.and_(
        sibling.c.canonical_id == CUSTOMER.c.canonical_id,
        earlier.c.time == v.time,
        sa.tuple_(earlier.c.source, earlier.c.event_id) < sa.tuple_(v.source, v.event_id),
    )
    before = sa.exists().select_from(earlier.join(sibling, sibling.c.id == earlier.c.original_id)).where(same_instant)
    # The owner is known from its first trace; of two codes at that instant one brought it.
    brought = sa.case((sa.and_(v.time <= owner.c.first_seen, sa.not_(before)), owner.c.id))
    within = sa.and_(
        v.time >= sa.bindparam("start", type_=sa.BigInteger), v.time < sa.bindparam("end", type_=sa.BigInteger)
    )
    return (
        sa.select(
            v.code,
            sa.func.count(),
            sa.func.count(CUSTOMER.c.canonical_id.distinct()),
            sa.func.count(brought.distinct()),
        )
        .join_from(asked, SOURCE_VISIT, v.code == asked.c.code)
        .join(CUSTOMER, CUSTOMER.c.id == v.original_id)
        .join(owner, owner.c.id == CUSTOMER.c.canonical_id)
        .where(within)
        .group_by(v.code)
    )


_FOUND = OverRows([SOURCE_CODE.c.code], _found)
_STATISTICS = OverRows([SOURCE_VISIT.c.code], _statistics)
