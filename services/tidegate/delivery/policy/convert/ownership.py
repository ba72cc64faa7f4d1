"""Ownership policies on the wire."""

from tidegate.api.delivery.v1 import policies_pb2 as pb
from tidegate.delivery.instants import timestamp
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import check_id, check_length
from tidegate.delivery.policy.model import Kept, OwnershipPolicy
from tidegate.runtime.errors import Violations

FIXED = {"ownership_policy_id", "etag", "create_time", "update_time"}
"""The fields that an update can't change."""


def ownership_of(message: pb.OwnershipPolicy, path: str = "ownership_policy") -> OwnershipPolicy:
    """The ownership policy that a caller means. Raises InvalidArgument naming every field at fault."""
    found = Violations()
    note_nul(found, path, message)
    check_id(found, f"{path}.ownership_policy_id", message.ownership_policy_id)
    if not message.sender_unit:
        found.add(f"{path}.sender_unit", "must be set: the unit that messages name as theirs")
    if not message.segment_id:
        found.add(f"{path}.segment_id", "must name the segment whose members the unit may market to")
    check_length(found, f"{path}.note", message.note, 500)
    found.raise_if_any()
    return OwnershipPolicy(
        ownership_policy_id=message.ownership_policy_id,
        sender_unit=message.sender_unit,
        segment_id=message.segment_id,
        note=message.note,
    )


def ownership_message(kept: Kept[OwnershipPolicy]) -> pb.OwnershipPolicy:
    """An ownership policy as callers see it."""
    policy = kept.policy
    return pb.OwnershipPolicy(
        ownership_policy_id=policy.ownership_policy_id,
        sender_unit=policy.sender_unit,
        segment_id=policy.segment_id,
        note=policy.note,
        etag=kept.etag,
        create_time=timestamp(kept.create_time),
        update_time=timestamp(kept.update_time),
    )
