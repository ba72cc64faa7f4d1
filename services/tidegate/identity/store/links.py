"""Identifiers and customers: where identifiers lead, who is locked, and what resolution writes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.model import Link, Span
from tidegate.identity.store.profiles import tag_is_on
from tidegate.identity.store.spans import within
from tidegate.identity.store.tables import (
    ATTRIBUTE,
    ATTRIBUTE_VALUE,
    CUSTOMER,
    CUSTOMER_IDS,
    ERASED_CUSTOMER,
    EVENT,
    IDENTIFIER,
    NEVER_MERGE,
    TAG,
    TAG_MARK,
)
from tidegate.runtime.db import OverRows, bulk_insert, bulk_upsert

_CREATED = sa.type_coerce(CUSTOMER.c.created, sa.BigInteger)
_FIRST_SEEN = sa.type_coerce(CUSTOMER.c.first_seen, sa.BigInteger).label("first_seen")
_EXPIRES = sa.type_coerce(IDENTIFIER.c.expires, sa.BigInteger)
_LEADS = sa.or_(IDENTIFIER.c.expires.is_(None), IDENTIFIER.c.expires > sa.bindparam("now"))
"""Whether an identifier has not expired by the parameter `now`."""
_STATES_OF_DEFINITIONS = 16


class FoundLink(NamedTuple):
    """Where an identifier leads: the customer now, and the id under which it arrived; until when, None: for ever."""

    customer_id: int
    original_id: int
    first_seen: int
    expires: int | None

    def leads(self, now: int) -> bool:
        """Whether it has not expired by ``now``."""
        return self.expires is None or self.expires > now


class CustomerRow(NamedTuple):
    """A customer as it is stored; ``canonical_id`` differs from ``customer_id`` for an alias."""

    customer_id: int
    canonical_id: int
    first_seen: int
    created: int
    position: int

    @property
    def is_alias(self) -> bool:
        """Whether the customer was merged into another one."""
        return self.canonical_id != self.customer_id


class LinkRow(NamedTuple):
    """An identifier as it is stored; the value is sealed."""

    lookup: str
    namespace: str
    value: str
    original_id: int
    source: str
    time: int
    expires: int | None = None
    invalid_since: int | None = None
    invalid_channel: str | None = None


def find(connection: sa.Connection, lookups: Collection[str], *, now: int) -> dict[str, FoundLink]:
    """Where identifiers lead at ``now``, by lookup; those that lead nowhere are left out."""
    return {lookup: link for lookup, link in stored(connection, lookups).items() if link.leads(now)}


def stored(connection: sa.Connection, lookups: Collection[str]) -> dict[str, FoundLink]:
    """The same with those that have expired and are not taken off yet."""
    if not lookups:
        return {}
    rows = _STORED.run(connection, [(lookup,) for lookup in lookups]).all()
    return {lookup: FoundLink(*columns) for lookup, *columns in rows}


def customers(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerRow]:
    """Customers by the id asked for; an alias comes with the first_seen and position of its own row."""
    return _rows(connection, customer_ids, locking=False)


def lock(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerRow]:
    """Holds customers until the transaction ends, taken in the order of ids so that nobody deadlocks."""
    return _rows(connection, customer_ids, locking=True)


Linked = Mapping[str, Collection[str]]
"""Namespaces, scope included, with the lookups in them; unlimited namespaces come without lookups."""


def linked(
    connection: sa.Connection, customer_ids: Collection[int], limited: Iterable[str], *, now: int
) -> dict[int, Linked]:
    """The namespaces of customers at ``now``, with the lookups in those whose names without scopes are ``limited``."""
    if not customer_ids:
        return {}
    rows = _linked(tuple(limited)).run(connection, [(i,) for i in customer_ids], now=now).all()
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
    rows = _NEVER_MERGE.run(connection, [(i,) for i in customer_ids]).all()
    wanted = set(customer_ids)
    return frozenset((a, b) for a, b in rows if b in wanted)


def new_customer_ids(connection: sa.Connection, count: int) -> list[int]:
    """Ids for new customers, rising. On SQLite the transaction is the only writer, so counting up is safe."""
    if not count:
        return []
    if connection.dialect.name == "postgresql":
        return sorted(connection.scalars(_DRAWN, {"count": count}))
    newest = max(map(int, connection.execute(_NEWEST).one()))
    return list(range(newest + 1, newest + 1 + count))


def add_customers(connection: sa.Connection, rows: Sequence[CustomerRow]) -> None:
    """Stores new customers; one that was merged at once has a canonical id that differs from its own."""
    bulk_insert(connection, CUSTOMER, rows)


def add_links(connection: sa.Connection, links: Iterable[LinkRow]) -> None:
    """Stores identifiers. One that another transaction stored meanwhile is an IntegrityError."""
    bulk_insert(connection, IDENTIFIER, sorted(links))


def redirect(connection: sa.Connection, survivors: Mapping[int, int]) -> None:
    """Makes everything that belongs to merged customers (the keys) belong to their survivors (the values)."""
    if not survivors:
        return
    _REDIRECT.run(connection, sorted(survivors.items()))


def touch(connection: sa.Connection, customer_ids: Collection[int], *, position: int) -> None:
    """Notes the feed position of a change to customers."""
    if not customer_ids:
        return
    _TOUCH.run(connection, [(i,) for i in sorted(customer_ids)], reached=position)


def see_earlier(connection: sa.Connection, first_seen: Mapping[int, int]) -> None:
    """Notes that customers are known from earlier times than was thought."""
    if not first_seen:
        return
    _SEE_EARLIER.run(connection, sorted(first_seen.items()))


def _rows(connection: sa.Connection, customer_ids: Collection[int], *, locking: bool) -> dict[int, CustomerRow]:
    if not customer_ids:
        return {}
    statement = _LOCK if locking else _CUSTOMERS
    rows = statement.run(connection, [(i,) for i in customer_ids]).all()
    return {row[0]: CustomerRow._make(row) for row in rows}


def of_customers(connection: sa.Connection, customer_ids: Collection[int], *, now: int) -> dict[int, list[Link]]:
    """The identifiers that lead to customers at ``now``, aliases' included, the newest first; values are sealed."""
    if not customer_ids:
        return {}
    rows = _OF_CUSTOMERS.run(connection, [(i,) for i in customer_ids], now=now).all()
    found: dict[int, list[Link]] = {}
    for customer_id, *columns in rows:
        found.setdefault(customer_id, []).append(Link(*columns))
    return found


def aliases(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, list[int]]:
    """The ids that were merged into customers, by customer, rising."""
    if not customer_ids:
        return {}
    rows = _ALIASES.run(connection, [(i,) for i in customer_ids]).all()
    found: dict[int, list[int]] = {}
    for customer_id, alias in rows:
        found.setdefault(customer_id, []).append(alias)
    return found


def separate(connection: sa.Connection, owners: Mapping[int, int]) -> None:
    """Makes original ids (the keys) belong to the customers of the values."""
    _SEPARATE.run(connection, sorted(owners.items()))


def see_from(connection: sa.Connection, first_seen: Mapping[int, int]) -> None:
    """Notes since when customers are known, be it earlier or later than was thought."""
    _SEE_FROM.run(connection, sorted(first_seen.items()))


def keep_apart(connection: sa.Connection, pairs: Collection[tuple[int, int]]) -> None:
    """Notes pairs of customers that are never merged."""
    ordered = {(min(pair), max(pair)) for pair in pairs}
    bulk_upsert(connection, NEVER_MERGE, sorted(ordered), key=["low_id", "high_id"], update=[])


def first_traces(connection: sa.Connection, original_ids: Collection[int]) -> dict[int, int]:
    """Since when something is known, by the id under which it arrived: events, identifiers, values, and tags.

    At the latest since the id was made: what was told of the future counts from when it arrived.
    """
    rows = _FIRST_TRACES.run(connection, [(i,) for i in original_ids]).all()
    return {original_id: created if first is None else min(created, first) for original_id, created, first in rows}


def search(
    connection: sa.Connection,
    *,
    customer_ids: Collection[int] | None,
    tags: Sequence[Collection[str]],
    attributes: Sequence[str],
    first_seen: Span,
    created: Span,
    after: int,
    limit: int,
    now: int,
) -> list[int]:
    """Customers behind the id ``after`` that are among ``customer_ids`` (None: all), have one of each of ``tags``, have
    all attributes of which the lookups are given, and are known from instants in the spans.
    """
    query = (
        sa.select(CUSTOMER.c.id)
        .where(CUSTOMER.c.id > after, CUSTOMER.c.id == CUSTOMER.c.canonical_id)
        .where(*within(CUSTOMER.c.first_seen, first_seen), *within(CUSTOMER.c.created, created))
        .order_by(CUSTOMER.c.id)
        .limit(limit)
    )
    if customer_ids is not None:
        query = query.where(CUSTOMER.c.id.in_(customer_ids))
    for any_of in tags:
        tagged = sa.select(TAG.c.customer_id).where(TAG.c.tag.in_(any_of), tag_is_on(now))
        query = query.where(CUSTOMER.c.id.in_(tagged))
    for lookup in attributes:
        having = sa.select(ATTRIBUTE.c.customer_id).where(ATTRIBUTE.c.lookup == lookup)
        query = query.where(CUSTOMER.c.id.in_(having))
    return list(connection.scalars(query))


def _stored(asked: sa.FromClause) -> sa.Select[Any]:
    arrived = CUSTOMER.alias("arrived")
    return (
        sa.select(IDENTIFIER.c.lookup, arrived.c.canonical_id, IDENTIFIER.c.original_id, _FIRST_SEEN, _EXPIRES)
        .join_from(asked, IDENTIFIER, IDENTIFIER.c.lookup == asked.c.lookup)
        .join(arrived, arrived.c.id == IDENTIFIER.c.original_id)
        .join(CUSTOMER, CUSTOMER.c.id == arrived.c.canonical_id)
    )


def _customers(asked: sa.FromClause) -> sa.Select[Any]:
    return (
        sa.select(CUSTOMER.c.id, CUSTOMER.c.canonical_id, _FIRST_SEEN, _CREATED, CUSTOMER.c.position)
        .join_from(asked, CUSTOMER, CUSTOMER.c.id == asked.c.id)
        .order_by(CUSTOMER.c.id)
    )


def _identifiers(asked: sa.FromClause, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return (
        sa.select(CUSTOMER.c.canonical_id, *columns)
        .join_from(asked, CUSTOMER, CUSTOMER.c.canonical_id == asked.c.canonical_id)
        .join(IDENTIFIER, IDENTIFIER.c.original_id == CUSTOMER.c.id)
        .where(_LEADS)
    )


def _of_customers(asked: sa.FromClause) -> sa.Select[Any]:
    i = IDENTIFIER.c
    time, invalid_since = (sa.type_coerce(column, sa.BigInteger) for column in (i.time, i.invalid_since))
    columns = (
        i.lookup,
        i.namespace,
        i.value,
        i.original_id,
        i.source,
        time,
        _EXPIRES,
        invalid_since,
        i.invalid_channel,
    )
    found = _identifiers(asked, *columns)
    return found.order_by(i.time.desc(), i.lookup)


@lru_cache(_STATES_OF_DEFINITIONS)
def _linked(limited: Sequence[str]) -> OverRows:
    namespace = IDENTIFIER.c.namespace
    within = [sa.or_(namespace == name, namespace.startswith(f"{name}:", autoescape=True)) for name in limited]
    lookup = sa.case((sa.or_(sa.false(), *within), IDENTIFIER.c.lookup))
    return OverRows([CUSTOMER.c.canonical_id], lambda asked: _identifiers(asked, namespace, lookup).distinct())


def _never_merge(asked: sa.FromClause) -> sa.Select[Any]:
    low, high = CUSTOMER.alias("low"), CUSTOMER.alias("high")
    return (
        sa.select(low.c.canonical_id, high.c.canonical_id)
        .join_from(NEVER_MERGE, low, low.c.id == NEVER_MERGE.c.low_id)
        .join(high, high.c.id == NEVER_MERGE.c.high_id)
        .where(low.c.canonical_id.in_(sa.select(asked.c.canonical_id)))
    )


def _aliases(asked: sa.FromClause) -> sa.Select[Any]:
    return (
        sa.select(CUSTOMER.c.canonical_id, CUSTOMER.c.id)
        .join_from(asked, CUSTOMER, CUSTOMER.c.canonical_id == asked.c.canonical_id)
        .where(CUSTOMER.c.id != CUSTOMER.c.canonical_id)
        .order_by(CUSTOMER.c.id)
    )


def _redirect(given: sa.FromClause) -> sa.Update:
    moved = sa.update(CUSTOMER).where(CUSTOMER.c.canonical_id == given.c.id)
    return moved.values(canonical_id=given.c.canonical_id)


def _touch(given: sa.FromClause) -> sa.Update:
    return sa.update(CUSTOMER).where(CUSTOMER.c.id == given.c.id).values(position=sa.bindparam("reached"))


def _see_earlier(given: sa.FromClause) -> sa.Update:
    later = sa.update(CUSTOMER).where(CUSTOMER.c.id == given.c.id, CUSTOMER.c.first_seen > given.c.first_seen)
    return later.values(first_seen=given.c.first_seen)


def _separate(given: sa.FromClause) -> sa.Update:
    return sa.update(CUSTOMER).where(CUSTOMER.c.id == given.c.id).values(canonical_id=given.c.canonical_id)


def _see_from(given: sa.FromClause) -> sa.Update:
    return sa.update(CUSTOMER).where(CUSTOMER.c.id == given.c.id).values(first_seen=given.c.first_seen)


def _first_traces(asked: sa.FromClause) -> sa.Select[Any]:
    traces = sa.union_all(
        *(
            sa.select(table.c.original_id, sa.type_coerce(sa.func.min(time), sa.BigInteger).label("time"))
            .join_from(asked, table, table.c.original_id == asked.c.id)
            .group_by(table.c.original_id)
            for table, time in (
                (EVENT, sa.case((EVENT.c.time < EVENT.c.received, EVENT.c.time), else_=EVENT.c.received)),
                (IDENTIFIER, IDENTIFIER.c.time),
                (ATTRIBUTE_VALUE, ATTRIBUTE_VALUE.c.time),
                (TAG_MARK, TAG_MARK.c.time),
            )
        )
    ).subquery("traces")
    first = sa.func.min(traces.c.time)
    return (
        sa.select(CUSTOMER.c.id, sa.func.min(sa.type_coerce(CUSTOMER.c.created, sa.BigInteger)), first)
        .join_from(asked, CUSTOMER, CUSTOMER.c.id == asked.c.id)
        .outerjoin(traces, traces.c.original_id == CUSTOMER.c.id)
        .group_by(CUSTOMER.c.id)
    )


_STORED = OverRows([IDENTIFIER.c.lookup], _stored)
_CUSTOMERS = OverRows([CUSTOMER.c.id], _customers)
_LOCK = OverRows([CUSTOMER.c.id], lambda asked: _customers(asked).with_for_update(of=CUSTOMER, key_share=True))
_OF_CUSTOMERS = OverRows([CUSTOMER.c.canonical_id], _of_customers)
_NEVER_MERGE = OverRows([CUSTOMER.c.canonical_id], _never_merge)
_ALIASES = OverRows([CUSTOMER.c.canonical_id], _aliases)
_REDIRECT = OverRows([CUSTOMER.c.id, CUSTOMER.c.canonical_id], _redirect, name="given")
_TOUCH = OverRows([CUSTOMER.c.id], _touch, name="given")
_SEE_EARLIER = OverRows([CUSTOMER.c.id, CUSTOMER.c.first_seen], _see_earlier, name="given")
_SEPARATE = OverRows([CUSTOMER.c.id, CUSTOMER.c.canonical_id], _separate, name="given")
_SEE_FROM = OverRows([CUSTOMER.c.id, CUSTOMER.c.first_seen], _see_from, name="given")
_FIRST_TRACES = OverRows([CUSTOMER.c.id], _first_traces)
_NEWEST = sa.select(
    *(
        sa.func.coalesce(sa.select(sa.func.max(given)).scalar_subquery(), 0)
        for given in (CUSTOMER.c.id, ERASED_CUSTOMER.c.customer_id)  # no id is given to a second person
    )
)
_DRAWN = sa.select(CUSTOMER_IDS.next_value()).select_from(
    sa.func.generate_series(1, sa.bindparam("count", type_=sa.Integer)).table_valued("place", name="series")
)
