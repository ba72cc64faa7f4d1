"""What became of every message, read from delivery's change feed as any platform could."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate.api.delivery.v1.changes_pb2 import (
    INTERACTION_KIND_CLICKED,
    INTERACTION_KIND_OPENED,
    Change,
    MessageChanged,
)
from tidegate.api.delivery.v1.delivery_service_pb2 import ListChangesRequest
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.messages_pb2 import (
    MESSAGE_STATE_BOUNCED,
    MESSAGE_STATE_CLICKED,
    MESSAGE_STATE_DEFERRED,
    MESSAGE_STATE_DELIVERED,
    MESSAGE_STATE_DROPPED,
    MESSAGE_STATE_FAILED,
    MESSAGE_STATE_OPENED,
    MESSAGE_STATE_SENT,
    OUTCOME_ACCEPTED,
    OUTCOME_UNCERTAIN,
    OUTCOME_UNSPECIFIED,
    DropReason,
    Outcome,
)

_PAGE = 10_000
_KINDS = ("message_changed", "interaction", "receipt_recorded")
_TAKEN_BACK = "confirm_timeout"
"""What the receipt of a task says that staff had not confirmed in time."""
_NO_REFUSALS = {OUTCOME_UNSPECIFIED, OUTCOME_ACCEPTED, OUTCOME_UNCERTAIN}
_OUT = {
    MESSAGE_STATE_SENT,
    MESSAGE_STATE_DELIVERED,
    MESSAGE_STATE_BOUNCED,
    MESSAGE_STATE_OPENED,
    MESSAGE_STATE_CLICKED,
}


@dataclass(slots=True)
class Cell:
    """The messages of one phase and channel: how many there were, and what became of them.

    ``deferred`` counts those that had to wait at least once; ``held_back`` counts by reason and rule.
    """

    messages: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    deferred: int = 0
    held_back: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Way:
    """What became of the messages that one account's provider was given.

    ``delivered`` are those that it said so of, ``refused`` those that it did not take or could not deliver. Of tasks,
    ``taken_back`` were not confirmed in time, and ``waiting`` may still be.
    """

    taken: int = 0
    delivered: int = 0
    refused: int = 0
    taken_back: int = 0
    waiting: int = 0


@dataclass(slots=True)
class Tally:
    """One cell for every phase and channel, and one way for every account."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    ways: dict[str, Way] = field(default_factory=lambda: defaultdict(Way))


@dataclass(slots=True)
class _Message:
    """What is known of one; the sets hold accounts."""

    newest: MessageChanged
    deferred: bool = False
    opened: bool = False
    clicked: bool = False
    taken: set[str] = field(default_factory=set)
    delivered: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)


def tally(delivery: DeliveryServiceStub) -> Tally:
    """All messages, counted."""
    messages: dict[str, _Message] = {}
    for change in _changes(delivery):
        _follow(messages, change)
    found = Tally()
    for message in messages.values():
        _count(found.cells[message.newest.phase_id, message.newest.channel], message)
        _count_ways(found.ways, message)
    return found


def _changes(delivery: DeliveryServiceStub) -> Iterator[Change]:
    position = 0
    while True:
        page = delivery.ListChanges(ListChangesRequest(after_position=position, page_size=_PAGE, kinds=_KINDS))
        yield from page.changes
        if page.next_position == position:
            return
        position = page.next_position


def _follow(messages: dict[str, _Message], change: Change) -> None:
    if change.HasField("message_changed"):
        changed = change.message_changed
        message = messages.setdefault(changed.message_id, _Message(changed))
        _move(message, changed)
    elif change.HasField("interaction"):
        message = messages[change.interaction.message_id]
        message.opened |= change.interaction.kind in {INTERACTION_KIND_OPENED, INTERACTION_KIND_CLICKED}
        message.clicked |= change.interaction.kind == INTERACTION_KIND_CLICKED
    elif change.receipt_recorded.provider_code == _TAKEN_BACK:
        messages[change.receipt_recorded.message_id].taken_back.add(change.receipt_recorded.account_id)


def _move(message: _Message, changed: MessageChanged) -> None:
    account_id, message.newest = changed.account_id, changed
    message.deferred |= changed.state == MESSAGE_STATE_DEFERRED
    if account_id and changed.state in _OUT:
        message.taken.add(account_id)
    if account_id and changed.state == MESSAGE_STATE_DELIVERED:
        message.delivered.add(account_id)
    if account_id and (changed.state == MESSAGE_STATE_BOUNCED or changed.outcome not in _NO_REFUSALS):
        message.refused.add(account_id)


def _count_ways(ways: dict[str, Way], message: _Message) -> None:
    for account_id in message.taken | message.refused:
        way, is_back = ways[account_id], account_id in message.taken_back
        way.taken += account_id in message.taken
        way.delivered += account_id in message.delivered
        way.taken_back += is_back
        way.refused += account_id in message.refused and not is_back
        way.waiting += message.newest.account_id == account_id and message.newest.state == MESSAGE_STATE_SENT


def _count(cell: Cell, message: _Message) -> None:
    newest = message.newest
    cell.messages += 1
    cell.deferred += message.deferred
    cell.sent += newest.state in _OUT
    cell.opened += message.opened
    cell.clicked += message.clicked
    if newest.state == MESSAGE_STATE_DROPPED:
        reason = DropReason.Name(newest.drop_reason).removeprefix("DROP_REASON_").lower()
        cell.held_back[newest.rule_id or reason] += 1
    elif message.taken_back:
        cell.held_back["not confirmed"] += 1
    elif newest.state == MESSAGE_STATE_FAILED:
        cell.held_back[Outcome.Name(newest.outcome).removeprefix("OUTCOME_").lower()] += 1
