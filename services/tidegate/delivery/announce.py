"""What delivery announces on its feed: how a change of a message becomes an entry, and back."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2, messages_pb2
from tidegate.channels import OutcomeKind
from tidegate.delivery.instants import timestamp
from tidegate.delivery.model import DropReason, Facts, MessageClass, MessageState
from tidegate.runtime.clock import micros
from tidegate.runtime.feed import Entry, Feed, StoredEntry


def numbers(enum_type: Any, prefix: str, members: Iterable[enum.StrEnum]) -> dict[Any, Any]:
    """The contract's number for each member of an enum of ours that is named alike."""
    return {member: enum_type.Value(f"{prefix}_{member.name}") for member in members}


STATES: Mapping[MessageState, messages_pb2.MessageState] = numbers(
    messages_pb2.MessageState, "MESSAGE_STATE", MessageState
)
CLASSES: Mapping[MessageClass, messages_pb2.MessageClass] = numbers(
    messages_pb2.MessageClass, "MESSAGE_CLASS", MessageClass
)
REASONS: Mapping[DropReason, messages_pb2.DropReason] = numbers(messages_pb2.DropReason, "DROP_REASON", DropReason)
OUTCOMES: Mapping[OutcomeKind, messages_pb2.Outcome] = numbers(messages_pb2.Outcome, "OUTCOME", OutcomeKind)


@dataclass(frozen=True, slots=True)
class Moved:
    """A message that is in another state now. ``tier`` is the one on its ledger row."""

    message: Facts
    state: MessageState
    time: int
    channel: str
    account_id: str = ""
    reason: DropReason | None = None
    outcome: OutcomeKind | None = None
    wake_time: int | None = None
    rule_id: str = ""
    tier: str = ""
    cost_micros: int = 0


class Announcer:
    """Appends to delivery's feed."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    def moved(self, connection: sa.Connection, moves: Iterable[Moved]) -> None:
        """Announces that messages are in other states."""
        self.feed.append(connection, [_entry(move) for move in moves])

    def changes(self, connection: sa.Connection, changes: Sequence[tuple[changes_pb2.Change, int, int]]) -> None:
        """Announces others: (change without position, customer's id or 0, business time)."""
        entries = [
            Entry(change.WhichOneof("change") or "", customer_id, change.SerializeToString(), time)
            for change, customer_id, time in changes
        ]
        self.feed.append(connection, entries)


def read_change(entry: StoredEntry) -> changes_pb2.Change:
    """An entry of the feed as readers get it."""
    change = changes_pb2.Change.FromString(entry.body)
    change.position = entry.position
    change.customer_id = entry.customer_id
    change.time.CopyFrom(timestamp(micros(entry.time)))
    return change


def _entry(move: Moved) -> Entry:
    body = changes_pb2.Change(message_changed=message_changed(move)).SerializeToString()
    return Entry("message_changed", move.message.customer_id, body, move.time)


def message_changed(move: Moved) -> changes_pb2.MessageChanged:
    """The announcement of one move."""
    message = move.message
    changed = changes_pb2.MessageChanged(
        message_id=message.message_id,
        idempotency_key=message.idempotency_key,
        caller=message.caller,
        customer_id=message.customer_id,
        channel=move.channel,
        account_id=move.account_id,
        state=STATES[move.state],
        campaign_id=message.campaign_id,
        phase_id=message.phase_id,
        journey_id=message.journey_id,
        enrollment_id=message.enrollment_id,
        node_id=message.node_id,
        template_id=message.template_id,
        tier=move.tier or message.tier,
        brand=message.brand,
        message_class=CLASSES[message.message_class],
        time=timestamp(move.time),
        rule_id=move.rule_id,
        cost_micros=move.cost_micros,
    )
    if move.reason is not None:
        changed.drop_reason = REASONS[move.reason]
    if move.outcome is not None:
        changed.outcome = OUTCOMES[move.outcome]
    if move.wake_time is not None:
        changed.wake_time.CopyFrom(timestamp(move.wake_time))
    if move.reason is DropReason.HELD_OUT:
        changed.holdout_experiment_id = message.holdout_experiment
    return changed
