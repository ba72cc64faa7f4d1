"""Suppressions on the wire. An address goes out masked, but for exports."""

from dataclasses import replace
from typing import Any

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import policies_pb2 as pb
from tidegate.delivery.announce import numbers
from tidegate.delivery.instants import noted_instant, timestamp, timestamp_or_none
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import channel_set, check_length, member
from tidegate.delivery.policy.model import Suppression, SuppressionCause
from tidegate.runtime.errors import Violations

FIXED = {"suppression_id", "customer_id", "address", "segment_id", "create_time", "etag"}
"""The fields that an update can't change."""

_CAUSES = numbers(pb.SuppressionCause, "SUPPRESSION_CAUSE", SuppressionCause)
_LONGEST_VALUE = 512
_SHOWN = 2


def suppression_of(
    message: pb.Suppression,
    path: str = "suppression",
    default: SuppressionCause = SuppressionCause.MANUAL,
) -> Suppression:
    """The suppression that a caller means. Raises InvalidArgument naming every field at fault."""
    found = Violations()
    note_nul(found, path, message)
    _check_target(found, path, message)
    check_length(found, f"{path}.note", message.note, 500)
    expires = message.HasField("expire_time")
    suppression = Suppression(
        customer_id=message.customer_id,
        namespace=message.address.namespace,
        value=message.address.value,
        segment_id=message.segment_id,
        channels=channel_set(found, f"{path}.channels", message.channels),
        purpose=message.purpose,
        brand=message.brand,
        cause=member(found, f"{path}.cause", message.cause, _CAUSES, default) or default,
        note=message.note,
        expire_time=noted_instant(found, f"{path}.expire_time", message.expire_time) if expires else None,
    )
    found.raise_if_any()
    return suppression


def changed(before: Suppression, message: pb.Suppression) -> Suppression:
    """``before`` with what ``message`` says of everything but its target. Raises InvalidArgument."""
    target: dict[str, Any] = {
        "customer_id": before.customer_id,
        "namespace": before.namespace,
        "value": before.value,
        "segment_id": before.segment_id,
    }
    return replace(
        suppression_of(message),
        **target,
        suppression_id=before.suppression_id,
        create_time=before.create_time,
    )


def cause_of(number: int) -> SuppressionCause | None:
    """The cause to look for; None for any. Raises InvalidArgument."""
    found = Violations()
    cause = member(found, "cause", number, _CAUSES) if number else None
    found.raise_if_any()
    return cause


def suppression_message(suppression: Suppression, *, shown: str = "masked") -> pb.Suppression:
    """A suppression as callers see it; ``shown`` is `masked`, or `whole` for those who may see addresses."""
    message = pb.Suppression(
        suppression_id=suppression.suppression_id,
        channels=sorted(suppression.channels),
        purpose=suppression.purpose,
        brand=suppression.brand,
        cause=_CAUSES[suppression.cause],
        note=suppression.note,
        expire_time=timestamp_or_none(suppression.expire_time),
        create_time=timestamp(suppression.create_time),
        etag=suppression.etag,
    )
    if suppression.customer_id:
        message.customer_id = suppression.customer_id
    elif suppression.segment_id:
        message.segment_id = suppression.segment_id
    else:
        value = suppression.value if shown == "whole" else mask(suppression.value)
        message.address.CopyFrom(common_pb2.Identifier(namespace=suppression.namespace, value=value))
    return message


def mask(value: str) -> str:
    """An address of which no more is left than tells two of somebody's own apart."""
    local, at, domain = value.partition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{value[:_SHOWN]}…{value[-_SHOWN:]}" if len(value) > 4 * _SHOWN else "…"


def _check_target(found: Violations, path: str, message: pb.Suppression) -> None:
    match message.WhichOneof("target"):
        case "customer_id":
            if message.customer_id <= 0:
                found.add(f"{path}.customer_id", "must be a customer's id, which is above 0")
        case "address":
            if not message.address.namespace:
                found.add(f"{path}.address.namespace", "must be set, such as phone or email")
            if not 1 <= len(message.address.value) <= _LONGEST_VALUE:
                found.add(f"{path}.address.value", f"must be 1 to {_LONGEST_VALUE} characters")
        case "segment_id":
            if not message.segment_id:
                found.add(f"{path}.segment_id", "must name a segment")
        case None:
            found.add(f"{path}.customer_id", "must be set, or address, or segment_id: a suppression is of somebody")
