"""Households and accounts: kept with facts about them, and read back. Who belongs to them, relations say."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.relations import RelationKind
from tidegate.identity.store import households as store
from tidegate.identity.store.households import HouseholdRow
from tidegate.identity.vault import HOUSEHOLD, Vault
from tidegate.identity.writing import racing
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import NotFound, Unavailable

HOUSEHOLDS = frozenset((RelationKind.HOUSEHOLD, RelationKind.ACCOUNT))


class HouseholdKey(NamedTuple):
    """Which one: ``kind`` is one of HOUSEHOLDS."""

    kind: RelationKind
    household_id: str


class HouseholdUpsert(NamedTuple):
    """What is told of one. Attributes are JSON documents; None clears one, and those not named stay."""

    key: HouseholdKey
    attributes: Mapping[str, Any]


class Household(NamedTuple):
    """One as it is kept; instants are microseconds since the epoch."""

    key: HouseholdKey
    attributes: Mapping[str, Any]
    created: int
    updated: int


class Households:
    """Keeps and reads households and accounts."""

    def __init__(self, database: Database, *, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def put(self, upserts: Sequence[HouseholdUpsert]) -> list[bool]:
        """Creates or updates them, in order, in one transaction; says of each whether it is new."""
        try:
            return self._database.run(lambda connection: self._put(connection, upserts))
        except LostRace as error:
            raise Unavailable("too many writers change the same households; send the batch again") from error

    def get(self, keys: Collection[HouseholdKey]) -> dict[HouseholdKey, Household]:
        """Those that are known."""
        with self._database.read() as connection:
            found = map(self._household, store.find(connection, keys))
            return {each.key: each for each in found}

    def page(self, kind: RelationKind, *, after: str, limit: int) -> list[Household]:
        """Those of a kind behind the id ``after``, by id."""
        with self._database.read() as connection:
            return list(map(self._household, store.page(connection, kind, after=after, limit=limit)))

    def _put(self, connection: sa.Connection, upserts: Sequence[HouseholdUpsert]) -> list[bool]:
        stored = map(self._household, store.find(connection, {upsert.key for upsert in upserts}))
        known = {each.key: each.attributes for each in stored}
        created = []
        for key, attributes in upserts:
            created.append(key not in known)
            merged = {**known.get(key, {}), **attributes}
            known[key] = {name: value for name, value in merged.items() if value is not None}
        texts: dict[tuple[str, str], str] = {
            key: self._vault.seal(json.dumps(has, ensure_ascii=False), HOUSEHOLD) for key, has in known.items()
        }
        with racing():
            store.put(connection, texts, now=micros(self._clock.now()))
        return created

    def _household(self, row: HouseholdRow) -> Household:
        attributes = json.loads(self._vault.unseal(row.attributes, HOUSEHOLD))
        return Household(HouseholdKey(RelationKind(row.kind), row.id), attributes, row.created, row.updated)


def not_found(key: HouseholdKey) -> NotFound:
    """The error for one that is not known."""
    return NotFound(key.kind, key.household_id)
