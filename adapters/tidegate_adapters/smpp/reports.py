"""What an SMSC delivers: receipts, and customers' answers."""

from __future__ import annotations

import hashlib
import re
import struct
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from tidegate.channels import Answered, Outcome, Receipt, Report

from tidegate_adapters.smpp.alphabets import text_of
from tidegate_adapters.smpp.codes import STATE_WORDS, STATES
from tidegate_adapters.smpp.pdus import Delivered
from tidegate_adapters.smpp.settings import ReceiptIds, SmppSettings
from tidegate_adapters.sms.numbers import from_national
from tidegate_adapters.sms.reports import receipt
from tidegate_adapters.sms.texts import is_refusal

_ID: Final = re.compile(r"\bid:\s*(\S+)", re.IGNORECASE)
_STATE: Final = re.compile(r"\bstat:\s*(\w+)", re.IGNORECASE)
_ERROR: Final = re.compile(r"\berr:\s*(\S+)", re.IGNORECASE)
_FINAL: Final = frozenset({*STATE_WORDS.values()}) - {"ACCEPTD"}
"""ACCEPTD is no end: the message has been taken on, and another receipt says what became of it."""
_MOST_KEPT: Final = 100_000


class Parts:
    """Which message parts belong to: a message is known by the id of its last part."""

    def __init__(self) -> None:
        self._whole: OrderedDict[str, str] = OrderedDict()

    def keep(self, parts: Collection[str]) -> str:
        """Keep the ids of the parts of one message; the id by which it is known, "" where there is none."""
        if not parts:
            return ""
        *others, last = parts
        self._whole.update(dict.fromkeys(others, last))
        while len(self._whole) > _MOST_KEPT:
            self._whole.popitem(last=False)
        return last

    def whole(self, part: str) -> str:
        """The id of the message that a part belongs to, which is the part's own unless it is one of several."""
        return self._whole.get(part, part)


def report_of(delivered: Delivered, parts: Parts, arrived: datetime, settings: SmppSettings) -> Report | None:
    """What a deliver_sm says; None where it settles nothing, such as that one part of several has arrived."""
    text = text_of(delivered.data, delivered.coding)
    if delivered.is_receipt:
        return _receipt(delivered, text, parts, arrived, settings.receipt_ids)
    address = from_national(delivered.source)
    if delivered.kind or not address:
        return None
    return Answered(
        report_id=f"answer {_digest(delivered, arrived)}",
        address=address,
        text=text,
        is_refusal=is_refusal(text, settings.refusal_words),
        time=arrived,
    )


def _digest(delivered: Delivered, arrived: datetime) -> str:
    """The same for what the SMSC delivers again within the hour; who writes the same words later is heard again.

    SMPP numbers deliveries anew each time. An hour that turns in between makes two reports of one answer, which is
    better than a refusal that is not heard.
    """
    digest = hashlib.sha256(f"{arrived.astimezone(UTC):%Y%m%d%H} {delivered.source} {delivered.coding} ".encode())
    digest.update(delivered.data)
    for tag, value in sorted(delivered.parameters.items()):
        digest.update(struct.pack("!HH", tag, len(value)) + value)
    return digest.hexdigest()


def _receipt(
    delivered: Delivered, text: str, parts: Parts, arrived: datetime, receipt_ids: ReceiptIds
) -> Receipt | None:
    part = receipt_ids.of_receipt(delivered.receipted_id or _found(_ID, text))
    word = STATE_WORDS.get(delivered.state) or _found(_STATE, text).upper()
    if not part or word not in _FINAL:
        return None
    whole = parts.whole(part)
    outcome = _with_error(STATES.outcome(word), _found(_ERROR, text))
    told = receipt("", whole, "", arrived, outcome)
    is_other_part = whole != part
    return None if told is None or (is_other_part and told.outcome is None) else told


def _with_error(outcome: Outcome, error: str) -> Outcome:
    """The network's own code stands in the detail, for people."""
    return replace(outcome, detail=f"err:{error}"[:50]) if error.strip("0") else outcome


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
