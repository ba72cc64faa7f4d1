"""GetMessage, ListMessages and ExplainMessage: what happened to a message, in figures and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.allowances.words import allowance_words, waiting_words
from tidegate.delivery.model import DropReason, GateCheck, MessageState, Verdict
from tidegate.delivery.store import reading
from tidegate.delivery.store import receipts as receipt_store
from tidegate.delivery.store.reading import Filter, Row, StoredDecision
from tidegate.delivery.store.receipts import Receipt
from tidegate.delivery.words import counts, left_words, passing_words, quiet_words, when
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import NotFound

_MOST_RECEIPTS = 1_000


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a message."""

    message: Row
    attempts: Sequence[Row]
    decisions: Sequence[StoredDecision]
    receipts: Sequence[Receipt]
    slot: Row | None
    summary: str


class Reader:
    """Reads messages."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, message_id: str) -> tuple[Row, Sequence[Row]]:
        """A message and its attempts. Raises NotFound."""
        with self._database.read() as connection:
            return _found(connection, message_id), reading.attempts(connection, message_id)

    def get_by_key(self, caller: str, key: str) -> tuple[Row, Sequence[Row]]:
        """The message that a caller handed over under a key. Raises NotFound."""
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
        """The whole story of a message. Raises NotFound."""
        with self._database.read() as connection:
            message = _found(connection, message_id)
            attempts = reading.attempts(connection, message_id)
            decisions = reading.decisions(connection, message_id)
            slot = reading.slot(connection, message_id)
            receipts = receipt_store.find(connection, message_id=message_id, limit=_MOST_RECEIPTS)
            summary = _summary(message, decisions, attempts)
            if message.state == MessageState.ACCEPTED:
                summary += waiting_words(reading.full_accounts(connection, message.channel, micros(self._clock.now())))
        return Story(message, attempts, decisions, receipts[::-1], slot, summary)


def _found(connection: sa.Connection, message_id: str) -> Row:
    message = reading.message(connection, message_id)
    if message is None:
        raise NotFound("message", message_id)
    return message


_WHY = {
    DropReason.EXPIRED: "its expiry had passed",
    DropReason.CANCELLED: "its caller took it back",
    DropReason.NOT_ACTIVE: "its campaign or journey is not active",
    DropReason.NOT_OWNER: "the sender unit may not market to this customer",
    DropReason.NO_CONSENT: "the customer has not agreed to this purpose on this channel",
    DropReason.SUPPRESSED: "the customer or the address is suppressed",
    DropReason.NO_ADDRESS: "the customer has no address on this channel",
    DropReason.WINDOW_CLOSED: "the platform's interaction window is not open",
    DropReason.NO_CREDIT: "the customer has granted no message that is still unused",
    DropReason.TEMPLATE_INVALID: "the template has no usable content for this channel",
    DropReason.HELD_OUT: "the customer is in a control group",
    DropReason.FREQUENCY: "a frequency rule does not allow it",
    DropReason.QUIET: "it is quiet for the customer",
    DropReason.REPEATED: "the same content was just sent to the customer",
}
_DONE: Mapping[str, str] = {
    Verdict.GRANTED: "let it through",
    Verdict.DEFERRED: "put it off",
    Verdict.DROPPED: "ended it",
    Verdict.NEXT_CHANNEL: "passed it on to the next channel",
}


def sentence(decision: Any) -> str:
    """A decision in words: what the gate did, why, by which counts, and until when."""
    text = f"On {decision.channel} the gate {_DONE[decision.verdict]}"
    if decision.reason:
        text += f" at the check of {GateCheck(decision.gate_check).replace('_', ' ')}, because "
        text += _why(decision)
    if awaited := decision.facts.get("awaits"):
        text += f" before the check of {GateCheck(decision.gate_check).replace('_', ' ')}, because segmentation has "
        text += f"not told yet who is in {awaited}"
    if decision.reason == DropReason.SUPPRESSED and "segment_id" in decision.facts:
        text += f" (as is all of the segment {decision.facts['segment_id']})"
    if decision.reason == DropReason.NOT_OWNER and "segments" in decision.facts:
        text += f" ({decision.facts['sender_unit']} may market to {decision.facts['segments']}, where they are not)"
    if guardrail := decision.facts.get("guardrail"):
        text += f", because the guardrail {guardrail} has paused its campaign"
    if holds := decision.facts.get("holds"):
        text += f" beside the slots that are held by {holds}"
    text += quiet_words(decision.facts) + passing_words(decision.facts) + counts(decision.findings)
    text += allowance_words(decision.facts, granted=decision.verdict == Verdict.GRANTED)
    text += left_words(decision.facts)
    if decision.wake_time is not None:
        text += f", until {when(decision.wake_time)}"
    return text + "."


def _why(decision: Any) -> str:
    if "first_message_id" not in decision.facts:
        return _WHY[DropReason(decision.reason)]
    done = "was just sent" if decision.verdict == Verdict.DROPPED else "is on its way"
    facts = decision.facts
    return f"the same content {done} to the customer (message {facts['first_message_id']} of {facts['first_caller']})"


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


def _summary(message: Row, decisions: Sequence[StoredDecision], attempts: Sequence[Row]) -> str:
    told = [f"Accepted from {message.caller} at {when(message.accept_time)}."]
    if message.override_reason:
        told.append(f"Its caller overrides limits and quiet hours: {message.override_reason}.")
    told += [sentence(decision) for decision in decisions]
    told += [
        f"Call {one.number} through {one.account_id} on {one.channel}: {one.outcome}"
        f"{f' ({one.provider_code})' if one.provider_code else ''}."
        for one in attempts
    ]
    state = MessageState(message.state)
    if state is MessageState.DROPPED:
        told.append(f"It was dropped: {_WHY[DropReason(message.drop_reason)]}.")
    elif state is MessageState.FAILED:
        told.append(f"It failed on every channel; the last outcome was {message.outcome}.")
    else:
        told.append(_ENDS[state])
    return " ".join(told)
