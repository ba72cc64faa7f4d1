"""The channel `wecom.robot`: what a robot says in a group chat. Its key, which is secret, is its address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from tidegate.channels import (
    WECOM_ROBOT,
    Account,
    Channel,
    Content,
    Limit,
    Manifest,
    OutboundMessage,
    Outcome,
    Per,
)

from tidegate_adapters.calls import Kept, NoAnswer, offer_each
from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.wecom.codes import MESSAGE_CODES
from tidegate_adapters.wecom.settings import RobotSettings
from tidegate_adapters.weixin.api import read_answer
from tidegate_adapters.weixin.channel import Clock, utc_now
from tidegate_adapters.weixin.codes import UNKNOWN, told
from tidegate_adapters.weixin.web import Web, as_json

_PATH: Final = "/cgi-bin/webhook/send"
_LONGEST_TEXT: Final = 2048
_LONGEST_MARKDOWN: Final = 4096

MARKDOWN: Final = "markdown"
"""The part that is said in place of the text, as Markdown."""


class RobotChannel(Channel[RobotSettings]):
    """A text, Markdown, or a link with its subject and text."""

    manifest = Manifest(
        name="wecom.robot",
        kinds=(WECOM_ROBOT,),
        title="WeCom group robots",
        max_batch=20,
        limits=(Limit(per=Per.ADDRESS, most=20, within=timedelta(minutes=1)),),
        concurrency=4,
        call_timeout=CALL_TIMEOUT,
    )
    settings_type = RobotSettings

    def __init__(self, now: Clock = utc_now) -> None:
        self._now = now
        self._kept = Kept[RobotSettings, Web](Web)

    async def send(self, account: Account[RobotSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        async with self._kept.use(account) as web:
            return await offer_each(web.places, batch, partial(self._offer, web))

    async def test(self, account: Account[RobotSettings]) -> Outcome:
        """Find out whether WeCom answers; of robots, whose keys are addresses, that tells nothing."""
        web = Web(account.settings)
        try:
            read_answer(await web.post_json(_PATH, {"key": ""}, b"{}"))
        except NoAnswer as error:
            return error.outcome
        finally:
            await web.close()
        return Outcome.accepted(detail="WeCom answers; robots are not tested")

    async def close(self) -> None:
        await self._kept.close()

    async def _offer(self, web: Web, message: OutboundMessage) -> Outcome:
        if problem := _problem(message.content):
            return Outcome.content_rejected(problem)
        given = read_answer(await web.post_json(_PATH, {"key": message.address}, as_json(_said(message.content))))
        meaning = MESSAGE_CODES.get(given.code, UNKNOWN)
        return meaning.outcome(self._now(), code=str(given.code), detail=told(given.words, message.address))


def _problem(content: Content) -> str:
    if others := content.variables.keys() - {MARKDOWN}:
        return f"there is no part {min(others)}; a robot's message has {MARKDOWN} beside its texts"
    markdown = content.variables.get(MARKDOWN, "")
    said, most = (markdown, _LONGEST_MARKDOWN) if markdown else (content.text, _LONGEST_TEXT)
    if (length := len(said.encode())) > most:
        return f"it has {length} bytes, and a robot's message takes {most}"
    if content.link and not markdown:
        return "" if content.subject else "a link needs a subject"
    return "" if said else f"it says nothing; give it a text, or the part {MARKDOWN}"


def _said(content: Content) -> dict[str, Any]:
    if markdown := content.variables.get(MARKDOWN):
        return {"msgtype": "markdown", "markdown": {"content": markdown}}
    if content.link:
        article = {"title": content.subject, "description": content.text, "url": content.link}
        return {"msgtype": "news", "news": {"articles": [article]}}
    return {"msgtype": "text", "text": {"content": content.text}}
