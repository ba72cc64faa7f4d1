"""The channel `wechat.template`: an official account's template messages to its followers."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import WECHAT_TEMPLATE, Manifest, OutboundMessage, Outcome, Receipts, Scope

from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.wechat.channel import WechatChannel
from tidegate_adapters.wechat.fields import problem
from tidegate_adapters.wechat.settings import TemplateSettings
from tidegate_adapters.weixin.web import as_json


class TemplateChannel(WechatChannel[TemplateSettings]):
    """Notices, which the provider allows no advertising in; a receipt says later whether they arrived."""

    manifest = Manifest(
        name="wechat.template",
        kinds=(WECHAT_TEMPLATE,),
        title="WeChat official account template messages",
        max_batch=100,
        receipts=Receipts.PUSH,
        concurrency=8,
        call_timeout=CALL_TIMEOUT,
    )
    settings_type = TemplateSettings
    path = "/cgi-bin/message/template/send"

    def compose(self, settings: TemplateSettings, message: OutboundMessage) -> bytes | Outcome:
        content = message.content
        if not content.provider_template:
            words = "the template has no id at the provider; set the account's provider template"
            return Outcome.content_rejected(words, scope=Scope.TEMPLATE)
        for name, value in content.variables.items():
            if found := problem(name, value, others_allowed=True):
                return Outcome.content_rejected(found)
        target = _target(settings, content.link)
        if target is None:
            words = "the link is a page of a mini-program; set the account's miniprogram_appid, or link to a URL"
            return Outcome.content_rejected(words, scope=Scope.TEMPLATE)
        body = {
            "touser": message.address,
            "template_id": content.provider_template,
            **target,
            "data": {name: {"value": value} for name, value in content.variables.items()},
        }
        return as_json(body)


def _target(settings: TemplateSettings, link: str) -> Mapping[str, object] | None:
    """What opens when the message is tapped; None = a page of no mini-program."""
    if not link:
        return {}
    if "://" in link:
        return {"url": link}
    if not settings.miniprogram_appid:
        return None
    return {"miniprogram": {"appid": settings.miniprogram_appid, "pagepath": link}}
