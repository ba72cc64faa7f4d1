"""When customers are told anew of another definition: not before all replicas know it, and each change whole."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from tidegate.identity.model import DefinitionKind
from tidegate.identity.registry import Registry
from tidegate.identity.retelling import Reteller
from tidegate.identity.store import retelling
from tidegate.identity.store.tables import FEED, METADATA
from tidegate.identity.vault import Vault
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.runtime.keyring import Keyring

OpenDatabase = Callable[[sa.MetaData], Database]


def reteller(database: Database, folder: Path, clock: ManualClock, *, settling: float) -> Reteller:
    vault = Vault(b"lookups", Keyring(folder / "keys.toml", original=bytes(32), purpose="test"))
    return Reteller(
        database,
        registry=Registry(database, vault),
        vault=vault,
        feed=Feed(database, FEED),
        clock=clock,
        settling=settling,
    )


def note(database: Database, *names: str) -> str:
    """Notes a change, and says what it is called."""
    with database.write() as connection:
        retelling.note(connection, DefinitionKind.TAG_GROUP, "area", names)
        (change,) = retelling.changes(connection)
    return change


def test_nobody_is_told_before_all_replicas_know(
    open_database: OpenDatabase, tmp_path: Path, clock: ManualClock
) -> None:
    database = open_database(METADATA)
    note(database)
    patient = reteller(database, tmp_path, clock, settling=3600.0)
    assert not patient.step()
    assert not patient.step()
    at_once = reteller(database, tmp_path, clock, settling=0.0)
    assert at_once.step()
    assert not at_once.step(), "all are told, and nothing is left to tell"


def test_a_change_meanwhile_is_told_from_the_beginning(open_database: OpenDatabase) -> None:
    database = open_database(METADATA)
    first = note(database, "area=east")
    with database.write() as connection:
        retelling.reach(connection, first, 700)
    second = note(database, "area=coast")
    with database.write() as connection:
        assert retelling.claim(connection, first) is None
        todo = retelling.claim(connection, second)
    assert todo is not None
    assert (todo.names, todo.reached) == (["area=coast", "area=east"], 0)
