"""Settings of a webhook account: what is called, and how both sides know each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.webhook.guard import Guard
from tidegate_adapters.webhook.signing import read_key


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What an account of the channel `webhook` is configured with."""

    url: str = setting("What is called for each message, e.g. https://gateway.example.com/tidegate", minimum=1)
    secret: Secret = secret("Key of the signatures, both ways: whsec_ and base64 of 24 to 64 bytes")
    private_networks: tuple[str, ...] = setting(
        "Networks beside the internet in which the URL may lie, e.g. 10.20.0.0/16; http is allowed then", default=()
    )
    ca_file: str = setting("File of certificates to trust besides the system's", default="")
    connections: int = setting("Connections at one time", default=16, minimum=1, maximum=256)
    connect_timeout: float = setting("Seconds for name, connection and TLS", default=5.0, minimum=0.05, maximum=30.0)
    timeout: float = setting("Seconds for each answer", default=15.0, minimum=0.05, maximum=60.0)
    appid: str = setting("Stands in for the app of WeChat kinds, whose addresses belong to one", default="")
    corpid: str = setting("Stands in for the company of WeCom kinds", default="")

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise SettingsError(problems)

    @property
    def key(self) -> bytes:
        """The key of the signatures."""
        return read_key(self.secret.reveal())


def _problems(settings: WebhookSettings) -> Iterator[Problem]:
    try:
        read_key(settings.secret.reveal())
    except ValueError:
        yield Problem("secret", "must be whsec_ and base64 of 24 to 64 bytes")
    wrong = [network for network in settings.private_networks if not _is_network(network)]
    if wrong:
        yield Problem("private_networks", f"{wrong[0]!r} is no network; write it as 10.20.0.0/16")
    else:
        yield from _problems_of_url(settings)


def _problems_of_url(settings: WebhookSettings) -> Iterator[Problem]:
    try:
        parts = urlsplit(settings.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.username is not None or parts.fragment:
        yield Problem("url", "must begin with https:// and name a host; no user, no #")
    elif parts.scheme == "http" and not settings.private_networks:
        yield Problem("url", "must begin with https://; http is for private_networks")
    elif _is_address(host) and not Guard(settings.private_networks).allows(host):
        yield Problem("url", "is a private address; name its network in private_networks if it is meant")


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
