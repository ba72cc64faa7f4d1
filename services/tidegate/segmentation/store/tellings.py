"""Whose members and tiers are told from the beginning, and how far that went."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.runtime.db import bulk_insert
from tidegate.runtime.ids import new_id
from tidegate.segmentation.store.tables import TELLINGS

SEGMENT, MODEL = "segment", "model"
_T = TELLINGS.c


class Telling(NamedTuple):
    """A telling that is not at its end."""

    kind: str
    id: str
    telling_id: str
    told_through: int


def follow(connection: sa.Connection, names: Collection[tuple[str, str]]) -> bool:
    """From now on these (kind, id) are told, and no others; returns whether any of them is new."""
    known = {(kind, each) for kind, each in connection.execute(sa.select(_T.kind, _T.id))}
    gone, new = sorted(known.difference(names)), sorted(set(names) - known)
    for kind, each in gone:
        connection.execute(sa.delete(TELLINGS).where(_T.kind == kind, _T.id == each))
    bulk_insert(
        connection,
        TELLINGS,
        [{"kind": kind, "id": each, "telling_id": new_id(), "told_through": 0} for kind, each in new],
    )
    return bool(new)


def tell_anew(connection: sa.Connection, kind: str, id_: str) -> None:
    """Something changed that was not announced: what is told at all is told again from the beginning."""
    same = sa.update(TELLINGS).where(_T.kind == kind, _T.id == id_)
    connection.execute(same.values(telling_id=new_id(), told_through=0))


def unfinished(connection: sa.Connection, kind: str) -> Sequence[Telling]:
    """The tellings of a kind that are not at their end."""
    query = sa.select(TELLINGS).where(_T.kind == kind, _T.telling_id != "").order_by(_T.id)
    return [Telling._make(row) for row in connection.execute(query)]


def hold(connection: sa.Connection, telling: Telling) -> bool:
    """Keeps the telling until the transaction ends; False when it is another one's turn by now."""
    query = sa.select(TELLINGS).where(_T.kind == telling.kind, _T.id == telling.id).with_for_update()
    return connection.execute(query).one_or_none() == telling


def note_told(connection: sa.Connection, telling: Telling, *, through: int, last: bool) -> None:
    """Customers up to the id ``through`` are told; when that was the ``last`` of it, all are."""
    same = sa.update(TELLINGS).where(_T.kind == telling.kind, _T.id == telling.id)
    connection.execute(same.values(telling_id="" if last else telling.telling_id, told_through=through))
