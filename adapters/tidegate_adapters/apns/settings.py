"""Settings of an APNs account: a signing key of a team's, the app, and where Apple is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.sms.endpoint import endpoint_problem


class Environment(StrEnum):
    """Which of Apple's services: each knows device tokens of its own."""

    PRODUCTION = "production"
    """Apps from the App Store, TestFlight and ad hoc distribution."""
    SANDBOX = "sandbox"
    """Apps that Xcode has put on a device."""


HOSTS: Final[Mapping[Environment, str]] = {
    Environment.PRODUCTION: "https://api.push.apple.com",
    Environment.SANDBOX: "https://api.sandbox.push.apple.com",
}


@dataclass(frozen=True, slots=True)
class ApnsSettings:
    """What an account of the channel `push.apns` is configured with."""

    key: Secret = secret("The .p8 file that Apple gives for a key of the service")
    key_id: str = setting("Id of the key, such as ABC123DEFG")
    team_id: str = setting("Id of the team that has the key and the app, such as DEF123GHIJ")
    topic: str = setting("Bundle id of the app, such as com.example.shop", minimum=1, maximum=64)
    environment: Environment = setting("Which of Apple's services", default=Environment.PRODUCTION)
    base_url: str = setting("Where APNs is; empty = at Apple, by the environment", default="")
    ca_file: str = setting("File of certificates to trust besides the system's", default="")
    streams: int = setting("Most notifications on their way at one time", default=100, minimum=1, maximum=100)
    connect_timeout: float = setting("Seconds for name, connection and TLS", default=5.0, minimum=0.05, maximum=30.0)
    timeout: float = setting("Seconds for each answer", default=15.0, minimum=0.05, maximum=60.0)

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise SettingsError(problems)

    @property
    def url(self) -> str:
        """Where APNs is, without a path."""
        return (self.base_url or HOSTS[self.environment]).rstrip("/")


def read_key(text: str) -> EllipticCurvePrivateKey:
    """Read a signing key.

    Raises:
        ValueError: It is none; nothing of it is repeated.
    """
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("must be the text of the .p8 file, as Apple gives it") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("must be the text of the .p8 file: a key of the curve P-256")
    return key


_ID: Final = re.compile(r"[A-Z0-9]{10}")
_TOPIC: Final = re.compile(r"[A-Za-z0-9.-]+")


def _problems(settings: ApnsSettings) -> Iterator[Problem]:
    try:
        read_key(settings.key.reveal())
    except ValueError as error:
        yield Problem("key", str(error))
    for name in ("key_id", "team_id"):
        if not _ID.fullmatch(getattr(settings, name)):
            yield Problem(name, "must be the ten capital letters and digits that Apple's developer account shows")
    if not _TOPIC.fullmatch(settings.topic):
        yield Problem("topic", "must be the app's bundle id: letters, digits, . and -")
    if settings.base_url and (problem := endpoint_problem(settings.base_url)):
        yield Problem("base_url", problem)
