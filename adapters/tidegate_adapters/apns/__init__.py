"""The channel `push.apns`: notifications to Apple's devices through the Apple Push Notification service."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.apns.channel import ApnsChannel
from tidegate_adapters.apns.settings import ApnsSettings

__all__ = ["ApnsChannel", "ApnsSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[ApnsChannel]:
    """One channel; all its settings belong to accounts."""
    if settings:
        raise ValueError(f"the apns adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [ApnsChannel()]
