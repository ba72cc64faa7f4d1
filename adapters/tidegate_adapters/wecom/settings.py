"""Settings of WeCom accounts: a company and one of its apps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.weixin.callbacks import Seal
from tidegate_adapters.weixin.settings import is_base_url, is_wrong_key

_HOME: Final = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class WecomSettings:
    """What an account of every WeCom channel but the robot's is configured with."""

    corpid: str = setting("Id of the company, such as ww0123456789abcdef", minimum=1)
    corp_secret: Secret = secret("Secret of the app that calls")
    base_url: str = setting("Where the interface is", default=_HOME)
    callback_token: Secret = secret("Token of the callbacks; empty = none is taken", default=Secret(""))
    encoding_aes_key: Secret = secret("EncodingAESKey of the callbacks", default=Secret(""))
    connections: int = setting("Connections kept, and most calls at one time", default=16, minimum=1, maximum=64)
    connect_timeout: float = setting("Seconds for a connection", default=5.0, minimum=0.05, maximum=30.0)
    timeout: float = setting("Seconds for an answer", default=10.0, minimum=0.05, maximum=30.0)

    def __post_init__(self) -> None:
        problems = [Problem(field, description) for field, (wrong, description) in _CHECKS.items() if wrong(self)]
        if problems:
            raise SettingsError(problems)

    @property
    def seal(self) -> Seal:
        """By what callbacks are known."""
        return Seal(token=self.callback_token, encoding_aes_key=self.encoding_aes_key, receive_id=self.corpid)


@dataclass(frozen=True, slots=True)
class StaffSettings(WecomSettings):
    """What an account of the channel `wecom.staff` is configured with."""

    agentid: int = setting("Number of the app that writes", default=0, minimum=0)
    recipients_per_call: int = setting(
        "Most members who get the same text in one call; with more than 1, one that is repeated may reach them twice",
        default=1,
        minimum=1,
        maximum=1000,
    )
    duplicate_check_interval: int = setting(
        "Seconds for which the provider drops the same text to the same members",
        default=1800,
        minimum=1200,
        maximum=14400,
    )


@dataclass(frozen=True, slots=True)
class CustomerSettings(WecomSettings):
    """What an account of the channels `wecom` and `wecom.welcome` is configured with."""

    sender: str = setting("Member of staff who sends where a message names none; empty = as WeCom picks", default="")
    allow_select: bool = setting("Whether staff may leave customers out", default=False)
    miniprogram_appid: str = setting("Mini-program whose pages messages open; empty = none", default="")


@dataclass(frozen=True, slots=True)
class RobotSettings:
    """What an account of the channel `wecom.robot` is configured with: a robot's key is its address."""

    base_url: str = setting("Where the interface is", default=_HOME)
    connections: int = setting("Connections kept, and most calls at one time", default=8, minimum=1, maximum=64)
    connect_timeout: float = setting("Seconds for a connection", default=5.0, minimum=0.05, maximum=30.0)
    timeout: float = setting("Seconds for an answer", default=10.0, minimum=0.05, maximum=30.0)

    def __post_init__(self) -> None:
        if not is_base_url(self.base_url):
            raise SettingsError([Problem("base_url", _URL)])


_URL: Final = "must begin with https://, or with http:// on this host"
_CORPID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

_CHECKS: Final[Mapping[str, tuple[Callable[[WecomSettings], bool], str]]] = {
    "corpid": (lambda settings: not _CORPID.fullmatch(settings.corpid), "must be the id as WeCom's console shows it"),
    "base_url": (lambda settings: not is_base_url(settings.base_url), _URL),
    "encoding_aes_key": (
        lambda settings: (
            is_wrong_key(settings.encoding_aes_key) or (bool(settings.callback_token) and not settings.encoding_aes_key)
        ),
        "must be the 43 letters and digits that WeCom's console shows",
    ),
}
