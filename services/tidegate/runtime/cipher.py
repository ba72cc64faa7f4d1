"""Sealing: texts and bytes under AES-256-GCM, so that who reads the database reads nobody's data and changes show.

What is sealed names its key, so that several can be read at once:

- a text: a space, the key's id, and base64 of nonce, ciphertext and tag;
- bytes: a zero byte, the key's id, nonce, ciphertext and tag.

Neither can be mistaken for what was stored plainly before there were keys: plain texts are stripped values or JSON,
which no space begins, and plain bytes are protobuf messages, which no zero byte begins. ``about`` says what a value
is of (`identifier.phone`); it is not stored, and a value put in another's place can't be unsealed there.
"""

import binascii
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tidegate.runtime.errors import DataLoss, TidegateError

ID_LENGTH: Final = 8
TEXT_MARK: Final = " "
BYTES_MARK: Final = b"\0"
HEAD_LENGTH: Final = 1 + ID_LENGTH
_NONCE = 12


class KeyMissing(DataLoss):
    """Something is sealed by a key that this process does not have."""

    def __init__(self, key_id: str, about: str) -> None:
        TidegateError.__init__(
            self,
            f"a value ({about}) is sealed by key {key_id}, which is not in the keys file; put the key back",
            reason="KEY_MISSING",
            metadata={"kind": "key", "id": key_id},
        )


class SealBroken(DataLoss):
    """Something that is sealed was changed since, or moved, or its key has another secret than it had."""

    def __init__(self, key_id: str, about: str) -> None:
        TidegateError.__init__(
            self,
            f"a value ({about}) is not what key {key_id} sealed: it was changed or moved, or the key has another "
            "secret than it had; restore the row, or the key",
            reason="SEAL_BROKEN",
            metadata={"kind": "key", "id": key_id, "about": about},
        )


class Cipher:
    """Seals and unseals with one key. May be used by several threads."""

    def __init__(self, key_id: str, key: bytes) -> None:
        """``key_id`` has eight characters, ``key`` 32 bytes."""
        self.key_id = key_id
        self.text_head = f"{TEXT_MARK}{key_id}"
        self.bytes_head = BYTES_MARK + key_id.encode()
        self._aes = AESGCM(key)  # made once: a key's schedule costs as much as sealing a value

    def seal(self, text: str, about: str) -> str:
        """``text`` as it is stored."""
        return self.seal_all(((text, about),))[0]

    def seal_all(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """Texts, each with what it is bound to, as they are stored: asks for randomness once."""
        head, encrypt, encode = self.text_head, self._aes.encrypt, binascii.b2a_base64
        return [
            head + encode(nonce + encrypt(nonce, text.encode(), about.encode()), newline=False).decode()
            for nonce, (text, about) in zip(_nonces(len(texts)), texts, strict=True)
        ]

    def unseal(self, stored: str, about: str) -> str:
        """The text that was sealed by this key. Raises SealBroken."""
        try:
            sealed = binascii.a2b_base64(stored[HEAD_LENGTH:], strict_mode=True)
            return self._aes.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken(self.key_id, about) from error

    def seal_bytes(self, plain: bytes, about: str) -> bytes:
        """``plain`` as it is stored."""
        return self.seal_all_bytes((plain,), about)[0]

    def seal_all_bytes(self, plain: Sequence[bytes], about: str) -> list[bytes]:
        """All of ``plain`` as they are stored: asks for randomness once."""
        head, encrypt, bound = self.bytes_head, self._aes.encrypt, about.encode()
        return [
            head + nonce + encrypt(nonce, each, bound) for nonce, each in zip(_nonces(len(plain)), plain, strict=True)
        ]

    def unseal_bytes(self, stored: bytes, about: str) -> bytes:
        """The bytes that were sealed by this key. Raises SealBroken."""
        sealed = stored[HEAD_LENGTH:]
        try:
            return self._aes.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(self.key_id, about) from error


def _nonces(count: int) -> list[bytes]:
    drawn = os.urandom(count * _NONCE)
    return [drawn[start : start + _NONCE] for start in range(0, len(drawn), _NONCE)]


def key_of(stored: str | bytes) -> str | None:
    """The id of the key by which ``stored`` is sealed; None for what is plain."""
    if isinstance(stored, str):
        return stored[1:HEAD_LENGTH] if stored.startswith(TEXT_MARK) else None
    return stored[1:HEAD_LENGTH].decode(errors="replace") if stored.startswith(BYTES_MARK) else None
