"""Attributes, tags, and consents: what arrived, for ever, and the projection by customer.

Rows are tuples with a value for every column of their table, in the order of the columns.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from tidegate.identity.model import ALWAYS, Consent, Decision, Span, TagMark
from tidegate.identity.store.spans import within
from tidegate.identity.store.tables import (
    ATTRIBUTE,
    ATTRIBUTE_VALUE,
    CONSENT,
    CONSENT_DECISION,
    CUSTOMER,
    TAG,
    TAG_MARK,
)
from tidegate.runtime.db import Instant, OverRows, bulk_insert, bulk_upsert

Row = tuple[Any, ...]


class ValueRow(NamedTuple):
    """A value of an attribute as it arrived."""

    original_id: int
    name: str
    time: int
    source: str
    event_id: str
    lookup: str
    value: str


class MarkRow(NamedTuple):
    """A tag that was put on, until ``expires`` where it is set, or taken off."""

    original_id: int
    tag: str
    time: int
    source: str
    present: bool
    expires: int | None


class DecisionRow(NamedTuple):
    """A decision as it arrived."""

    original_id: int
    purpose: str
    channel: str
    brand: str
    time: int
    source: str
    decision: str
    proof: str


class AttributeRow(NamedTuple):
    """The value in force of an attribute; ``lookup`` is found by its value, which is sealed.

    ``turns`` is when what is derived from it is another by itself.
    """

    customer_id: int
    name: str
    value: str
    lookup: str
    source: str
    time: int
    turns: int | None


R = TypeVar("R", ValueRow, MarkRow, DecisionRow)


class History(Generic[R]):
    """What arrived, under the customer ids it arrived for; ``row`` is the type of its rows."""

    def __init__(self, table: sa.Table, row: type[R]) -> None:
        self._table = table
        self._row: type[R] = row
        self._key = list(table.primary_key.columns)
        self._stored = OverRows(self._key, self._stored_among)
        self._arrived = OverRows([table.c.original_id], self._arrived_for)

    def unknown(self, connection: sa.Connection, rows: Sequence[Row], created: Set[int] = frozenset()) -> list[int]:
        """The places of the rows whose primary key, which stands first in them, is not stored.

        Of several with the same key it is the first. Of the ids that the transaction has ``created`` nothing is.
        """
        width = len(self._key)
        first: dict[Row, int] = {}
        for place, row in enumerate(rows):
            first.setdefault(row[:width], place)
        asked = [key for key in first if key[0] not in created]
        for stored in self._stored.run(connection, asked).all() if asked else ():
            first.pop(tuple(stored), None)
        return list(first.values())

    def add(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """Keeps what arrived."""
        bulk_insert(connection, self._table, rows)

    def of(self, connection: sa.Connection, original_ids: Collection[int]) -> list[R]:
        """All that ever arrived for these ids, the oldest first."""
        rows = self._arrived.run(connection, [(i,) for i in original_ids]).all()
        return [self._row(*columns) for columns in rows]

    def _arrived_for(self, asked: sa.FromClause) -> sa.Select[Any]:
        arrived = self._table.c.original_id == asked.c.original_id
        columns = [self._table.c[name] for name in self._row._fields]
        found = sa.select(*map(_plain, columns)).join_from(asked, self._table, arrived)
        return found.order_by(self._table.c.time, *self._key)

    def _stored_among(self, asked: sa.FromClause) -> sa.Select[Any]:
        same = sa.and_(*(column == asked.c[column.name] for column in self._key))
        return sa.select(*map(_plain, self._key)).join_from(asked, self._table, same)


class Projection:
    """What is in force, by customer."""

    def __init__(self, table: sa.Table, columns: Sequence[sa.ColumnElement[Any]]) -> None:
        self._table = table
        self._columns = columns
        self._key = [column.name for column in table.primary_key]
        self._update = [column.name for column in table.c if not column.primary_key]
        owner = [table.c.customer_id]
        self._found = OverRows(owner, self._of_customers)
        self._dropped = OverRows(owner, self._drop, name="gone")

    def of(self, connection: sa.Connection, customer_ids: Collection[int]) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        """The columns asked for of all rows of customers."""
        if not customer_ids:
            return []
        return self._found.run(connection, [(i,) for i in customer_ids]).all()

    def put(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """Sets what is in force."""
        bulk_upsert(connection, self._table, rows, key=self._key, update=self._update)

    def drop(self, connection: sa.Connection, customer_ids: Collection[int]) -> None:
        """Takes away what customers that were merged away had; it lives on with their survivors."""
        if customer_ids:
            self._dropped.run(connection, [(i,) for i in customer_ids])

    def _of_customers(self, asked: sa.FromClause) -> sa.Select[Any]:
        owned = self._table.c.customer_id == asked.c.customer_id
        return sa.select(*self._columns).join_from(asked, self._table, owned)

    def _drop(self, gone: sa.FromClause) -> sa.Delete:
        return sa.delete(self._table).where(self._table.c.customer_id.in_(sa.select(gone.c.customer_id)))


def _plain(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Instants as the microseconds they are stored as."""
    return sa.type_coerce(column, sa.BigInteger) if isinstance(column.type, Instant) else column


def decisions_page(
    connection: sa.Connection,
    customer_id: int,
    *,
    before: tuple[Any, ...] | None,
    limit: int,
    span: Span = ALWAYS,
) -> list[Consent]:
    """All decisions ever recorded of a customer and its aliases, newest first, behind ``before``."""
    c = CONSENT_DECISION.c
    order = (c.time, c.purpose, c.channel, c.brand, c.source, c.decision)
    query = (
        sa.select(*_consent_columns(CONSENT_DECISION))
        .join_from(CUSTOMER, CONSENT_DECISION, c.original_id == CUSTOMER.c.id)
        .where(CUSTOMER.c.canonical_id == customer_id)
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if before is not None:
        query = query.where(sa.tuple_(*order) < sa.tuple_(*map(sa.literal, before)))
    return [_consent(*row) for row in connection.execute(query.where(*within(c.time, span)))]


def tags_page(connection: sa.Connection, *, group: str, after: str, limit: int, now: int) -> list[tuple[str, int]]:
    """Tags in use at an instant behind ``after``, of ``group`` (empty: of all), with how many customers have each."""
    count = sa.func.count()
    query = (
        sa.select(TAG.c.tag, count)
        .where(tag_is_on(now), TAG.c.tag > after)
        .group_by(TAG.c.tag)
        .order_by(TAG.c.tag)
        .limit(limit)
    )
    if group:
        query = query.where(TAG.c.tag.startswith(f"{group}=", autoescape=True))
    return [(tag, customers) for tag, customers in connection.execute(query)]


def zones_and_locales(connection: sa.Connection, customer_ids: Collection[int]) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """(customer, name, sealed value) of the attributes that say when and in which language to write."""
    if not customer_ids:
        return []
    return _ZONES_AND_LOCALES.run(connection, [(i,) for i in customer_ids]).all()


def tag_marks(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, dict[str, TagMark]]:
    """The newest mark of every tag that customers have or had."""
    found: dict[int, dict[str, TagMark]] = {}
    for customer_id, tag, *mark in TAGS.of(connection, customer_ids):
        found.setdefault(customer_id, {})[tag] = TagMark(*mark)
    return found


def tag_is_on(now: int) -> sa.ColumnElement[bool]:
    """Whether a tag is on its customer at an instant, be it that its end has not been announced yet."""
    return sa.and_(TAG.c.present, sa.or_(TAG.c.expires.is_(None), TAG.c.expires > now))


def due(connection: sa.Connection, *, now: int, limit: int) -> set[int]:
    """Customers of whom something is so no longer and that is not announced: of the first ``limit`` tags and values."""
    ended = sa.select(TAG.c.customer_id).where(TAG.c.present, TAG.c.expires <= now).order_by(TAG.c.expires)
    turned = sa.select(ATTRIBUTE.c.customer_id).where(ATTRIBUTE.c.turns <= now).order_by(ATTRIBUTE.c.turns)
    return {each for query in (ended, turned) for each in connection.scalars(query.limit(limit))}


def set_turns(connection: sa.Connection, rows: Sequence[tuple[int, str, int | None]]) -> None:
    """Sets when what is derived from attributes is another; rows have the customer, the name, and the instant."""
    if rows:
        _SET_TURNS.run(connection, rows)


def consents(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, list[Consent]]:
    """The decisions in force of customers."""
    found: dict[int, list[Consent]] = {}
    for customer_id, *columns in CONSENTS.of(connection, customer_ids):
        found.setdefault(customer_id, []).append(_consent(*columns))
    return found


def _consent_columns(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    c = table.c
    time = sa.type_coerce(c.time, sa.BigInteger)
    return [c.purpose, c.channel, c.brand, c.decision, time, c.source, c.proof]


def _consent(purpose: str, channel: str, brand: str, decision: str, time: int, source: str, proof: str) -> Consent:
    return Consent(purpose, channel, brand, _DECISIONS[decision], time, source, proof)


def _zones_and_locales(asked: sa.FromClause) -> sa.Select[*tuple[Any, ...]]:
    c = ATTRIBUTE.c
    owned = c.customer_id == asked.c.customer_id
    return (
        sa.select(c.customer_id, c.name, c.value)
        .join_from(asked, ATTRIBUTE, owned)
        .where(c.name.in_(("zone", "locale")))
    )


def _set_turns(given: sa.FromClause) -> sa.Update:
    same = sa.and_(ATTRIBUTE.c.customer_id == given.c.customer_id, ATTRIBUTE.c.name == given.c.name)
    return sa.update(ATTRIBUTE).where(same).values(turns=given.c.turns)


_SET_TURNS = OverRows([ATTRIBUTE.c.customer_id, ATTRIBUTE.c.name, ATTRIBUTE.c.turns], _set_turns, name="given")
_ZONES_AND_LOCALES = OverRows([ATTRIBUTE.c.customer_id], _zones_and_locales)
_DECISIONS: Mapping[str, Decision] = {decision.value: decision for decision in Decision}

VALUES = History(ATTRIBUTE_VALUE, ValueRow)
MARKS = History(TAG_MARK, MarkRow)
DECISIONS = History(CONSENT_DECISION, DecisionRow)

# (customer, name, sealed value, source, time, when what is derived from it turns)
ATTRIBUTES = Projection(
    ATTRIBUTE,
    [
        ATTRIBUTE.c.customer_id,
        ATTRIBUTE.c.name,
        ATTRIBUTE.c.value,
        ATTRIBUTE.c.source,
        _plain(ATTRIBUTE.c.time),
        _plain(ATTRIBUTE.c.turns),
    ],
)
TAGS = Projection(
    TAG,
    [TAG.c.customer_id, TAG.c.tag, TAG.c.present, _plain(TAG.c.time), TAG.c.source, _plain(TAG.c.expires)],
)
CONSENTS = Projection(CONSENT, [CONSENT.c.customer_id, *_consent_columns(CONSENT)])
