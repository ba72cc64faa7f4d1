"""What guardrails count, message by message, and the waking of what they had paused."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tidegate.channels import OutcomeKind
from tidegate.delivery.model import MessageState, ReceiptKind
from tidegate.delivery.policy.guards import Call, Count, Standing
from tidegate.delivery.store.tables import ATTEMPTS, GUARD_COUNTS, GUARDED, MESSAGES, RECEIPTS, STATES, WAKING
from tidegate.runtime.db import OverRows, bulk_upsert

_NO_REFUSALS = (OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN, OutcomeKind.RETRYABLE, OutcomeKind.RATE_LIMITED)
_ALL = ""
"""Stands for all campaigns, and for messages of none, in what is to be woken."""
Key = tuple[str, str]
"""A guardrail and a campaign."""


def standing(connection: sa.Connection, message_ids: Collection[str]) -> list[Standing]:
    """How far those of the messages that are of a campaign have come."""
    asked = [(one,) for one in sorted(message_ids)]
    calls: dict[str, list[Call]] = {}
    for message_id, number, start_time, outcome in _CALLS.run(connection, asked):
        calls.setdefault(message_id, []).append(Call(number, start_time, outcome not in _NO_REFUSALS))
    reported = {(message_id, kind) for message_id, kind in _REPORTED.run(connection, asked)}
    return [
        Standing(
            message_id,
            campaign_id,
            sent_time,
            bounced=state == MessageState.BOUNCED,
            complained=(message_id, ReceiptKind.COMPLAINT) in reported,
            unsubscribed=(message_id, ReceiptKind.UNSUBSCRIBED) in reported,
            calls=calls.get(message_id, ()),
        )
        for message_id, campaign_id, sent_time, state in _STANDING.run(connection, asked)
    ]


def counted(connection: sa.Connection, message_ids: Collection[str]) -> Mapping[str, set[str]]:
    """The words for what was counted of the messages."""
    rows = _COUNTED.run(connection, [(one,) for one in message_ids])
    return {message_id: set(words.split()) for message_id, words in rows}


def write_counted(connection: sa.Connection, words: Mapping[str, Collection[str]]) -> None:
    """Keeps what was counted of messages."""
    rows = [(message_id, " ".join(sorted(several))) for message_id, several in sorted(words.items())]
    bulk_upsert(connection, GUARDED, rows, key=["message_id"], update=["counted"])


def add(connection: sa.Connection, added: Mapping[Key, tuple[int, Count]]) -> dict[Key, Count]:
    """Adds to what guardrails have counted since an instant, where they go by it still; returns all they have."""
    before = {
        (row.guardrail_id, row.campaign_id): (row.since, Count(row.hits, row.total))
        for row in _COUNTS.run(connection, sorted(added))
    }
    sums = {}
    for key, (since, more) in added.items():
        earlier, count = before.get(key, (since, Count()))
        sums[key] = Count(count.hits + more.hits, count.total + more.total) if earlier == since else more
    rows = [(*key, added[key][0], *count) for key, count in sorted(sums.items())]
    bulk_upsert(connection, GUARD_COUNTS, rows, key=["guardrail_id", "campaign_id"], update=["since", "hits", "total"])
    return sums


def forget(connection: sa.Connection, guardrail_id: str) -> None:
    """The guardrail counts anew."""
    connection.execute(sa.delete(GUARD_COUNTS).where(GUARD_COUNTS.c.guardrail_id == guardrail_id))


def ask_to_wake(connection: sa.Connection, campaign_ids: Iterable[str]) -> None:
    """Has what waits of these campaigns decided anew, in a while: there may be very many."""
    rows = [(each, "") for each in sorted(set(campaign_ids))]
    bulk_upsert(connection, WAKING, rows, key=["campaign_id"], update=["through_id"])


def ask_to_wake_all(connection: sa.Connection) -> None:
    """Has all that waits to its expiry decided anew, in a while."""
    ask_to_wake(connection, [_ALL])


def is_to_wake(connection: sa.Connection) -> bool:
    """Whether anything is left of what ask_to_wake() was asked."""
    return connection.scalar(sa.select(WAKING.c.campaign_id).limit(1)) is not None


def wake_some(connection: sa.Connection, limit: int) -> int:
    """Wakes what waits to its expiry among the next ``limit`` messages of a campaign, or the next ``limit`` of all.

    Returns how many it woke.
    """
    asked = connection.execute(sa.select(WAKING).limit(1).with_for_update()).one_or_none()
    if asked is None:
        return 0
    if asked.campaign_id == _ALL:
        return _wake_next(connection, asked.through_id, limit)
    m = MESSAGES.c
    of = sa.select(m.message_id).where(
        m.campaign_id == asked.campaign_id, m.campaign_id != "", m.message_id > asked.through_id
    )
    message_ids = list(connection.scalars(of.order_by(m.message_id).limit(limit)))
    this = WAKING.c.campaign_id == asked.campaign_id
    if len(message_ids) < limit:
        connection.execute(sa.delete(WAKING).where(this))
    else:
        connection.execute(sa.update(WAKING).where(this).values(through_id=message_ids[-1]))
    return len(_WAKE.run(connection, [(one,) for one in message_ids]).all())


def _wake_next(connection: sa.Connection, through: str, limit: int) -> int:
    """By rising expiry and id: what waits for something else again is not met twice."""
    s = STATES.c
    waits = sa.and_(s.state == sa.literal_column("'deferred'"), s.wake_time.is_not(None), s.wake_time == s.expire_time)
    query = sa.select(s.wake_time, s.message_id).where(waits).order_by(s.wake_time, s.message_id).limit(limit)
    if through:
        instant, _, message_id = through.partition(" ")
        place = sa.tuple_(sa.literal(int(instant), sa.BigInteger), sa.literal(message_id))
        query = query.where(s.wake_time >= int(instant), sa.tuple_(s.wake_time, s.message_id) > place)
    found = connection.execute(query).all()
    if len(found) < limit:
        connection.execute(sa.delete(WAKING).where(WAKING.c.campaign_id == _ALL))
    else:
        reached = f"{found[-1].wake_time} {found[-1].message_id}"
        connection.execute(sa.update(WAKING).where(WAKING.c.campaign_id == _ALL).values(through_id=reached))
    return len(_WAKE.run(connection, [(row.message_id,) for row in found]).all())


def _standing(asked: sa.FromClause) -> sa.Select[Any]:
    m, s = MESSAGES.c, STATES.c
    return (
        sa.select(m.message_id, m.campaign_id, s.sent_time, s.state)
        .join(STATES, s.message_id == m.message_id)
        .join(asked, asked.c.message_id == m.message_id)
        .where(m.campaign_id != "")
    )


def _calls(asked: sa.FromClause) -> sa.Select[Any]:
    a = ATTEMPTS.c
    selected = sa.select(a.message_id, a.number, a.start_time, a.outcome)
    return selected.join(asked, asked.c.message_id == a.message_id)


def _reported(asked: sa.FromClause) -> sa.Select[Any]:
    r = RECEIPTS.c
    selected = sa.select(r.message_id, r.kind).join(asked, asked.c.message_id == r.message_id)
    return selected.where(r.kind.in_([ReceiptKind.COMPLAINT, ReceiptKind.UNSUBSCRIBED])).distinct()


def _counted(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(GUARDED).join(asked, asked.c.message_id == GUARDED.c.message_id)


def _counts(asked: sa.FromClause) -> sa.Select[Any]:
    c = GUARD_COUNTS.c
    same = sa.and_(c.guardrail_id == asked.c.guardrail_id, c.campaign_id == asked.c.campaign_id)
    return sa.select(GUARD_COUNTS).join(asked, same)


def _wake(asked: sa.FromClause) -> sa.Update:
    s = STATES.c
    return (
        sa.update(STATES)
        .where(s.message_id == asked.c.message_id, s.state == MessageState.DEFERRED, s.wake_time == s.expire_time)
        .values(state=MessageState.ACCEPTED, wake_time=None)
        .returning(s.message_id)
    )


_MESSAGE_ID = [MESSAGES.c.message_id]
_STANDING = OverRows(_MESSAGE_ID, _standing)
_CALLS = OverRows(_MESSAGE_ID, _calls)
_REPORTED = OverRows(_MESSAGE_ID, _reported)
_COUNTED = OverRows(_MESSAGE_ID, _counted)
_COUNTS = OverRows([GUARD_COUNTS.c.guardrail_id, GUARD_COUNTS.c.campaign_id], _counts)
_WAKE = OverRows(_MESSAGE_ID, _wake)
