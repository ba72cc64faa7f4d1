"""Guardrails on the wire."""

from tidegate.api.delivery.v1 import policies_pb2 as pb
from tidegate.delivery.announce import numbers
from tidegate.delivery.instants import timestamp
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import check_id, member
from tidegate.delivery.policy.model import Guardrail, GuardrailAction, GuardrailMetric, Kept
from tidegate.runtime.errors import Violations

FIXED = {"guardrail_id", "trip_time", "etag", "create_time", "update_time"}
"""The fields that an update can't change."""

_METRICS = numbers(pb.GuardrailMetric, "GUARDRAIL_METRIC", GuardrailMetric)
_ACTIONS = numbers(pb.GuardrailAction, "GUARDRAIL_ACTION", GuardrailAction)
_LEAST_SENT = 100


def guardrail_of(message: pb.Guardrail, path: str = "guardrail") -> Guardrail:
    """The guardrail that a caller means; nothing has tripped it. Raises InvalidArgument."""
    found = Violations()
    note_nul(found, path, message)
    check_id(found, f"{path}.guardrail_id", message.guardrail_id)
    metric = member(found, f"{path}.metric", message.metric, _METRICS)
    action = member(found, f"{path}.action", message.action, _ACTIONS, GuardrailAction.PAUSE)
    if not 0 < message.threshold < 1:
        found.add(f"{path}.threshold", "must be above 0 and below 1")
    if message.min_sent < 0:
        found.add(f"{path}.min_sent", f"must be above 0, or left out for {_LEAST_SENT}")
    found.raise_if_any()
    return Guardrail(
        guardrail_id=message.guardrail_id,
        campaign_id=message.campaign_id,
        metric=metric or GuardrailMetric.COMPLAINTS,
        threshold=message.threshold,
        min_sent=message.min_sent or _LEAST_SENT,
        action=action or GuardrailAction.PAUSE,
    )


def guardrail_message(kept: Kept[Guardrail]) -> pb.Guardrail:
    """A guardrail as callers see it."""
    guardrail = kept.policy
    message = pb.Guardrail(
        guardrail_id=guardrail.guardrail_id,
        campaign_id=guardrail.campaign_id,
        metric=_METRICS[guardrail.metric],
        threshold=guardrail.threshold,
        min_sent=guardrail.min_sent,
        action=_ACTIONS[guardrail.action],
        etag=kept.etag,
        create_time=timestamp(kept.create_time),
        update_time=timestamp(kept.update_time),
    )
    if guardrail.trips:
        message.trip_time.CopyFrom(timestamp(max(guardrail.trips.values())))
    return message
