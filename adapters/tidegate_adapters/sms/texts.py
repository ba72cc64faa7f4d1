"""Texts: whether a message may be offered, what people answer who want no more, and how many parts are charged."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from tidegate.channels import OutboundMessage, Outcome, Scope
from tidegate.channels.sms import domestic_part_count, part_count

from tidegate_adapters.sms.marketing import Marketing, plain
from tidegate_adapters.sms.numbers import is_domestic, is_number

REFUSALS: Final = (
    "R",
    "T",
    "N",
    "TD",
    "QX",
    "退订",
    "拒收",
    "取消",
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
)
"""Whole answers that say that somebody wants no more messages."""


def is_refusal(text: str, words: Collection[str] = REFUSALS) -> bool:
    """Whether an answer is one of the words, however it is written: full width, lower case, with a full stop."""
    return plain(text) in {plain(word) for word in words}


def unfit(message: OutboundMessage, marketing: Marketing, now: datetime) -> Outcome | None:
    """Why a message is not offered now; None when nothing speaks against it."""
    if not is_number(message.address):
        return Outcome.invalid_recipient("not a number in E.164")
    if not message.content.provider_template:
        return _NO_TEMPLATE
    return marketing.refusal(message, now)


_NO_TEMPLATE: Final = Outcome.content_rejected(
    "the template names no template of the provider for this account; add it to its provider_templates",
    scope=Scope.TEMPLATE,
)


def parts_of(message: OutboundMessage, signature: str) -> int | None:
    """How many parts it is charged as; None where its text is the provider's."""
    text = message.content.text
    if not text:
        return None
    if is_domestic(message.address):
        return domestic_part_count(text, "" if text.startswith("【") else signature)
    return part_count(text)
