"""Settings of WeChat accounts: an app, and how it calls us."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.weixin.callbacks import Seal
from tidegate_adapters.weixin.settings import is_base_url, is_wrong_key


class CallbackMode(StrEnum):
    """How the message push is configured at the provider."""

    SAFE = "safe"
    """Encrypted, and signed as a whole."""
    PLAIN = "plain"
    """Neither: whoever sees one callback can write others. Only behind a network that keeps others out."""


class ProgramState(StrEnum):
    """Which version of the mini-program opens."""

    FORMAL = "formal"
    TRIAL = "trial"
    DEVELOPER = "developer"


class AppType(StrEnum):
    """What an appid stands for."""

    MINI_PROGRAM = "mini_program"
    OFFICIAL_ACCOUNT = "official_account"


@dataclass(frozen=True, slots=True)
class WechatSettings:
    """What an account of every WeChat channel is configured with."""

    appid: str = setting("Id of the mini-program or official account, such as wx0123456789abcdef", minimum=1)
    app_secret: Secret = secret("Its AppSecret")
    base_url: str = setting("Where the interface is", default="https://api.weixin.qq.com")
    callback_token: Secret = secret("Token of the message push; empty = none is taken", default=Secret(""))
    encoding_aes_key: Secret = secret("EncodingAESKey of the message push", default=Secret(""))
    callback_mode: CallbackMode = setting("How the message push is configured", default=CallbackMode.SAFE)
    connections: int = setting("Connections kept, and most calls at one time", default=32, minimum=1, maximum=256)
    connect_timeout: float = setting("Seconds for a connection", default=5.0, minimum=0.05, maximum=30.0)
    timeout: float = setting("Seconds for an answer", default=10.0, minimum=0.05, maximum=30.0)

    def __post_init__(self) -> None:
        problems = [Problem(field, description) for field, (wrong, description) in _CHECKS.items() if wrong(self)]
        if problems:
            raise SettingsError(problems)

    @property
    def seal(self) -> Seal:
        """By what callbacks are known."""
        return Seal(
            token=self.callback_token,
            encoding_aes_key=self.encoding_aes_key,
            receive_id=self.appid,
            is_plain_allowed=self.callback_mode is CallbackMode.PLAIN,
        )


@dataclass(frozen=True, slots=True)
class SubscriptionSettings(WechatSettings):
    """What an account of the channel `wechat.subscription` is configured with."""

    miniprogram_state: ProgramState = setting("Which version opens", default=ProgramState.FORMAL)
    lang: str = setting("Language of the template's fixed words, such as zh_CN, en_US", default="zh_CN", minimum=2)


@dataclass(frozen=True, slots=True)
class TemplateSettings(WechatSettings):
    """What an account of the channel `wechat.template` is configured with."""

    miniprogram_appid: str = setting("Mini-program whose pages messages open; empty = none", default="")


@dataclass(frozen=True, slots=True)
class ServiceSettings(WechatSettings):
    """What an account of the channel `wechat.service` is configured with."""

    app_type: AppType = setting("What the appid stands for", default=AppType.MINI_PROGRAM)
    miniprogram_appid: str = setting("Mini-program of an official account's cards; empty = none", default="")


_APPID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

_CHECKS: Final[Mapping[str, tuple[Callable[[WechatSettings], bool], str]]] = {
    "appid": (
        lambda settings: not _APPID.fullmatch(settings.appid),
        "must be the id as the provider's console shows it",
    ),
    "base_url": (
        lambda settings: not is_base_url(settings.base_url),
        "must begin with https://, or with http:// on this host",
    ),
    "encoding_aes_key": (
        lambda settings: is_wrong_key(settings.encoding_aes_key) or _lacks_key(settings),
        "must be the 43 letters and digits that the provider's console shows",
    ),
}


def _lacks_key(settings: WechatSettings) -> bool:
    is_safe = settings.callback_mode is CallbackMode.SAFE
    return bool(settings.callback_token) and is_safe and not settings.encoding_aes_key
