"""By which receipts a message is found whose provider's id was lost, and by which it is not."""

import pytest
from tidegate.delivery.attributing import attributed
from tidegate.delivery.instants import DAY, SECOND
from tidegate.delivery.model import MessageState, ReceiptKind, ReceiptState
from tidegate.delivery.store.attributing import Nameless
from tidegate.delivery.store.receipts import Receipt

NOW = 1_790_000_000_000_000
OURS = {"mini": {"T": ["sale"], "U": ["stock"]}, "mini-2": {"T": ["offer"]}}


def receipt(name: str = "r1", **changes: object) -> Receipt:
    values: dict[str, object] = {
        "receipt_id": name, "account_id": "mini", "provider_message_id": "p1", "message_id": "",
        "kind": ReceiptKind.DELIVERED, "provider_code": "", "time": NOW, "record_time": NOW, "dedupe_key": name,
        "state": ReceiptState.WAITING, "address_key": "ann", "provider_template": "T",
    }  # fmt: skip
    return Receipt(**values | changes)  # type: ignore[arg-type]


def message(name: str = "m1", **changes: object) -> Nameless:
    values: dict[str, object] = {
        "message_id": name, "account_id": "mini", "address_key": "ann", "template_id": "sale",
        "taken_at": NOW - SECOND, "state": MessageState.UNCERTAIN,
    }  # fmt: skip
    return Nameless(**values | changes)  # type: ignore[arg-type]


SENT, CALLING = MessageState.SENT, MessageState.CALLING


@pytest.mark.parametrize(
    ("receipts", "messages", "found"),
    [
        ([receipt()], [message()], {"r1": "m1"}),
        ([receipt(), receipt("r2", kind=ReceiptKind.REFUSED)], [message()], {"r1": "m1", "r2": "m1"}),
        ([receipt(), receipt("r2", provider_message_id="p2")], [message()], {}),
        ([receipt()], [message(), message("m2")], {}),
        ([receipt()], [message(), message("m2", state=CALLING)], {}),
        ([receipt()], [message(), message("m2", state=SENT)], {}),
        ([receipt()], [message(state=CALLING)], {}),
        ([receipt()], [message(state=SENT)], {}),
        ([receipt()], [message(), message("m2", address_key="bob")], {"r1": "m1"}),
        ([receipt()], [message(), message("m2", template_id="stock")], {"r1": "m1"}),
        ([receipt(provider_template="U")], [message()], {}),
        ([receipt(provider_template="V")], [message()], {}),
        ([receipt(address_key="bob")], [message()], {}),
        ([receipt()], [message(), message("m2", account_id="mini-2", template_id="offer")], {}),
        ([receipt()], [message("m2", account_id="mini-2", template_id="offer")], {}),
        (
            [receipt(), receipt("r2", account_id="mini-2")],
            [message("m2", account_id="mini-2", template_id="offer")],
            {"r2": "m2"},
        ),
        ([receipt()], [message(taken_at=NOW + 60 * SECOND)], {"r1": "m1"}),
        ([receipt()], [message(taken_at=NOW + 61 * SECOND)], {}),
        ([receipt()], [message(taken_at=NOW - 3 * DAY)], {"r1": "m1"}),
        ([receipt()], [message(taken_at=NOW - 3 * DAY - 1)], {}),
        ([receipt()], [], {}),
    ],
)
def test_only_the_one_message_that_can_be_meant_is_found(
    receipts: list[Receipt], messages: list[Nameless], found: dict[str, str]
) -> None:
    told = attributed(receipts, messages, OURS)
    assert {key: one.message_id for key, one in told.items()} == found
