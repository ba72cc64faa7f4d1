"""Entities: staff, stores, and chat groups are taken in batches and read back.

One transaction a batch, one statement a step, whatever the batch's size: whether the stores named exist → hold the
entities in the order of their keys → apply (pure) → announce → write. A transaction that finds a later change
announced before its own runs again, so that the newest announcement of an entity says how it is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from tidegate.identity.entity import (
    Address,
    Entity,
    EntityKey,
    EntityKind,
    EntityUpsert,
    TooManyAttributes,
    Typed,
    applied,
)
from tidegate.identity.entity_messages import entity_changed
from tidegate.identity.registry import Registry
from tidegate.identity.store import entities as store
from tidegate.identity.store.entities import AddressRow, AttributeRow, EntityRow
from tidegate.identity.values import typed_from_text, typed_to_text
from tidegate.identity.vault import ENTITY, Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import InvalidArgument, NotFound, TidegateError, Unavailable
from tidegate.runtime.feed import Feed

Result = Entity | TidegateError
Changed = Sequence[tuple[Entity, Entity]]
"""Entities that are different: before, and after."""


class Entities:
    """Creates, changes, and reads entities."""

    def __init__(self, database: Database, *, registry: Registry, vault: Vault, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._vault = vault
        self._feed = feed
        self._clock = clock

    def upsert(self, upserts: Sequence[EntityUpsert]) -> list[Result]:
        """Takes ``upserts`` in order, in one transaction; gives each its entity as it is afterwards.

        One that is refused (its store does not exist, it would have too many attributes) leaves the others unaffected.
        """
        if not upserts:
            return []
        personal, now = self._registry.current().personal, micros(self._clock.now())
        try:
            return self._database.run(lambda connection: self._upsert(connection, upserts, personal, now))
        except LostRace as error:
            raise Unavailable("too many writers change the same entities; send the batch again") from error

    def get(self, keys: Collection[EntityKey]) -> dict[EntityKey, Entity]:
        """Those of the entities that exist."""
        with self._database.snapshot() as connection:
            return self._load(connection, store.find(connection, keys))

    def page(self, kind: EntityKind, *, store_id: str, after: str, limit: int) -> list[Entity]:
        """Entities of a kind behind the id ``after``, by id, those of a store (empty: all)."""
        with self._database.snapshot() as connection:
            rows = store.page(connection, kind, store_id=store_id, after=after, limit=limit)
            return list(self._load(connection, rows).values())

    def _upsert(
        self, connection: sa.Connection, upserts: Sequence[EntityUpsert], personal: Collection[str], now: int
    ) -> list[Result]:
        refused = _without_store(connection, upserts)
        taken = {place: upsert for place, upsert in enumerate(upserts) if place not in refused}
        keys = {upsert.key for upsert in taken.values()}
        before = self._load(connection, store.hold(connection, keys, now=now))
        after = _applied(before, taken, refused)
        changed = [(before[key], entity) for key, entity in after.items() if entity != before[key] or _is_new(entity)]
        changed.sort(key=lambda each: each[1].key.kind is not EntityKind.STORE)  # stores before who belongs to them
        position = self._feed.append(connection, [entity_changed(entity, personal, now=now) for _, entity in changed])
        if any(was.position > position for was, _ in changed):
            raise LostRace("a change with a higher position was faster")
        changed = [(was, replace(entity, updated=now, position=position)) for was, entity in changed]
        self._write(connection, changed)
        after.update({entity.key: entity for _, entity in changed})
        return [refused[place] if place in refused else after[upsert.key] for place, upsert in enumerate(upserts)]

    def _write(self, connection: sa.Connection, changed: Changed) -> None:
        store.put(connection, [self._row(entity) for _, entity in changed])
        store.put_attributes(connection, list(self._attribute_rows(changed)))
        store.clear_attributes(connection, list(_cleared(changed)))
        moved = [entity for was, entity in changed if entity.addresses != was.addresses]
        rows = [row for entity in moved for row in self._address_rows(entity)]
        store.replace_addresses(connection, [entity.key for entity in moved], rows)

    def _load(self, connection: sa.Connection, rows: Sequence[EntityRow]) -> dict[EntityKey, Entity]:
        keys = [row.key for row in rows]
        attributes: dict[EntityKey, dict[str, Typed]] = {key: {} for key in keys}
        for kind, entity_id, name, value in store.attributes(connection, keys):
            attributes[EntityKey(EntityKind(kind), entity_id)][name] = typed_from_text(
                self._vault.unseal(value, ENTITY)
            )
        addresses: dict[EntityKey, list[Address]] = {key: [] for key in keys}
        for row in store.addresses(connection, keys):
            found = Address(row.namespace, self._vault.unseal(row.value, ENTITY))
            addresses[EntityKey(EntityKind(row.kind), row.entity_id)].append(found)
        return {
            row.key: Entity(
                key=row.key,
                display_name=self._vault.unseal(row.display_name, ENTITY) if row.display_name else "",
                attributes=attributes[row.key],
                addresses=tuple(addresses[row.key]),
                store_id=row.store_id,
                archived=row.archived,
                created=row.created,
                updated=row.updated,
                position=row.position,
            )
            for row in rows
        }

    def _row(self, entity: Entity) -> EntityRow:
        return EntityRow(
            *entity.key,
            self._vault.seal(entity.display_name, ENTITY) if entity.display_name else "",
            entity.store_id,
            entity.archived,
            entity.created,
            entity.updated,
            entity.position,
        )

    def _attribute_rows(self, changed: Changed) -> Iterator[AttributeRow]:
        for was, entity in changed:
            for name, value in entity.attributes.items():
                if was.attributes.get(name) != value:
                    yield AttributeRow(*entity.key, name, self._vault.seal(typed_to_text(value), ENTITY))

    def _address_rows(self, entity: Entity) -> Iterator[AddressRow]:
        for place, (namespace, value) in enumerate(entity.addresses):
            lookup = self._vault.lookup(namespace, value)
            yield AddressRow(*entity.key, lookup, place, namespace, self._vault.seal(value, ENTITY))


def _applied(
    before: Mapping[EntityKey, Entity], taken: Mapping[int, EntityUpsert], refused: dict[int, TidegateError]
) -> dict[EntityKey, Entity]:
    """What ``taken`` makes of entities, one after the other; notes those that are refused, by their places."""
    after = dict(before)
    for place, upsert in taken.items():
        try:
            after[upsert.key] = applied(after[upsert.key], upsert)
        except TooManyAttributes as error:
            refused[place] = InvalidArgument.at(f"{upsert.path}.attributes", str(error))
    return after


def _without_store(connection: sa.Connection, upserts: Sequence[EntityUpsert]) -> dict[int, TidegateError]:
    """The upserts whose store neither exists nor comes with the batch, by place, with their errors."""
    named = {EntityKey(EntityKind.STORE, upsert.store_id) for upsert in upserts if upsert.store_id}
    missing = named - {upsert.key for upsert in upserts}
    missing -= {row.key for row in store.find(connection, missing)}
    return {
        place: NotFound(EntityKind.STORE.noun, upsert.store_id)
        for place, upsert in enumerate(upserts)
        if (EntityKind.STORE, upsert.store_id) in missing
    }


def _is_new(entity: Entity) -> bool:
    return entity.position == 0


def _cleared(changed: Changed) -> Iterator[tuple[str, str, str]]:
    for was, entity in changed:
        for name in was.attributes.keys() - entity.attributes.keys():
            yield *entity.key, name
