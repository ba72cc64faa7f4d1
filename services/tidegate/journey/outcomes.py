"""Pure: which edge of a send an outcome of delivery stands for."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tidegate.api.delivery.v1 import messages_pb2 as delivery
from tidegate.journey.walk import News

_DROPPED: Mapping[int, str] = {
    delivery.DROP_REASON_EXPIRED: "expired",
    delivery.DROP_REASON_NOT_OWNER: "not_owner",
    delivery.DROP_REASON_NO_CONSENT: "no_consent",
    delivery.DROP_REASON_SUPPRESSED: "no_consent",
    delivery.DROP_REASON_NO_ADDRESS: "no_address",
    delivery.DROP_REASON_WINDOW_CLOSED: "window_closed",
    delivery.DROP_REASON_NO_CREDIT: "no_credit",
    delivery.DROP_REASON_HELD_OUT: "held_out",
    delivery.DROP_REASON_FREQUENCY: "capped",
    delivery.DROP_REASON_REPEATED: "capped",
    delivery.DROP_REASON_QUIET: "quiet_expired",
}
"""Reasons that are not named here (cancelled, not active, template invalid) leave by `failed`."""

_FAILED: Mapping[int, str] = {delivery.OUTCOME_NOT_SUBSCRIBED: "no_credit"}
_SENT = {delivery.MESSAGE_STATE_SENT}
_DELIVERED = {
    delivery.MESSAGE_STATE_DELIVERED,
    delivery.MESSAGE_STATE_OPENED,
    delivery.MESSAGE_STATE_CLICKED,
}


@lru_cache
def news_of(*, state: int, drop_reason: int, outcome: int) -> News | None:
    """The edge that a message's state stands for; None while it is not settled.

    An uncertain message is not settled: delivery settles it by a receipt, or as sent after a time.
    """
    if state in _SENT:
        return News("sent", "sent")
    if state in _DELIVERED:
        return News("delivered", "delivered")
    if state == delivery.MESSAGE_STATE_DROPPED:
        return News(_DROPPED.get(drop_reason, "failed"), _name(delivery.DropReason, "DROP_REASON_", drop_reason))
    if state == delivery.MESSAGE_STATE_FAILED:
        return News(_FAILED.get(outcome, "failed"), _name(delivery.Outcome, "OUTCOME_", outcome))
    if state == delivery.MESSAGE_STATE_BOUNCED:
        return News("failed", "bounced")
    return None


def _name(enumeration: Any, prefix: str, value: int) -> str:
    """The value's name in lower case, or its number when this version does not know it."""
    if value not in enumeration.values():
        return str(value)
    return str(enumeration.Name(value)).removeprefix(prefix).lower()
