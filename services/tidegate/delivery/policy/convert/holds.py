"""Holds on the wire."""

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import policies_pb2 as pb
from tidegate.delivery.instants import timestamp
from tidegate.delivery.model import HIGHEST_PRIORITY
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import channel_set, check_id, interval
from tidegate.delivery.policy.model import Hold, Kept
from tidegate.runtime.errors import Violations

FIXED = {"hold_id", "etag", "create_time", "update_time"}
"""The fields that an update can't change."""

_MOST_SLOTS = 100


def hold_of(message: pb.Hold, path: str = "hold") -> Hold:
    """The hold that a caller means. Raises InvalidArgument naming every field at fault."""
    found = Violations()
    note_nul(found, path, message)
    check_id(found, f"{path}.hold_id", message.hold_id)
    if not message.campaign_id:
        found.add(f"{path}.campaign_id", "must name the campaign that the slots are for")
    if not message.segment_id:
        found.add(f"{path}.segment_id", "must name the segment that is the campaign's audience")
    if not 1 <= message.slots <= _MOST_SLOTS:
        found.add(f"{path}.slots", f"must be 1 to {_MOST_SLOTS}")
    if not 1 <= message.priority <= HIGHEST_PRIORITY:
        found.add(f"{path}.priority", f"must be 1 to {HIGHEST_PRIORITY:,}; lower priorities are stopped")
    hold = Hold(
        hold_id=message.hold_id,
        campaign_id=message.campaign_id,
        segment_id=message.segment_id,
        slots=message.slots,
        priority=message.priority,
        span=interval(found, f"{path}.interval", message.interval),
        channels=channel_set(found, f"{path}.channels", message.channels),
    )
    found.raise_if_any()
    return hold


def hold_message(kept: Kept[Hold]) -> pb.Hold:
    """A hold as callers see it."""
    hold = kept.policy
    return pb.Hold(
        hold_id=hold.hold_id,
        campaign_id=hold.campaign_id,
        segment_id=hold.segment_id,
        slots=hold.slots,
        channels=sorted(hold.channels),
        priority=hold.priority,
        interval=common_pb2.Interval(start=timestamp(hold.span.start), end=timestamp(hold.span.end)),
        etag=kept.etag,
        create_time=timestamp(kept.create_time),
        update_time=timestamp(kept.update_time),
    )
