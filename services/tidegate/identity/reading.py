"""Reading: customers as they are now, aliases followed, with what their projections hold."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.keys import KeyMaker
from tidegate.identity.model import (
    ALWAYS,
    Conflict,
    ConflictReason,
    ConflictState,
    Consent,
    Customer,
    Held,
    Key,
    Link,
    Merge,
    Scalar,
    Span,
    StoredEvent,
)
from tidegate.identity.registry import Registry
from tidegate.identity.store import conflicts, events, links, profiles
from tidegate.identity.store.events import FoundEvent
from tidegate.identity.tags import with_those_below
from tidegate.identity.values import from_text, to_text
from tidegate.identity.vault import CONFLICT, EVENT, Vault, about_attribute, about_identifier
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import NotFound

Reference = int | Key
"""A customer by id or by an identifier."""


class Reached(NamedTuple):
    """Where messages reach a customer: (namespace, value) of addresses, the best first, and what they need."""

    customer_id: int
    position: int
    addresses: Sequence[tuple[str, str]]
    consents: Sequence[Consent]
    zone: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What customers are searched by: all of it must be so."""

    keys: Sequence[Key]
    tags: Sequence[str]
    attributes: Sequence[tuple[str, Scalar]]
    first_seen: Span = ALWAYS
    created: Span = ALWAYS


class Reader:
    """Answers questions about customers; every answer shows one state of everything."""

    def __init__(self, database: Database, *, registry: Registry, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._vault = vault
        self._clock = clock

    def resolve(self, references: Collection[Reference]) -> dict[Reference, int]:
        """The customers that references lead to now; those that lead nowhere are left out."""
        with self._database.snapshot() as connection:
            return canonical_ids(connection, references, now=self._now())

    def found(self, lookups: Collection[str]) -> dict[str, int]:
        """The customers that identifiers lead to now, by lookup; those that lead nowhere are left out."""
        with self._database.read() as connection:
            return {
                lookup: link.customer_id for lookup, link in links.find(connection, lookups, now=self._now()).items()
            }

    def the_customer(self, reference: Reference) -> int:
        """The customer that a reference leads to now. Raises NotFound."""
        found = self.resolve([reference])
        if reference not in found:
            raise not_found(reference)
        return found[reference]

    def customers(self, references: Collection[Reference]) -> dict[Reference, Customer]:
        """The customers that references lead to; those that lead nowhere are left out."""
        with self._database.snapshot() as connection:
            resolved = canonical_ids(connection, references, now=self._now())
            found = self.load(connection, set(resolved.values()))
        return {reference: found[customer_id] for reference, customer_id in resolved.items()}

    def reached(
        self, customer_ids: Collection[int], *, namespaces: Collection[str] = (), with_consents: bool = True
    ) -> dict[int, Reached]:
        """Where messages reach customers, by the ids asked for: their addresses in ``namespaces``, in all for none."""
        with self._database.snapshot() as connection:
            asked = links.customers(connection, customer_ids)
            canonical = {row.canonical_id for row in asked.values()}
            rows = asked | links.customers(connection, canonical - asked.keys())
            linked = links.of_customers(connection, canonical, now=self._now())
            decided = profiles.consents(connection, canonical) if with_consents else {}
            held = self._texts(connection, canonical)
        keys = self._registry.current().keys
        found = {
            i: Reached(
                i,
                rows[i].position,
                self._addresses(keys, linked.get(i, ()), namespaces),
                decided.get(i, ()),
                held.get((i, "zone"), ""),
                held.get((i, "locale"), ""),
            )
            for i in canonical
        }
        return {i: found[row.canonical_id] for i, row in asked.items()}

    def search(self, conditions: Conditions, *, after: int, limit: int) -> list[Customer]:
        """Customers that meet all conditions, by rising id behind ``after``; who has a tag has those above it."""
        groups = self._registry.current().tag_groups
        lookups = [self._vault.lookup(about_attribute(name), to_text(value)) for name, value in conditions.attributes]
        with self._database.snapshot() as connection:
            ids = links.search(
                connection,
                customer_ids=self._among(connection, conditions.keys),
                tags=[with_those_below(tag, groups) for tag in conditions.tags],
                attributes=lookups,
                first_seen=conditions.first_seen,
                created=conditions.created,
                after=after,
                limit=limit,
                now=self._now(),
            )
            found = self.load(connection, ids)
        return [found[customer_id] for customer_id in ids]

    def events(
        self,
        customer_id: int,
        *,
        names: Sequence[str],
        span: Span,
        before: tuple[Any, ...] | None,
        limit: int,
    ) -> list[StoredEvent]:
        """Events of a customer, newest first, behind ``before`` (time, source, event id). Raises NotFound."""
        with self._database.snapshot() as connection:
            canonical = canonical_of(connection, [customer_id]).get(customer_id)
            if canonical is None:
                raise NotFound("customer", customer_id)
            return self.events_of(connection, canonical, names=names, span=span, before=before, limit=limit)

    def customer_in(self, connection: sa.Connection, reference: Reference) -> int:
        """The customer that a reference leads to, as the transaction of ``connection`` sees it. Raises NotFound."""
        found = canonical_ids(connection, [reference], now=self._now())
        if reference not in found:
            raise not_found(reference)
        return found[reference]

    def events_of(
        self,
        connection: sa.Connection,
        customer_id: int,
        *,
        names: Sequence[str],
        span: Span,
        before: tuple[Any, ...] | None,
        limit: int,
    ) -> list[StoredEvent]:
        """The same of a customer that is no alias, as the transaction of ``connection`` sees them."""
        found = events.page(
            connection, customer_id, names=names, start=span.start, end=span.end, before=before, limit=limit
        )
        return [self._event(event) for event in found]

    def decisions(self, customer_id: int, *, before: tuple[Any, ...] | None, limit: int) -> list[Consent]:
        """All decisions that were ever recorded of a customer, newest first."""
        with self._database.snapshot() as connection:
            return profiles.decisions_page(connection, customer_id, before=before, limit=limit)

    def tags(self, *, group: str, after: str, limit: int) -> list[tuple[str, int]]:
        """Tags in use, in alphabetical order, with how many customers have each."""
        with self._database.snapshot() as connection:
            return profiles.tags_page(connection, group=group, after=after, limit=limit, now=self._now())

    def conflicts(self, *, state: ConflictState | None, customer_id: int, after: str, limit: int) -> list[Conflict]:
        """Conflicts behind the id ``after``, the oldest first; of one customer, or (0) of all. Raises NotFound."""
        with self._database.snapshot() as connection:
            canonical = _one_or_all(connection, customer_id)
            rows = conflicts.conflicts_page(connection, state=state, customer_id=canonical, after=after, limit=limit)
            now = canonical_of(connection, {i for row in rows for i in row["customer_ids"]})
        return [self._conflict(row, now) for row in rows]

    def conflict(self, conflict_id: str) -> Conflict:
        """One conflict. Raises NotFound."""
        with self._database.snapshot() as connection:
            row = conflicts.get(connection, conflict_id)
            if row is None:
                raise NotFound("conflict", conflict_id)
            return self._conflict(row, canonical_of(connection, row["customer_ids"]))

    def merges(self, *, customer_id: int, after: str, limit: int) -> list[Merge]:
        """Merges behind the id ``after``, the oldest first; of one customer, or (0) of all. Raises NotFound."""
        with self._database.snapshot() as connection:
            canonical = _one_or_all(connection, customer_id)
            aliases = links.aliases(connection, [canonical] if canonical else [])
            ids = {canonical, *aliases.get(canonical, ())} if canonical else set()
            return conflicts.merges_page(connection, customer_ids=ids, after=after, limit=limit)

    def _among(self, connection: sa.Connection, keys: Sequence[Key]) -> set[int] | None:
        """The customers that all of ``keys`` lead to; None when there are no keys."""
        if not keys:
            return None
        found = links.find(connection, {key.lookup for key in keys}, now=self._now())
        if len(found) < len({key.lookup for key in keys}):
            return set()
        ids = {link.customer_id for link in found.values()}
        return ids if len(ids) == 1 else set()

    def load(self, connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, Customer]:
        """Customers by id, none of them an alias, as the transaction of ``connection`` sees them."""
        rows = links.customers(connection, customer_ids)
        aliases = links.aliases(connection, customer_ids)
        linked = links.of_customers(connection, customer_ids, now=self._now())
        held = self._attributes(connection, customer_ids)
        marks = profiles.tag_marks(connection, customer_ids)
        decided = profiles.consents(connection, customer_ids)
        keys, now = self._registry.current().keys, self._now()
        return {
            i: Customer(
                customer_id=i,
                first_seen=row.first_seen,
                created=row.created,
                position=row.position,
                alias_ids=tuple(aliases.get(i, ())),
                links=tuple(map(self._link, _by_priority(keys, linked.get(i, ())))),
                attributes=held.get(i, {}),
                tags={tag: mark for tag, mark in marks.get(i, {}).items() if mark.is_on(now)},
                consents=tuple(decided.get(i, ())),
            )
            for i, row in rows.items()
        }

    def _now(self) -> int:
        return micros(self._clock.now())

    def _attributes(self, connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, dict[str, Held]]:
        """Values in force; what was cleared is left out."""
        found: dict[int, dict[str, Held]] = {}
        for customer_id, name, text, source, time, _ in profiles.ATTRIBUTES.of(connection, customer_ids):
            value = from_text(self._vault.unseal(text, about_attribute(name)))
            if value is not None:
                found.setdefault(customer_id, {})[name] = Held(value, time, source)
        return found

    def _texts(self, connection: sa.Connection, customer_ids: Collection[int]) -> dict[tuple[int, str], str]:
        """Zones and locales, by customer and name of the attribute."""
        return {
            (customer_id, name): str(value)
            for customer_id, name, text in profiles.zones_and_locales(connection, customer_ids)
            if (value := from_text(self._vault.unseal(text, about_attribute(name)))) is not None
        }

    def _addresses(self, keys: KeyMaker, found: Sequence[Link], namespaces: Collection[str]) -> list[tuple[str, str]]:
        wanted = (link for link in found if not namespaces or link.namespace in namespaces)
        addresses = _by_priority(keys, (link for link in wanted if keys.is_address(link.namespace)))
        addresses.sort(key=lambda link: link.invalid_since is not None)
        return [(link.namespace, self._value(link.namespace, link.value)) for link in addresses]

    def _link(self, link: Link) -> Link:
        return link._replace(value=self._value(link.namespace, link.value))

    def _value(self, namespace: str, sealed: str) -> str:
        return self._vault.unseal(sealed, about_identifier(namespace))

    def _event(self, found: FoundEvent) -> StoredEvent:
        row = found.row
        highest = [] if found.highest is None else [(found.highest[0], self._value(*found.highest))]
        others = json.loads(self._vault.unseal(row.others, EVENT)) if row.others else []
        return StoredEvent(
            source=row.source,
            event_id=row.event_id,
            time=row.time,
            received=row.received,
            original_id=row.original_id,
            identifiers=tuple((namespace, value) for namespace, value in (*highest, *others)),
            body=self._vault.unseal_body(row.body),
        )

    def _conflict(self, row: sa.RowMapping, now: dict[int, int]) -> Conflict:
        customer_ids = dict.fromkeys(now.get(i, i) for i in row["customer_ids"])
        identifiers = json.loads(self._vault.unseal(row["identifiers"], CONFLICT))
        return Conflict(
            conflict_id=row["id"],
            state=ConflictState(row["state"]),
            reason=ConflictReason(row["reason"]),
            namespace=row["namespace"],
            customer_ids=tuple(customer_ids),
            identifiers=tuple((namespace, value) for namespace, value in identifiers),
            source=row["source"],
            event_id=row["event_id"],
            created=micros(row["created"]),
            resolved=None if row["resolved"] is None else micros(row["resolved"]),
            note=row["note"],
        )


def not_found(reference: Reference) -> NotFound:
    """The error for a reference that leads nowhere; it does not repeat an identifier's value."""
    return NotFound("customer", reference if isinstance(reference, int) else f"with this {reference.namespace}")


def _one_or_all(connection: sa.Connection, customer_id: int) -> int:
    """The customer that an id leads to; 0, which means all, stays. Raises NotFound."""
    if customer_id and not (found := canonical_of(connection, [customer_id])):
        raise NotFound("customer", customer_id)
    return found[customer_id] if customer_id else 0


def _by_priority(keys: KeyMaker, found: Iterable[Link]) -> list[Link]:
    return sorted(found, key=lambda link: -keys.priority(link.namespace))


def canonical_of(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, int]:
    """The customers that ids belong to now; those that are nobody's are left out."""
    return {i: row.canonical_id for i, row in links.customers(connection, customer_ids).items()}


def canonical_ids(connection: sa.Connection, references: Collection[Reference], *, now: int) -> dict[Reference, int]:
    """The customers that references lead to at ``now``; those that lead nowhere are left out."""
    ids = {reference for reference in references if isinstance(reference, int) and reference}
    keys = {reference for reference in references if isinstance(reference, Key)}
    by_id = links.customers(connection, ids)
    by_key = links.find(connection, {key.lookup for key in keys}, now=now)
    found: dict[Reference, int] = {i: row.canonical_id for i, row in by_id.items()}
    return found | {key: by_key[key.lookup].customer_id for key in keys if key.lookup in by_key}
