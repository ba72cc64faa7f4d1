"""What delivery announces on its feed: how a change of a message becomes an entry, and back."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2, messages_pb2
from tidegate.channels import OutcomeKind
from tidegate.delivery.instants import set_timestamp, timestamp
from tidegate.delivery.model import Address, DropReason, Facts, MessageClass, MessageState
from tidegate.delivery.vault import Vault
from tidegate.runtime.feed import Entry, Feed, StoredEntry

if TYPE_CHECKING:
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer


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


class Moved(NamedTuple):
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
    """Appends to delivery's feed. Addresses it tells by digests of its vault, by which identity knows them again."""

    def __init__(self, feed: Feed, vault: Vault) -> None:
        self.feed = feed
        self.vault = vault

    def moved(self, connection: sa.Connection, moves: Iterable[Moved]) -> None:
        """Announces that messages are in other states."""
        self.feed.append(connection, _entries(moves))

    def invalidated(self, connection: sa.Connection, message: Facts, channel: str, address: Address, now: int) -> None:
        """Announces that an address was found dead, in terms that only identity understands."""
        found = changes_pb2.AddressInvalidated(
            namespace=address.namespace,
            channel=channel,
            message_id=message.message_id,
            address_digest=self.vault.told(address.namespace, address.value, message.message_id),
        )
        self.changes(connection, [(changes_pb2.Change(address_invalidated=found), message.customer_id, now)])

    def changes(self, connection: sa.Connection, changes: Sequence[tuple[changes_pb2.Change, int, int]]) -> None:
        """Announces others: (change without position, customer's id or 0, business time)."""
        entries = [
            Entry(change.WhichOneof("change") or "", customer_id, change.SerializeToString(), time)
            for change, customer_id, time in changes
        ]
        self.feed.append(connection, entries)


def put_changes(changes: "RepeatedCompositeFieldContainer[changes_pb2.Change]", entries: Iterable[StoredEntry]) -> None:
    """Adds entries of the feed, as readers get them, to ``changes``.

    Serialised messages joined are the message with the fields of both (protobuf's encoding says so): an entry's
    time, which it shares with its batch, is joined to its body.
    """
    times: dict[int, bytes] = {}
    for position, _, customer_id, body, time in entries:
        if time not in times:
            times[time] = changes_pb2.Change(time=timestamp(time)).SerializeToString()
        change = changes.add()
        change.MergeFromString(body + times[time])
        change.position = position
        change.customer_id = customer_id


class _Alike(NamedTuple):
    """What is announced of a move and is the same for many moves of a batch: all but the message's own ids."""

    state: MessageState
    time: int
    channel: str
    account_id: str
    reason: DropReason | None
    outcome: OutcomeKind | None
    wake_time: int | None
    rule_id: str
    tier: str
    caller: str
    campaign_id: str
    phase_id: str
    journey_id: str
    node_id: str
    template_id: str
    brand: str
    message_class: MessageClass
    holdout_experiment: str
    cost_micros: int


def _entries(moves: Iterable[Moved]) -> list[Entry]:
    """What moves have alike is filled in once, the rest for each in its place: a third of the time of all anew."""
    filled: dict[_Alike, changes_pb2.Change] = {}
    entries = []
    for move in moves:
        alike = _alike(move)
        change = filled.get(alike)
        if change is None:
            change = filled[alike] = changes_pb2.Change()
            _fill_in(change.message_changed, alike)
        message, changed = move.message, change.message_changed
        changed.message_id = message.message_id
        changed.idempotency_key = message.idempotency_key
        changed.customer_id = message.customer_id
        changed.enrollment_id = message.enrollment_id
        entries.append(Entry("message_changed", message.customer_id, change.SerializeToString(), move.time))
    return entries


def _alike(move: Moved) -> _Alike:
    message = move.message
    return _Alike(
        move.state,
        move.time,
        move.channel,
        move.account_id,
        move.reason,
        move.outcome,
        move.wake_time,
        move.rule_id,
        move.tier or message.tier,
        message.caller,
        message.campaign_id,
        message.phase_id,
        message.journey_id,
        message.node_id,
        message.template_id,
        message.brand,
        message.message_class,
        message.holdout_experiment if move.reason is DropReason.HELD_OUT else "",
        move.cost_micros,
    )


def _fill_in(changed: changes_pb2.MessageChanged, alike: _Alike) -> None:
    changed.state = STATES[alike.state]
    set_timestamp(changed.time, alike.time)
    changed.channel = alike.channel
    changed.account_id = alike.account_id
    if alike.reason is not None:
        changed.drop_reason = REASONS[alike.reason]
    if alike.outcome is not None:
        changed.outcome = OUTCOMES[alike.outcome]
    if alike.wake_time is not None:
        set_timestamp(changed.wake_time, alike.wake_time)
    changed.rule_id = alike.rule_id
    changed.tier = alike.tier
    changed.caller = alike.caller
    changed.campaign_id = alike.campaign_id
    changed.phase_id = alike.phase_id
    changed.journey_id = alike.journey_id
    changed.node_id = alike.node_id
    changed.template_id = alike.template_id
    changed.brand = alike.brand
    changed.message_class = CLASSES[alike.message_class]
    changed.holdout_experiment_id = alike.holdout_experiment
    changed.cost_micros = alike.cost_micros
