"""Settings of an e-mail account: a relay, and who we are to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from tidegate.channels import Problem, Secret, SettingsError, secret, setting


class Security(StrEnum):
    """How the connection to the relay is protected."""

    STARTTLS = "starttls"
    """Upgraded before anything is said; a relay that cannot is refused."""
    TLS = "tls"
    """TLS from the first byte (port 465)."""
    NONE = "none"
    """Plain text, for a relay on the same host."""


_PORTS: Final[Mapping[Security, int]] = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """What an account of the channel `email` is configured with."""

    host: str = setting("Host name of the relay, e.g. smtp.example.com", minimum=1)
    sender: str = setting("Who the mail is from, e.g. Example Shop <news@example.com>")
    port: int = setting("Port of the relay; 0 = the usual one of `security`", default=0, minimum=0, maximum=65535)
    security: Security = setting("How the connection is protected", default=Security.STARTTLS)
    ca_file: str = setting("File of certificates to trust besides the system's", default="")
    username: str = setting("User name at the relay; empty = no authentication", default="")
    password: Secret = secret("Password at the relay", default=Secret(""))
    hello: str = setting("Our name in EHLO; empty = the host's name", default="")
    reply_to: str = setting("Where replies go; empty = to the sender", default="")
    bounce_address: str = setting("Where bounces go (MAIL FROM); empty = to the sender", default="")
    message_id_domain: str = setting("Right side of Message-ID; empty = the sender's domain", default="")
    connections: int = setting("Connections kept to the relay", default=8, minimum=1, maximum=64)
    messages_per_connection: int = setting("Messages before a connection is renewed", default=1000, minimum=1)
    connect_timeout: float = setting("Seconds for connection, TLS, greeting and login", default=10.0, minimum=0.05)
    timeout: float = setting("Seconds for each answer of the relay", default=60.0, minimum=0.05, maximum=120.0)

    def __post_init__(self) -> None:
        problems = [Problem(field, description) for field, (wrong, description) in _CHECKS.items() if wrong(self)]
        if problems:
            raise SettingsError(problems)

    @property
    def relay_port(self) -> int:
        """The port to connect to."""
        return self.port or _PORTS[self.security]

    @property
    def sender_address(self) -> str:
        """The sender's address without the name."""
        return parseaddr(self.sender)[1]

    @property
    def envelope_sender(self) -> str:
        """The address in MAIL FROM."""
        return self.bounce_address or self.sender_address

    @property
    def domain(self) -> str:
        """The right side of Message-ID."""
        return self.message_id_domain or self.sender_address.rpartition("@")[2]


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and text.isascii() and text.isprintable() and " " not in text


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_open_password(settings: SmtpSettings) -> bool:
    exposed = settings.security is Security.NONE and not _is_loopback(settings.host)
    return exposed and bool(settings.password)


_CHECKS: Final[Mapping[str, tuple[Callable[[SmtpSettings], bool], str]]] = {
    "sender": (
        lambda settings: not _is_address(settings.sender_address) or not settings.sender.isprintable(),
        "must be an address, or a name and an address in <>",
    ),
    "reply_to": (
        lambda settings: bool(settings.reply_to) and not _is_address(settings.reply_to),
        "must be an address",
    ),
    "bounce_address": (
        lambda settings: bool(settings.bounce_address) and not _is_address(settings.bounce_address),
        "must be an address",
    ),
    "message_id_domain": (
        lambda settings: bool(settings.message_id_domain) and not _is_address(f"x@{settings.message_id_domain}"),
        "must be a domain",
    ),
    "security": (_is_open_password, "a password needs starttls or tls, unless the relay is on this host"),
    "password": (lambda settings: bool(settings.password) and not settings.username, "needs a username"),
}
