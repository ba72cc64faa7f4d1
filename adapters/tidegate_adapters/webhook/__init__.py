"""The channel `webhook`: messages of any kind as signed calls to a URL of the operator's (Standard Webhooks)."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.webhook.channel import WebhookChannel
from tidegate_adapters.webhook.settings import WebhookSettings

__all__ = ["WebhookChannel", "WebhookSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[WebhookChannel]:
    """One channel for every kind; all its settings belong to accounts."""
    if settings:
        raise ValueError(f"the webhook adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [WebhookChannel()]
