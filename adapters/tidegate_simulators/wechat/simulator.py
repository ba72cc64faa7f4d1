"""api.weixin.qq.com: tokens, and messages to users of mini-programs and of official accounts."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any, Final

from tidegate_simulators.wechat.account import Account, User
from tidegate_simulators.wechat.events import Audience
from tidegate_simulators.wechat.fields import Template, type_of
from tidegate_simulators.wechat.tokens import TEXTS
from tidegate_simulators.weixin import Call, Endpoint, Refusal, Route, Sent
from tidegate_simulators.weixin.endpoint import OK, Answer
from tidegate_simulators.weixin.limits import DAY, MINUTE, Clock

_SUBSCRIBE: Final = "message/subscribe/send"
_TEMPLATE: Final = "message/template/send"
_CUSTOM: Final = "message/custom/send"
_STATES: Final = ("", "developer", "trial", "formal")
_LANGUAGES: Final = ("", "zh_CN", "en_US", "zh_HK", "zh_TW")
_TEXT_BYTES: Final = 2048
_KINDS: Final = frozenset(
    [
        "text",
        "image",
        "voice",
        "video",
        "music",
        "news",
        "mpnews",
        "mpnewsarticle",
        "msgmenu",
        "wxcard",
        "miniprogrampage",
        "link",
    ]
)


class WeChatSimulator(Endpoint):
    """The platform, for as long as a `with` block lasts.

        with WeChatSimulator() as cloud:
            users = cloud.add_account("wx1", "secret")
            users.account.add_template("T1", ["thing1"])
            users.decides("openid", accept=["T1"])
            …send to cloud.url…
            cloud.inbox.wait_for(1)

    Args:
        port: Port to listen on; 0 = any free one.
        clock: The time in seconds since 1970; tokens, windows and limits go by it.
        pace: Seconds that a subscription message is under way.
        keep: Whether messages are kept in `received`; counts are always kept.
        on_message: Called in the simulator's thread with each message taken.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock = time.time,
        pace: float = 0.0,
        keep: bool = True,
        on_message: Callable[[Sent], None] | None = None,
    ) -> None:
        super().__init__(port=port, clock=clock, pace=pace, keep=keep, on_message=on_message)
        self.accounts: dict[str, Audience] = {}
        self._message_ids = itertools.count(3_000_000_000_000_000_000)
        self._routes = {
            "stable_token": Route(self._stable_token, token=False),
            _SUBSCRIBE: Route(self._subscribe, address="touser", alone=43108),
            _TEMPLATE: Route(self._template, address="touser"),
            _CUSTOM: Route(self._custom, address="touser"),
        }

    def add_account(
        self, appid: str, secret: str, *, original_id: str = "", mini_program: bool = True, payment: bool = False
    ) -> Audience:
        """Have an account: `.account` is what it is, its methods are what its users do."""
        account = Account(
            appid,
            secret,
            clock=self.clock,
            limits=self.limits,
            original_id=original_id,
            mini_program=mini_program,
            payment=payment,
        )
        self.accounts[appid] = Audience(account, self.clock, self.pusher, self._state)
        return self.accounts[appid]

    def authenticate(self, call: Call) -> Audience:
        """The account whose token it is."""
        token = call.query.get("access_token", "")
        if not token:
            raise Refusal(41001, "access_token missing")
        for audience in self.accounts.values():
            if audience.account.tokens.knows(token):
                audience.account.tokens.check(token)
                return audience
        raise Refusal(40014, TEXTS[40014])

    def admit(self, call: Call) -> None:
        """Count a call against the account's caps of the day, and of the minute where it is throttled."""
        if call.caller is None:
            return
        account: Account = call.caller.account
        name = (account.appid, call.action)
        if call.action in account.per_minute and not self.limits.take(name, account.per_minute[call.action], MINUTE):
            raise Refusal(45011, "api minute-quota reach limit, must slower retry next minute")
        if not self.limits.take(name, account.caps[call.action], DAY):
            raise Refusal(45009, "reach max api daily quota limit")

    def _stable_token(self, call: Call) -> Answer:
        if call.text("grant_type") != "client_credential":
            raise Refusal(40002, "invalid grant_type")
        if not call.text("secret"):
            raise Refusal(41004, "appsecret missing")
        if not call.text("appid"):
            raise Refusal(41002, "appid missing")
        audience = self.accounts.get(call.text("appid"))
        if audience is None:
            raise Refusal(40013, "invalid appid")
        account = audience.account
        if call.text("secret") != account.secret:
            raise Refusal(40125, "invalid appsecret")
        if account.whitelist is not None and call.peer not in account.whitelist:
            raise Refusal(40164, f"invalid ip {call.peer} ipv6 ::ffff:{call.peer}, not in whitelist")
        return account.tokens.issue(force=call.body.get("force_refresh") is True)

    def _subscribe(self, call: Call) -> Answer:
        audience: Audience = call.caller
        account = audience.account
        openid = call.text("touser")
        user = _user(account, openid)
        template = _template(account, call)
        if account.banned:
            raise Refusal(43107, "the subscription message capability is banned")
        _check_form(account, call)
        _check_data(account, template, call.body.get("data"))
        template_id = call.text("template_id")
        _use_credit(account, user, template, template_id)
        message_id = self._keep(call, openid)
        if audience.callbacks is not None:
            audience.sent(openid, template_id, message_id, fate=user.fate)
        return b'{"errcode":0,"errmsg":"ok","msgid":%d}' % message_id

    def _template(self, call: Call) -> Answer:
        audience: Audience = call.caller
        account = audience.account
        openid = call.text("touser")
        user = _user(account, openid)
        template = _template(account, call)
        if not user.follows:
            raise Refusal(43004, "require subscribe")
        if user.blacklisted:
            raise Refusal(43019, "require remove blacklist")
        if user.refuses_templates:
            raise Refusal(48002, "user refuses to accept messages")
        _check_data(account, template, call.body.get("data"))
        message_id = self._keep(call, openid)
        audience.finished(openid, message_id, fate=user.fate)
        return {**OK, "msgid": message_id}

    def _custom(self, call: Call) -> Answer:
        audience: Audience = call.caller
        openid = call.text("touser")
        user = _user(audience.account, openid)
        kind = call.text("msgtype")
        if kind not in _KINDS:
            raise Refusal(40008, "invalid message type")
        if not call.body.get(kind) or (kind == "text" and not call.text("text", "content")):
            raise Refusal(44004, "empty content")
        if len(call.text("text", "content").encode()) > _TEXT_BYTES:
            raise Refusal(45002, "content size out of limit")
        if user.minor:
            raise Refusal(70000, "the user is protected as a minor")
        user.windows.take(self.clock())
        message_id = self._keep(call, openid)
        return {**OK, "msgid": message_id}

    def _keep(self, call: Call, openid: str) -> int:
        message_id = next(self._message_ids)
        account: Account = call.caller.account
        sent = Sent(call.action, account.appid, openid, str(message_id), call.body, self.clock())
        self.inbox.put(sent, call.content)
        return message_id


def _user(account: Account, openid: str) -> User:
    user = account.user(openid)
    if user is None:
        raise Refusal(40003, "invalid openid")
    return user


def _template(account: Account, call: Call) -> Template:
    template_id = call.text("template_id")
    template = account.templates.get(template_id)
    if template is None and account.everyone and template_id:
        template = _template_on_sight(account, template_id, call.body.get("data"))
    if template is None:
        raise Refusal(40037, "invalid template_id")
    return template


def _use_credit(account: Account, user: User, template: Template, template_id: str) -> None:
    left = user.credits.get(template_id, account.credits_at_first)
    if left < 1:
        raise Refusal(43101, "user refuse to accept the msg")
    if not template.lasting:
        user.credits[template_id] = left - 1


def _template_on_sight(account: Account, template_id: str, data: object) -> Template:
    """The template that the first message of it shows."""
    names = [name for name in data if type_of(name) not in ("", "enum")] if isinstance(data, dict) else []
    return account.add_template(template_id, names)


def _check_form(account: Account, call: Call) -> None:
    page = call.text("page")
    if page and account.pages is not None and page.partition("?")[0] not in account.pages:
        raise Refusal(41030, "invalid page")
    if call.text("miniprogram_state") not in _STATES:
        raise Refusal(47003, "argument invalid! miniprogram_state invalid")
    if call.text("lang") not in _LANGUAGES:
        raise Refusal(47003, "argument invalid! lang invalid")


def _check_data(account: Account, template: Template, data: Any) -> None:
    fault = template.fault(data)
    if fault:
        raise Refusal(47003, fault)
    if account.sensitive and any(word in str(data) for word in account.sensitive):
        raise Refusal(45168, "hit sensitive word")
