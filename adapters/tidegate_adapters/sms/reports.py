"""Receipts and answers as providers of China tell them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from tidegate.channels import Callback, Outcome, OutcomeKind, Receipt, ReceiptKind, Reply
from tidegate.channels.allowances import PLATFORM_ZONE

Item = Mapping[str, Any]


def time_of(given: object) -> datetime | None:
    """A time as the provider writes it, in China's time; None when it is none."""
    try:
        return datetime.fromisoformat(str(given)).replace(tzinfo=PLATFORM_ZONE).astimezone(UTC)
    except ValueError:
        return None


def receipt(message_id: str, provider_id: str, address: str, time: datetime, bounce: Outcome | None) -> Receipt | None:
    """A receipt; None where the provider's words leave open what became of the message."""
    if bounce and bounce.kind is OutcomeKind.UNCERTAIN:
        return None
    if bounce and bounce.kind is OutcomeKind.ACCEPTED:
        bounce = None
    return Receipt(
        kind=ReceiptKind.BOUNCED if bounce else ReceiptKind.DELIVERED,
        time=time,
        message_id=message_id,
        provider_id=provider_id,
        address=address,
        outcome=bounce,
    )


def reply(callback: Callback, taken: str, *, is_push: bool) -> Reply:
    """What the provider is answered: `taken`, or that it can't be read."""
    if not is_push:
        return Reply(status=400, body="nothing that can be read", content_type="text/plain")
    key = hashlib.sha256(callback.body).hexdigest()
    return Reply(body=taken, content_type="application/json", key=key)


def items_of(body: bytes) -> Sequence[Item]:
    """The JSON objects in a body, which is an array of them, or one; none when it is neither."""
    with suppress(ValueError, RecursionError):
        read = json.loads(body)
        items = read if isinstance(read, list) else [read]
        if all(isinstance(one, dict) for one in items):
            return items
    return []


def text_of(item: Item, names: Sequence[str]) -> str:
    """The first of the fields that is there, as a text; "" when none is."""
    return next((str(item[name]) for name in names if item.get(name) is not None), "")


def digest_of(item: Item) -> str:
    """By what an item is known that has no id."""
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()
