"""Settings of a webhook account: what is called, and how both sides know each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.webhook.guard import is_address, is_never_called
from tidegate_adapters.webhook.signing import read_key


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What an account of the channel `webhook` is configured with."""

    url: str = setting("What is called for each message, e.g. https://gateway.example.com/tidegate", minimum=1)
    secret: Secret = secret("Key of the signatures, both ways: whsec_ and base64 of 24 to 64 bytes")
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

    @property
    def is_plain(self) -> bool:
        """Whether the calls go without TLS."""
        return urlsplit(self.url).scheme == "http"


def _problems(settings: WebhookSettings) -> Iterator[Problem]:
    try:
        read_key(settings.secret.reveal())
    except ValueError:
        yield Problem("secret", "must be whsec_ and base64 of 24 to 64 bytes")
    yield from _problems_of_url(settings)


def _problems_of_url(settings: WebhookSettings) -> Iterator[Problem]:
    try:
        parts = urlsplit(settings.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.username is not None or parts.fragment:
        yield Problem("url", "must begin with https:// and name a host; no user, no #")
    elif is_address(host) and is_never_called(host):
        yield Problem("url", "is an address of the network's own services, which is never called")
