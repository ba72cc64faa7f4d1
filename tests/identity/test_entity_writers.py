"""Writers of entities at the same time: nobody deadlocks, nothing is lost, the feed's last word is how it is."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from support.entities import entity, entity_event, get_entities, ingest_entity_events, put_entities
from support.feeds import changes
from support.people import values
from tidegate.api.identity.v1 import changes_pb2, entities_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.entity import EntityKey, EntityKind
from tidegate.identity.store import entities
from tidegate.identity.store.tables import METADATA
from tidegate.runtime.db import Database

WRITERS = 4
STEPS = 40
AT_ONCE = 20
NAMES = [f"{kind} {number}" for kind in ("staff", "store", "chat_group") for number in range(10)]


def test_what_all_say_of_the_same_entities_is_kept(identity: IdentityServiceStub) -> None:
    """Some entities are new for all of them at once, and every batch has an order of its own."""

    def write(writer: int) -> dict[str, int]:
        chance, last = random.Random(writer), {}
        for step in range(STEPS):
            chosen = chance.sample(NAMES, AT_ONCE)
            attributes = {f"w{writer}": step}
            results = put_entities(identity, *(entity(name, attributes=attributes) for name in chosen))
            assert all(result.entity.attributes[f"w{writer}"].int_value == step for result in results)
            last.update(dict.fromkeys(chosen, step))
        return last

    with ThreadPoolExecutor(WRITERS) as pool:
        written = list(pool.map(write, range(WRITERS)))
    expected = {
        name: {f"w{writer}": last[name] for writer, last in enumerate(written) if name in last} for name in NAMES
    }
    found = dict(zip(NAMES, get_entities(identity, *NAMES), strict=True))
    assert {name: dict(result.entity.attributes) for name, result in found.items()} == {
        name: values(attributes) for name, attributes in expected.items()
    }
    announced = [
        change.entity_changed for change in changes(identity, changes_pb2.ListChangesRequest(page_size=10_000))
    ]
    assert len(announced) == WRITERS * STEPS * AT_ONCE
    told: dict[tuple[int, str], dict[str, int]] = {}
    for each in announced:
        before = told.get((each.entity.kind, each.entity.entity_id), {})
        after = {name: given.int_value for name, given in each.attributes.items()}
        assert all(after.get(name, -1) >= step for name, step in before.items()), "announced behind a later change"
        told[each.entity.kind, each.entity.entity_id] = after
    assert [told[r.entity.kind, r.entity.entity_id] for r in found.values()] == list(expected.values())


def test_addresses_that_are_replaced_at_once_are_never_mixed(identity: IdentityServiceStub) -> None:
    def write(writer: int) -> None:
        for step in range(STEPS):
            given = [f"wecom.robot {writer}-{step}-{place}" for place in range(3)]
            put_entities(identity, entity("chat_group g", *given), entity("staff s", *given))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    group, staff = (result.entity for result in get_entities(identity, "chat_group g", "staff s"))
    assert group.addresses == staff.addresses
    assert len({each.value.rpartition("-")[0] for each in group.addresses}) == 1
    assert [each.value[-1] for each in group.addresses] == ["0", "1", "2"]


def test_one_event_sent_by_all_at_once_is_stored_once(identity: IdentityServiceStub) -> None:
    put_entities(identity, entity("staff li"), entity("store wuhan"))

    def write(writer: int) -> list[entities_pb2.EntityEventResult]:
        given = [entity_event(str(n), ("staff li", "store wuhan")[n % 2]) for n in range(60)]
        random.Random(writer).shuffle(given)
        return [
            result
            for start in range(0, 60, 20)
            for result in ingest_entity_events(identity, *given[start : start + 20])
        ]

    with ThreadPoolExecutor(WRITERS) as pool:
        results = [result for each in pool.map(write, range(WRITERS)) for result in each]
    assert sum(not result.duplicate for result in results) == 60
    request = changes_pb2.ListChangesRequest(page_size=10_000, kinds=["entity_event_recorded"])
    ids = [change.entity_event_recorded.event.event_id for change in changes(identity, request)]
    assert sorted(ids, key=int) == [str(number) for number in range(60)]


def test_who_holds_entities_waits_for_others_and_never_in_a_circle(open_database: Callable[..., Database]) -> None:
    """Transactions that nobody runs again: a deadlock would be an error. Old and new entities come mixed."""
    database = open_database(METADATA, "identity")

    def hold(writer: int) -> int:
        chance, held = random.Random(writer), 0
        for step in range(60):
            keys = [EntityKey(EntityKind.STAFF, str(number)) for number in range(step * 5, step * 5 + 25)]
            chance.shuffle(keys)
            with database.write() as connection:
                held += len(entities.hold(connection, keys[:20], now=step))
        return held

    with ThreadPoolExecutor(WRITERS) as pool:
        assert list(pool.map(hold, range(WRITERS))) == [60 * 20] * WRITERS
