"""Pure: what stands in the addresses of e-mails: signed by us, so that no row is needed for each message.

A token names its message and what following it does, and carries a signature over both. A click's also
carries the address that it leads to: nobody can make one that leads elsewhere, so the edge redirects only to
what a message of ours was rendered with. That of an unsubscribe link carries what it ends: mails are kept for longer
than messages are.
"""

import base64
import binascii
import enum
import hmac
import uuid
import zlib
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

_SIGNATURE = 12
_MESSAGE = 16
_CUSTOMER = 8
_HEAD = 1 + _MESSAGE + _SIGNATURE
_SEPARATOR = b"\0"
_COMPRESSED_FROM = 60
_LARGEST = 16 * 1024


class Purpose(enum.Enum):
    """What following a token does."""

    CLICK = b"c"
    OPEN = b"o"
    UNSUBSCRIBE = b"u"


@dataclass(frozen=True, slots=True)
class Click:
    """A link of one message, as its token says it. ``code`` names the target in reports."""

    message_id: str
    target: str
    label: str
    code: str


class Subscription(NamedTuple):
    """What an unsubscribe link ends: messages to a customer on a channel, for a purpose and a brand."""

    customer_id: int
    channel: str
    purpose: str
    brand: str


class Unsubscribing(NamedTuple):
    """What an unsubscribe link says. ``of`` is None where it only names its message, by which the rest is known."""

    message_id: str
    of: Subscription | None


class Tokens:
    """Makes and reads tokens with one key."""

    def __init__(self, key: bytes) -> None:
        """``key`` is 16 to 64 secret bytes that never change: links that went out would stop working."""
        self._signer = blake2b(key=key, digest_size=_SIGNATURE)

    def click(self, message_id: str, target: str, label: str = "") -> str:
        """The token of a link to ``target``."""
        return self._token(Purpose.CLICK, message_id, _pack(target, label))

    def open(self, message_id: str) -> str:
        """The token of the pixel that shows that a message was opened."""
        return self._token(Purpose.OPEN, message_id, b"")

    def unsubscribe(self, message_id: str, of: Subscription | None = None) -> str:
        """The token by which the recipient of a message ends those of its kind: for ever, where it says of which."""
        return self._token(Purpose.UNSUBSCRIBE, message_id, b"" if of is None else _pack_subscription(of))

    def read_unsubscribe(self, token: str) -> Unsubscribing | None:
        """What an unsubscribe link's token says; None when it isn't ours."""
        read = self._read(Purpose.UNSUBSCRIBE, token)
        if read is None:
            return None
        message_id, payload = read
        return Unsubscribing(message_id, _unpack_subscription(payload) if payload else None)

    def read_click(self, token: str) -> Click | None:
        """What a link's token says; None when it isn't ours."""
        read = self._read(Purpose.CLICK, token)
        if read is None:
            return None
        message_id, payload = read
        unpacked = _unpack(payload)
        return None if unpacked is None else Click(message_id, *unpacked, link_code(unpacked[0]))

    def read_message(self, purpose: Purpose, token: str) -> str | None:
        """The message of another token; None when it isn't ours."""
        read = self._read(purpose, token)
        return None if read is None else read[0]

    def _token(self, purpose: Purpose, message_id: str, payload: bytes) -> str:
        message = bytes.fromhex(message_id.replace("-", ""))
        body = purpose.value + message + payload
        signed = purpose.value + message + self._sign(body) + payload
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

    def _read(self, purpose: Purpose, token: str) -> tuple[str, bytes] | None:
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        if len(signed) < _HEAD or signed[:1] != purpose.value:
            return None
        message, signature, payload = signed[1 : 1 + _MESSAGE], signed[1 + _MESSAGE : _HEAD], signed[_HEAD:]
        if not hmac.compare_digest(signature, self._sign(purpose.value + message + payload)):
            return None
        return str(uuid.UUID(bytes=message)), payload

    def _sign(self, body: bytes) -> bytes:
        signer = self._signer.copy()
        signer.update(body)
        return signer.digest()


def link_code(target: str) -> str:
    """The code under which clicks on one address are reported together, whoever clicked."""
    digest = blake2b(target.encode(), digest_size=9).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _pack_subscription(of: Subscription) -> bytes:
    names = _SEPARATOR.join(name.encode() for name in of[1:])
    return of.customer_id.to_bytes(_CUSTOMER) + names


def _unpack_subscription(payload: bytes) -> Subscription:
    """Of a payload whose signature is ours."""
    channel, purpose, brand = payload[_CUSTOMER:].decode().split(_SEPARATOR.decode())
    return Subscription(int.from_bytes(payload[:_CUSTOMER]), channel, purpose, brand)


@lru_cache(maxsize=4096)
def _pack(target: str, label: str) -> bytes:
    """Long addresses are compressed; the first byte says whether. Many messages carry the same ones."""
    plain = target.encode() + _SEPARATOR + label.encode()
    if len(plain) >= _COMPRESSED_FROM:
        small = zlib.compress(plain, 6)
        if len(small) < len(plain):
            return b"z" + small
    return b"p" + plain


def _unpack(payload: bytes) -> tuple[str, str] | None:
    """The target and its label, of a payload whose signature is ours."""
    plain = payload[1:]
    if payload[:1] == b"z":
        plain = zlib.decompressobj().decompress(plain, _LARGEST)
    target, _, label = plain.partition(_SEPARATOR)
    return target.decode(), label.decode()
