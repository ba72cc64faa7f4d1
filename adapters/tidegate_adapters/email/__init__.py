"""The channel `email`: SMTP to a relay over kept connections."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.email.channel import EmailChannel
from tidegate_adapters.email.settings import Security, SmtpSettings

__all__ = ["EmailChannel", "Security", "SmtpSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[EmailChannel]:
    """One channel; all its settings belong to accounts."""
    if settings:
        raise ValueError(f"the email adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [EmailChannel()]
