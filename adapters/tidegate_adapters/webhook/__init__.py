"""The channel `webhook`: messages of any kind as signed calls to a URL of the operator's (Standard Webhooks)."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.webhook.channel import WebhookChannel
from tidegate_adapters.webhook.settings import WebhookSettings

__all__ = ["WebhookChannel", "WebhookSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[WebhookChannel]:
    """One channel for every kind; `private_networks` are those of the operator's own that accounts may call."""
    given = dict(settings)
    networks = given.pop("private_networks", [])
    if given:
        raise ValueError(f"the webhook adapter has one setting of its own, private_networks: {sorted(settings)}")
    if not isinstance(networks, list) or not all(isinstance(network, str) for network in networks):
        raise ValueError('private_networks must be a list of networks, such as ["10.20.0.0/16"]')
    return [WebhookChannel(private_networks=networks)]
