"""The channel `sms.aliyun`: SMS through Alibaba Cloud's Dysmsapi."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.aliyun.channel import AliyunSmsChannel
from tidegate_adapters.aliyun.settings import AliyunSettings

__all__ = ["AliyunSettings", "AliyunSmsChannel", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[AliyunSmsChannel]:
    """One channel; `limits = false` leaves out the provider's default limits per number, for accounts without them."""
    given = dict(settings)
    limits = given.pop("limits", True)
    if given or not isinstance(limits, bool):
        raise ValueError(f"the aliyun adapter has one setting of its own, limits = true or false: {sorted(settings)}")
    return [AliyunSmsChannel(has_limits=limits)]
