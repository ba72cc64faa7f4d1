"""Personal data at rest: nothing readable lies in the database, and keys change while everybody goes on."""

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from support import server
from support.patience import wait_until
from support.people import at, customer, event, identifier, ingest, put, upsert, value, who
from support.sealed import die_in_the_middle, everything, keys_in_use, make_plain, opened, resealer_of, sealed_columns
from support.server import Suite
from support.status import failure_of
from tidegate.api.identity.v1 import customers_pb2, entities_pb2, events_pb2, merges_pb2, relations_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.model import Namespace, NormalForm
from tidegate.identity.normalise import UnusableIdentifier, normal_value
from tidegate.identity.store.sealed import SEALED
from tidegate.identity.store.tables import EVENT, IDENTIFIER
from tidegate.runtime import keyring, resealing
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.keyring import ORIGINAL
from tidegate.runtime.resealing import run_to_end
from tidegate.runtime.sealed import Standing

NOW = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)
PHONE, EMAIL, NAME, CITY, NICK = "+8613800138000", "li@shop.example", "Li Xiaolong", "Wulumuqi", "Dragon of the East"


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Suite]:
    """A running service with an empty database, which leaves re-sealing to the tests."""
    monkeypatch.setattr(resealing, "_SETTLING_SECONDS", 3600.0)
    with server.serving(tmp_path, "identity", clock=clock, database_url=database_url) as running:
        yield running


@pytest.fixture
def identity(suite: Suite) -> IdentityServiceStub:
    """A stub of it."""
    return suite.stub("identity", IdentityServiceStub)


def a_known_customer(identity: IdentityServiceStub) -> int:
    """Everything that can be told of somebody: links, values, events, a conflict, something taken off."""
    [made] = put(
        identity,
        upsert(f"phone {PHONE}", f"email {EMAIL}", "member_id m1", time=1, attributes={"name": NAME, "city": CITY}),
    )
    put(identity, upsert("phone 13900139000", "member_id m2", time=2))
    taken = ingest(
        identity,
        event("1", "member_id m1", f"phone {PHONE}", f"email {EMAIL}", time=3, properties={"name": NAME, "nick": NICK}),
        event("2", "member_id m1", "member_id m2", time=4, attributes={"city": CITY}),
    )
    assert taken[1].conflict_id
    identity.UnlinkIdentifier(
        merges_pb2.UnlinkIdentifierRequest(identifier=identifier(f"email {EMAIL}"), reason="not hers")
    )
    store = entities_pb2.Entity(
        kind=entities_pb2.ENTITY_KIND_STAFF,
        entity_id="lin",
        display_name=NAME,
        attributes={"city": value(CITY)},
        addresses=[identifier(f"phone {PHONE}")],
    )
    identity.UpsertEntities(entities_pb2.UpsertEntitiesRequest(entities=[store]))
    seen = entities_pb2.EntityEvent(
        entity=entities_pb2.EntityReference(kind=entities_pb2.ENTITY_KIND_STAFF, entity_id="lin"),
        source="till",
        event_id="1",
        name="met",
        time=at(1),
        properties={"name": value(NAME)},
    )
    identity.IngestEntityEvents(entities_pb2.IngestEntityEventsRequest(events=[seen]))
    home = relations_pb2.Household(
        household_id="h", kind=relations_pb2.RELATION_KIND_HOUSEHOLD, attributes={"name": value(NAME)}
    )
    identity.UpsertHouseholds(relations_pb2.UpsertHouseholdsRequest(households=[home]))
    return made.customer_id


def check_known_customer(identity: IdentityServiceStub, customer_id: int) -> None:
    found = customer(identity, customer_id)
    assert {one.identifier.value for one in found.identifiers} == {PHONE, "m1"}
    assert found.attributes["name"].value.string_value == NAME
    assert found.attributes["city"].value.string_value == CITY
    told = identity.ListCustomerEvents(events_pb2.ListCustomerEventsRequest(customer_id=customer_id)).events
    assert told[-1].event.properties["nick"].string_value == NICK
    assert {each.value for each in told[-1].event.identifiers} >= {PHONE, EMAIL}
    [conflict] = identity.ListConflicts(merges_pb2.ListConflictsRequest()).conflicts
    assert {each.value for each in conflict.identifiers} == {"m1", "m2"}


def test_nobody_can_be_read_from_the_database(suite: Suite, identity: IdentityServiceStub) -> None:
    """What is not personal travels on the feed, by design; nothing else tells anything of anybody."""
    customer_id = a_known_customer(identity)
    with opened(suite.process.settings) as database:
        lying = list(everything(database))
        for value in (PHONE, PHONE.removeprefix("+86"), EMAIL, NAME):
            assert [place for place, text in lying if value in text] == []
        for value in (CITY, NICK):
            assert {place for place, text in lying if value in text} <= {"feed.body"}
        assert sealed_columns(database) == {part.name for part in SEALED.parts}
        assert set().union(*keys_in_use(database).values()) == {ORIGINAL}
    check_known_customer(identity, customer_id)


@pytest.mark.parametrize("form", list(NormalForm))
@given(raw=st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_plain_value_looks_sealed(form: NormalForm, raw: str) -> None:
    try:
        value = normal_value(Namespace(namespace_id="n", normal_form=form), raw)
    except UnusableIdentifier:
        return
    assert not value.startswith(" ")


def test_what_was_stored_plainly_is_read_and_then_sealed(suite: Suite, identity: IdentityServiceStub) -> None:
    customer_id = a_known_customer(identity)
    with opened(suite.process.settings) as database:
        make_plain(suite.process.settings, database)
        assert set().union(*keys_in_use(database).values()) == {""}
        check_known_customer(identity, customer_id)
        resealer = resealer_of(suite.process.settings, database)
        resealer.begin(again=True)
        run_to_end(resealer, lambda _: None)
        assert set().union(*keys_in_use(database).values()) == {ORIGINAL}
    check_known_customer(identity, customer_id)


def test_a_key_that_is_gone_and_a_changed_row_are_told(suite: Suite, identity: IdentityServiceStub) -> None:
    path = suite.process.settings.keys_path
    key_id = keyring.rotate(path, NOW)
    use_up(suite)
    customer_id = a_known_customer(identity)
    with opened(suite.process.settings) as database:
        with database.write() as connection:
            connection.execute(sa.update(EVENT).values(body=sa.func.substr(EVENT.c.body, 1, 40)))
        asked = events_pb2.ListCustomerEventsRequest(customer_id=customer_id)
        assert reason_of(lambda: identity.ListCustomerEvents(asked)) == ("DATA_LOSS", "SEAL_BROKEN", key_id)
        swap(database)
        assert reason_of(lambda: customer(identity, customer_id)) == ("DATA_LOSS", "SEAL_BROKEN", key_id)
        swap(database)
    path.write_text("")
    use_up(suite)
    assert reason_of(lambda: customer(identity, customer_id)) == ("DATA_LOSS", "KEY_MISSING", key_id)


def swap(database: Database) -> None:
    """Puts the values of identifiers of two namespaces in each other's place."""
    i = IDENTIFIER.c
    with database.write() as connection:
        where = i.original_id == sa.select(sa.func.min(i.original_id)).scalar_subquery()
        (one, first), (other, second) = connection.execute(sa.select(i.lookup, i.value).where(where)).all()
        connection.execute(sa.update(IDENTIFIER).where(i.lookup == one).values(value=second))
        connection.execute(sa.update(IDENTIFIER).where(i.lookup == other).values(value=first))


def use_up(suite: Suite) -> None:
    """Has the service look at the keys file now."""
    known = suite.process.runners["identity"]._service
    assert known is not None
    keys = known.servicers[0][1].tools.reader._vault.keyring
    keys._look_again = 0.0
    assert keys.newest


def reason_of(call: Any) -> tuple[str, str, str]:
    with pytest.raises(grpc.RpcError) as raised:
        call()
    failure = failure_of(raised.value)
    return failure.code.name, failure.reason, failure.metadata["id"]


def test_keys_change_while_writers_write(
    suite: Suite, identity: IdentityServiceStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two write, the service re-seals; in the end the new key seals everything and nothing is lost."""
    monkeypatch.setattr(resealing, "_SETTLING_SECONDS", 1.2)
    put(identity, *(person(number) for number in range(300)))
    path = suite.process.settings.keys_path
    stubs = [suite.stub("identity", IdentityServiceStub) for _ in range(2)]
    made: list[str] = []

    def write(writer: int) -> None:
        for turn in range(30):
            if turn == 5 and writer == 0:
                made.append(keyring.rotate(path, NOW))
            changed = range(turn * 7 % 300, turn * 7 % 300 + 40)
            results = put(stubs[writer], *(person(number % 300, f"City {writer}-{turn}", turn) for number in changed))
            assert not [each for each in results if each.HasField("error")]
            recorded = ingest(stubs[writer], *(event(f"{writer}-{turn}-{i}", f"member_id m{i}") for i in range(20)))
            assert not [each for each in recorded if each.HasField("error")]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    with opened(suite.process.settings) as database:
        resealer = resealer_of(suite.process.settings, database)
        wait_until(resealer.is_finished, seconds=60)
        assert set().union(*keys_in_use(database).values()) == set(made)
    found = identity.BatchGetCustomers(
        customers_pb2.BatchGetCustomersRequest(customers=[who(number) for number in range(1, 301)])
    )
    assert {one.customer.attributes["name"].value.string_value for one in found.results} == {
        f"Person {number}" for number in range(300)
    }


def person(number: int, city: str = "Wuhan", time: float = 0) -> customers_pb2.CustomerUpsert:
    return upsert(f"member_id m{number}", time=time, attributes={"name": f"Person {number}", "city": city})


def test_whoever_is_killed_in_the_middle_goes_on_where_it_was(suite: Suite, identity: IdentityServiceStub) -> None:
    put(identity, *(person(number) for number in range(400)))
    settings = suite.process.settings
    with opened(settings) as database:
        key_id = keyring.rotate(settings.keys_path, NOW)
        process = multiprocessing.get_context("spawn").Process(target=die_in_the_middle, args=(settings, 5))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        resealer = resealer_of(settings, database)
        with database.read() as connection:
            before = SEALED.standing(connection, key_id)
        assert sum(each.resealed for each in before) == 5 * 50
        assert not resealer.is_finished()
        run_to_end(resealer, lambda _: None)
        assert set().union(*keys_in_use(database).values()) == {key_id}
        with database.read() as connection:
            after = SEALED.standing(connection, key_id)
        assert sum(each.resealed for each in after) == 400 + 800 + 800  # every value once
        assert resealer.step() is None
    assert customer(identity, 1).attributes["name"].value.string_value == "Person 0"


def test_rows_that_a_writer_holds_are_passed_over_and_found_again(suite: Suite, identity: IdentityServiceStub) -> None:
    if suite.process.settings.database_url is None:
        pytest.skip("SQLite has one writer")
    put(identity, *(person(number) for number in range(10)))
    settings = suite.process.settings
    key_id = keyring.rotate(settings.keys_path, NOW)
    with opened(settings) as database:
        resealer = resealer_of(settings, database)
        resealer.begin()
        with database.write() as connection:
            connection.execute(sa.select(IDENTIFIER).with_for_update())
            assert resealer.step() == Standing("identifier.value", None, False, 10, 0, False)
        run_to_end(resealer, lambda _: None)
        assert keys_in_use(database)["identifier.value"] == {key_id}
