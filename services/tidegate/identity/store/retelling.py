"""Definitions that have changed what is announced of customers, and up to whom it has been told anew."""

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.identity.model import DefinitionKind
from tidegate.identity.store.tables import ATTRIBUTE, RETELLING, TAG
from tidegate.runtime.db import bulk_upsert
from tidegate.runtime.ids import new_id


class Retelling(NamedTuple):
    """A definition that is told anew: ``names`` were announced by it before, ``reached`` is the last customer told.

    ``change`` is another one with every change of the definition.
    """

    kind: str
    identity: str
    change: str
    names: list[str]
    reached: int


def note(connection: sa.Connection, kind: DefinitionKind, identity: str, names: Collection[str]) -> None:
    """Has everything be told from the beginning, beside what is still to be told of an earlier change."""
    query = sa.select(RETELLING.c.names).where(RETELLING.c.kind == kind, RETELLING.c.id == identity)
    earlier = connection.scalar(query.with_for_update()) or ()
    row = {
        "kind": kind.value,
        "id": identity,
        "change": new_id(),
        "names": sorted({*earlier, *names}),
        "reached": 0,
    }
    bulk_upsert(connection, RETELLING, [row], key=["kind", "id"], update=["change", "names", "reached"])


def changes(connection: sa.Connection) -> list[str]:
    """The changes that are still to be told."""
    return list(connection.scalars(sa.select(RETELLING.c.change).order_by(RETELLING.c.change)))


def claim(connection: sa.Connection, change: str) -> Retelling | None:
    """It is nobody else's before the transaction ends; None when it is somebody's, done, or changed once more."""
    r = RETELLING.c
    query = sa.select(r.kind, r.id, r.change, r.names, r.reached).where(r.change == change)
    row = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else Retelling(*row)


def reach(connection: sa.Connection, change: str, customer_id: int) -> None:
    """Everybody up to this customer has been told."""
    told = sa.update(RETELLING).where(RETELLING.c.change == change)
    connection.execute(told.values(reached=customer_id))


def finish(connection: sa.Connection, change: str) -> None:
    """Everybody has been told."""
    connection.execute(sa.delete(RETELLING).where(RETELLING.c.change == change))


def names_waiting(connection: sa.Connection, kind: DefinitionKind) -> dict[str, str]:
    """The names that may have been announced by definitions as they were before, each with its definition."""
    query = sa.select(RETELLING.c.id, RETELLING.c.names).where(RETELLING.c.kind == kind)
    return {name: identity for identity, names in connection.execute(query) for name in names}


def having(connection: sa.Connection, name: str, *, after: int, limit: int) -> list[int]:
    """Customers behind ``after`` who have, or had, a value of an attribute, by rising id."""
    found = sa.select(ATTRIBUTE.c.customer_id).where(ATTRIBUTE.c.customer_id > after, ATTRIBUTE.c.name == name)
    return list(connection.scalars(found.order_by(ATTRIBUTE.c.customer_id).limit(limit)))


def tagged(connection: sa.Connection, group_id: str, *, after: int, limit: int) -> list[int]:
    """Customers behind ``after`` who have, or had, tags of a group, by rising id.

    Those who had some are told too: a tag that went meanwhile took along what stands above it by the definition as it
    is now, and not what was announced above it before.
    """
    t = TAG.c
    found = sa.select(t.customer_id).where(t.customer_id > after, t.tag.startswith(f"{group_id}=", autoescape=True))
    return list(connection.scalars(found.distinct().order_by(t.customer_id).limit(limit)))
