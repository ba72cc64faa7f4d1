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

    What it will refuse it does not write down, since the provider has not got it. A ``rough`` one also answers that
    it does not know, and now and then not at all: of those messages it has written down half.
    """

    manifest = Manifest(name="told", kinds=KINDS, title="Tests", max_batch=20)
    settings_type = JournalSettings

    def __init__(self, path: Path, *, rough: bool = False) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._answer = _rough_outcome if rough else _outcome

    async def send(self, account: Account[JournalSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        outcomes = [self._answer(message) for message in batch]
        taken = [one.message_id for one, what in zip(batch, outcomes, strict=True) if _arrives(one, what)]
        os.write(self._file, "".join(f"{message_id}\n" for message_id in taken).encode())
        await asyncio.sleep(random.uniform(0, 0.01))
        if any(what.detail == _UNANSWERED for what in outcomes):
            raise ConnectionResetError(_UNANSWERED)
        return outcomes


class KeyedJournalChannel(JournalChannel):
    """Its provider drops a message that it has already: it may be sent again, and is written down again."""

    manifest = Manifest(name="keyed", kinds=KINDS, title="Tests", max_batch=20, idempotent=True)


def _arrives(message: OutboundMessage, outcome: Outcome) -> bool:
    """Whether the provider has the message, whatever it says."""
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return _chance(message, 2) == 0
    return outcome.kind is OutcomeKind.ACCEPTED


def _chance(message: OutboundMessage, of: int) -> int:
    return crc32(f"{message.message_id} {message.address} {message.attempt}".encode()) % of


def _outcome(message: OutboundMessage) -> Outcome:
    """One call in eight is refused for good, one in eight is to be tried again."""
    match _chance(message, 8):
        case 0:
            return Outcome.permanent("refused")
        case 1:
            return Outcome.retryable("busy")
    return Outcome.accepted(f"p-{message.message_id}")


def _rough_outcome(message: OutboundMessage) -> Outcome:
    """One call in fifty besides is uncertain, and one message in five hundred leaves its whole call unanswered."""
    chance = _chance(message, 1_001)
    if chance < 20:
        return Outcome.uncertain("no word")
    return Outcome.uncertain(_UNANSWERED) if chance < 22 else _outcome(message)


_UNANSWERED = "the connection broke"


def journal_registry(path: Path, *, rough: bool = False) -> Registry:
    """A registry with such an adapter, `told`, and one whose provider is idempotent, `keyed`."""
    channels = JournalChannel(path, rough=rough), KeyedJournalChannel(keyed_journal(path), rough=rough)
    return Registry([Adapter(one.manifest.name, "tests", "1", (one,)) for one in channels])


def keyed_journal(path: Path) -> Path:
    """Where the idempotent one writes."""
    return path.with_name(f"{path.name}-keyed")


def journal_counts(path: Path) -> Counter[str]:
    """How often each message was seen by the provider."""
    return Counter(path.read_text().split()) if path.exists() else Counter()
