"""The channel `wechat.subscription`: a mini-program's subscription messages, one for each permission."""

from __future__ import annotations

from tidegate.channels import WECHAT_SUBSCRIPTION, Content, Manifest, OutboundMessage, Outcome, Receipts, Scope

from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.wechat.channel import WechatChannel
from tidegate_adapters.wechat.fields import is_field, problem
from tidegate_adapters.wechat.settings import SubscriptionSettings
from tidegate_adapters.weixin.web import as_json


class SubscriptionChannel(WechatChannel[SubscriptionSettings]):
    """Messages of templates that were chosen at the provider; each uses up a permission.

    The daily cap is that of mini-programs with WeChat Pay; the provider refuses those without from 10 million on,
    and they wait for the next day.
    """

    manifest = Manifest(
        name="wechat.subscription",
        kinds=(WECHAT_SUBSCRIPTION,),
        title="WeChat mini-program subscription messages",
        max_batch=100,
        receipts=Receipts.PUSH,
        daily_cap=30_000_000,
        needs_grant=True,
        one_at_a_time=True,
        concurrency=8,
        call_timeout=CALL_TIMEOUT,
    )
    settings_type = SubscriptionSettings
    path = "/cgi-bin/message/subscribe/send"

    def compose(self, settings: SubscriptionSettings, message: OutboundMessage) -> bytes | Outcome:
        content = message.content
        refusal = _refusal(content)
        if refusal is not None:
            return refusal
        body: dict[str, object] = {
            "touser": message.address,
            "template_id": content.provider_template,
            "miniprogram_state": content.headers.get("miniprogram_state", settings.miniprogram_state),
            "lang": content.headers.get("lang", settings.lang),
            "data": {name: {"value": value} for name, value in content.variables.items()},
        }
        if content.link:
            body["page"] = content.link
        return as_json(body)


def _refusal(content: Content) -> Outcome | None:
    """Why the provider would refuse it; the template's fault where every message of it would be refused."""
    of_template = _template_problem(content)
    if of_template:
        return Outcome.content_rejected(of_template, scope=Scope.TEMPLATE)
    for name, value in content.variables.items():
        if found := problem(name, value):
            return Outcome.content_rejected(found)
    return None


def _template_problem(content: Content) -> str:
    if not content.provider_template:
        return "the template has no id at the provider; set the account's provider template"
    if not content.variables:
        return "the template fills in no field; give it parts such as thing1.value"
    if "://" in content.link or content.link.startswith("//"):
        return "the link must be a page of the mini-program, such as pages/order?id=1"
    if not all(map(is_field, content.variables)):
        return next(problem(name, "-") for name in content.variables if not is_field(name))
    return ""
