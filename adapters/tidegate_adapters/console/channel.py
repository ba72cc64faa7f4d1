"""Messages as JSON lines, on standard output or in a file."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from tidegate.channels import Account, Channel, Content, Manifest, OutboundMessage, Outcome, setting


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """What an account of the channel `console` is configured with."""

    file: str = setting("File that gets a JSON line per message; empty = standard output", default="")
    appid: str = setting("Stands in for the app of WeChat kinds, whose addresses belong to one", default="")
    corpid: str = setting("Stands in for the company of WeCom kinds", default="")


class ConsoleChannel(Channel[ConsoleSettings]):
    """Takes every message of every kind. Shows personal data: for development."""

    manifest = Manifest(
        name="console",
        kinds=(),
        title="Messages as JSON lines, for development",
        max_batch=1000,
        call_timeout=timedelta(seconds=30),
    )
    settings_type = ConsoleSettings

    def __init__(self) -> None:
        self._turn = threading.Lock()

    async def send(self, account: Account[ConsoleSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        lines = "".join(_line(account.kind, message) for message in batch)
        failure = await asyncio.to_thread(self._write, account.settings.file, lines)
        if failure:
            return [failure] * len(batch)
        return [Outcome.accepted(message.message_id) for message in batch]

    async def test(self, account: Account[ConsoleSettings]) -> Outcome:
        failure = await asyncio.to_thread(self._write, account.settings.file, "")
        return failure or Outcome.accepted(detail="can be written")

    def _write(self, file: str, lines: str) -> Outcome | None:
        """Append whole lines, one batch at a time; None = they are written."""
        with self._turn:
            return _append(file, lines)


def _line(kind: str, message: OutboundMessage) -> str:
    record = {
        "kind": kind,
        "message_id": message.message_id,
        "address": message.address,
        **_said(message.content),
        "unsubscribe_url": message.unsubscribe_url,
        "expire_time": message.expire_time.astimezone(UTC).isoformat() if message.expire_time else "",
    }
    return json.dumps({name: value for name, value in record.items() if value}, ensure_ascii=False) + "\n"


def _said(content: Content) -> dict[str, Any]:
    return {
        "template": content.template,
        "subject": content.subject,
        "text": content.text,
        "html": content.html,
        "provider_template": content.provider_template,
        "variables": dict(content.variables),
        "link": content.link,
        "headers": dict(content.headers),
    }


def _append(file: str, lines: str) -> Outcome | None:
    """Append; None = they are written."""
    try:
        stream = Path(file).open("a", encoding="utf-8") if file else nullcontext(sys.stdout)  # noqa: SIM115
    except OSError as error:
        return Outcome.retryable(f"the file cannot be opened: {error.strerror}")
    try:
        with stream as opened:
            opened.write(lines)
            opened.flush()
    except OSError as error:
        return Outcome.uncertain(f"the file could not be written to the end: {error.strerror}")
    return None
