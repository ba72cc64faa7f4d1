"""Where a provider listens, as an account's setting."""

from __future__ import annotations

from urllib.parse import urlsplit

from tidegate_adapters.calls.hosts import is_loopback


def endpoint_problem(endpoint: str) -> str:
    """What is wrong with an endpoint; "" when it is right: https, or http on this host, without a path."""
    parts = urlsplit(endpoint)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        return "must be the provider's address without a path, such as https://sms.example.com"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "must begin with https:// unless it is on this host"
    return ""


def host_of(endpoint: str) -> str:
    """The value of the header `Host`."""
    return urlsplit(endpoint).netloc
