"""What an SMSC delivers: receipts, and customers' answers."""

from __future__ import annotations

import hashlib
import re
import struct
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


def report_of(delivered: Delivered, arrived: datetime, settings: SmppSettings) -> Report | None:
    """What a deliver_sm says; None where it settles nothing, such as that a message is on its way."""
    text = text_of(delivered.data, delivered.coding)
    if delivered.is_receipt:
        return _receipt(delivered, text, arrived, settings.receipt_ids)
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


def _receipt(delivered: Delivered, text: str, arrived: datetime, receipt_ids: ReceiptIds) -> Receipt | None:
    """Of a message, or of a part of one: delivery knows the ids of both."""
    given = receipt_ids.of_receipt(delivered.receipted_id or _found(_ID, text))
    word = STATE_WORDS.get(delivered.state) or _found(_STATE, text).upper()
    if not given or word not in _FINAL:
        return None
    return receipt("", given, "", arrived, _with_error(STATES.outcome(word), _found(_ERROR, text)))


def _with_error(outcome: Outcome, error: str) -> Outcome:
    """The network's own code stands in the detail, for people."""
    return replace(outcome, detail=f"err:{error}"[:50]) if error.strip("0") else outcome


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
