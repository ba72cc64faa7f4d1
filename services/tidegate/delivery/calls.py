"""What calls went to and what their providers said, as it is kept: sealed, and opened again for who asks or repeats."""

from collections.abc import Sequence

from tidegate.delivery.model import Address, CallResult
from tidegate.delivery.store.calling import Answer, Call
from tidegate.delivery.vault import Vault

Answered = tuple[int, CallResult, Address | None]
"""A call's number, what came of it, and the address if it is known."""


def sealed(vault: Vault, answered: Sequence[Answered]) -> list[Answer]:
    """Answers as they are stored."""
    words = [(result.message_id, address.value if address else "", result.detail) for _, result, address in answered]
    return [
        Answer(number, result, _keyed(vault, address), text)
        for (number, result, address), text in zip(answered, vault.seal_calls(words), strict=True)
    ]


def address_of(vault: Vault, message_id: str, call: Call) -> Address:
    """Where a call went to; empty where it is not known. Raises DataLoss."""
    return Address(call.namespace, vault.call(message_id, call.sealed).address, call.key)


def _keyed(vault: Vault, address: Address | None) -> Address | None:
    """With a key, also where none is needed to decide: receipts name addresses of staff and groups, too."""
    if address is None or address.key or not address.value:
        return address
    return address._replace(key=vault.address_key(address.namespace, address.value))
