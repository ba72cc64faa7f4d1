"""One segment that can't be asked fails by itself: the others stay current, and it is tried again later and later."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import segmentation_words as w
from support.segmentation_rig import START, Rig, rig, sqlite_database
from tidegate.runtime.errors import DeadlineExceeded, InvalidArgument
from tidegate.segmentation import following
from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.model.segment import Announcement, SegmentState
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.wire.rules import read_rule

MINUTE = timedelta(minutes=1)
RICH = w.event("order", "SUM", w.compare("GREATER", 5), "amount")


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Rig]:
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        yield made
    database.close()


def dated(first: str, last: str) -> w.Rule:
    rule = w.event("order")
    rule.event.events.window.dates.first_date = first
    rule.event.events.window.dates.last_date = last
    return rule


def segment_entries(told: Rig) -> int:
    return [each.kind for each in told.feed.read(0, limit=1_000).entries].count("segment_changed")


def test_the_last_day_there_is_means_no_end(told: Rig) -> None:
    told.hear([w.created(1), w.happened(1, "order", START)])
    told.create("ever", dated("0001-01-01", "9999-12-31"))
    told.settle()
    assert told.members("ever") == {1}


def test_what_cannot_be_compiled_is_refused_when_it_is_written(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def overflow(*_: Any) -> Any:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(RuleCompiler, "bounds", overflow)
    with pytest.raises(InvalidArgument, match="OverflowError") as refused:
        told.create("never", w.event("order"))
    assert [each.field for each in refused.value.violations] == ["segment.rule"]


def break_questions(told: Rig, monkeypatch: pytest.MonkeyPatch, rule: w.Rule) -> None:
    """From now on the analytic store has no answer for ``rule``, as when numbers grow beyond what it can add up."""
    questions, broken = told.evaluator._questions, read_rule(rule)
    matched = questions.matched

    def asked(rule: Rule, *rest: Any) -> str:
        return matched(rule, *rest) if rule != broken else "SELECT error('beyond counting')::BIGINT AS customer_id"

    monkeypatch.setattr(questions, "matched", asked)


def test_a_segment_that_cannot_be_computed_holds_up_no_other(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told.create("rich", RICH)
    told.create("vips", w.tag("vip"))
    break_questions(told, monkeypatch, RICH)
    told.settle()
    told.hear([w.created(1), w.tagged(1, ["vip"])])
    told.settle()
    assert told.members("vips") == {1}
    failed = told.segments.get("rich")
    assert failed.state is SegmentState.FAILED
    assert "beyond counting" in failed.last_error


def test_a_segment_that_cannot_be_asked_anew_holds_up_no_other(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told.create("rich", RICH)
    told.create("vips", w.tag("vip"))
    told.create("others", w.negate(w.in_segment("rich")))
    told.settle()
    break_questions(told, monkeypatch, RICH)
    told.hear([w.created(1), w.happened(1, "order", START), w.tagged(1, ["vip"])])
    told.settle()
    assert told.members("vips") == told.members("others") == {1}
    assert told.segments.get("rich").state is SegmentState.FAILED
    assert "beyond counting" in told.segments.get("rich").last_error
    told.hear([w.tagged(1, [], ["vip"])])
    told.settle()
    assert told.members("vips") == set()


def test_what_failed_is_made_up_for_and_told(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told.create("vips", w.tag("vip"))
    told.settle()
    with monkeypatch.context() as broken:
        broken.setattr(told.evaluator, "_changes", lambda *_: 1 / 0)
        told.hear([w.created(1), w.tagged(1, ["vip"])])
        assert told.evaluator.step() is True
        assert told.segments.get("vips").state is SegmentState.FAILED
    told.settle()
    assert told.segments.get("vips").state is SegmentState.ACTIVE
    assert told.segments.get("vips").last_error == ""
    assert told.members("vips") == {1}
    kinds = [each.kind for each in told.feed.read(0, limit=1_000).entries]
    assert kinds.count("membership_changed") == 1


def test_a_failure_is_told_once_and_tried_again_later_and_later(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def broken(*_: Any) -> Any:
        tried.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(told.evaluator._questions, "matched", broken)
    monkeypatch.setattr(told.segments.names.questions.__class__, "next_flip", lambda *_: "")
    with monkeypatch.context() as writable:
        writable.setattr(told.segments.names.questions, "matched", lambda *_: "")
        told.create("vips", w.tag("vip"))
    told.settle()
    assert len(tried) == 1
    entries = segment_entries(told)
    for _ in range(5):
        told.settle()
    assert len(tried) == 1
    for seconds, times in ((1, 2), (1, 2), (1, 3), (3600, 4)):
        told.clock.advance(timedelta(seconds=seconds))
        told.settle()
        told.settle()
        assert len(tried) == times
    assert segment_entries(told) == entries
    told.segments.refresh("vips", Announcement.QUIET, wait=0, position=0)
    told.settle()
    assert len(tried) == 5


def test_a_position_that_memberships_do_not_reflect_in_time_is_an_error(
    told: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.hear([w.created(1)])
    told.create("vips", w.tag("vip"))
    told.settle()
    told.hear([w.tagged(1, ["vip"])])
    monkeypatch.setattr(following, "_PATIENCE", 0.05)
    with pytest.raises(DeadlineExceeded) as late:
        told.segments.check([1], ["vips"], position=2)
    assert late.value.metadata["position"] == "1"
    told.settle()
    assert [each for each, _ in told.segments.check([1], ["vips"], position=2)[0][1]] == ["vips"]
