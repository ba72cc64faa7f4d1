"""Filing conflicts: each set of customers and identifiers that cannot be joined is filed once.

An identifier that many people share (a shop's own phone) meets somebody new with every event. Once it has stood in
several conflicts it is the conflict itself: filed once more, under its own name, and never again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import ConflictReason, ConflictState, Fact, Key
from tidegate.identity.resolve import FoundConflict, Obstacle
from tidegate.identity.store import conflicts
from tidegate.identity.vault import CONFLICT, Vault
from tidegate.runtime.ids import new_id

SHARED_FROM = 10
"""In how many conflicts an identifier stands before it is taken to be shared by many people."""


@dataclass(frozen=True, slots=True)
class Filed:
    """The rows to store, and the id of every conflict that was found, by the place of its fact.

    ``counts`` has, by lookup, in how many conflicts identifiers stand now, where that changed.
    """

    rows: Sequence[Mapping[str, Any]]
    ids: Mapping[int, str]
    counts: Mapping[str, int] = field(default_factory=dict)


NOTHING = Filed((), {})


def prepare(
    connection: sa.Connection,
    found: Sequence[FoundConflict],
    facts: Sequence[Fact],
    *,
    vault: Vault,
    now: int,
) -> Filed:
    """Gives every conflict its id: the one it was filed under before, or a new one with a row to store."""
    met = {lookup for conflict in found for lookup in conflict.known}
    prints = {*map(_fingerprint, found), *map(_shared_fingerprint, met)}
    known, counts = conflicts.known(connection, prints), conflicts.counts(connection, met)
    ids: dict[int, str] = {}
    rows: list[Mapping[str, Any]] = []
    changed: dict[str, int] = {}
    for conflict in found:
        fact = facts[conflict.claim]
        shared = next((key for key in fact.keys if _is_shared(key, conflict, counts)), None)
        fingerprint = _fingerprint(conflict) if shared is None else _shared_fingerprint(shared.lookup)
        if fingerprint not in known:
            known[fingerprint] = new_id()
            rows.append(
                _row(conflict, fact, known[fingerprint], fingerprint=fingerprint, shared=shared, vault=vault, now=now)
            )
            for lookup in conflict.known:
                counts[lookup] = changed[lookup] = counts.get(lookup, 0) + 1
        ids[conflict.claim] = known[fingerprint]
    return Filed(rows, ids, changed)


def _is_shared(key: Key, conflict: FoundConflict, counts: Mapping[str, int]) -> bool:
    return key.lookup in conflict.known and counts.get(key.lookup, 0) >= SHARED_FROM


def _fingerprint(conflict: FoundConflict) -> str:
    obstacle = conflict.obstacle
    return _hash([obstacle.reason, obstacle.namespace, sorted(conflict.customer_ids), sorted(conflict.unlinked)])


def _shared_fingerprint(lookup: str) -> str:
    return _hash(["shared", lookup])


def _hash(told: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _row(
    conflict: FoundConflict,
    fact: Fact,
    conflict_id: str,
    *,
    fingerprint: str,
    shared: Key | None,
    vault: Vault,
    now: int,
) -> dict[str, Any]:
    keys = fact.keys if shared is None else (shared,)
    obstacle = conflict.obstacle if shared is None else Obstacle(ConflictReason.CARDINALITY, shared.namespace)
    identifiers = [(key.namespace, key.value) for key in keys]
    return {
        "id": conflict_id,
        "fingerprint": fingerprint,
        "state": ConflictState.OPEN.value,
        "reason": obstacle.reason.value,
        "namespace": obstacle.namespace,
        "customer_ids": list(conflict.customer_ids),
        "identifiers": vault.seal(json.dumps(identifiers, ensure_ascii=False), CONFLICT),
        "source": fact.source,
        "event_id": fact.occurrence.event_id if fact.occurrence else "",
        "created": now,
        "resolved": None,
        "note": "",
    }
