"""What is changed of a segment reaches its members, and tells of them what was asked; no two changes make a circle."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import segmentation_words as w
from support.segmentation_rig import START, Rig, rig, sqlite_database
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition, InvalidArgument, TidegateError
from tidegate.segmentation.model.segment import Announcement, Evaluation
from tidegate.segmentation.naming import Names
from tidegate.segmentation.store import segments as store
from tidegate.segmentation.store.tables import METADATA

HOUR = timedelta(hours=1)
VIP = w.tag("vip")


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Rig]:
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        yield made
    database.close()


def update(told: Rig, segment_id: str, announcement: Announcement = Announcement.QUIET, **fields: Any) -> None:
    segment = replace(told.segments.get(segment_id), etag="", **fields)
    told.segments.update(segment, list(fields), announcement)


def announced(told: Rig) -> list[int]:
    entries = told.feed.read(0, limit=1_000).entries
    return [each.customer_id for each in entries if each.kind == "membership_changed"]


def test_a_segment_that_becomes_live_catches_up_and_tells(told: Rig) -> None:
    told.create("vips", VIP, evaluation=Evaluation.ON_REQUEST)
    told.settle()
    told.hear([w.created(1), w.tagged(1, ["vip"])])
    told.settle()
    update(told, "vips", evaluation=Evaluation.LIVE)
    told.settle()
    assert told.members("vips") == {1}
    assert announced(told) == [1]


@pytest.mark.parametrize(("before", "after", "left"), [(0, 1, 2), (300, 0, 0), (300, 1, 2)])
def test_another_minimum_stay_holds_for_those_who_are_members(told: Rig, before: int, after: int, left: int) -> None:
    told.hear([w.created(1), w.tagged(1, ["vip"])])
    told.create("vips", VIP, minimum_stay=before * HOUR)
    told.settle()
    update(told, "vips", minimum_stay=after * HOUR)
    told.settle()
    told.hear([w.tagged(1, [], ["vip"])])
    told.settle()
    assert told.members("vips") == ({1} if after else set())
    told.clock.set(START + left * HOUR)
    told.settle()
    assert told.members("vips") == set()


def test_a_shorter_stay_lets_go_of_those_it_no_longer_holds(told: Rig) -> None:
    told.hear([w.created(1), w.tagged(1, ["vip"])])
    told.create("vips", VIP, minimum_stay=300 * HOUR)
    told.settle()
    told.hear([w.tagged(1, [], ["vip"])])
    told.settle()
    update(told, "vips", minimum_stay=0 * HOUR)
    told.settle()
    assert told.members("vips") == set()
    assert announced(told) == [1]


def test_who_enters_between_a_first_computation_and_the_refresh_asked_for_meanwhile_is_told(told: Rig) -> None:
    told.hear([w.created(1), w.tagged(1, ["vip"])])
    told.create("vips", VIP)
    finish = told.evaluator._finish

    def late(*given: Any, **named: Any) -> None:
        told.evaluator._finish = finish  # type: ignore[method-assign]
        told.segments.refresh("vips", Announcement.ALL, wait=0, position=0)
        told.hear([w.created(2), w.tagged(2, ["vip"])])
        finish(*given, **named)

    told.evaluator._finish = late  # type: ignore[method-assign]
    told.settle()
    assert told.members("vips") == {1, 2}
    assert announced(told) == [2]


def test_a_rule_changed_quietly_stays_quiet_whatever_was_due(told: Rig) -> None:
    told.hear([w.created(1), w.tagged(1, ["vip"]), w.created(2)])
    told.create("vips", VIP)
    told.settle()
    told.segments.refresh("vips", Announcement.ALL, wait=0, position=0)
    update(told, "vips", rule=w.negate(VIP).SerializeToString())
    told.segments.refresh("vips", Announcement.ALL, wait=0, position=0)
    told.settle()
    assert told.members("vips") == {2}
    assert announced(told) == []
    assert told.segments.get("vips").queued == ()


def test_a_refresh_waits_for_no_position_that_may_never_come_nor_for_less_than_was_asked_before(told: Rig) -> None:
    told.hear([w.created(1)])
    told.create("vips", VIP)
    with pytest.raises(InvalidArgument, match="min_identity_position"):
        told.segments.refresh("vips", Announcement.ALL, wait=0, position=2)
    told.database.run(lambda c: store.save(c, replace(told.segments.get("vips"), needed_position=7)))
    told.segments.refresh("vips", Announcement.ALL, wait=0, position=1)
    assert told.segments.get("vips").needed_position == 7


def test_a_rule_names_no_archived_segment(told: Rig) -> None:
    told.create("vips", VIP)
    told.segments.archive("vips", "")
    with pytest.raises(InvalidArgument, match="archived"):
        told.create("others", w.negate(w.in_segment("vips")))


def test_a_circle_stops_those_in_it_alone_and_can_be_undone(told: Rig) -> None:
    for segment_id in ("a", "b", "vips"):
        told.create(segment_id, VIP)
    told.settle()
    for segment_id, other in (("a", "b"), ("b", "a")):
        rule = w.in_segment(other).SerializeToString()
        segment = replace(told.segments.get(segment_id), rule=rule)
        told.database.run(lambda c, segment=segment: store.save(c, segment))  # type: ignore[misc]
    told.evaluator.refresh_definitions()
    told.hear([w.created(1), w.tagged(1, ["vip"])])
    told.settle()
    assert told.members("vips") == {1}
    with pytest.raises(FailedPrecondition):
        told.segments.archive("a", "")
    update(told, "a", rule=VIP.SerializeToString())
    told.settle()
    assert told.members("a") == told.members("b") == {1}


def at_once(monkeypatch: pytest.MonkeyPatch, *changes: Callable[[], object]) -> list[type]:
    """Makes changes that each look at what there is before any of them goes on, if they can; the errors."""
    looked = threading.Barrier(len(changes))
    violations = Names.violations

    def slow(*given: Any, **named: Any) -> Any:
        found = violations(*given, **named)
        wait_a_while(looked)
        return found

    monkeypatch.setattr(Names, "violations", slow)
    errors: list[type] = []

    def run(change: Callable[[], object]) -> None:
        try:
            change()
        except TidegateError as error:
            errors.append(type(error))

    threads = [threading.Thread(target=run, args=[each]) for each in changes]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return errors


def wait_a_while(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(0.3)
    except threading.BrokenBarrierError:
        return  # whoever the others wait for can't wait for them


def test_two_changes_at_once_make_no_circle(
    open_database: Callable[..., Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(METADATA, schema="segmentation")
    database.run(lambda c: store.origin(c, otherwise="test"))
    with rig(tmp_path, database) as told:
        told.create("a", VIP)
        told.create("b", VIP)
        errors = at_once(
            monkeypatch,
            lambda: update(told, "a", rule=w.in_segment("b").SerializeToString()),
            lambda: update(told, "b", rule=w.in_segment("a").SerializeToString()),
        )
        assert errors == [InvalidArgument]
