"""What is announced on the feed, and how it is read back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.segmentation.v1 import changes_pb2
from tidegate.runtime.errors import DataLoss
from tidegate.runtime.feed import Entry, StoredEntry
from tidegate.segmentation.model.experiment import Assignment
from tidegate.segmentation.model.scoring import ScoreRun, TierChange
from tidegate.segmentation.model.segment import Membership, MembershipRecord, Segment
from tidegate.segmentation.model.staging import StageChange, StageRun
from tidegate.segmentation.model.subject import Subject
from tidegate.segmentation.wire.experiments import ROLES, SOURCES
from tidegate.segmentation.wire.segments import CAUSES, STATES, TRANSITIONS
from tidegate.segmentation.wire.subjects import SUBJECTS
from tidegate.segmentation.wire.values import write_instant

if TYPE_CHECKING:
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer


def memberships_changed(records: Sequence[MembershipRecord], *, position: int) -> list[Entry]:
    """Customers entered or left; ``position`` of identity's feed is what this reflects."""
    return [
        _entry(
            "membership_changed",
            each.customer_id,
            changes_pb2.MembershipChanged(
                segment_id=each.segment_id,
                version=each.version,
                customer_id=each.customer_id,
                transition=TRANSITIONS[each.transition],
                seq=each.seq,
                cause=CAUSES[each.cause],
                identity_position=position,
            ),
            each.time,
        )
        for each in records
    ]


def segment_changed(segment: Segment, now: datetime) -> Entry:
    """A segment was created, computed, changed, or archived."""
    body = changes_pb2.SegmentChanged(
        segment_id=segment.segment_id, version=segment.version, state=STATES[segment.state]
    )
    return _entry("segment_changed", 0, body, now)


def arms_assigned(assignments: Sequence[Assignment], now: datetime) -> list[Entry]:
    """Customers were assigned to arms."""
    return [
        _entry(
            "arm_assigned",
            each.customer_id,
            changes_pb2.ArmAssigned(
                experiment_id=each.experiment_id,
                epoch=each.epoch,
                customer_id=each.customer_id,
                arm_id=each.arm_id,
                role=ROLES[each.role],
                source=SOURCES[each.source],
                assign_time=write_instant(each.assigned_at),
            ),
            now,
        )
        for each in assignments
    ]


def tiers_changed(changes: Sequence[TierChange], run: ScoreRun, subject: Subject, *, now: datetime) -> list[Entry]:
    """Tiers changed by a run of a score model."""
    moved = [(each, 0 if subject else each.customer_id) for each in changes]
    return [
        _entry(
            "tier_changed",
            customer_id,
            changes_pb2.TierChanged(
                model_id=run.model_id,
                run_id=run.run_id,
                customer_id=customer_id,
                tier=each.tier,
                previous_tier=each.previous_tier,
                score=each.score,
                subject=SUBJECTS[subject],
                entity_id=each.entity_id,
            ),
            now,
        )
        for each, customer_id in moved
    ]


def stages_changed(changes: Sequence[StageChange], run: StageRun, subject: Subject, *, now: datetime) -> list[Entry]:
    """Stages changed by a run of a stage model; who is new and has none is passed over."""
    moved = [(each, 0 if subject else each.customer_id) for each in changes if each.stage != each.previous_stage]
    return [
        _entry(
            "stage_changed",
            customer_id,
            changes_pb2.StageChanged(
                stage_model_id=run.model_id,
                run_id=run.run_id,
                customer_id=customer_id,
                stage=each.stage,
                previous_stage=each.previous_stage,
                subject=SUBJECTS[subject],
                entity_id=each.entity_id,
            ),
            now,
        )
        for each, customer_id in moved
    ]


class Place(NamedTuple):
    """Which part of a telling it is."""

    telling_id: str
    first: bool
    last: bool


def memberships_told(segment: Segment, members: Sequence[Membership], place: Place, now: datetime) -> Entry:
    """Some of a segment's members, told from the beginning."""
    body = changes_pb2.MembershipsTold(
        segment_id=segment.segment_id,
        version=segment.version,
        customer_ids=[each.customer_id for each in members],
        telling_id=place.telling_id,
        first=place.first,
        last=place.last,
    )
    return _entry("memberships_told", 0, body, now)


def tiers_told(model_id: str, run_id: str, tiers: Sequence[tuple[int, str]], place: Place, now: datetime) -> Entry:
    """Some of a score model's tiers, told from the beginning."""
    body = changes_pb2.TiersTold(
        model_id=model_id,
        run_id=run_id,
        tiers=[changes_pb2.CustomerTier(customer_id=customer_id, tier=tier) for customer_id, tier in tiers],
        telling_id=place.telling_id,
        first=place.first,
        last=place.last,
    )
    return _entry("tiers_told", 0, body, now)


def customer_erased(customer_id: int, erasure_id: str, *, rows: int, now: datetime) -> Entry:
    """A person's part here was erased."""
    body = changes_pb2.CustomerErased(customer_id=customer_id, erasure_id=erasure_id, rows=rows)
    return _entry("customer_erased", customer_id, body, now)


def put_changes(changes: "RepeatedCompositeFieldContainer[changes_pb2.Change]", entries: Iterable[StoredEntry]) -> None:
    """Adds entries of the feed, as callers read them, to ``changes``. Raises DataLoss for what cannot be read."""
    times: dict[int, Timestamp] = {}  # what one batch announced has one time
    for position, kind, customer_id, body, time in entries:
        if time not in times:
            times[time] = Timestamp()
            times[time].FromMicroseconds(time)
        _put(changes.add(position=position, customer_id=customer_id, time=times[time]), kind, body)


def _put(change: changes_pb2.Change, kind: str, body: bytes) -> None:
    try:
        announced: Message = getattr(change, kind)
        announced.SetInParent()
        announced.MergeFromString(body)
    except (AttributeError, DecodeError) as error:
        raise DataLoss("feed entry", change.position) from error


def _entry(kind: str, customer_id: int, body: Message, now: datetime) -> Entry:
    return Entry(kind, customer_id, body.SerializeToString(), now)
