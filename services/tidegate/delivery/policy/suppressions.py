"""Who is sent nothing: suppressions of customers and of addresses, and whom they stop."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import sqlalchemy as sa

from tidegate.delivery.model import Suppressed
from tidegate.delivery.policy.model import Suppression, SuppressionCause
from tidegate.delivery.policy.store import suppressions as store
from tidegate.delivery.vault import SUPPRESSION, Vault
from tidegate.runtime.ids import new_id


def matching(
    connection: sa.Connection, customer_ids: Collection[int], address_keys: Collection[str], now: int
) -> Sequence[Suppressed]:
    """The suppressions at ``now`` of any of these customers or addresses. Two statements for the batch."""
    return store.matching(connection, customer_ids, address_keys, now)


def suppress_address(
    connection: sa.Connection,
    vault: Vault,
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
    add(connection, vault, [wanted], now)


def suppress_customer(
    connection: sa.Connection,
    vault: Vault,
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
    add(connection, vault, [wanted], now)


def add(connection: sa.Connection, vault: Vault, wanted: Sequence[Suppression], now: int) -> None:
    """Suppresses all of ``wanted``; what is suppressed as long already stays as it is."""
    if wanted:
        store.add(connection, prepared(connection, vault, wanted, now))


def prepared(
    connection: sa.Connection, vault: Vault, wanted: Sequence[Suppression], now: int
) -> list[tuple[Suppression, str]]:
    """As they are to be stored, each with its address's key: sealed, with ids, and for survivors of merges."""
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
            key,
        )
        for one, key in zip(sealed(vault, wanted), [key_of(vault, one) for one in wanted], strict=True)
    ]


def sealed(vault: Vault, suppressions: Sequence[Suppression]) -> list[Suppression]:
    """As they are stored: neither address nor note can be read."""
    texts = vault.seal_texts([(text, SUPPRESSION) for one in suppressions for text in (one.value, one.note)])
    return [
        replace(one, value=value, note=note)
        for one, value, note in zip(suppressions, texts[::2], texts[1::2], strict=True)
    ]


def opened(vault: Vault, stored: Suppression) -> Suppression:
    """As its caller made it. Raises DataLoss."""
    return replace(stored, value=vault.text(stored.value, SUPPRESSION), note=vault.text(stored.note, SUPPRESSION))


def key_of(vault: Vault, suppression: Suppression) -> str:
    """The key of the suppressed address or segment; empty for a customer."""
    if suppression.segment_id:
        return f"segment:{suppression.segment_id}"  # no digest looks like it
    return "" if suppression.customer_id else vault.address_key(suppression.namespace, suppression.value)
