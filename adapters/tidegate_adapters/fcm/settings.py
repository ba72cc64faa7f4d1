"""Settings of an FCM account: a service account of Google's, and how fast to be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.calls.hosts import is_loopback


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What the JSON file of a service account says, as far as it is needed."""

    project: str
    email: str
    key_id: str
    token_url: str
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class FcmSettings:
    """What an account of the channel `push.fcm` is configured with."""

    service_account: Secret = secret("The JSON file of a service account that may send messages")
    base_url: str = setting("Where FCM is", default="https://fcm.googleapis.com")
    android_channel: str = setting("Android's notification channel; empty = the app's own", default="")
    connections: int = setting("Connections at one time", default=32, minimum=1, maximum=256)
    connect_timeout: float = setting("Seconds for name, connection and TLS", default=5.0, minimum=0.05, maximum=30.0)
    timeout: float = setting("Seconds for each answer", default=15.0, minimum=0.05, maximum=60.0)

    def __post_init__(self) -> None:
        problems = []
        if not _is_url(self.base_url):
            problems.append(Problem("base_url", "must begin with https:// and name a host"))
        try:
            read_service_account(self.service_account.reveal())
        except ValueError as error:
            problems.append(Problem("service_account", str(error)))
        if problems:
            raise SettingsError(problems)


def read_service_account(text: str) -> ServiceAccount:
    """Read the JSON of a service account.

    Raises:
        ValueError: It is none; nothing of it is repeated.
    """
    try:
        said = json.loads(text)
        key = load_pem_private_key(said["private_key"].encode(), None, unsafe_skip_rsa_key_validation=True)
        named = [said[name] for name in ("project_id", "client_email", "private_key_id", "token_uri")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("must be the JSON file of a service account, as Google gives it") from None
    if not isinstance(key, RSAPrivateKey) or not all(isinstance(one, str) and one for one in named):
        raise ValueError("must be the JSON file of a service account with an RSA key")
    project, email, key_id, token_url = named
    if not _is_url(token_url):
        raise ValueError("its token_uri must begin with https://")
    return ServiceAccount(project, email, key_id, token_url, key)


def _is_url(text: str) -> bool:
    """Https; http only on this host, where simulators are."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
