"""The channel `wechat.service`: what a service desk writes while a customer's interaction window is open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from tidegate.channels import (
    WECHAT_SERVICE,
    Content,
    Manifest,
    OutboundMessage,
    Outcome,
    Scope,
    Trigger,
    WindowRule,
)

from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.wechat.channel import WechatChannel
from tidegate_adapters.wechat.settings import AppType, ServiceSettings
from tidegate_adapters.weixin.web import as_json

_MINUTE: Final = timedelta(minutes=1)
_SHORT: Final = date(2023, 6, 12)
"""From when on what is not a message opens a window for a minute only."""

WINDOWS: Final = (
    WindowRule(trigger=Trigger.MESSAGE, lifetime=timedelta(hours=48), messages=5),
    WindowRule(trigger=Trigger.MENU_CLICK, lifetime=_MINUTE, messages=3, since=_SHORT),
    WindowRule(trigger=Trigger.FOLLOW, lifetime=_MINUTE, messages=3, since=_SHORT),
    WindowRule(trigger=Trigger.SCAN, lifetime=_MINUTE, messages=3, since=_SHORT),
    WindowRule(trigger=Trigger.SESSION, lifetime=_MINUTE, messages=2),
)
"""Of official accounts, but for SESSION, which is of mini-programs; MESSAGE is of both."""

PICTURE: Final = "picture"
"""The part that holds the address of a link's picture."""

THUMBNAIL: Final = "thumb_media_id"
"""The part that holds the provider's id of a card's picture; it makes a message a card."""


class ServiceChannel(WechatChannel[ServiceSettings]):
    """Texts, links, and cards of mini-programs.

    A message with the part `thumb_media_id` is a card, one with a link is a link (an official account's is its
    news), any other a text. Title and description are its subject and text.
    """

    manifest = Manifest(
        name="wechat.service",
        kinds=(WECHAT_SERVICE,),
        title="WeChat customer-service messages of mini-programs and official accounts",
        max_batch=100,
        windows=WINDOWS,
        concurrency=8,
        call_timeout=CALL_TIMEOUT,
    )
    settings_type = ServiceSettings
    path = "/cgi-bin/message/custom/send"

    def compose(self, settings: ServiceSettings, message: OutboundMessage) -> bytes | Outcome:
        if problem := _problem(settings, message.content):
            return Outcome.content_rejected(problem, scope=Scope.TEMPLATE)
        kind, said = _said(settings, message.content)
        body = {"touser": message.address, "msgtype": kind, kind: said}
        return as_json(body)


def _problem(settings: ServiceSettings, content: Content) -> str:
    """Why it can't be said; "" when it can."""
    if others := content.variables.keys() - {PICTURE, THUMBNAIL}:
        return f"there is no part {min(others)}; a message has {PICTURE} and {THUMBNAIL} beside its texts"
    if content.variables.get(THUMBNAIL):
        return _card_problem(settings, content)
    if content.link:
        return _link_problem(content)
    return "" if content.text else "it says nothing; give it a text"


def _card_problem(settings: ServiceSettings, content: Content) -> str:
    if not content.subject or not content.link or "://" in content.link:
        return "a card needs a subject, and a link to a page of its mini-program"
    if settings.app_type is AppType.OFFICIAL_ACCOUNT and not settings.miniprogram_appid:
        return "a card needs a mini-program; set the account's miniprogram_appid"
    return ""


def _link_problem(content: Content) -> str:
    if "://" not in content.link:
        return f"a link to a page of a mini-program needs the part {THUMBNAIL}"
    return "" if content.subject else "a link needs a subject"


def _said(settings: ServiceSettings, content: Content) -> tuple[str, object]:
    """The provider's type of the message, and what stands under it."""
    is_official = settings.app_type is AppType.OFFICIAL_ACCOUNT
    if thumbnail := content.variables.get(THUMBNAIL):
        card = {"title": content.subject, "pagepath": content.link, "thumb_media_id": thumbnail}
        return "miniprogrampage", {**card, "appid": settings.miniprogram_appid} if is_official else card
    if not content.link:
        return "text", {"content": content.text}
    link = {"title": content.subject, "description": content.text, "url": content.link}
    picture = content.variables.get(PICTURE, "")
    if is_official:
        return "news", {"articles": [{**link, "picurl": picture}]}
    return "link", {**link, "thumb_url": picture}
