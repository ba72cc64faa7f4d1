"""When customers are told anew of another definition: not before all replicas know it, and each change whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.schemas import bring_up
from tidegate.api.identity.v1.changes_pb2 import TagsChanged
from tidegate.identity.definitions import Definer
from tidegate.identity.ending import Ender
from tidegate.identity.model import DefinitionKind, Fact, Outcome, Profile, TagGroup
from tidegate.identity.record import Recorder
from tidegate.identity.registry import Registry
from tidegate.identity.retelling import Reteller
from tidegate.identity.store import retelling
from tidegate.identity.store.tables import FEED, METADATA
from tidegate.identity.vault import Vault
from tidegate.runtime.clock import ManualClock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.runtime.keyring import Keyring
from tidegate.runtime.metrics import Metrics

OpenDatabase = Callable[[sa.MetaData], Database]


def make_vault(folder: Path) -> Vault:
    return Vault(b"lookups", Keyring(folder / "keys.toml", original=bytes(32), purpose="test"))


def reteller(database: Database, folder: Path, clock: ManualClock, *, settling: float) -> Reteller:
    vault = make_vault(folder)
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


@dataclass
class Identity:
    """Who writes and who tells in one process, each moved by the test alone."""

    database: Database
    clock: ManualClock
    registry: Registry
    recorder: Recorder
    definer: Definer
    ender: Ender
    reteller: Reteller
    feed: Feed

    def tag(self, name: str, *, until: timedelta | None = None) -> None:
        """Puts a tag on the one customer."""
        ends = {name: micros(self.clock.now() + until)} if until is not None else {}
        self._tell(Profile(add_tags=(name,), expires=ends))

    def untag(self, name: str) -> None:
        """Takes a tag off the one customer."""
        self._tell(Profile(remove_tags=(name,)))

    def define(self, **parents: str) -> None:
        """Puts the tags of the group `area` below others."""
        self.definer.update(
            DefinitionKind.TAG_GROUP, "area", lambda _current: TagGroup(group_id="area", parents=parents), etag=""
        )

    def retell(self) -> None:
        """Tells of all changes of definitions, to the end."""
        while self.reteller.step():
            pass

    def known(self) -> set[str]:
        """The tags of the one customer, as a reader of the feed knows them."""
        tags: set[str] = set()
        for entry in self.feed.read(0, limit=1000, kinds=["tags_changed"]).entries:
            changed = TagsChanged.FromString(entry.body)
            tags = tags.union(changed.added).difference(changed.removed)
        return tags

    def _tell(self, profile: Profile) -> None:
        self.clock.advance(timedelta(seconds=1))
        key = self.registry.current().keys.key("cookie", "c-1")
        (outcome,) = self.recorder.record([Fact((key,), 0, "crm", micros(self.clock.now()), profile=profile)])
        assert isinstance(outcome, Outcome)


@pytest.fixture
def identity(database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[Identity]:
    """One customer's identity; `area=a` stands below `area=d`."""
    database = Database.open(database_url, schema="identity")
    bring_up(database, "identity")
    vault = make_vault(tmp_path)
    registry, feed = Registry(database, vault), Feed(database, FEED)
    made = Identity(
        database,
        clock,
        registry,
        Recorder(database, registry=registry, vault=vault, feed=feed, clock=clock, metrics=Metrics()),
        Definer(database, registry=registry, clock=clock),
        Ender(database, registry=registry, vault=vault, feed=feed, clock=clock),
        Reteller(database, registry=registry, vault=vault, feed=feed, clock=clock, settling=0.0),
        feed,
    )
    made.definer.create(TagGroup(group_id="area", parents={"a": "d"}))
    made.retell()
    yield made
    database.close()


def test_a_tag_that_ends_before_all_are_told_takes_along_what_stood_above_it(identity: Identity) -> None:
    identity.tag("area=a", until=timedelta(days=1))
    assert identity.known() == {"area=a", "area=d"}
    identity.clock.advance(timedelta(days=2))
    identity.define(a="b")
    assert identity.ender.step()
    identity.retell()
    assert identity.known() == set()


def test_a_tag_that_is_taken_off_before_all_are_told_takes_along_what_stood_above_it(identity: Identity) -> None:
    identity.tag("area=a")
    identity.define(a="b")
    identity.untag("area=a")
    identity.retell()
    assert identity.known() == set()


def test_who_was_told_of_another_definition_is_not_told_by_the_one_from_before(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The definition changes, and all are told, between two looks of who announces what has ended."""
    identity.tag("area=a", until=timedelta(days=1))
    identity.tag("area=c")
    identity.clock.advance(timedelta(days=2))
    run = identity.database.run

    def run_late(operation: Callable[[sa.Connection], bool]) -> bool:
        monkeypatch.undo()
        identity.define(a="b", b="e")
        identity.retell()
        return run(operation)

    monkeypatch.setattr(identity.database, "run", run_late)
    assert identity.ender.step()
    assert identity.known() == {"area=c"}


def test_who_never_had_anything_to_be_told_of_is_told_nothing(identity: Identity) -> None:
    """Who had a tag of the group once, where nothing stood above any."""
    identity.define()
    identity.tag("area=a")
    identity.untag("area=a")
    identity.retell()
    head = identity.feed.head()
    identity.define(a="b")
    identity.retell()
    assert identity.feed.head() == head
