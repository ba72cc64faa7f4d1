"""The one place that decides how what tells who a person is lies in the database.

Identifiers are looked up by a keyed hash of namespace and value, which does not give the value away and whose key
never changes. Identifiers' values, all attributes' values (whether personal or not: it costs some microseconds, and a
definition may change), what conflicts and events say of identifiers, and the bodies of events are sealed (see
runtime/cipher.py); the keys of that change (see runtime/resealing.py). Each value is bound to what it is of.

Whoever stores more that is sealed adds the column to SEALED in store/sealed.py: a key's change reaches only these.
"""

import binascii
import hashlib
from collections.abc import Sequence

from tidegate.runtime.config import Settings
from tidegate.runtime.keyring import Keyring
from tidegate.runtime.secret import Secrets

EVENT = "event"
CONFLICT = "conflict"
ENTITY = "entity"
HOUSEHOLD = "household"
_PURPOSE = "identity.sealing"
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def about_identifier(namespace: str) -> str:
    """What the value of an identifier of ``namespace``, scope included, is bound to."""
    return f"identifier.{namespace}"


def about_attribute(name: str) -> str:
    """What the value of an attribute is bound to."""
    return f"attribute.{name}"


def open_keyring(settings: Settings, secrets: Secrets) -> Keyring:
    """The keys that seal identity's data. Raises KeysError when the keys file can't be read."""
    return Keyring(settings.keys_path, original=secrets.key(_PURPOSE), purpose=_PURPOSE)


class Vault:
    """Hashes and seals with keys of this installation. The hash key never changes: lookups would be lost."""

    def __init__(self, key: bytes, keyring: Keyring) -> None:
        """``key`` is the one of lookups, ``keyring`` has those that seal."""
        self._hash = hashlib.blake2b(digest_size=16, key=key)
        self.keyring = keyring

    def lookup(self, kind: str, text: str) -> str:
        """What ``text`` is found by among values of ``kind`` (a namespace, an attribute): 22 characters."""
        digest = self._hash.copy()
        digest.update(f"{kind}\0{text}".encode())
        return binascii.b2a_base64(digest.digest(), newline=False).translate(_URL_SAFE)[:22].decode()

    def seal(self, text: str, about: str = "") -> str:
        """``text`` as it is stored; ``about`` must be the same when it is unsealed."""
        return self.keyring.seal(text, about)

    def seal_all(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """Texts, each with what it is bound to, as they are stored."""
        return self.keyring.seal_all(texts)

    def unseal(self, stored: str, about: str = "") -> str:
        """The text that was sealed, or stored before there were keys. Raises DataLoss."""
        return self.keyring.unseal(stored, about)

    def seal_bodies(self, bodies: Sequence[bytes]) -> list[bytes]:
        """The bodies of events as they are stored."""
        return self.keyring.seal_all_bytes(bodies, EVENT)

    def unseal_body(self, stored: bytes) -> bytes:
        """The body that was sealed, or stored before there were keys. Raises DataLoss."""
        return self.keyring.unseal_bytes(stored, EVENT)
