"""Settings of an e-mail account: a relay, and who we are to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from typing import Final

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.calls.hosts import is_loopback
from tidegate_adapters.email.dkim import Signer, read_key
from tidegate_adapters.email.return_paths import LONGEST_LOCAL, ReturnPaths


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
    unsubscribe_address: str = setting("Where mails that unsubscribe go, e.g. unsub@bounce.example.com", default="")
    return_key: Secret = secret(
        "16 characters or more: bounce_address and unsubscribe_address tell the message then, and what comes back "
        "through the account's callback address is read",
        default=Secret(""),
    )
    dkim_selector: str = setting("Selector of the DKIM key; empty = the relay signs, or nobody", default="")
    dkim_domain: str = setting("Domain that signs; empty = the sender's", default="")
    dkim_key: Secret = secret("Private key for DKIM in PEM, RSA or Ed25519", default=Secret(""))
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
    def return_paths(self) -> ReturnPaths | None:
        """The addresses that tell their message, where there is a key for them."""
        if not self.return_key:
            return None
        key = self.return_key.reveal()
        return ReturnPaths(key, bounces=self.bounce_address, unsubscriptions=self.unsubscribe_address)

    @property
    def signer(self) -> Signer | None:
        """What signs mails, where there is a key for it."""
        if not self.dkim_selector:
            return None
        domain = self.dkim_domain or self.sender_address.rpartition("@")[2]
        return Signer(domain, self.dkim_selector, read_key(self.dkim_key.reveal()))

    @property
    def domain(self) -> str:
        """The right side of Message-ID."""
        return self.message_id_domain or self.sender_address.rpartition("@")[2]


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and text.isascii() and text.isprintable() and " " not in text


def _is_open_password(settings: SmtpSettings) -> bool:
    exposed = settings.security is Security.NONE and not is_loopback(settings.host)
    return exposed and bool(settings.password)


def _is_domain(text: str) -> bool:
    return _is_address(f"x@{text}")


def _is_key(secret: Secret) -> bool:
    try:
        read_key(secret.reveal())
    except ValueError:
        return False
    return True


def _is_too_long(settings: SmtpSettings, address: str) -> bool:
    """Whether there is no room for the id of a message before the @."""
    return bool(settings.return_key) and len(address.rpartition("@")[0]) > LONGEST_LOCAL


_SHORTEST_KEY: Final = 16
_ROOM: Final = f"must be an address, with at most {LONGEST_LOCAL} characters before the @ where there is a return_key"

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
        lambda settings: (
            bool(settings.bounce_address)
            and (not _is_address(settings.bounce_address) or _is_too_long(settings, settings.bounce_address))
        ),
        _ROOM,
    ),
    "unsubscribe_address": (
        lambda settings: (
            bool(settings.unsubscribe_address)
            and (
                not settings.return_key
                or not _is_address(settings.unsubscribe_address)
                or _is_too_long(settings, settings.unsubscribe_address)
            )
        ),
        f"{_ROOM}; needs a return_key",
    ),
    "return_key": (
        lambda settings: (
            bool(settings.return_key)
            and (
                len(settings.return_key.reveal()) < _SHORTEST_KEY
                or not (settings.bounce_address or settings.unsubscribe_address)
            )
        ),
        f"must have {_SHORTEST_KEY} characters or more, and a bounce_address or an unsubscribe_address",
    ),
    "dkim_selector": (
        lambda settings: bool(settings.dkim_selector) and not _is_domain(settings.dkim_selector),
        "must be one or more labels of a domain, such as s2026",
    ),
    "dkim_domain": (
        lambda settings: bool(settings.dkim_domain) and not _is_domain(settings.dkim_domain),
        "must be a domain",
    ),
    "dkim_key": (
        lambda settings: (
            bool(settings.dkim_selector or settings.dkim_key)
            and (not settings.dkim_selector or not _is_key(settings.dkim_key))
        ),
        "must be a private key in PEM without a passphrase, RSA of 1024 bits or more or Ed25519; needs dkim_selector",
    ),
    "message_id_domain": (
        lambda settings: bool(settings.message_id_domain) and not _is_domain(settings.message_id_domain),
        "must be a domain",
    ),
    "security": (_is_open_password, "a password needs starttls or tls, unless the relay is on this host"),
    "password": (lambda settings: bool(settings.password) and not settings.username, "needs a username"),
}
