"""Callbacks that are signed with a token, and encrypted where the operator chose so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tidegate.channels import Callback, Reply, Secret

from tidegate_adapters.weixin.crypt import Unreadable, decrypt, is_signed
from tidegate_adapters.weixin.documents import Document, read_document, text_of

BELIEVED_FOR: Final = timedelta(minutes=10)
"""How far a callback's timestamp may be from our clock."""

SUCCESS: Final = "success"
"""What the providers want to be answered when a callback was taken."""


class NotTheirs(Exception):
    """A callback that is not the provider's, or came too late to be believed; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """By what an account knows its provider's callbacks.

    Attributes:
        token: Signs; empty = the account takes no callbacks.
        encoding_aes_key: Encrypts.
        receive_id: Whom callbacks are for: an appid, or a corpid.
        is_plain_allowed: Whether a body that is not encrypted is read. Its signature does not cover it.
    """

    token: Secret
    encoding_aes_key: Secret
    receive_id: str
    is_plain_allowed: bool = False

    def echo(self, callback: Callback) -> str:
        """What a new address is asked to say back.

        Raises:
            NotTheirs: Somebody else asks.
        """
        said = callback.query.get("echostr", "")
        if "msg_signature" in callback.query:
            return self._opened(callback, said).decode(errors="replace")
        self._check_signature(callback, "signature")
        return said

    def open(self, callback: Callback) -> Document:
        """What a callback says.

        Raises:
            NotTheirs: It is not the provider's, or can't be read.
        """
        try:
            outer = read_document(callback.body)
            if encrypted := text_of(outer, "Encrypt"):
                return read_document(self._opened(callback, encrypted))
        except Unreadable as error:
            raise NotTheirs(str(error)) from None
        if not self.is_plain_allowed:
            raise NotTheirs("callbacks have to be encrypted; choose the safe mode at the provider")
        self._check_signature(callback, "signature")
        return outer

    def _opened(self, callback: Callback, encrypted: str) -> bytes:
        self._check_signature(callback, "msg_signature", encrypted)
        if not self.encoding_aes_key:
            raise NotTheirs("callbacks are encrypted; the account needs encoding_aes_key")
        try:
            return decrypt(encrypted, self.encoding_aes_key.reveal(), self.receive_id)
        except Unreadable as error:
            raise NotTheirs(str(error)) from None

    def _check_signature(self, callback: Callback, name: str, *signed: str) -> None:
        if not self.token:
            raise NotTheirs("the account takes no callbacks; it needs callback_token")
        given, timestamp, nonce = (callback.query.get(one, "") for one in (name, "timestamp", "nonce"))
        if not is_signed(given, self.token.reveal(), timestamp, nonce, *signed):
            raise NotTheirs(f"the {name} is not the provider's")
        if not _is_recent(timestamp, callback.time):
            raise NotTheirs("the callback is too old, or a clock is wrong")


def answered(seal: Seal, callback: Callback, known_by: Callable[[Document], str]) -> Reply:
    """What a callback is answered; `known_by` gives the key of what one says, "" where it says nothing of use."""
    try:
        if callback.method == "GET":
            return Reply(body=seal.echo(callback))
        return Reply(body=SUCCESS, key=known_by(seal.open(callback)))
    except NotTheirs as error:
        return Reply(status=403, body=str(error))


def time_of(seconds: str, default: datetime) -> datetime:
    """The instant that a callback gives in seconds; `default` where it gives none."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return default


def _is_recent(timestamp: str, now: datetime) -> bool:
    try:
        return abs(now - datetime.fromtimestamp(int(timestamp), UTC)) <= BELIEVED_FOR
    except (ValueError, OverflowError, OSError):
        return False
