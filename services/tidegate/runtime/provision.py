"""What a process needs beside its settings: the callers, the peers' token, the secret, the clock.

In development what the settings lack is made at the first start and kept in `data_dir`; in production it is
asked for. One process that runs the whole suite needs no token for its peers: it makes one of its own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from tidegate.runtime.callers import Caller, Callers, kept_token, new_token
from tidegate.runtime.clock import Clock, FileClock, SystemClock
from tidegate.runtime.config import ConfigError, Mode, Settings, variable
from tidegate.runtime.secret import Secrets

DEVELOPER = Caller(name="developer", scopes=frozenset({"*"}))
"""Who calls with the token of development."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What was found or made. ``developer_token`` is None in production; ``made`` tells that it is new."""

    settings: Settings
    peer_token: str
    secrets: Secrets
    developer_token: str | None
    made: bool

    @classmethod
    def of(cls, settings: Settings, *, alone: bool) -> "Provision":
        """``alone``: the process runs the whole suite. Raises ConfigError for what is missing."""
        token, made = _developer_token(settings)
        return cls(
            settings=settings,
            peer_token=_peer_token(settings, alone=alone),
            secrets=secrets_of(settings),
            developer_token=token,
            made=made,
        )

    def callers(self) -> Callers:
        """Who may call. Raises ConfigError when the callers file can't be read."""
        fixed = {self.developer_token: DEVELOPER} if self.developer_token else {}
        return Callers(self.settings.callers_path, fixed=fixed, peer_token=self.peer_token)

    def clock(self) -> Clock:
        """The business time: the host's, or the one in the clock file."""
        path = self.settings.clock_file
        if path is None:
            return SystemClock()
        return FileClock.create(path, datetime.now(UTC))


def secrets_of(settings: Settings) -> Secrets:
    """The keys that are derived from `secret_key`, and the named secrets. Raises ConfigError when it is missing."""
    return Secrets(_secret_key(settings), settings.secrets)


def _developer_token(settings: Settings) -> tuple[str | None, bool]:
    if settings.mode is Mode.PRODUCTION:
        return None, False
    return kept_token(settings.data_dir / "developer.token")


def _peer_token(settings: Settings, *, alone: bool) -> str:
    if settings.peer_token is not None:
        return settings.peer_token.get_secret_value()
    if settings.mode is Mode.DEVELOPMENT:
        return kept_token(settings.data_dir / "peer.token")[0]
    if alone:
        return new_token()
    raise _missing("peer_token", "the services run in several processes and must know each other")


def _secret_key(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if settings.mode is Mode.DEVELOPMENT:
        return kept_token(settings.data_dir / "secret.key")[0]
    raise _missing("secret_key", "links and personal data are protected by keys that are derived from it")


def _missing(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"{name} is not set: {why}; put 32 random bytes as text into a file (`openssl rand -base64 32`) "
        f"and name it in {variable(name)}_FILE"
    )
