"""Segments, memberships, and their causes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tidegate.api.segmentation.v1 import rules_pb2, segments_pb2
from tidegate.segmentation.model.segment import (
    Announcement,
    Cause,
    Evaluation,
    Membership,
    MembershipRecord,
    Overlap,
    Segment,
    SegmentState,
    Snapshot,
    Transition,
)
from tidegate.segmentation.wire.values import (
    read_delta,
    write_instant,
    write_length,
    write_micros,
    write_optional,
)

_MICROSECOND = timedelta(microseconds=1)
_EVALUATIONS: Mapping[int, Evaluation] = {
    segments_pb2.EVALUATION_LIVE: Evaluation.LIVE,
    segments_pb2.EVALUATION_ON_REQUEST: Evaluation.ON_REQUEST,
}
_WRITTEN_EVALUATIONS: Mapping[Evaluation, Any] = {each: number for number, each in _EVALUATIONS.items()}
CAUSES: Mapping[Cause, Any] = {cause: segments_pb2.Cause.Value(f"CAUSE_{cause.name}") for cause in Cause}
TRANSITIONS: Mapping[Transition, Any] = {
    each: segments_pb2.Transition.Value(f"TRANSITION_{each.name}") for each in Transition
}
STATES: Mapping[SegmentState, Any] = {
    state: segments_pb2.SegmentState.Value(f"SEGMENT_STATE_{state.name}") for state in SegmentState
}


def read_segment(message: segments_pb2.Segment) -> Segment:
    """The definition of a segment: what its owner decides."""
    return Segment(
        segment_id=message.segment_id,
        display_name=message.display_name,
        description=message.description,
        rule=None if message.HasField("list") else message.rule.SerializeToString(deterministic=True),
        evaluation=_EVALUATIONS.get(message.evaluation, Evaluation.LIVE),
        minimum_stay=read_delta(message.minimum_stay, "segment.minimum_stay"),
        etag=message.etag,
    )


def read_announcement(announcement: int, *, otherwise: Announcement = Announcement.QUIET) -> Announcement:
    """Whether changes are announced."""
    match announcement:
        case segments_pb2.ANNOUNCEMENT_ALL:
            return Announcement.ALL
        case segments_pb2.ANNOUNCEMENT_QUIET:
            return Announcement.QUIET
        case _:
            return otherwise


def write_segment(segment: Segment) -> segments_pb2.Segment:
    """A segment as callers read it."""
    message = segments_pb2.Segment(
        segment_id=segment.segment_id,
        display_name=segment.display_name,
        description=segment.description,
        evaluation=_WRITTEN_EVALUATIONS[segment.evaluation],
        state=STATES[segment.state],
        version=segment.version,
        member_count=segment.member_count,
        evaluate_time=write_optional(segment.evaluated_at),
        identity_position=segment.identity_position,
        last_error=segment.last_error,
        etag=segment.etag,
        create_time=write_optional(segment.created_at),
        update_time=write_optional(segment.updated_at),
    )
    if segment.minimum_stay:
        message.minimum_stay.CopyFrom(write_length(segment.minimum_stay // _MICROSECOND))
    if segment.rule is None:
        message.list.SetInParent()
    else:
        message.rule.CopyFrom(rules_pb2.Rule.FromString(segment.rule))
    return message


def write_membership(membership: Membership) -> segments_pb2.Membership:
    """A membership as callers read it."""
    return segments_pb2.Membership(
        customer_id=membership.customer_id,
        version=membership.version,
        seq=membership.seq,
        enter_time=write_micros(membership.entered_at),
        cause=CAUSES[membership.cause],
    )


def write_record(record: MembershipRecord) -> segments_pb2.MembershipRecord:
    """A change of a membership as callers read it."""
    return segments_pb2.MembershipRecord(
        segment_id=record.segment_id,
        version=record.version,
        customer_id=record.customer_id,
        transition=TRANSITIONS[record.transition],
        seq=record.seq,
        time=write_instant(record.time),
        cause=CAUSES[record.cause],
    )


def write_snapshot(snapshot: Snapshot) -> segments_pb2.Snapshot:
    """A snapshot as callers read it."""
    return segments_pb2.Snapshot(
        snapshot_id=snapshot.snapshot_id,
        segment_id=snapshot.segment_id,
        version=snapshot.version,
        as_of=write_instant(snapshot.as_of),
        member_count=snapshot.member_count,
    )


def write_overlap(overlap: Overlap) -> segments_pb2.SegmentOverlap:
    """How far two segments coincide, as callers read it."""
    return segments_pb2.SegmentOverlap(**overlap._asdict())
