"""What happened to a message, and why, as the contract has it."""

from collections.abc import Mapping

from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.delivery.announce import numbers
from tidegate.delivery.convert.decisions import stored_decision
from tidegate.delivery.convert.messages import message
from tidegate.delivery.convert.receipts import receipt
from tidegate.delivery.explain import Story
from tidegate.delivery.instants import timestamp
from tidegate.delivery.model import LedgerState
from tidegate.delivery.store.reading import Row

_SLOTS: Mapping[str, delivery_service_pb2.LedgerState] = numbers(
    delivery_service_pb2.LedgerState, "LEDGER_STATE", LedgerState
)


def explanation(story: Story) -> delivery_service_pb2.ExplainMessageResponse:
    """A message's whole story."""
    return delivery_service_pb2.ExplainMessageResponse(
        message=message(story.message, story.attempts),
        decisions=[stored_decision(one) for one in story.decisions],
        receipts=[receipt(one) for one in story.receipts],
        ledger_entry=None if story.slot is None else _slot(story.slot),
        summary=story.summary,
    )


def _slot(row: Row) -> delivery_service_pb2.LedgerEntry:
    return delivery_service_pb2.LedgerEntry(
        state=_SLOTS[row.state],
        counted_time=timestamp(row.counted_at),
        channel=row.channel,
        customer_id=row.customer_id,
        original_customer_id=row.original_customer_id,
        tier=row.tier,
    )
