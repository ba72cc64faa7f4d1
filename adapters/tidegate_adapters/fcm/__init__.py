"""The channel `push.fcm`: notifications to apps through Firebase Cloud Messaging, HTTP v1."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.fcm.channel import FcmChannel
from tidegate_adapters.fcm.settings import FcmSettings

__all__ = ["FcmChannel", "FcmSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[FcmChannel]:
    """One channel; all its settings belong to accounts."""
    if settings:
        raise ValueError(f"the fcm adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [FcmChannel()]
