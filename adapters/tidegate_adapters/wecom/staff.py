"""The channel `wecom.staff`: what a company's app writes to its staff."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from tidegate.channels import WECOM_STAFF, Account, Content, Manifest, OutboundMessage, Outcome

from tidegate_adapters.calls import offer_groups
from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.wecom.channel import WecomChannel, grouped, refused, text_at
from tidegate_adapters.wecom.codes import INVALID_USER, UNLICENSED_USER
from tidegate_adapters.wecom.settings import StaffSettings
from tidegate_adapters.weixin.api import Answered, Api
from tidegate_adapters.weixin.codes import Meaning
from tidegate_adapters.weixin.web import as_json

_PATH: Final = "/cgi-bin/message/send"
_LONGEST_TEXT: Final = 2048
"""Bytes, of which WeCom cuts off the rest without a word."""


class StaffChannel(WecomChannel[StaffSettings]):
    """Texts, and cards where a message has a link. The provider drops what it has had within its check's interval."""

    manifest = Manifest(
        name="wecom.staff",
        kinds=(WECOM_STAFF,),
        title="WeCom messages to staff",
        max_batch=200,
        idempotent=True,
        concurrency=4,
        call_timeout=CALL_TIMEOUT,
    )
    settings_type = StaffSettings

    async def send(self, account: Account[StaffSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        problems = [_problem(message) for message in batch]
        alike = [None if problem else _key(message) for message, problem in zip(batch, problems, strict=True)]
        groups = grouped(alike, account.settings.recipients_per_call)
        async with self.kept.use(account) as api:
            offer = partial(self._offer, account.settings, api)
            return await offer_groups(api.web.places, batch, groups, offer, api.tokens.get, refused=refused(problems))

    async def _offer(self, settings: StaffSettings, api: Api, group: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        body = {
            "touser": "|".join(message.address for message in group),
            "agentid": settings.agentid,
            **_said(group[0].content),
            "enable_duplicate_check": 1,
            "duplicate_check_interval": settings.duplicate_check_interval,
        }
        given = await api.call(_PATH, as_json(body))
        made = self.outcome(given, *(one.address for one in group), provider_id=text_at(given, "msgid"))
        left_out = {name: self._left_out(given, meaning) for name, meaning in _left_out(given).items()}
        return [left_out.get(message.address.lower(), made) for message in group]

    def _left_out(self, given: Answered, meaning: Meaning) -> Outcome:
        return meaning.outcome(self.now(), code=str(given.code), detail="the call was taken for others only")


def _problem(message: OutboundMessage) -> str:
    content = message.content
    if "|" in message.address or message.address == "@all":
        return "the address names several members of staff; name one"
    if not content.text:
        return "it says nothing; give it a text"
    if (length := len(content.text.encode())) > _LONGEST_TEXT:
        return f"the text has {length} bytes, and messages to staff take {_LONGEST_TEXT}"
    return "a link needs a subject" if content.link and not content.subject else ""


def _key(message: OutboundMessage) -> tuple[str, str, str]:
    content = message.content
    return content.subject, content.text, content.link


def _said(content: Content) -> dict[str, Any]:
    if not content.link:
        return {"msgtype": "text", "text": {"content": content.text}}
    card = {"title": content.subject, "description": content.text, "url": content.link}
    return {"msgtype": "textcard", "textcard": card}


def _left_out(given: Answered) -> dict[str, Meaning]:
    """Whom a call that was taken does not reach, by their ids in lower case, as WeCom writes them."""
    if given.code:
        return {}
    found = dict.fromkeys(_names(given, "unlicenseduser"), UNLICENSED_USER)
    return found | dict.fromkeys(_names(given, "invaliduser"), INVALID_USER)


def _names(given: Answered, name: str) -> list[str]:
    return [one.lower() for one in text_at(given, name).split("|") if one]
