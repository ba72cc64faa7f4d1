"""Who is sent nothing: suppressions of customers and of addresses, and whom they stop."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from hashlib import blake2b

import phonenumbers
import sqlalchemy as sa

from tidegate.delivery.model import Suppressed
from tidegate.delivery.policy.model import Suppression, SuppressionCause
from tidegate.delivery.policy.store import suppressions as store
from tidegate.runtime.ids import new_id

_SEPARATOR = b"\x1f"


def normal_form(namespace: str, value: str) -> str:
    """The value by which addresses are compared: one mailbox, or one number, has one form.

    A number that says no country is one of China's, as in identity's normal form.
    """
    if namespace == "email":
        return value.strip().lower()
    if namespace == "phone":
        return _e164(value)
    return value.strip()


def address_key(namespace: str, value: str) -> str:
    """The digest by which an address is suppressed and looked up: 32 hexadecimal digits."""
    digest = blake2b(namespace.encode() + _SEPARATOR + normal_form(namespace, value).encode(), digest_size=16)
    return digest.hexdigest()


def matching(
    connection: sa.Connection, customer_ids: Collection[int], address_keys: Collection[str], now: int
) -> Sequence[Suppressed]:
    """The suppressions at ``now`` of any of these customers or addresses. Two statements for the batch."""
    return store.matching(connection, customer_ids, address_keys, now)


def suppress_address(
    connection: sa.Connection,
    namespace: str,
    value: str,
    channel: str,
    cause: SuppressionCause,
    now: int,
    *,
    holder_id: int,
) -> None:
    """Sends nothing more to the address on ``channel``, whoever holds it; the holder was written to there."""
    channels = frozenset({channel})
    wanted = Suppression(namespace=namespace, value=value, channels=channels, cause=cause, holder_id=holder_id)
    add(connection, [wanted], now)


def suppress_customer(
    connection: sa.Connection,
    customer_id: int,
    channel: str,
    purpose: str,
    brand: str,
    cause: SuppressionCause,
    now: int,
) -> None:
    """Sends the customer nothing more on ``channel`` for the purpose and the brand."""
    channels = frozenset({channel})
    wanted = Suppression(customer_id=customer_id, channels=channels, purpose=purpose, brand=brand, cause=cause)
    add(connection, [wanted], now)


def add(connection: sa.Connection, wanted: Sequence[Suppression], now: int) -> None:
    """Suppresses all of ``wanted``; what is suppressed as long already stays as it is."""
    if wanted:
        store.add(connection, prepared(connection, wanted, now))


def prepared(connection: sa.Connection, wanted: Sequence[Suppression], now: int) -> list[tuple[Suppression, str]]:
    """As they are to be stored, each with its address's key: with ids, and for survivors of merges."""
    merged = {one.customer_id for one in wanted if one.customer_id}
    survivors = store.canonical(connection, merged) if merged else {}
    return [
        (
            replace(
                one,
                suppression_id=new_id(),
                customer_id=survivors.get(one.customer_id, one.customer_id),
                create_time=now,
            ),
            key_of(one),
        )
        for one in wanted
    ]


def key_of(suppression: Suppression) -> str:
    """The key of the suppressed address or segment; empty for a customer."""
    if suppression.segment_id:
        return f"segment:{suppression.segment_id}"  # no digest looks like it
    return "" if suppression.customer_id else address_key(suppression.namespace, suppression.value)


def _e164(value: str) -> str:
    stripped = value.strip()
    if stripped.startswith("+") and stripped[1:].isdecimal():
        return stripped  # as identity gives them: the usual case, and parsing costs 40 µs
    try:
        parsed = phonenumbers.parse(stripped, "CN")
    except phonenumbers.NumberParseException:
        return stripped
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
