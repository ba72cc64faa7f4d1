"""How WeChat and WeCom sign and encrypt their callbacks.

The signature is SHA-1 over the sorted parts; the text is AES-256-CBC, padded to 32 bytes (PKCS#7), of 16 random
bytes, the length of the message in 4 bytes, the message, and the id of whom it is for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK: Final = 32
_RANDOM: Final = 16
_LENGTH: Final = 4
_KEY: Final = re.compile(r"[A-Za-z0-9]{43}")


class Unreadable(Exception):
    """What came is not what the provider makes; the text says why, without what came."""


def is_encoding_aes_key(text: str) -> bool:
    """Whether it can be a callback's key as the provider's console shows it: 43 letters and digits."""
    return _KEY.fullmatch(text) is not None


def signature(*parts: str) -> str:
    """The signature over a callback's token, timestamp and nonce, and what else is signed."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def is_signed(given: str, *parts: str) -> bool:
    """Whether a signature is that of the parts; takes as long whatever is wrong."""
    return hmac.compare_digest(given.encode(), signature(*parts).encode())


def decrypt(encrypted: str, encoding_aes_key: str, receive_id: str) -> bytes:
    """The message that was encrypted for `receive_id`: an appid, or a corpid.

    Raises:
        Unreadable: It is not encrypted with this key, or is for somebody else.
    """
    plain = _unpadded(_decrypted(encrypted, encoding_aes_key))
    start = _RANDOM + _LENGTH
    end = start + int.from_bytes(plain[_RANDOM:start], "big")
    if end > len(plain):
        raise Unreadable("the encrypted message is shorter than it says")
    if plain[end:] != receive_id.encode():
        raise Unreadable("the encrypted message is for another receiver")
    return plain[start:end]


def _decrypted(encrypted: str, encoding_aes_key: str) -> bytes:
    key = base64.b64decode(encoding_aes_key + "=")
    try:
        sealed = base64.b64decode(encrypted, validate=True)
        decryptor = Cipher(AES256(key), CBC(key[:_RANDOM])).decryptor()
        return decryptor.update(sealed) + decryptor.finalize()
    except (binascii.Error, ValueError):
        raise Unreadable("the encrypted message is cut or no base64") from None


def _unpadded(padded: bytes) -> bytes:
    size = padded[-1] if padded else 0
    if not 1 <= size <= _BLOCK or padded[-size:] != bytes([size]) * size or len(padded) - size < _RANDOM + _LENGTH:
        raise Unreadable("the encrypted message was encrypted with another key")
    return padded[:-size]
