"""GetMessage, ListMessages and ExplainMessage: what happened to a message, in figures and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.channels import OutcomeKind
from tidegate.delivery import words
from tidegate.delivery.model import DropReason, MessageState
from tidegate.delivery.store import reading
from tidegate.delivery.store import receipts as receipt_store
from tidegate.delivery.store.reading import Attempt, Filter, Row, StoredDecision
from tidegate.delivery.store.receipts import Receipt
from tidegate.delivery.vault import Vault
from tidegate.delivery.waiting import Waiting
from tidegate.delivery.words import when
from tidegate.runtime.db import Database
from tidegate.runtime.errors import NotFound

_MOST_RECEIPTS = 1_000


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a message."""

    message: Row
    attempts: Sequence[Attempt]
    decisions: Sequence[StoredDecision]
    receipts: Sequence[Receipt]
    slot: Row | None
    summary: str


class Reader:
    """Reads messages."""

    def __init__(self, database: Database, vault: Vault, waiting: Waiting, *, kept_days: int) -> None:
        self._database = database
        self._vault = vault
        self._waiting = waiting
        self._gone = f"messages are kept for {kept_days} days after their end"

    def get(self, message_id: str) -> tuple[Row, Sequence[Attempt]]:
        """A message and its attempts. Raises NotFound and DataLoss."""
        with self._database.read() as connection:
            return self._found(connection, message_id), self._attempts(connection, message_id)

    def get_by_key(self, caller: str, key: str) -> tuple[Row, Sequence[Attempt]]:
        """The message that a caller handed over under a key. Raises NotFound and DataLoss."""
        with self._database.read() as connection:
            message_id = reading.message_id_of(connection, caller, key)
        if message_id is None:
            raise NotFound("message", key)
        return self.get(message_id)

    def page(self, chosen: Filter, *, before: str, limit: int) -> Sequence[Row]:
        """Messages, newest first, older than the id ``before``."""
        with self._database.read() as connection:
            return reading.messages(connection, chosen, before=before, limit=limit)

    def page_by_time(self, chosen: Filter, *, behind: tuple[int, str] | None, limit: int) -> Sequence[Row]:
        """A customer's messages by falling (accept_time, id), behind such a place."""
        with self._database.read() as connection:
            return reading.messages_by_time(connection, chosen, behind=behind, limit=limit)

    def explain(self, message_id: str) -> Story:
        """The whole story of a message. Raises NotFound and DataLoss."""
        with self._database.read() as connection:
            message = self._found(connection, message_id)
            attempts = self._attempts(connection, message_id)
            decisions = reading.decisions(connection, message_id)
            slot = reading.slot(connection, message_id)
            receipts = receipt_store.find(connection, message_id=message_id, limit=_MOST_RECEIPTS)[::-1]
        summary = _summary(message, decisions, attempts, receipts, slot)
        if message.state == MessageState.ACCEPTED:
            summary = " ".join([summary, *self._waiting.words(message)])
        return Story(message, attempts, decisions, receipts, slot, summary)

    def _attempts(self, connection: sa.Connection, message_id: str) -> list[Attempt]:
        return [
            one._replace(detail=self._vault.call(message_id, one.detail).detail)
            for one in reading.attempts(connection, message_id)
        ]

    def _found(self, connection: sa.Connection, message_id: str) -> Row:
        message = reading.message(connection, message_id)
        if message is None:
            raise NotFound("message", message_id, hint=self._gone)
        return message


def _awaited(message: Row, attempts: Sequence[Attempt]) -> str:
    """What a message waited for until it expired, where an account had refused it for good; empty for all else."""
    refused = [one.account_id for one in attempts if one.channel == message.channel and one.outcome == _FOR_GOOD]
    if message.drop_reason != DropReason.EXPIRED or not refused:
        return ""
    by = ", ".join(dict.fromkeys(refused))
    return f" while it waited for another account of {message.channel} than {by}, whose provider had refused it"


_FOR_GOOD = str(OutcomeKind.PERMANENT)
_ENDS = {
    MessageState.ACCEPTED: "It waits for the gate.",
    MessageState.DEFERRED: "It waits for its time.",
    MessageState.CLAIMED: "It is about to be sent.",
    MessageState.CALLING: "Its provider is being called.",
    MessageState.UNCERTAIN: "It is not known whether its provider took it; it stays counted and is not sent again.",
    MessageState.SENT: "Its provider took it.",
    MessageState.DELIVERED: "It was delivered.",
    MessageState.BOUNCED: "Its provider could not deliver it.",
    MessageState.OPENED: "It was opened.",
    MessageState.CLICKED: "A link in it was followed.",
}


def _summary(
    message: Row,
    decisions: Sequence[StoredDecision],
    attempts: Sequence[Attempt],
    receipts: Sequence[Receipt],
    slot: Row | None,
) -> str:
    told = [f"Accepted from {message.caller} at {when(message.accept_time)}."]
    if message.override_reason:
        told.append(f"Its caller overrides limits and quiet hours: {message.override_reason}.")
    told += [words.sentence(decision) for decision in decisions]
    told += [words.call(one) for one in attempts]
    told += [words.heard(one) for one in receipts]
    if slot is not None:
        told.append(words.slot_words(slot))
    state = MessageState(message.state)
    if state is MessageState.DROPPED:
        told.append(f"It was dropped: {words.WHY[DropReason(message.drop_reason)]}{_awaited(message, attempts)}.")
    elif state is MessageState.FAILED:
        told.append(f"It failed on every channel; the last outcome was {message.outcome}.")
    else:
        told.append(_ENDS[state])
    return " ".join(told)
