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
    DropReason,
    Outcome,
)

_PAGE = 10_000
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
class _Message:
    newest: MessageChanged
    deferred: bool = False
    opened: bool = False
    clicked: bool = False


def tally(delivery: DeliveryServiceStub) -> dict[tuple[str, str], Cell]:
    """One cell for every phase and channel."""
    messages: dict[str, _Message] = {}
    for change in _changes(delivery):
        _follow(messages, change)
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    for message in messages.values():
        _count(cells[message.newest.phase_id, message.newest.channel], message)
    return cells


def _changes(delivery: DeliveryServiceStub) -> Iterator[Change]:
    position = 0
    while True:
        page = delivery.ListChanges(ListChangesRequest(after_position=position, page_size=_PAGE))
        yield from page.changes
        if page.next_position == position:
            return
        position = page.next_position


def _follow(messages: dict[str, _Message], change: Change) -> None:
    if change.HasField("message_changed"):
        changed = change.message_changed
        message = messages.setdefault(changed.message_id, _Message(changed))
        message.newest = changed
        message.deferred |= changed.state == MESSAGE_STATE_DEFERRED
    elif change.HasField("interaction"):
        message = messages[change.interaction.message_id]
        message.opened |= change.interaction.kind in {INTERACTION_KIND_OPENED, INTERACTION_KIND_CLICKED}
        message.clicked |= change.interaction.kind == INTERACTION_KIND_CLICKED


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
    elif newest.state == MESSAGE_STATE_FAILED:
        cell.held_back[Outcome.Name(newest.outcome).removeprefix("OUTCOME_").lower()] += 1
