"""The mail sink as a simulator among others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate_simulators.mail.sink import MailSink


class MailEndpoint:
    """A mail sink that counts what it takes and keeps nothing."""

    def __init__(self, *, port: int = 0, callback_url: str = "") -> None:
        """`callback_url` stands for nothing here: a relay calls nobody back."""
        self._sink = MailSink(port=port, keep=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://{self._sink.host}:{self._sink.port}"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account of the channel `email`."""
        return {
            "host": self._sink.host,
            "port": self._sink.port,
            "security": "none",
            "sender": "Tidegate <news@sender.example>",
        }

    @property
    def taken(self) -> int:
        """How many mails were taken."""
        return self._sink.taken

    def start(self) -> None:
        """Listen."""
        self._sink.start()

    def stop(self) -> None:
        """Close everything."""
        self._sink.stop()
