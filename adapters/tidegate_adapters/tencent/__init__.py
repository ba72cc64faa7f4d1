"""The channel `sms.tencent`: SMS through Tencent Cloud."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.tencent.channel import TencentSmsChannel
from tidegate_adapters.tencent.settings import TencentSettings

__all__ = ["TencentSettings", "TencentSmsChannel", "tidegate_channels"]

_MAX_VAR_LEN = 6


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[TencentSmsChannel]:
    """One channel, by what the provider has agreed to.

    `limits = false` leaves out its default limits per number; `max_var_len` is how long variables may be, 6 unless
    the accounts are from before 2024-01-25, or belong to an enterprise with whom more was agreed; 0 = any length.
    """
    given = dict(settings)
    limits, longest = given.pop("limits", True), given.pop("max_var_len", _MAX_VAR_LEN)
    if given or not isinstance(limits, bool) or type(longest) is not int or longest < 0:
        raise ValueError(
            f"the tencent adapter has two settings of its own, limits = true or false and max_var_len = a number:"
            f" {sorted(settings)}"
        )
    return [TencentSmsChannel(has_limits=limits, max_var_len=longest or None)]
