"""What callers get wrong is said by its field, item by item, and never stops what others asked for."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from support import segmentation_words as w
from support.segmentation_rig import Rig, rig, sqlite_database
from tidegate.api.segmentation.v1 import experiments_pb2, reports_pb2, rules_pb2, segments_pb2
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.model.segment import Announcement, Segment
from tidegate.segmentation.servicer.tools import customer, each_of
from tidegate.segmentation.store import segments as store
from tidegate.segmentation.wire.experiments import read_given
from tidegate.segmentation.wire.pages import after_number, token
from tidegate.segmentation.wire.reports import read_funnel, read_uplift
from tidegate.segmentation.wire.rules import read_rule
from tidegate.segmentation.wire.segments import read_segment

FAR = Timestamp(seconds=1_760_000_000_000)


def dated(**interval: Timestamp) -> rules_pb2.Rule:
    rule = w.event("buy")
    for end, time in interval.items():
        getattr(rule.event.events.window.interval, end).CopyFrom(time)
    return rule


def compared() -> rules_pb2.Rule:
    comparison = w.compare("EQUAL", 1)
    comparison.values[0].timestamp_value.CopyFrom(FAR)
    return w.attribute("born", comparison)


@pytest.mark.parametrize(
    ("read", "path"),
    [
        (lambda: read_rule(dated(start=FAR)), "rule.event.events.window.interval.start"),
        (lambda: read_rule(dated(end=FAR)), "rule.event.events.window.interval.end"),
        (lambda: read_rule(compared()), "rule.attribute.comparison.values[0].timestamp_value"),
        (lambda: read_uplift(reports_pb2.GetUpliftRequest(as_of=FAR)), "as_of"),
        (lambda: read_funnel(reports_pb2.GetFunnelRequest(span={"end": FAR})), "span.end"),
        (lambda: read_given(experiments_pb2.ImportedAssignment(assign_time=FAR)), "assign_time"),
        (lambda: read_segment(segments_pb2.Segment(minimum_stay={"seconds": 2**62})), "segment.minimum_stay"),
        (lambda: after_number(token("²")), "page_token"),
    ],
)
def test_what_cannot_be_read_is_named(read: Callable[[], object], path: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        read()
    assert [each.field for each in refused.value.violations] == [path]


def test_one_bad_item_leaves_the_others_of_its_batch_alone() -> None:
    first, second, third = each_of([5, 0, 6], "customer_ids", read=customer, work=lambda ids: [f"arm of {ids}"] * 2)
    assert first == third == "arm of [5, 6]"
    assert not isinstance(second, str)
    assert [each.field for each in second.field_violations] == ["customer_id"]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Rig]:
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        yield made
    database.close()


def test_who_notes_an_assignment_does_not_wait_for_the_copying(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []

    def copy(experiment_id: str) -> None:
        copied.append(experiment_id)
        if len(copied) == 1:
            noting = threading.Thread(target=told.mirror.note, args=["first"], daemon=True)
            noting.start()
            noting.join(60)
            assert not noting.is_alive()

    monkeypatch.setattr(told.mirror, "_copy", copy)
    told.mirror.note("first")
    told.mirror.catch_up()
    assert copied == ["first", "first"]


def test_a_copy_that_is_newer_than_what_was_read_is_not_made_again(told: Rig) -> None:
    told.hear([w.created(1)])
    told.segments.create(Segment(segment_id="list", rule=None), Announcement.QUIET)
    told.settle()
    with told.database.read() as connection:
        read = store.current(connection)
    told.segments.edit_list("list", add=[1], remove=[], announcement=Announcement.QUIET)
    assert told.publisher.restore(read, frozenset({"list"})) is False
    assert told.copied("list") == {1}
