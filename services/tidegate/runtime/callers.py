"""Callers: who may call, with which token, and how much.

The callers file is TOML, one table a caller, and holds hashes of tokens, never tokens:

    [[callers]]
    name = "shop"
    token_sha256 = "9f86d081…"
    scopes = ["identity.*", "delivery.send"]
    calls_per_second = 200    # optional, per service
    in_flight = 16            # optional, per service

It is looked at again while serving, at most once a second; one that can't be read leaves the callers as
they are.
"""

import fcntl
import hashlib
import os
import re
import secrets
import stat
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tidegate.runtime.config import SERVICES, ConfigError

LOG = structlog.get_logger(__name__)
NAME = re.compile(r"[a-z][a-z0-9._-]{0,62}")
SCOPE = re.compile(r"\*|[a-z]+\.(\*|[a-z_]+)")
_LOOK_AGAIN_SECONDS = 1.0


class CallersError(ConfigError):
    """The callers file is wrong; the message says where and what would be right."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An internal platform, an operator, or another service of the suite.

    ``scopes`` may hold `*` for everything and `identity.*` for everything of one service. A limit that is
    None is the one of the settings. ``peer`` tells the suite's own services from everybody else.
    """

    name: str
    scopes: frozenset[str]
    calls_per_second: float | None = None
    in_flight: int | None = None
    peer: bool = False

    def may(self, scope: str) -> bool:
        """Whether the caller's scopes hold ``scope``."""
        return bool(self.scopes & {scope, f"{scope.partition('.')[0]}.*", "*"})


PEERS = {name: Caller(name=name, scopes=frozenset({"*"}), peer=True) for name in SERVICES}
"""The services as callers of each other."""


class CallerEntry(BaseModel):
    """One table of the callers file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    token_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    scopes: Annotated[list[Annotated[str, Field(pattern=f"^({SCOPE.pattern})$")]], Field(min_length=1)]
    calls_per_second: Annotated[float, Field(gt=0)] | None = None
    in_flight: Annotated[int, Field(ge=1)] | None = None

    def caller(self) -> Caller:
        """The caller that the table describes."""
        return Caller(
            name=self.name,
            scopes=frozenset(self.scopes),
            calls_per_second=self.calls_per_second,
            in_flight=self.in_flight,
        )


class CallersDocument(BaseModel):
    """The callers file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    callers: list[CallerEntry] = []


class Callers:
    """Knows callers by their tokens. Shared by the services of a process."""

    def __init__(
        self, path: Path | None, *, fixed: Mapping[str, Caller] | None = None, peer_token: str | None = None
    ) -> None:
        """``fixed`` are callers by token that no file holds, such as the one of development.

        A call with ``peer_token`` comes from another service of the suite, which says its name beside it.
        """
        self._path = path
        self._peer = None if peer_token is None else _digest(peer_token)
        self._fixed = {_digest(token): caller for token, caller in (fixed or {}).items()}
        self._by_digest = dict(self._fixed)
        self._stamp: tuple[int, ...] | None = None
        self._look_again = 0.0
        self._lock = threading.Lock()
        if path is not None and (stamp := _stamp(path)):
            self._stamp = stamp
            self._by_digest |= read(path)

    def find(self, token: str, *, service: str = "") -> Caller | None:
        """The caller with this token, None when there is none. ``service``: the name a peer gives itself."""
        if not token:
            return None
        digest = _digest(token)
        if digest == self._peer:
            return PEERS.get(service)
        if time.monotonic() >= self._look_again:
            self._refresh()
        return self._by_digest.get(digest)

    def _refresh(self) -> None:
        """Reads the file again when it has changed. Calls that come meanwhile wait for what it says."""
        with self._lock:
            if self._path is None or time.monotonic() < self._look_again:
                return
            if (stamp := _stamp(self._path)) != self._stamp:
                self._stamp = stamp
                self._reload(self._path)
            self._look_again = time.monotonic() + _LOOK_AGAIN_SECONDS

    def _reload(self, path: Path) -> None:
        try:
            self._by_digest = self._fixed | read(path)
            LOG.info("callers.reloaded", callers=len(self._by_digest))
        except CallersError as error:
            LOG.warning("callers.unreadable", error=str(error), kept=len(self._by_digest))


def read(path: Path) -> dict[str, Caller]:
    """The callers of the file at ``path`` by the hash of their token. Raises CallersError."""
    try:
        document = CallersDocument.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise CallersError(f"{path}: the callers can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallersError(f"{path}: no valid TOML: {error}") from error
    except ValidationError as error:
        raise CallersError(f"{path}: {_sentences(error)}") from error
    _refuse_doubles(path, document.callers)
    return {entry.token_sha256: entry.caller() for entry in document.callers}


def append(path: Path, name: str, scopes: Sequence[str]) -> str:
    """Adds a caller to the file at ``path``, made with mode 0600 if need be, and returns its token.

    The token is nowhere else: only its hash is stored. Those who add callers at once take turns, and whatever
    ends one of them halfway leaves the file as it was. Raises CallersError for a name that is taken, for a
    malformed name or scope, and for a file that can't be written.
    """
    _check(name, scopes)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            return _append(path.resolve(), name, scopes)
    except OSError as error:
        raise CallersError(f"{path}: the callers can't be written: {error.strerror}") from error


def _append(path: Path, name: str, scopes: Sequence[str]) -> str:
    present = read(path) if path.exists() else {}
    if any(caller.name == name for caller in present.values()):
        raise CallersError(f"{path}: there is a caller {name} already; choose another name or remove its table")
    token = new_token()
    listed = ", ".join(f'"{scope}"' for scope in scopes)
    table = f'[[callers]]\nname = "{name}"\ntoken_sha256 = "{_digest(token)}"\nscopes = [{listed}]\n'
    text = path.read_text().rstrip() if path.exists() else ""
    _replace(path, f"{text}\n\n{table}" if text else table)
    return token


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keeps others out who would change the file at ``path``, which itself is replaced and can't be locked."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, text: str) -> None:
    """Puts a file with ``text`` into the place of the one at ``path``, whole and stored, or leaves that as it is."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    try:
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            if path.exists():
                _leave_to_the_same(path.stat(), file.fileno())
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _leave_to_the_same(known: os.stat_result, descriptor: int) -> None:
    """Whoever runs the command: the services that could read the file can read the new one."""
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (known.st_uid, known.st_gid):
        os.fchown(descriptor, known.st_uid, known.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(known.st_mode))


def new_token() -> str:
    """A token of 256 random bits. Its prefix lets scanners of source code find one that leaks."""
    return f"tg_{secrets.token_urlsafe(32)}"


def kept_token(path: Path) -> tuple[str, bool]:
    """The token kept in the file at ``path`` with mode 0600, and whether it was made just now."""
    try:
        return _kept(path), False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    return _keep(path, new_token())


def _kept(path: Path) -> str:
    token = path.read_text().strip()
    if not token:
        raise CallersError(f"{path} is empty; remove it, and the next start makes a new one")
    return token


def _keep(path: Path, token: str) -> tuple[str, bool]:
    """Several processes may start at once: whoever links its file into place first has made the token."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(f"{token}\n")
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return _kept(path), False
    finally:
        draft.unlink()
    return token, True


def _check(name: str, scopes: Sequence[str]) -> None:
    if not NAME.fullmatch(name):
        raise CallersError(f"{name!r} is no name for a caller; use a-z, 0-9, '.', '_', '-', a letter first")
    if name in SERVICES:
        raise CallersError(f"{name!r} is the name of a service; choose another one")
    for scope in scopes:
        if not SCOPE.fullmatch(scope):
            raise CallersError(f"{scope!r} is no scope; write one such as identity.read, identity.*, or *")


def _refuse_doubles(path: Path, entries: Sequence[CallerEntry]) -> None:
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1 or name in SERVICES:
            raise CallersError(f"{path}: the name {name} is taken; give every caller a name of its own")


def _sentences(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
        for detail in error.errors(include_input=False)
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes whenever the file does; None where there is none, or none that can be reached."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
