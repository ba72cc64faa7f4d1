"""Entities in the database: what tells who a person is lies sealed, and a batch takes as many statements as one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from support.schemas import bring_up
from tidegate.api.identity.v1 import entities_pb2
from tidegate.identity.entities import Entities
from tidegate.identity.entity import Address, Entity, EntityKey, EntityKind, EntityOccurrence, EntityUpsert, Typed
from tidegate.identity.entity_events import EntityEvents
from tidegate.identity.model import Span
from tidegate.identity.registry import Registry
from tidegate.identity.store.tables import ENTITY, ENTITY_ADDRESS, ENTITY_ATTRIBUTE, ENTITY_EVENT, FEED
from tidegate.identity.vault import Vault
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.runtime.keyring import Keyring

KEYRING = Keyring(None, original=b"s" * 32, purpose="test")
LI = EntityKey(EntityKind.STAFF, "li")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with identity's tables."""
    opened = Database.open(database_url, schema="identity")
    bring_up(opened, "identity")
    yield opened
    opened.close()


@pytest.fixture
def entities(database: Database, clock: ManualClock) -> Entities:
    vault = Vault(b"k" * 32, KEYRING)
    registry = Registry(database, vault)
    return Entities(database, registry=registry, vault=vault, feed=Feed(database, FEED), clock=clock)


@pytest.fixture
def events(database: Database, clock: ManualClock) -> EntityEvents:
    return EntityEvents(database, vault=Vault(b"k" * 32, KEYRING), feed=Feed(database, FEED), clock=clock)


def upsert(entity_id: str, step: int = 0) -> EntityUpsert:
    return EntityUpsert(
        path="entities[0]",
        key=EntityKey(EntityKind.STAFF, entity_id),
        display_name="Li Lei",
        attributes={"city": Typed("string_value", "Wuhan"), f"s{step}": Typed("int_value", step), f"s{step - 1}": None},
        addresses=(Address("phone", "+8613800138000"), Address("wecom.robot", f"key-{step}")),
    )


def occurrence(event_id: str) -> EntityOccurrence:
    body = entities_pb2.EntityEvent(source="wecom", event_id=event_id, name="joined").SerializeToString()
    return EntityOccurrence(LI, "wecom", event_id, 1, body, {"name": Typed("string_value", "Han Mei")})


def everything(database: Database) -> str:
    with database.read() as connection:
        tables = (ENTITY, ENTITY_ATTRIBUTE, ENTITY_ADDRESS, ENTITY_EVENT, FEED.entries)
        return str([connection.execute(sa.select(table)).all() for table in tables])


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        if arguments[2] != "BEGIN" and "definition" not in str(arguments[2]):  # read anew about once a second
            sent.append(str(arguments[2]))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(database.engine, "before_cursor_execute", note)


def test_values_addresses_and_names_lie_sealed(database: Database, entities: Entities, events: EntityEvents) -> None:
    (put,) = entities.upsert([upsert("li")])
    events.record([occurrence("1")])
    stored = everything(database)
    for secret in ("Li Lei", "13800138000", "key-0", "Han Mei"):
        assert secret not in stored
    assert isinstance(put, Entity)
    assert entities.get([LI]) == {LI: put}
    (event,) = events.page(LI, span=Span(), before=None, limit=1)
    assert event == occurrence("1")


def test_a_batch_takes_as_many_statements_as_one_entity(
    database: Database, entities: Entities, events: EntityEvents
) -> None:
    entities.upsert([upsert("li")])
    with counted(database) as one:
        entities.upsert([upsert("li", step=1)])
    with counted(database) as all_new:
        entities.upsert([upsert(f"s-{number}", step=1) for number in range(500)])
    with counted(database) as all_known:
        entities.upsert([upsert(f"s-{number}", step=2) for number in range(500)])
    with counted(database) as one_event:
        events.record([occurrence("one")])
    with counted(database) as many_events:
        events.record([occurrence(f"e-{number}") for number in range(500)])
    assert len(all_known) == len(one), (one, all_known)
    assert len(all_new) <= len(one)
    assert len(many_events) == len(one_event)
