"""Between rows and walks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from tidegate.journey.conditions import Scalar
from tidegate.journey.walk import EndedWait, Memory, News, Posture, Walk, WalkState
from tidegate.runtime.clock import from_micros

EMPTY = Memory()
_REMEMBERED = 4096


class Claimed(NamedTuple):
    """A due walk that a worker holds, with its journey, its news, and how many signals it had when claimed."""

    journey_id: str
    version: int
    entry_key: str
    walk: Walk
    news: News | None
    signals: int
    attempts: int


def claimed(row: Any) -> Claimed:
    """The walk of a claimed row, in the order of the columns of CLAIMED."""
    (
        enrollment_id, journey_id, version, customer_id, entry_key, entered, node_id, visit, node_entered, posture,
        timer, position, memory, message_id, label, reason, signals, attempts,
    ) = row  # fmt: skip
    walk = Walk(
        enrollment_id,
        customer_id,
        node_id,
        visit,
        from_micros(entered),
        from_micros(node_entered),
        _POSTURES[posture],
        from_micros(timer),
        position,
        message_id,
        _memory_of(memory),
    )
    news = News(label, reason) if label else None
    return Claimed(journey_id, version, entry_key, walk, news, signals, attempts)


_POSTURES = {posture.value: posture for posture in Posture}


@lru_cache(_REMEMBERED)
def _memory_of(text: str) -> Memory:
    """The memory that a text holds; walks that went the same way remember the same."""
    return memory_from(json.loads(text))


def memory_text(memory: Memory) -> str:
    """The memory as the text of a JSON document."""
    return _text(memory_to(memory))


_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def memory_to(memory: Memory) -> dict[str, Any]:
    """The memory as a JSON document; what is empty is left out."""
    document: dict[str, Any] = {}
    if memory.entry:
        document["entry"] = dict(memory.entry)
    if memory.arms:
        document["arms"] = dict(memory.arms)
    if memory.held:
        document["held"] = list(memory.held)
    if memory.waits:
        document["waits"] = {name: [list(w.mark), dict(w.properties)] for name, w in memory.waits.items()}
    if memory.entered:
        document["entered"] = dict(memory.entered)
    if memory.goals:
        document["goals"] = [list(goal) for goal in memory.goals]
    if memory.since is not None:
        document["since"] = memory.since
    return document


def memory_from(document: Mapping[str, Any]) -> Memory:
    """The memory that a JSON document holds."""
    if not document:
        return EMPTY
    held = document.get("held")
    return Memory(
        entry=document.get("entry", {}),
        arms=document.get("arms", {}),
        held=(held[0], held[1]) if held else None,
        waits={
            name: EndedWait((mark[0], mark[1], mark[2]), properties)
            for name, (mark, properties) in document.get("waits", {}).items()
        },
        entered=document.get("entered", {}),
        goals=tuple((name, reached) for name, reached in document.get("goals", ())),
        since=document.get("since"),
    )


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One enrollment as it is read: everything but its steps."""

    enrollment_id: str
    journey_id: str
    version: int
    customer_id: int
    original_customer_id: int
    entry_key: str
    cause: Mapping[str, Scalar]
    entered: datetime
    state: WalkState
    ended: datetime | None
    end_reason: str
    merged_into: str
    node_id: str
    visit: int
    node_entered: datetime
    posture: Posture
    timer: datetime
    due: datetime | None
    memory: Memory
    message_id: str
    attempts: int
    last_error: str
