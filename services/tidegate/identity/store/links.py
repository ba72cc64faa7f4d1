"""Identifiers and customers: where identifiers lead, who is locked, and what resolution writes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.identity.model import Key, Link
from tidegate.identity.store.tables import (
    ATTRIBUTE,
    CUSTOMER,
    CUSTOMER_IDS,
    IDENTIFIER,
    NEVER_MERGE,
    TAG,
)
from tidegate.runtime.db import bulk_insert, row_source

_CREATED = sa.type_coerce(CUSTOMER.c.created, sa.BigInteger)
_FIRST_SEEN = sa.type_coerce(CUSTOMER.c.first_seen, sa.BigInteger).label("first_seen")


@dataclass(frozen=True, slots=True)
class FoundLink:
    """Where an identifier leads: the customer now, and the id under which it arrived."""

    customer_id: int
    original_id: int
    first_seen: int


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as it is stored; ``canonical_id`` differs from ``customer_id`` for an alias."""

    customer_id: int
    canonical_id: int
    first_seen: int
    position: int
    created: int

    @property
    def is_alias(self) -> bool:
        """Whether the customer was merged into another one."""
        return self.canonical_id != self.customer_id


@dataclass(frozen=True, slots=True)
class LinkRow:
    """An identifier to store."""

    key: Key
    sealed: str
    original_id: int
    source: str
    time: int


def find(connection: sa.Connection, lookups: Collection[str]) -> dict[str, FoundLink]:
    """Where identifiers lead, by lookup; those that lead nowhere are left out."""
    if not lookups:
        return {}
    asked = row_source(connection, "asked", [IDENTIFIER.c.lookup], [(lookup,) for lookup in lookups])
    arrived = CUSTOMER.alias("arrived")
    rows = connection.execute(
        sa.select(IDENTIFIER.c.lookup, IDENTIFIER.c.original_id, arrived.c.canonical_id, _FIRST_SEEN)
        .join_from(asked, IDENTIFIER, IDENTIFIER.c.lookup == asked.c.lookup)
        .join(arrived, arrived.c.id == IDENTIFIER.c.original_id)
        .join(CUSTOMER, CUSTOMER.c.id == arrived.c.canonical_id)
    )
    return {lookup: FoundLink(canonical, original, first_seen) for lookup, original, canonical, first_seen in rows}


def customers(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerRow]:
    """Customers by the id asked for; an alias comes with the first_seen and position of its own row."""
    return _rows(connection, customer_ids, locking=False)


def lock(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerRow]:
    """Holds customers until the transaction ends, taken in the order of ids so that nobody deadlocks."""
    return _rows(connection, customer_ids, locking=True)


Linked = Mapping[str, Collection[str]]
"""Namespaces, scope included, with the lookups in them; unlimited namespaces come without lookups."""


def linked(connection: sa.Connection, customer_ids: Collection[int], limited: Iterable[str]) -> dict[int, Linked]:
    """The namespaces of customers, with the lookups in those whose names without scopes are ``limited``."""
    if not customer_ids:
        return {}
    asked = row_source(connection, "asked", [CUSTOMER.c.canonical_id], [(i,) for i in customer_ids])
    namespace = IDENTIFIER.c.namespace
    within = [sa.or_(namespace == name, namespace.startswith(f"{name}:", autoescape=True)) for name in limited]
    lookup = sa.case((sa.or_(sa.false(), *within), IDENTIFIER.c.lookup))
    rows = connection.execute(
        sa.select(CUSTOMER.c.canonical_id, namespace, lookup)
        .distinct()
        .join_from(asked, CUSTOMER, CUSTOMER.c.canonical_id == asked.c.canonical_id)
        .join(IDENTIFIER, IDENTIFIER.c.original_id == CUSTOMER.c.id)
    )
    found: dict[int, dict[str, set[str]]] = {}
    for customer_id, name, key in rows:
        lookups = found.setdefault(customer_id, {}).setdefault(name, set())
        if key is not None:
            lookups.add(key)
    return dict(found)


def never_merge(connection: sa.Connection, customer_ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """The pairs of customers, both of ``customer_ids``, that were split and stay apart."""
    if len(customer_ids) < 2:
        return frozenset()
    low, high = CUSTOMER.alias("low"), CUSTOMER.alias("high")
    asked = row_source(connection, "asked", [CUSTOMER.c.canonical_id], [(i,) for i in customer_ids])
    rows = connection.execute(
        sa.select(low.c.canonical_id, high.c.canonical_id)
        .join_from(NEVER_MERGE, low, low.c.id == NEVER_MERGE.c.low_id)
        .join(high, high.c.id == NEVER_MERGE.c.high_id)
        .where(low.c.canonical_id.in_(sa.select(asked.c.canonical_id)))
    )
    wanted = set(customer_ids)
    return frozenset((a, b) for a, b in rows if b in wanted)


def new_customer_ids(connection: sa.Connection, count: int) -> list[int]:
    """Ids for new customers, rising. On SQLite the transaction is the only writer, so counting up is safe."""
    if not count:
        return []
    if connection.dialect.name == "postgresql":
        series = sa.func.generate_series(1, count).table_valued("place", name="series")
        drawn = sa.select(CUSTOMER_IDS.next_value()).select_from(series)
        return sorted(connection.scalars(drawn))
    newest = connection.scalar(sa.select(sa.func.max(CUSTOMER.c.id))) or 0
    return list(range(newest + 1, newest + 1 + count))


def add_customers(connection: sa.Connection, rows: Sequence[CustomerRow]) -> None:
    """Stores new customers; one that was merged at once has a canonical id that differs from its own."""
    bulk_insert(
        connection,
        CUSTOMER,
        [
            {
                "id": row.customer_id,
                "canonical_id": row.canonical_id,
                "first_seen": row.first_seen,
                "created": row.created,
                "position": row.position,
            }
            for row in rows
        ],
    )


def add_links(connection: sa.Connection, links: Sequence[LinkRow]) -> None:
    """Stores identifiers. One that another transaction stored meanwhile is an IntegrityError."""
    bulk_insert(
        connection,
        IDENTIFIER,
        [
            {
                "lookup": link.key.lookup,
                "namespace": link.key.namespace,
                "value": link.sealed,
                "original_id": link.original_id,
                "source": link.source,
                "time": link.time,
            }
            for link in sorted(links, key=lambda link: link.key.lookup)
        ],
    )


def redirect(connection: sa.Connection, survivors: Mapping[int, int]) -> None:
    """Makes everything that belongs to merged customers (the keys) belong to their survivors (the values)."""
    if not survivors:
        return
    given = row_source(connection, "given", [CUSTOMER.c.id, CUSTOMER.c.canonical_id], sorted(survivors.items()))
    connection.execute(
        sa.update(CUSTOMER).where(CUSTOMER.c.canonical_id == given.c.id).values(canonical_id=given.c.canonical_id)
    )


def touch(connection: sa.Connection, customer_ids: Collection[int], *, position: int) -> None:
    """Notes the feed position of a change to customers."""
    if not customer_ids:
        return
    given = row_source(connection, "given", [CUSTOMER.c.id], [(i,) for i in sorted(customer_ids)])
    connection.execute(sa.update(CUSTOMER).where(CUSTOMER.c.id == given.c.id).values(position=position))


def see_earlier(connection: sa.Connection, first_seen: Mapping[int, int]) -> None:
    """Notes that customers are known from earlier times than was thought."""
    if not first_seen:
        return
    given = row_source(connection, "given", [CUSTOMER.c.id, CUSTOMER.c.first_seen], sorted(first_seen.items()))
    connection.execute(
        sa.update(CUSTOMER)
        .where(CUSTOMER.c.id == given.c.id, CUSTOMER.c.first_seen > given.c.first_seen)
        .values(first_seen=given.c.first_seen)
    )


def _rows(connection: sa.Connection, customer_ids: Collection[int], *, locking: bool) -> dict[int, CustomerRow]:
    if not customer_ids:
        return {}
    asked = row_source(connection, "asked", [CUSTOMER.c.id], [(i,) for i in customer_ids])
    query = (
        sa.select(CUSTOMER.c.id, CUSTOMER.c.canonical_id, _FIRST_SEEN, CUSTOMER.c.position, _CREATED)
        .join_from(asked, CUSTOMER, CUSTOMER.c.id == asked.c.id)
        .order_by(CUSTOMER.c.id)
    )
    if locking:
        query = query.with_for_update(of=CUSTOMER, key_share=True)
    return {row.id: CustomerRow(*row) for row in connection.execute(query)}


def of_customers(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, list[Link]]:
    """The identifiers of customers, aliases' included, the newest first; values are sealed."""
    if not customer_ids:
        return {}
    asked = row_source(connection, "asked", [CUSTOMER.c.canonical_id], [(i,) for i in customer_ids])
    i = IDENTIFIER.c
    time = sa.type_coerce(i.time, sa.BigInteger)
    rows = connection.execute(
        sa.select(CUSTOMER.c.canonical_id, i.namespace, i.value, i.original_id, i.source, time)
        .join_from(asked, CUSTOMER, CUSTOMER.c.canonical_id == asked.c.canonical_id)
        .join(IDENTIFIER, i.original_id == CUSTOMER.c.id)
        .order_by(i.time.desc(), i.lookup)
    )
    found: dict[int, list[Link]] = {}
    for customer_id, *columns in rows:
        found.setdefault(customer_id, []).append(Link(*columns))
    return found


def aliases(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, list[int]]:
    """The ids that were merged into customers, by customer, rising."""
    if not customer_ids:
        return {}
    asked = row_source(connection, "asked", [CUSTOMER.c.canonical_id], [(i,) for i in customer_ids])
    rows = connection.execute(
        sa.select(CUSTOMER.c.canonical_id, CUSTOMER.c.id)
        .join_from(asked, CUSTOMER, CUSTOMER.c.canonical_id == asked.c.canonical_id)
        .where(CUSTOMER.c.id != CUSTOMER.c.canonical_id)
        .order_by(CUSTOMER.c.id)
    )
    found: dict[int, list[int]] = {}
    for customer_id, alias in rows:
        found.setdefault(customer_id, []).append(alias)
    return found


def search(
    connection: sa.Connection,
    *,
    customer_ids: Collection[int] | None,
    tags: Sequence[str],
    attributes: Sequence[str],
    after: int,
    limit: int,
) -> list[int]:
    """Customers behind the id ``after`` that are among ``customer_ids`` (None: all), have all ``tags``, and
    have all attributes of which the lookups are given.
    """
    query = (
        sa.select(CUSTOMER.c.id)
        .where(CUSTOMER.c.id > after, CUSTOMER.c.id == CUSTOMER.c.canonical_id)
        .order_by(CUSTOMER.c.id)
        .limit(limit)
    )
    if customer_ids is not None:
        query = query.where(CUSTOMER.c.id.in_(customer_ids))
    for tag in tags:
        tagged = sa.select(TAG.c.customer_id).where(TAG.c.tag == tag, TAG.c.present)
        query = query.where(CUSTOMER.c.id.in_(tagged))
    for lookup in attributes:
        having = sa.select(ATTRIBUTE.c.customer_id).where(ATTRIBUTE.c.lookup == lookup)
        query = query.where(CUSTOMER.c.id.in_(having))
    return list(connection.scalars(query))
