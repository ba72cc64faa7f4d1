"""What marketing messages must say, and what people answer who want no more of them.

Both are data: carriers and providers change them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Final

from tidegate.channels import OutboundMessage, Outcome, Scope
from tidegate.channels.sms import domestic_part_count, part_count

from tidegate_adapters.sms.numbers import is_domestic, is_number

SUFFIX: Final = "拒收请回复R"
"""How a marketing message to a mainland number must end (November 2026)."""

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

_AROUND: Final = " \t\r\n。.!！,，;；"


def is_refusal(text: str, words: Collection[str] = REFUSALS) -> bool:
    """Whether an answer is one of the words, however it is written: full width, lower case, with a full stop."""
    return _plain(text) in {_plain(word) for word in words}


def unfit(message: OutboundMessage, suffix: str) -> Outcome | None:
    """Why a message is not offered at all; None when nothing speaks against it.

    `suffix` is how marketing to mainland numbers must end; "" = it is not looked at.
    """
    if not is_number(message.address):
        return Outcome.invalid_recipient("not a number in E.164")
    if not message.content.provider_template:
        return _NO_TEMPLATE
    if suffix and _lacks(message, suffix):
        return Outcome.content_rejected(f"marketing to mainland numbers must end with {suffix}; change the template")
    return None


_NO_TEMPLATE: Final = Outcome.content_rejected(
    "the template names no template of the provider for this account; add it to its provider_templates",
    scope=Scope.TEMPLATE,
)


def _lacks(message: OutboundMessage, suffix: str) -> bool:
    """Whether a message surely is marketing to a mainland number and surely does not end as it must.

    Only what one click ends is marketing, and only a text that is seen can be judged: a template at the provider
    may say it by itself.
    """
    text = message.content.text
    if not text or not message.unsubscribe_url or not is_domestic(message.address):
        return False
    return not _plain(text).endswith(_plain(suffix))


def parts_of(message: OutboundMessage, signature: str) -> int | None:
    """How many parts it is charged as; None where its text is the provider's."""
    text = message.content.text
    if not text:
        return None
    if is_domestic(message.address):
        return domestic_part_count(text, "" if text.startswith("【") else signature)
    return part_count(text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(_AROUND).casefold()
