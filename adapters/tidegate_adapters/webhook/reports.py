"""What the other side tells later: `{"type": "message.delivered", "timestamp": …, "data": {"message_id": …}}`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from tidegate.channels import Answered, Outcome, OutcomeKind, Receipt, ReceiptKind, Report

from tidegate_adapters.webhook.words import redacted

_PREFIX: Final = "message."
_ANSWERED: Final = "message.answered"
_LONGEST: Final = 200
_KINDS: Final = {_PREFIX + kind: kind for kind in ReceiptKind}
TYPES: Final = (*_KINDS, _ANSWERED)


def is_event(body: bytes) -> bool:
    """Whether it is an event: a JSON object with a type and data."""
    return _event(body) is not None


def read(body: bytes, event_id: str, arrived: datetime) -> Sequence[Report]:
    """What an event says; nothing of types that are not known, and of messages that it does not name."""
    event = _event(body)
    if event is None:
        return []
    kind, data = event
    when = _time(data.get("time"), arrived)
    if kind == _ANSWERED and _text(data.get("address")):
        refuses = data.get("refuses") is True
        text = _text(data.get("text"))
        return [Answered(report_id=event_id, address=_text(data["address"]), text=text, is_refusal=refuses, time=when)]
    message_id, provider_id = _text(data.get("message_id")), _text(data.get("id"))
    if kind not in _KINDS or not (message_id or provider_id):
        return []
    outcome = _outcome(data) if _KINDS[kind] is ReceiptKind.BOUNCED else None
    address = _text(data.get("address"))
    return [
        Receipt(
            kind=_KINDS[kind],
            time=when,
            message_id=message_id,
            provider_id=provider_id,
            address=address,
            outcome=outcome,
        )
    ]


def _event(body: bytes) -> tuple[str, Mapping[str, object]] | None:
    try:
        event = json.loads(body)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        return None
    return _text(event.get("type")), event["data"]


def _outcome(data: Mapping[str, object]) -> Outcome:
    told = data.get("outcome")
    refusals = {kind.value: kind for kind in OutcomeKind if kind.is_definite_refusal}
    kind = refusals.get(told, OutcomeKind.PERMANENT) if isinstance(told, str) else OutcomeKind.PERMANENT
    detail = redacted(_text(data.get("detail")), _text(data.get("address")))
    return Outcome(kind, provider_code=_text(data.get("code"))[:_LONGEST], detail=detail)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object, arrived: datetime) -> datetime:
    try:
        time = datetime.fromisoformat(_text(value))
    except ValueError:
        return arrived
    return min(time if time.tzinfo else time.replace(tzinfo=UTC), arrived)
