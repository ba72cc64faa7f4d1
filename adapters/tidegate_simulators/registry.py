"""Which simulators there are, and how one is made by its name. Another one is a line of `SIMULATORS`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, Protocol

SIMULATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aliyun": "tidegate_simulators.aliyun:AliyunSimulator",
        "apns": "tidegate_simulators.apns:ApnsSimulator",
        "fcm": "tidegate_simulators.fcm:FcmSimulator",
        "mail": "tidegate_simulators.mail.endpoint:MailEndpoint",
        "tencent": "tidegate_simulators.tencent:TencentSimulator",
        "webhook": "tidegate_simulators.webhook:WebhookEndpoint",
        "wechat": "tidegate_simulators.wechat.endpoint:WeChatEndpoint",
        "wecom": "tidegate_simulators.wecom.endpoint:WeComEndpoint",
    }
)
"""Module and class of each. The class takes `port` (0 = any free one) and `callback_url` by keyword."""


class Simulator(Protocol):
    """A provider's endpoint, as whoever starts it by name knows it."""

    @property
    def url(self) -> str:
        """Where it listens, from `start` on."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What an account of the channel is set to, to send through it. Its secrets are not secret."""
        ...

    @property
    def taken(self) -> int:
        """How many messages it has taken."""
        ...

    def start(self) -> None:
        """Listen."""
        ...

    def stop(self) -> None:
        """End every connection."""
        ...


class UnknownSimulator(LookupError):
    """There is none of this name."""


class MissingExtra(ImportError):
    """A library that this simulator needs is not installed."""


def make(name: str, *, port: int = 0, callback_url: str = "") -> Simulator:
    """The simulator `name`, not started; receipts and events go to `callback_url` as they come, "" = nowhere.

    Raises:
        UnknownSimulator: There is none of this name.
        MissingExtra: A library is missing that the extra `simulators` brings.
    """
    if name not in SIMULATORS:
        raise UnknownSimulator(f"there is no simulator {name!r}; there are {', '.join(SIMULATORS)}")
    module, _, kind = SIMULATORS[name].partition(":")
    try:
        found = getattr(import_module(module), kind)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the simulator {name!r} needs {error.name}: install it with `pip install 'tidegate[simulators]'`"
        ) from error
    simulator: Simulator = found(port=port, callback_url=callback_url)
    return simulator
