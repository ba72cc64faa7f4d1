"""Checks of settings that WeChat's and WeCom's accounts share."""

from __future__ import annotations

from urllib.parse import urlsplit

from tidegate.channels import Secret

from tidegate_adapters.calls.hosts import is_loopback
from tidegate_adapters.weixin.crypt import is_encoding_aes_key


def is_base_url(text: str) -> bool:
    """Whether secrets may go there: https, or http on this host."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.query or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_wrong_key(key: Secret) -> bool:
    """Whether a key is given that can't be one."""
    return bool(key) and not is_encoding_aes_key(key.reveal())
