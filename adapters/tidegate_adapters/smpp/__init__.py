"""The channel `sms.smpp`: SMS through an SMSC that speaks SMPP 3.4."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.smpp.channel import SmppChannel
from tidegate_adapters.smpp.settings import SmppSettings

__all__ = ["SmppChannel", "SmppSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[SmppChannel]:
    """One channel; all its settings belong to accounts."""
    if settings:
        raise ValueError(f"the smpp adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [SmppChannel()]
