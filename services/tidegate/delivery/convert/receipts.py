"""Receipts as the contract has them, and back."""

from collections.abc import Mapping

from tidegate.api.delivery.v1 import receipts_pb2
from tidegate.delivery.announce import STATES, numbers
from tidegate.delivery.instants import given_instant, timestamp
from tidegate.delivery.model import ReceiptState
from tidegate.delivery.nul import refuse_nul
from tidegate.delivery.receipts import KINDS as RECEIPT_KINDS
from tidegate.delivery.receipts import Recorded
from tidegate.delivery.reporting import Reported
from tidegate.delivery.store.receipts import Receipt
from tidegate.runtime.errors import InvalidArgument
from tidegate.runtime.ids import new_id

_RECEIPT_STATES: Mapping[ReceiptState, receipts_pb2.ReceiptState] = numbers(
    receipts_pb2.ReceiptState, "RECEIPT_STATE", ReceiptState
)
_KINDS_BY_NUMBER = {number: kind for kind, number in RECEIPT_KINDS.items()}
RECEIPT_STATES_BY_NUMBER = {number: state for state, number in _RECEIPT_STATES.items()}


def receipt(one: Receipt) -> receipts_pb2.Receipt:
    """A receipt as it is listed."""
    return receipts_pb2.Receipt(
        receipt_id=one.receipt_id,
        account_id=one.account_id,
        provider_message_id=one.provider_message_id,
        message_id=one.message_id,
        kind=RECEIPT_KINDS[one.kind],
        provider_code=one.provider_code,
        time=timestamp(one.time),
        dedupe_key=one.dedupe_key,
        state=_RECEIPT_STATES[one.state],
        record_time=timestamp(one.record_time),
    )


def read_receipt(given: receipts_pb2.Receipt, *, now: int, path: str) -> Reported:
    """A receipt as a caller reports it. Raises InvalidArgument."""
    refuse_nul(given, path)
    if given.kind not in _KINDS_BY_NUMBER:
        raise InvalidArgument.at(f"{path}.kind", "is required; name a kind that exists")
    if not given.message_id and not (given.provider_message_id and given.account_id):
        raise InvalidArgument.at(
            f"{path}.message_id", "give it, or account_id and provider_message_id: else it belongs to nothing"
        )
    for name in ("account_id", "provider_message_id", "message_id", "provider_code", "dedupe_key", "address"):
        if len(getattr(given, name)) > 300:
            raise InvalidArgument.at(f"{path}.{name}", "may have 300 characters")
    kind = _KINDS_BY_NUMBER[given.kind]
    receipt = Receipt(
        receipt_id=new_id(),
        account_id=given.account_id,
        provider_message_id=given.provider_message_id,
        message_id=given.message_id,
        kind=kind,
        provider_code=given.provider_code,
        time=given_instant(given.time, f"{path}.time") if given.HasField("time") else now,
        record_time=now,
        dedupe_key=given.dedupe_key,
        state=ReceiptState.WAITING,
    )
    return receipt, given.address


def recorded(one: Recorded) -> receipts_pb2.RecordReceiptResult:
    """What was done with a receipt."""
    return receipts_pb2.RecordReceiptResult(
        recorded=receipts_pb2.RecordedReceipt(
            receipt_id=one.receipt.receipt_id,
            message_id=one.receipt.message_id if one.message_state else "",
            state=_RECEIPT_STATES[one.receipt.state],
            duplicate=one.is_duplicate,
            message_state=STATES[one.message_state] if one.message_state else None,
        )
    )
