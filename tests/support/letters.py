"""Callbacks as WeChat and WeCom make them, by an encryption that is not the adapters'."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tidegate.channels import Callback

TOKEN = "rain-on-the-roof"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NONCE = "1372623149"


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(text: bytes, receive_id: str, *, key: str = KEY, random: bytes = b"0123456789abcdef") -> str:
    """The `Encrypt` of a text."""
    raw = base64.b64decode(key + "=")
    padder = padding.PKCS7(256).padder()
    plain = random + len(text).to_bytes(4, "big") + text + receive_id.encode()
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()).decode()


def xml(document: Mapping[str, Any]) -> bytes:
    """A document as XML: lists as repeated elements."""
    return f"<xml>{_elements(document)}</xml>".encode()


def _elements(document: Mapping[str, Any]) -> str:
    pairs = [(name, one) for name, value in document.items() for one in (value if isinstance(value, list) else [value])]
    return "".join(
        f"<{name}>{_elements(one) if isinstance(one, Mapping) else escape(str(one))}</{name}>" for name, one in pairs
    )


def safe(text: bytes, receive_id: str, time: datetime, *, as_json: bool = False, token: str = TOKEN) -> Callback:
    """An encrypted callback, signed at `time`."""
    encrypted, timestamp = seal(text, receive_id), str(int(time.timestamp()))
    outer = {"ToUserName": "gh_0123456789ab", "Encrypt": encrypted}
    query = {
        "signature": sha1(token, timestamp, NONCE),
        "timestamp": timestamp,
        "nonce": NONCE,
        "encrypt_type": "aes",
        "msg_signature": sha1(token, timestamp, NONCE, encrypted),
    }
    body = json.dumps(outer).encode() if as_json else xml(outer)
    return Callback(method="POST", query=query, body=body, time=time)


def plain(text: bytes, time: datetime, *, token: str = TOKEN) -> Callback:
    """A callback that is signed and not encrypted."""
    timestamp = str(int(time.timestamp()))
    query = {"signature": sha1(token, timestamp, NONCE), "timestamp": timestamp, "nonce": NONCE}
    return Callback(method="POST", query=query, body=text, time=time)


def echo(time: datetime, said: str = "8731209") -> Callback:
    """What a new address is asked, without encryption."""
    asked = plain(b"", time)
    return replace(asked, method="GET", query={**asked.query, "echostr": said})
