"""The accounts that can't send a message on its present channel: they do not claim it again for a while."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.store.tables import STATES
from tidegate.runtime.db import OverRows, real_now

REFUSED_FOR = 60_000_000
"""How long an account whose provider refused a message leaves it to the others, in µs of real time."""

LEFT_FOR = 900_000_000
"""How long one does that lacks what it takes to send it: that seldom changes, and the others may have much to do."""

_ESCAPE = "/"


def tried(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, Sequence[str]]:
    """By message, the accounts that have refused it; those that none has are left out."""
    rows = _TRIED.run(connection, [(one,) for one in message_ids]).all()
    return {message_id: several.split(",") for message_id, several in rows if several}


def note(connection: sa.Connection, noted: Mapping[str, Sequence[str]]) -> None:
    """Notes by whom messages were refused, and has them decided at once; those with no account wait as they do."""
    again = [(key, ",".join(several)) for key, several in noted.items() if several]
    if again:
        _NOTE.run(connection, again, lasting=REFUSED_FOR)
    forgotten = [(key,) for key, several in noted.items() if not several]
    if forgotten:
        _FORGET.run(connection, forgotten)


def leave(connection: sa.Connection, message_ids: Collection[str], *, account_id: str) -> None:
    """The account, whose gate has them, can't send the messages: others are to have them, beside those that refused."""
    _LEAVE.run(connection, [(one,) for one in message_ids], leaving=account_id, lasting=LEFT_FOR)


def may_claim(account: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """That a message was not refused by an account, given as pattern_of()."""
    states = STATES.c
    given = sa.literal(",").concat(states.tried).concat(",")
    return sa.or_(
        states.tried == sa.literal_column("''"),
        states.tried_until_real <= real_now(),
        given.not_like(account, escape=_ESCAPE),
    )


def pattern_of(account_id: str) -> str:
    """What may_claim() compares with."""
    return f"%,{account_id.replace('_', f'{_ESCAPE}_')},%"


def _select(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(STATES.c.message_id, STATES.c.tried).join(asked, asked.c.message_id == STATES.c.message_id)


def _note(given: sa.FromClause) -> sa.Update:
    until = real_now() + sa.bindparam("lasting", type_=sa.BigInteger)
    return (
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id)
        .values(tried=given.c.tried, tried_until_real=until, retry_real=real_now())
    )


def _leave(given: sa.FromClause) -> sa.Update:
    account_id = sa.bindparam("leaving", type_=sa.Text)
    is_first = sa.or_(STATES.c.tried == "", STATES.c.tried_until_real <= real_now())
    until = real_now() + sa.bindparam("lasting", type_=sa.BigInteger)
    return (
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id)
        .values(
            tried=sa.case((is_first, account_id), else_=STATES.c.tried.concat(",").concat(account_id)),
            tried_until_real=sa.case((is_first, until), else_=STATES.c.tried_until_real),
        )
    )


def _forget(given: sa.FromClause) -> sa.Update:
    return sa.update(STATES).where(STATES.c.message_id == given.c.message_id).values(tried="", tried_until_real=0)


_TRIED = OverRows([STATES.c.message_id], _select)
_NOTE = OverRows([STATES.c.message_id, STATES.c.tried], _note)
_LEAVE = OverRows([STATES.c.message_id], _leave)
_FORGET = OverRows([STATES.c.message_id], _forget)
