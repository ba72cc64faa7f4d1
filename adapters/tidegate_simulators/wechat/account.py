"""A mini-program or an official account: its templates, its users, and where its events go."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from tidegate_simulators.wechat.fields import Template
from tidegate_simulators.wechat.tokens import StableTokens
from tidegate_simulators.wechat.windows import Windows
from tidegate_simulators.weixin import Limits
from tidegate_simulators.weixin.limits import Clock

CAPS: Final = {
    "message/subscribe/send": 10_000_000,
    "message/template/send": 100_000,
    "message/custom/send": 500_000,
}
"""Calls a day, of an account without payment."""

WITH_PAYMENT: Final = 30_000_000
"""Subscription messages a day of an account with payment."""


@dataclass(slots=True)
class User:
    """What an account knows of one openid.

    Attributes:
        windows: In which it may write to them.
        credits: Sends that are left, by template.
        follows: Whether they follow an official account.
        refuses_templates: Whether they refuse an official account's template messages (48002).
        blacklisted: Whether the account has them on its blacklist (43019).
        minor: Whether the platform protects them as a minor (70000).
        fate: What becomes of messages to them: `success`, `user block` or `system failed`.
    """

    windows: Windows
    credits: dict[str, int] = field(default_factory=dict)
    follows: bool = False
    refuses_templates: bool = False
    blacklisted: bool = False
    minor: bool = False
    fate: str = "success"


class Account:
    """One appid.

    Attributes:
        templates: By id; those of a mini-program and of an official account alike.
        users: By openid.
        caps: Calls a day, by action (45009).
        per_minute: Calls a minute, by action, where they are throttled (45011).
        whitelist: IP addresses that may ask for tokens (40164); None = all.
        pages: Pages that exist, without parameters (41030); None = all.
        sensitive: Words that no field may hold (45168).
        banned: Whether it may not send subscription messages any more (43107).
        everyone: Whether each openid is a user as soon as it is written to.
        credits_at_first: Sends that a user has whom nothing was heard of.
    """

    def __init__(
        self,
        appid: str,
        secret: str,
        *,
        clock: Clock,
        limits: Limits,
        original_id: str = "",
        mini_program: bool = True,
        payment: bool = False,
    ) -> None:
        self.appid = appid
        self.secret = secret
        self.original_id = original_id or f"gh_{secrets.token_hex(6)}"
        self.mini_program = mini_program
        self.templates: dict[str, Template] = {}
        self.users: dict[str, User] = {}
        self.tokens = StableTokens(clock, limits, appid)
        self.caps = dict(CAPS)
        if payment:
            self.caps["message/subscribe/send"] = WITH_PAYMENT
        self.per_minute: dict[str, int] = {}
        self.whitelist: frozenset[str] | None = None
        self.pages: frozenset[str] | None = None
        self.sensitive: tuple[str, ...] = ()
        self.banned = False
        self.everyone = False
        self.credits_at_first = 0

    def add_template(
        self,
        template_id: str,
        fields: Iterable[str],
        *,
        lasting: bool = False,
        choices: dict[str, tuple[str, ...]] | None = None,
    ) -> Template:
        """Have a template; see `Template`."""
        template = Template(fields, lasting=lasting, choices=choices)
        self.templates[template_id] = template
        return template

    def add_user(self, openid: str, *, follows: bool = False) -> User:
        """Know a user."""
        user = self.users.get(openid)
        if user is None:
            user = self.users[openid] = User(Windows(mini_program=self.mini_program), follows=follows)
        return user

    def user(self, openid: str) -> User | None:
        """The user of an openid; None = there is none."""
        user = self.users.get(openid)
        if user is None and self.everyone and openid:
            user = self.add_user(openid, follows=not self.mini_program)
        return user

    def credit(self, openid: str, template_id: str) -> int:
        """How many sends of a template a user still allows."""
        user = self.user(openid)
        return user.credits.get(template_id, self.credits_at_first) if user else 0
