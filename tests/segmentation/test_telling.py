"""Who reads the feed knows all members and tiers of what it asked for, whatever was announced and whatever was not."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.segmentation_rig import Rig, rig, sqlite_database
from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.api.segmentation.v1 import changes_pb2, segments_pb2
from tidegate.segmentation import announce, telling
from tidegate.segmentation.model.segment import Announcement, Segment
from tidegate.segmentation.telling import Tellings

CUSTOMERS = range(1, 13)
QUIET, ALL = Announcement.QUIET, Announcement.ALL


class Reader:
    """Reads as the contract says: a telling counts from its first change on, and ends what it did not name."""

    def __init__(self) -> None:
        self.position = 0
        self.members: dict[str, dict[int, str]] = {}
        self.open: dict[str, str] = {}
        self.known: set[str] = set()

    def read(self, told: Rig) -> None:
        page = told.feed.read(self.position, limit=10_000)
        changes = changes_pb2.ListChangesResponse()
        announce.put_changes(changes.changes, page.entries)
        self.position = page.next_position
        for change in changes.changes:
            if change.HasField("memberships_told"):
                self._told(change.memberships_told)
            elif change.HasField("membership_changed"):
                moved = change.membership_changed
                inside = self.members.setdefault(moved.segment_id, {})
                if moved.transition == segments_pb2.TRANSITION_ENTERED:
                    inside[moved.customer_id] = self.open.get(moved.segment_id, "")
                else:
                    inside.pop(moved.customer_id, None)

    def _told(self, change: changes_pb2.MembershipsTold) -> None:
        name, inside = change.segment_id, self.members.setdefault(change.segment_id, {})
        if change.first:
            self.open[name] = change.telling_id
        if self.open.get(name) != change.telling_id:
            return
        inside.update(dict.fromkeys(change.customer_ids, change.telling_id))
        if change.last:
            self.members[name] = {one: by for one, by in inside.items() if by == self.open[name]}
            del self.open[name]
            self.known.add(name)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Rig]:
    """A dozen customers, a list of some of them, and a rule that names the list; nothing was announced."""
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        made.hear([w.created(one) for one in CUSTOMERS])
        made.segments.create(Segment(segment_id="list", rule=None), QUIET)
        made.segments.edit_list("list", add=[1, 2, 3, 4, 5], remove=[], announcement=QUIET)
        yield made
    database.close()


def tellings_of(told: Rig) -> Tellings:
    made = Tellings(told.database, told.feed, told.analytics, publisher=told.publisher, clock=told.clock)
    told.publisher.news = made.note_members
    return made


def named(*segment_ids: str) -> Sequence[delivery.Change]:
    return [delivery.Change(policy_changed=delivery.PolicyChanged(segment_ids=segment_ids))]


def told_all(told: Rig, tellings: Tellings) -> None:
    told.settle()
    while tellings.tell_members():
        pass


def test_what_is_named_is_told_once_and_again_after_what_was_not_announced(told: Rig) -> None:
    tellings, reader = tellings_of(told), Reader()
    told_all(told, tellings)
    reader.read(told)
    assert (reader.members, reader.known) == ({}, set())
    tellings.follow(named("list"))
    tellings.follow(named("list"))  # a page that is read twice
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["list"]) == {1, 2, 3, 4, 5}
    before = reader.position
    told.segments.edit_list("list", add=[6], remove=[1], announcement=ALL)
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["list"]) == {2, 3, 4, 5, 6}
    kinds = [each.kind for each in told.feed.read(before, limit=100).entries]
    assert "memberships_told" not in kinds
    told.segments.edit_list("list", add=[7], remove=[2], announcement=QUIET)
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["list"]) == {3, 4, 5, 6, 7}


def test_a_rule_is_told_once_it_was_computed_and_anew_when_its_definition_changes(told: Rig) -> None:
    tellings, reader = tellings_of(told), Reader()
    tellings.follow(named("rule"))
    told_all(told, tellings)
    reader.read(told)
    assert not reader.known
    told.create("rule", w.in_segment("list"))
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["rule"]) == told.members("rule") == {1, 2, 3, 4, 5}
    changed = Segment(segment_id="rule", rule=w.negate(w.in_segment("list")).SerializeToString())
    told.segments.update(changed, ["rule"], QUIET)
    told.evaluator.refresh_definitions()
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["rule"]) == told.members("rule") == {6, 7, 8, 9, 10, 11, 12}


def test_what_is_no_longer_named_is_not_told_and_told_anew_when_it_is_again(told: Rig) -> None:
    tellings, reader = tellings_of(told), Reader()
    tellings.follow(named("list"))
    told_all(told, tellings)
    tellings.follow(named())
    told.segments.edit_list("list", add=[8], remove=[], announcement=QUIET)
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["list"]) == {1, 2, 3, 4, 5}
    tellings.follow([*named("list"), *named(), *named("list")])
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["list"]) == {1, 2, 3, 4, 5, 8}


@pytest.mark.parametrize("seed", range(6))
def test_changes_in_the_midst_of_a_telling_are_not_lost(told: Rig, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told two at a time, two changes in a transaction; the reader reads now and then, and each begins anew."""
    monkeypatch.setattr(telling, "_IN_ONE_CHANGE", 1)
    monkeypatch.setattr(telling, "_AT_ONCE", 2)
    chance = random.Random(seed)
    tellings, reader = tellings_of(told), Reader()
    tellings.follow(named("list"))
    for _ in range(60):
        match chance.randrange(4):
            case 0:
                reader.read(told)
            case 1:
                one, other = chance.sample(CUSTOMERS, 2)
                announced = chance.choice([ALL, ALL, QUIET])
                told.segments.edit_list("list", add=[one], remove=[other], announcement=announced)
            case 2 if chance.random() < 0.2:
                tellings = tellings_of(told)  # a restart
            case _:
                tellings.tell_members()
    told_all(told, tellings)
    reader.read(told)
    assert set(reader.members["list"]) == told.members("list")
    assert reader.known == {"list"}
