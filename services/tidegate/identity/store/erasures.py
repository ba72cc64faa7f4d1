"""Erasures as resources: what was asked for, and which service has done its part."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import Erasure, ErasureReport
from tidegate.identity.store.tables import ERASURE, ERASURE_PART
from tidegate.runtime.clock import micros
from tidegate.runtime.db import bulk_insert

_E, _P = ERASURE.c, ERASURE_PART.c


def add(
    connection: sa.Connection,
    erasure_id: str,
    *,
    customer_id: int,
    reason: str,
    requester: str,
    created: int,
    position: int,
    services: Sequence[str],
) -> None:
    """Keeps an erasure that was begun; ``services`` have a part in it."""
    row = {
        "id": erasure_id,
        "customer_id": customer_id,
        "reason": reason,
        "requester": requester,
        "created": created,
        "position": position,
        "dropped": 0,
        "done": None,
    }
    bulk_insert(connection, ERASURE, [row])
    parts = [{"erasure_id": erasure_id, "service": each, "rows": 0, "done": None} for each in services]
    bulk_insert(connection, ERASURE_PART, parts)


def get(connection: sa.Connection, erasure_id: str) -> Erasure | None:
    """An erasure with its reports."""
    row = connection.execute(sa.select(ERASURE).where(_E.id == erasure_id)).one_or_none()
    if row is None:
        return None
    parts = connection.execute(sa.select(ERASURE_PART).where(_P.erasure_id == erasure_id).order_by(_P.service))
    return Erasure(
        erasure_id=row.id,
        customer_id=row.customer_id,
        created=micros(row.created),
        done=None if row.done is None else micros(row.done),
        dropped=row.dropped,
        reports=tuple(
            ErasureReport(service=part.service, rows=part.rows, done=None if part.done is None else micros(part.done))
            for part in parts
        ),
    )


def waiting_for(connection: sa.Connection, service: str, *, limit: int) -> dict[str, int]:
    """The oldest erasures whose part of ``service`` is open, with the positions at which they were announced."""
    open_parts = sa.select(_P.erasure_id).where(_P.service == service, _P.done.is_(None))
    query = sa.select(_E.id, _E.position).where(_E.id.in_(open_parts)).order_by(_E.id).limit(limit)
    return {row.id: row.position for row in connection.execute(query)}


def add_rows(connection: sa.Connection, erasure_id: str, service: str, *, rows: int) -> None:
    """Adds to the rows that a service has erased so far."""
    part = sa.and_(_P.erasure_id == erasure_id, _P.service == service)
    connection.execute(sa.update(ERASURE_PART).where(part).values(rows=_P.rows + rows))


def report(connection: sa.Connection, erasure_id: str, service: str, *, rows: int, now: int) -> int | None:
    """Notes that a service has done its part; returns the customer's id if that was the last one, else None.

    Said twice it is noted once.
    """
    held = sa.select(_E.customer_id, _E.done).where(_E.id == erasure_id).with_for_update()
    erasure: Any = connection.execute(held).one_or_none()
    if erasure is None or erasure.done is not None:
        return None
    part = sa.and_(_P.erasure_id == erasure_id, _P.service == service, _P.done.is_(None))
    connection.execute(sa.update(ERASURE_PART).where(part).values(done=now, rows=_P.rows + rows))
    still = sa.select(_P.service).where(_P.erasure_id == erasure_id, _P.done.is_(None)).limit(1)
    if connection.scalar(still) is not None:
        return None
    connection.execute(sa.update(ERASURE).where(_E.id == erasure_id).values(done=now))
    return int(erasure.customer_id)
