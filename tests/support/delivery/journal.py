"""An adapter that writes down every message it sees, so that what a killed process has sent is known."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from tidegate.channels import Account, Adapter, Channel, Manifest, OutboundMessage, Outcome, OutcomeKind, Registry

from support.delivery.adapter import KINDS


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """There is nothing to set."""


class JournalChannel(Channel[JournalSettings]):
    """Appends ids to a file, in one write per call, and then takes a moment to answer.

    What it will refuse it does not write down, since the provider has not got it.
    """

    manifest = Manifest(name="told", kinds=KINDS, title="Tests", max_batch=20)
    settings_type = JournalSettings

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def send(self, account: Account[JournalSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        outcomes = [_outcome(message) for message in batch]
        taken = [one.message_id for one, what in zip(batch, outcomes, strict=True) if what.kind is OutcomeKind.ACCEPTED]
        os.write(self._file, "".join(f"{message_id}\n" for message_id in taken).encode())
        await asyncio.sleep(random.uniform(0, 0.01))
        return outcomes


def _outcome(message: OutboundMessage) -> Outcome:
    """One call in eight is refused for good, one in eight is to be tried again."""
    match crc32(f"{message.message_id} {message.address} {message.attempt}".encode()) % 8:
        case 0:
            return Outcome.permanent("refused")
        case 1:
            return Outcome.retryable("busy")
    return Outcome.accepted(f"p-{message.message_id}")


def journal_registry(path: Path) -> Registry:
    """A registry with this adapter alone, under the name `told`."""
    return Registry([Adapter("told", "tests", "1", (JournalChannel(path),))])


def journal_counts(path: Path) -> Counter[str]:
    """How often each message was seen by the provider."""
    return Counter(path.read_text().split()) if path.exists() else Counter()
