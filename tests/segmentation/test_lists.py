"""Lists are of people, whatever ids they were listed under."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.segmentation_rig import Rig, rig, sqlite_database
from tidegate.segmentation.model.segment import Announcement, Segment
from tidegate.segmentation.store import memberships

QUIET = Announcement.QUIET


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Rig]:
    """Three customers, the second one listed, and a rule that names the list."""
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        made.hear([w.created(1), w.created(2), w.created(3)])
        made.segments.create(Segment(segment_id="list", rule=None), QUIET)
        made.create("named", w.in_segment("list"))
        made.settle()
        made.segments.edit_list("list", add=[2], remove=[], announcement=QUIET)
        made.settle()
        yield made
    database.close()


def listed(told: Rig, *customers: int) -> dict[int, list[str]]:
    found, _ = told.segments.check(customers, ["list", "named"], position=0)
    return {customer: sorted(each for each, _ in segments) for customer, segments in found.items()}


def test_who_is_merged_is_listed_as_the_survivor(told: Rig) -> None:
    told.hear([w.merged(1, 2)])
    told.settle()
    assert told.members("list") == told.copied("list") == told.members("named") == {1}
    assert listed(told, 1, 2) == {1: ["list", "named"], 2: ["list", "named"]}
    with told.database.read() as connection:
        found = memberships.history(connection, segment_id="list", customer_id=0, after=0, limit=10)
    assert sorted((each.customer_id, each.transition.value, each.cause.value) for each in found) == [
        (1, "entered", "merge"),
        (2, "left", "merge"),
    ]
    assert told.segments.edit_list("list", add=[], remove=[2], announcement=QUIET) == (0, 1)


def test_a_list_follows_when_both_are_listed_and_through_several_merges(told: Rig) -> None:
    told.segments.edit_list("list", add=[3], remove=[], announcement=QUIET)
    told.hear([w.merged(2, 3), w.merged(1, 2)])
    told.settle()
    assert told.members("list") == told.copied("list") == {1}
    assert told.segments.get("list").member_count == 1


def test_a_split_gives_back_what_was_listed_and_who_remains_stays(told: Rig) -> None:
    told.hear([w.merged(1, 2)])
    told.settle()
    told.hear([w.split(1, {2: [2]})])
    told.settle()
    assert told.members("list") == told.members("named") == {1, 2}


def test_who_was_taken_off_the_list_while_joined_does_not_come_back(told: Rig) -> None:
    told.hear([w.merged(1, 2)])
    told.settle()
    told.segments.edit_list("list", add=[], remove=[1], announcement=QUIET)
    told.settle()
    told.hear([w.split(1, {2: [2]})])
    told.settle()
    assert told.members("list") == set()
