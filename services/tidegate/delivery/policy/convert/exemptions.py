"""Exemptions on the wire."""

from tidegate.api.delivery.v1 import policies_pb2 as pb
from tidegate.delivery.instants import noted_instant, timestamp
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import check_id
from tidegate.delivery.policy.model import Exemption, Kept, Span
from tidegate.runtime.errors import Violations

FIXED = {"exemption_id", "granted_by", "etag", "create_time", "update_time"}
"""The fields that an update can't change."""

_MOST_CUSTOMERS = 10_000
_LONGEST_REASON = 500


def exemption_of(message: pb.Exemption, granted_by: str, now: int, path: str = "exemption") -> Exemption:
    """The exemption that a caller means, from ``now`` where it says no start. Raises InvalidArgument."""
    found = Violations()
    note_nul(found, path, message)
    check_id(found, f"{path}.exemption_id", message.exemption_id)
    if not message.rule_ids:
        found.add(f"{path}.rule_ids", "must name at least one frequency rule")
    if not 1 <= len(message.reason) <= _LONGEST_REASON:
        found.add(f"{path}.reason", f"must be 1 to {_LONGEST_REASON} characters")
    _check_audience(found, path, message)
    exemption = Exemption(
        exemption_id=message.exemption_id,
        rule_ids=frozenset(message.rule_ids),
        span=_span(found, path, message, now),
        reason=message.reason,
        granted_by=granted_by,
        customer_ids=frozenset(message.customers.customer_ids),
        segment_id=message.segment_id,
    )
    found.raise_if_any()
    return exemption


def exemption_message(kept: Kept[Exemption]) -> pb.Exemption:
    """An exemption as callers see it."""
    exemption = kept.policy
    message = pb.Exemption(
        exemption_id=exemption.exemption_id,
        rule_ids=sorted(exemption.rule_ids),
        reason=exemption.reason,
        start_time=timestamp(exemption.span.start),
        end_time=timestamp(exemption.span.end),
        granted_by=exemption.granted_by,
        etag=kept.etag,
        create_time=timestamp(kept.create_time),
        update_time=timestamp(kept.update_time),
    )
    if exemption.segment_id:
        message.segment_id = exemption.segment_id
    else:
        message.customers.customer_ids.extend(sorted(exemption.customer_ids))
    return message


def _check_audience(found: Violations, path: str, message: pb.Exemption) -> None:
    match message.WhichOneof("audience"):
        case "customers":
            if not 1 <= len(message.customers.customer_ids) <= _MOST_CUSTOMERS:
                found.add(f"{path}.customers.customer_ids", f"must be 1 to {_MOST_CUSTOMERS:,} ids")
        case "segment_id":
            if not message.segment_id:
                found.add(f"{path}.segment_id", "must name a segment")
        case None:
            found.add(f"{path}.customers", "must be set, or segment_id: an exemption is for somebody")


def _span(found: Violations, path: str, message: pb.Exemption, now: int) -> Span:
    start = noted_instant(found, f"{path}.start_time", message.start_time) if message.HasField("start_time") else now
    if not message.HasField("end_time"):
        found.add(f"{path}.end_time", "must be set: an exemption has an end")
        return Span(start, start)
    end = noted_instant(found, f"{path}.end_time", message.end_time)
    if end <= start:
        found.add(f"{path}.end_time", "must be later than its start")
    return Span(start, end)
