"""Kinds of channel: what a message asks for, and which identifier of a customer it is addressed to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,62}")


def is_name(text: str) -> bool:
    """Whether `text` can name a kind or a channel: lower-case, 1-63 of a-z 0-9 _ . - after a letter."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to reach people, whoever provides it.

    Attributes:
        name: What a message names in its fallback order, e.g. `email`.
        namespace: The namespace of the identifiers that are its addresses. `{appid}` and the like
            stand for settings of the account: an openid belongs to one app.
    """

    name: str
    namespace: str

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError(f"Kind.name: {self.name!r} is no name; use a-z, 0-9 and _ . -")
        if not self.namespace:
            raise ValueError("Kind.namespace: must name the identifiers that serve as addresses")


EMAIL: Final = Kind("email", "email")
SMS: Final = Kind("sms", "phone")
MMS: Final = Kind("mms", "phone")
WECHAT_SUBSCRIPTION: Final = Kind("wechat.subscription", "wechat.openid:{appid}")
WECHAT_TEMPLATE: Final = Kind("wechat.template", "wechat.openid:{appid}")
WECHAT_SERVICE: Final = Kind("wechat.service", "wechat.openid:{appid}")
WECOM: Final = Kind("wecom", "wecom.external_userid:{corpid}")
WECOM_WELCOME: Final = Kind("wecom.welcome", "wecom.external_userid:{corpid}")
WECOM_STAFF: Final = Kind("wecom.staff", "wecom.userid:{corpid}")
WECOM_ROBOT: Final = Kind("wecom.robot", "wecom.robot")
PUSH: Final = Kind("push", "device")
WEBHOOK: Final = Kind("webhook", "webhook")

STANDARD_KINDS: Final = (
    EMAIL,
    SMS,
    MMS,
    WECHAT_SUBSCRIPTION,
    WECHAT_TEMPLATE,
    WECHAT_SERVICE,
    WECOM,
    WECOM_WELCOME,
    WECOM_STAFF,
    WECOM_ROBOT,
    PUSH,
    WEBHOOK,
)
"""The kinds that Tidegate knows by name; an adapter may bring others."""

_STANDARD: Final = {kind.name: kind for kind in STANDARD_KINDS}


def kind_named(name: str) -> Kind:
    """The standard kind of that name, else one whose addresses are in the namespace of its own name."""
    return _STANDARD.get(name) or Kind(name, name)
