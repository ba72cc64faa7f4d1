"""Events of entities: each is stored once by its source and id, and announced."""

import json
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.identity.entity import EntityKey, EntityOccurrence, Typed
from tidegate.identity.entity_messages import entity_event_recorded
from tidegate.identity.model import Span
from tidegate.identity.store import entities, entity_events
from tidegate.identity.store.entity_events import EntityEventRow
from tidegate.identity.store.events import EventKey
from tidegate.identity.values import typed_from_text, typed_to_text
from tidegate.identity.vault import ENTITY, Vault
from tidegate.identity.writing import racing
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import NotFound, TidegateError, Unavailable
from tidegate.runtime.feed import Feed


class Stored(NamedTuple):
    """What became of an event: it was stored, now or, as a ``duplicate``, before."""

    duplicate: bool


Result = Stored | TidegateError


class EntityEvents:
    """Records events of entities and gives them back."""

    def __init__(self, database: Database, *, vault: Vault, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._feed = feed
        self._clock = clock

    def record(self, occurrences: Sequence[EntityOccurrence]) -> list[Result]:
        """Records events in one transaction; says what became of each. One of an unknown entity is NotFound."""
        if not occurrences:
            return []
        now = micros(self._clock.now())
        try:
            return self._database.run(lambda connection: self._record(connection, occurrences, now))
        except LostRace as error:
            raise Unavailable("too many writers report the same events; send the batch again") from error

    def page(
        self, key: EntityKey, *, span: Span, before: tuple[int, str, str] | None, limit: int
    ) -> list[EntityOccurrence]:
        """Events of an entity, newest first, behind ``before`` (time, source, event id). Raises NotFound."""
        with self._database.snapshot() as connection:
            if not entities.find(connection, [key]):
                raise not_found(key)
            rows = entity_events.page(connection, key, start=span.start, end=span.end, before=before, limit=limit)
        return [
            EntityOccurrence(key, row.source, row.event_id, row.time, row.body, self._unsealed(row.personal))
            for row in rows
        ]

    def _record(self, connection: sa.Connection, occurrences: Sequence[EntityOccurrence], now: int) -> list[Result]:
        seen = entity_events.known(connection, list({_event_key(each) for each in occurrences}))
        existing = {row.key for row in entities.find(connection, {each.key for each in occurrences})}
        results: list[Result] = []
        fresh = []
        for each in occurrences:
            duplicate = _event_key(each) in seen
            if not duplicate and each.key not in existing:
                results.append(not_found(each.key))
                continue
            results.append(Stored(duplicate))
            if not duplicate:
                seen.add(_event_key(each))
                fresh.append(each)
        self._feed.append(connection, [entity_event_recorded(each, now=now) for each in fresh])
        with racing():
            entity_events.add(connection, [self._row(each) for each in fresh])
        return results

    def _row(self, each: EntityOccurrence) -> EntityEventRow:
        return EntityEventRow(
            each.source, each.event_id, *each.key, each.time, each.body, self._sealed(each) if each.personal else None
        )

    def _sealed(self, each: EntityOccurrence) -> str:
        texts = {name: typed_to_text(value) for name, value in each.personal.items()}
        return self._vault.seal(json.dumps(texts, ensure_ascii=False), ENTITY)

    def _unsealed(self, personal: str | None) -> dict[str, Typed]:
        texts = {} if personal is None else json.loads(self._vault.unseal(personal, ENTITY))
        return {name: typed_from_text(text) for name, text in texts.items()}


def not_found(key: EntityKey) -> NotFound:
    """The error for an entity that does not exist."""
    return NotFound(key.kind.noun, key.entity_id)


def _event_key(each: EntityOccurrence) -> EventKey:
    return each.source, each.event_id
