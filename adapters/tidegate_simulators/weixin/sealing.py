"""How WeChat and WeCom sign and encrypt what they call back with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK: Final = 32
"""Bytes that the padding fills up to: twice the cipher's own block."""

_KEY_SIGNS: Final = 43
_RANDOM: Final = 16
_LENGTH: Final = 4


class SealingError(ValueError):
    """What came is not sealed with this key, or for somebody else."""


def signature(*parts: str) -> str:
    """The hex SHA-1 over the parts in the order of their bytes."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


class Sealing:
    """One receiver's token and key.

    Args:
        token: What signatures are made with.
        encoding_aes_key: 43 characters, base64 without its last sign.
        receive_id: Whom it is for: an appid, or a corpid.
    """

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        if len(encoding_aes_key) != _KEY_SIGNS:
            raise ValueError(f"EncodingAESKey is {_KEY_SIGNS} characters of base64, for 32 bytes")
        key = base64.b64decode(encoding_aes_key + "=")
        self.token = token
        self.receive_id = receive_id
        self._cipher = Cipher(AES(key), CBC(key[:16]))

    def sign(self, timestamp: str, nonce: str, *sealed: str) -> str:
        """`msg_signature` with the sealed text, `signature` without."""
        return signature(self.token, timestamp, nonce, *sealed)

    def seal(self, text: str, *, random: bytes = b"") -> str:
        """Encrypt; `random` are the 16 bytes in front, drawn where not given."""
        content = text.encode()
        front = random or secrets.token_bytes(_RANDOM)
        plain = front + len(content).to_bytes(_LENGTH, "big") + content + self.receive_id.encode()
        padding = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt.

        Raises:
            SealingError: It can't be, or is for another receiver.
        """
        plain = self._decrypt(sealed)
        padding = plain[-1]
        if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise SealingError("the padding is wrong: sealed with another key?")
        begin = _RANDOM + _LENGTH
        end = begin + int.from_bytes(plain[_RANDOM:begin], "big")
        if plain[end:-padding] != self.receive_id.encode():
            raise SealingError("it is for another receiver")
        return plain[begin:end].decode()

    def open_signed(self, sealed: str, signed: str, timestamp: str, nonce: str) -> str:
        """Decrypt what is signed.

        Raises:
            SealingError: The signature is wrong, or as for `open`.
        """
        if not hmac.compare_digest(self.sign(timestamp, nonce, sealed), signed):
            raise SealingError("the signature is wrong")
        return self.open(sealed)

    def _decrypt(self, sealed: str) -> bytes:
        try:
            secret = base64.b64decode(sealed, validate=True)
            decryptor = self._cipher.decryptor()
            plain = decryptor.update(secret) + decryptor.finalize()
        except ValueError as error:
            raise SealingError("it is not base64 of whole blocks") from error
        if len(plain) < _BLOCK:
            raise SealingError("it is too short")
        return plain
