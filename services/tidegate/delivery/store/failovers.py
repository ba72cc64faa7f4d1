"""The accounts that can't send a message on its present channel, or are not to be asked again for a while."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery.model import CallResult
from tidegate.delivery.store.tables import ATTEMPTS, STATES
from tidegate.runtime.db import OverRows, real_now

REFUSED_FOR = 60_000_000
"""For each call made for a message, how long those who refused it leave it to the others, in µs of real time."""

_FOR_GOOD = "!"


Refusers = Mapping[str, bool]
"""The accounts that have refused a message on its channel, and whether for good: those are not asked again."""


class Standing(NamedTuple):
    """The accounts that have refused a message on its channel, and those that lack what it takes to send it."""

    refused: Refusers = MappingProxyType({})
    lacking: Sequence[str] = ()


def standings(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, Standing]:
    """By message, which of its channel's accounts are out of the question; messages for which none is are left out."""
    rows = _STANDINGS.run(connection, [(one,) for one in message_ids]).all()
    return {
        message_id: Standing(refusers_of(tried), names_of(left)) for message_id, tried, left in rows if tried or left
    }


def names_of(kept: str) -> tuple[str, ...]:
    """Accounts as they are kept."""
    return tuple(one for one in kept.split(",") if not one.startswith(_FOR_GOOD)) if kept else ()


def refusers_of(kept: str) -> Refusers:
    """Accounts that have refused a message, as they are kept."""
    for_good = refused_for_good(kept)
    return {one: one in for_good for one in names_of(kept)}


def refused_for_good(kept: str) -> tuple[str, ...]:
    """Those of them that are not to be asked again."""
    several = kept.split(",") if _FOR_GOOD in kept else []
    return tuple(one.removeprefix(_FOR_GOOD) for one in several if one.startswith(_FOR_GOOD))


def _kept(refusers: Refusers) -> str:
    return ",".join([*refusers, *(f"{_FOR_GOOD}{one}" for one, for_good in refusers.items() if for_good)])


def refusals(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, CallResult]:
    """By message, what the last of its calls came to, where that was a refusal."""
    rows = _REFUSALS.run(connection, [(one,) for one in message_ids]).all()
    results = [
        CallResult(
            message_id=row.message_id,
            lease_token="",
            account_id=row.account_id,
            channel=row.channel,
            started=row.start_time,
            ended=row.end_time,
            kind=OutcomeKind(row.outcome),
            scope=Scope(row.scope),
            provider_code=row.provider_code,
            retry_after=row.retry_after,
        )
        for row in rows
    ]
    return {one.message_id: one for one in results if one.kind.is_definite_refusal}


def note(connection: sa.Connection, noted: Mapping[str, Refusers]) -> None:
    """Notes by whom messages were refused, which leave them to the others for a while, and has them decided at once."""
    if noted:
        _NOTE.run(connection, [(key, _kept(several)) for key, several in noted.items()], lasting=REFUSED_FOR)


def keep(connection: sa.Connection, noted: Mapping[str, Refusers]) -> None:
    """Notes by whom messages were refused, for another try of all the others; they wait as they do."""
    if noted:
        _KEEP.run(connection, [(key, _kept(several)) for key, several in noted.items()])


def leave(connection: sa.Connection, message_ids: Collection[str], *, account_id: str, among: str) -> None:
    """The account, whose gate has them, lacks what it takes to send the messages: others are to have them.

    It is not asked again until the channel's accounts no longer stand as they do ``among`` them.
    """
    _LEAVE.run(connection, [(one,) for one in message_ids], leaving=account_id, among=among)


def _standings(asked: sa.FromClause) -> sa.Select[Any]:
    s = STATES.c
    return sa.select(s.message_id, s.tried, s.left_by).join(asked, asked.c.message_id == s.message_id)


def _refusals(asked: sa.FromClause) -> sa.Select[Any]:
    a, s = ATTEMPTS.c, STATES.c
    columns = a.account_id, a.channel, a.start_time, a.end_time, a.outcome, a.scope, a.provider_code, a.retry_after
    return (
        sa.select(a.message_id, *columns)
        .join(asked, asked.c.message_id == a.message_id)
        .join(STATES, sa.and_(s.message_id == a.message_id, s.attempts == a.number, s.channel == a.channel))
    )


def _note(given: sa.FromClause) -> sa.Update:
    until = real_now() + sa.bindparam("lasting", type_=sa.BigInteger) * STATES.c.attempts
    return (
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id)
        .values(tried=given.c.tried, tried_until_real=until, retry_real=real_now())
    )


def _leave(given: sa.FromClause) -> sa.Update:
    account_id, among = sa.bindparam("leaving", type_=sa.Text), sa.bindparam("among", type_=sa.Text)
    left = STATES.c.left_by
    is_first = sa.or_(left == "", STATES.c.left_among != among)
    return (
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id)
        .values(left_by=sa.case((is_first, account_id), else_=left.concat(",").concat(account_id)), left_among=among)
    )


def _keep(given: sa.FromClause) -> sa.Update:
    values = {"tried": given.c.tried, "tried_until_real": 0}
    return sa.update(STATES).where(STATES.c.message_id == given.c.message_id).values(values)


_STANDINGS = OverRows([STATES.c.message_id], _standings)
_REFUSALS = OverRows([STATES.c.message_id], _refusals)
_NOTE = OverRows([STATES.c.message_id, STATES.c.tried], _note)
_LEAVE = OverRows([STATES.c.message_id], _leave)
_KEEP = OverRows([STATES.c.message_id, STATES.c.tried], _keep)
