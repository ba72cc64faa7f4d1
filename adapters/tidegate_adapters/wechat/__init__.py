"""WeChat's channels: a mini-program's subscription messages, and what an official account or a service desk writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.channels import Channel, hookimpl

from tidegate_adapters.wechat.service import ServiceChannel
from tidegate_adapters.wechat.settings import (
    AppType,
    CallbackMode,
    ProgramState,
    ServiceSettings,
    SubscriptionSettings,
    TemplateSettings,
)
from tidegate_adapters.wechat.subscription import SubscriptionChannel
from tidegate_adapters.wechat.template import TemplateChannel

__all__ = [
    "AppType",
    "CallbackMode",
    "ProgramState",
    "ServiceChannel",
    "ServiceSettings",
    "SubscriptionChannel",
    "SubscriptionSettings",
    "TemplateChannel",
    "TemplateSettings",
    "tidegate_channels",
]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[Channel[Any]]:
    """The channels; all their settings belong to accounts."""
    if settings:
        raise ValueError(f"the wechat adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [SubscriptionChannel(), TemplateChannel(), ServiceChannel()]
