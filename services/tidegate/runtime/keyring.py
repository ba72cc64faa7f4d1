"""The keys by which data at rest is sealed: several can be read at once, the first of the keys file seals.

The keys file is TOML, one table a key, the newest first:

    [[keys]]
    id = "k3f9a2c1"
    secret = "…"                      # base64 of 32 random bytes
    made = 2026-10-10T02:00:00Z

Behind them all stands the key `original`, which is derived from `secret_key` and is in no file: without a file it
seals. The file is looked at again while serving, at most once a second, and at once when a value names a key that is
not known yet; one that can't be read leaves the keys as they are.
"""

import base64
import fcntl
import hmac
import os
import re
import secrets
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from tidegate.runtime.cipher import HEAD_LENGTH, Cipher, KeyMissing, key_of
from tidegate.runtime.config import ConfigError

LOG = structlog.get_logger(__name__)
ORIGINAL = "original"
"""The id of the key that is derived from `secret_key`."""

_TABLE = "[[keys]]"
_LOOK_AGAIN_SECONDS = 1.0
_BEGINNING = """\
# Keys that seal personal data, made by `tidegate keys rotate`. The first seals, all are read.
# Keep a copy: what a lost key has sealed is lost. `tidegate keys retire` tells when one is needed no more.
"""


class KeysError(ConfigError):
    """The keys file is wrong, or what is asked of it; the message says where and what would be right."""


class KeyEntry(BaseModel):
    """One table of the keys file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9]{7}$")]
    secret: Annotated[str, Field(pattern="^[A-Za-z0-9+/]{43}=$", repr=False)]
    made: AwareDatetime | None = None


class KeysDocument(BaseModel):
    """The keys file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: list[KeyEntry] = []


@dataclass(frozen=True, slots=True)
class _Known:
    """One state of the keys: the one that seals, all of them by id, and by what sealed texts begin with."""

    newest: Cipher
    by_id: Mapping[str, Cipher]
    by_head: Mapping[str, Cipher]


class Keyring:
    """Seals with the newest key, and unseals with the one that a value names. May be used by several threads."""

    def __init__(self, path: Path | None, *, original: bytes, purpose: str) -> None:
        """``original`` are the 32 bytes derived from `secret_key`; ``purpose`` keeps services' keys apart.

        Raises KeysError for a file that is there and can't be read.
        """
        self._path = path
        self._purpose = purpose
        self._original = Cipher(ORIGINAL, original)
        self._lock = threading.Lock()
        self._stamp: object = None if path is None else _stamp(path)
        self._known = self._of(read(path) if path is not None and self._stamp else ())
        self._look_again = time.monotonic() + _LOOK_AGAIN_SECONDS

    @property
    def newest(self) -> Cipher:
        """The key that seals, as the file had it a second ago at most."""
        if time.monotonic() >= self._look_again:
            self._refresh()
        return self._known.newest

    def seal(self, text: str, about: str) -> str:
        """``text`` as it is stored."""
        return self.newest.seal(text, about)

    def seal_all(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """Texts, each with what it is bound to, as they are stored."""
        return self.newest.seal_all(texts)

    def unseal(self, stored: str, about: str) -> str:
        """The text that was sealed, or stored plainly. Raises KeyMissing, SealBroken."""
        cipher = self._known.by_head.get(stored[:HEAD_LENGTH])
        if cipher is not None:
            return cipher.unseal(stored, about)
        key_id = key_of(stored)
        return stored if key_id is None else self._cipher(key_id, about).unseal(stored, about)

    def seal_all_bytes(self, plain: Sequence[bytes], about: str) -> list[bytes]:
        """All of ``plain`` as they are stored."""
        return self.newest.seal_all_bytes(plain, about)

    def unseal_bytes(self, stored: bytes, about: str) -> bytes:
        """The bytes that were sealed, or stored plainly. Raises KeyMissing, SealBroken."""
        key_id = key_of(stored)
        return stored if key_id is None else self._cipher(key_id, about).unseal_bytes(stored, about)

    def _cipher(self, key_id: str, about: str) -> Cipher:
        found = self._known.by_id.get(key_id)
        if found is None:  # another replica may have taken up a new key a moment before us
            self._look_again = 0.0
            self._refresh()
            found = self._known.by_id.get(key_id)
        if found is None:
            raise KeyMissing(key_id, about)
        return found

    def _refresh(self) -> None:
        """Reads the file again when it has changed. A file that is gone takes no key with it."""
        with self._lock:
            if self._path is None or time.monotonic() < self._look_again:
                return
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._stamp = stamp
                self._reload(self._path)
            self._look_again = time.monotonic() + _LOOK_AGAIN_SECONDS

    def _reload(self, path: Path) -> None:
        try:
            self._known = self._of(read(path))
        except (KeysError, OSError) as error:
            LOG.warning("keys.unreadable", error=str(error), kept=len(self._known.by_id))
        else:
            LOG.info("keys.reloaded", keys=len(self._known.by_id), newest=self._known.newest.key_id)

    def _of(self, entries: Sequence[KeyEntry]) -> _Known:
        ciphers = [*map(self._cipher_of, entries), self._original]
        by_id = {cipher.key_id: cipher for cipher in ciphers}
        return _Known(ciphers[0], by_id, {cipher.text_head: cipher for cipher in ciphers})

    def _cipher_of(self, entry: KeyEntry) -> Cipher:
        """Each purpose has keys of its own (HKDF-Expand, RFC 5869)."""
        secret = base64.b64decode(entry.secret)
        return Cipher(entry.id, hmac.digest(secret, self._purpose.encode() + b"\x01", "sha256"))


def read(path: Path) -> list[KeyEntry]:
    """The keys of the file at ``path``, the one that seals first. Raises KeysError; its text shows no secret."""
    try:
        return _parsed(path, path.read_text())
    except OSError as error:
        raise KeysError(f"{path}: the keys file can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeysError(f"{path}: the keys file is no text in UTF-8") from error


def _parsed(path: Path, text: str) -> list[KeyEntry]:
    try:
        document = KeysDocument.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise KeysError(f"{path}: no valid TOML: {error}") from error
    except ValidationError as error:
        raise KeysError(f"{path}: {_sentences(error)}") from error
    ids = [entry.id for entry in document.keys]
    for key_id in ids:
        if ids.count(key_id) > 1 or key_id == ORIGINAL:
            raise KeysError(f"{path}: the id {key_id} is taken; every key has an id of its own")
    return document.keys


def rotate(path: Path, now: datetime) -> str:
    """Puts a new key before all others into the file, which is made with mode 0600 if need be; returns its id.

    Raises KeysError when the file can't be read or written.
    """
    with _changing(path):
        present = {entry.id for entry in read(path)} if path.exists() else set()
        key_id = _new_id(present)
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        table = f'{_TABLE}\nid = "{key_id}"\nsecret = "{secret}"\nmade = {now:%Y-%m-%dT%H:%M:%SZ}\n'
        before, *tables = _blocks(path.read_text()) if present else [_BEGINNING]
        _write(path, [before, table, *tables], count=len(present) + 1)
    return key_id


def remove(path: Path, key_id: str) -> None:
    """Takes a key out of the file. Raises KeysError for one that is not there, and for the one that seals."""
    with _changing(path):
        ids = [entry.id for entry in read(path)] if path.exists() else []
        if key_id not in ids:
            raise KeysError(f"{path}: there is no key {key_id}; there are {', '.join(ids) or 'none'}")
        if key_id == ids[0]:
            raise KeysError(f"{path}: key {key_id} is the one that seals; make a new one first: `tidegate keys rotate`")
        before, *tables = _blocks(path.read_text())
        kept = [table for known, table in zip(ids, tables, strict=False) if known != key_id]
        _write(path, [before, *kept], count=len(kept))


def _new_id(taken: set[str]) -> str:
    while (key_id := f"k{secrets.token_hex(4)[:7]}") in taken:
        pass
    return key_id


def _blocks(text: str) -> list[str]:
    """What stands before the first table, and each table with what follows it."""
    return re.split(r"^(?=\[\[keys\]\])", text, flags=re.MULTILINE)


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """One change at a time: a key that somebody has sealed with must not be overwritten by another's change."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f"{path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise KeysError(f"{path}: the keys file can't be changed: {error.strerror}") from error


def _write(path: Path, blocks: Sequence[str], *, count: int) -> None:
    """Readers see the file before or after, never in between; it outlives a power cut before anything is sealed."""
    text = "\n".join(f"{block.strip()}\n" for block in blocks)
    if len(_parsed(path, text)) != count:
        raise KeysError(f"{path}: write each key as a table that begins with [[keys]], as `tidegate keys rotate` does")
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    try:
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o777)
        with draft.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _sentences(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
        for detail in error.errors(include_input=False)
    )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file does; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
