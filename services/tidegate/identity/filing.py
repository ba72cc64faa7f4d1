"""Filing conflicts: each set of customers and identifiers that cannot be joined is filed once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import ConflictState, Fact
from tidegate.identity.resolve import FoundConflict
from tidegate.identity.store import conflicts
from tidegate.identity.vault import CONFLICT, Vault
from tidegate.runtime.ids import new_id


@dataclass(frozen=True, slots=True)
class Filed:
    """The rows to store, and the id of every conflict that was found, by the place of its fact."""

    rows: Sequence[Mapping[str, Any]]
    ids: Mapping[int, str]


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
    prints = {conflict.claim: _fingerprint(conflict) for conflict in found}
    known = conflicts.known(connection, set(prints.values()))
    rows = []
    for conflict in found:
        fingerprint = prints[conflict.claim]
        if fingerprint not in known:
            known[fingerprint] = new_id()
            fact = facts[conflict.claim]
            rows.append(_row(conflict, fact, known[fingerprint], fingerprint=fingerprint, vault=vault, now=now))
    return Filed(rows, {place: known[fingerprint] for place, fingerprint in prints.items()})


def _fingerprint(conflict: FoundConflict) -> str:
    obstacle = conflict.obstacle
    told = [obstacle.reason, obstacle.namespace, sorted(conflict.customer_ids), sorted(conflict.unlinked)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _row(
    conflict: FoundConflict, fact: Fact, conflict_id: str, *, fingerprint: str, vault: Vault, now: int
) -> dict[str, Any]:
    identifiers = [(key.namespace, key.value) for key in fact.keys]
    return {
        "id": conflict_id,
        "fingerprint": fingerprint,
        "state": ConflictState.OPEN.value,
        "reason": conflict.obstacle.reason.value,
        "namespace": conflict.obstacle.namespace,
        "customer_ids": list(conflict.customer_ids),
        "identifiers": vault.seal(json.dumps(identifiers, ensure_ascii=False), CONFLICT),
        "source": fact.source,
        "event_id": fact.occurrence.event_id if fact.occurrence else "",
        "created": now,
        "resolved": None,
        "note": "",
    }
