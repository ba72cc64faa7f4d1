"""WeCom's channels: to staff, to customers through staff, greetings of new contacts, and robots in group chats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.channels import Channel, hookimpl

from tidegate_adapters.wecom.customers import CustomerChannel
from tidegate_adapters.wecom.robot import RobotChannel
from tidegate_adapters.wecom.settings import CustomerSettings, RobotSettings, StaffSettings
from tidegate_adapters.wecom.staff import StaffChannel
from tidegate_adapters.wecom.welcome import WelcomeChannel

__all__ = [
    "CustomerChannel",
    "CustomerSettings",
    "RobotChannel",
    "RobotSettings",
    "StaffChannel",
    "StaffSettings",
    "WelcomeChannel",
    "tidegate_channels",
]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[Channel[Any]]:
    """The channels; all their settings belong to accounts."""
    if settings:
        raise ValueError(f"the wecom adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [StaffChannel(), CustomerChannel(), WelcomeChannel(), RobotChannel()]
