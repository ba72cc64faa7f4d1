"""When providers are asked about uncertain messages: a minute after the call, then ever more seldom."""

from collections.abc import Collection

import sqlalchemy as sa

from tidegate.delivery.store.tables import CONTENTS, STATES
from tidegate.runtime.db import OverRows, real_now

FIRST_ASKED = 60_000_000
"""How long after its call a message is asked about, in µs of real time."""
_LONGEST_PAUSE = 3_600_000_000


def due(account_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Uncertain by a call through the account, and it is time to ask about it."""
    states = STATES.c
    uncertain = states.state == sa.literal_column("'uncertain'")  # as the index says it
    return uncertain, states.account_id == account_id, states.ask_real <= real_now()


def is_due(connection: sa.Connection, account_id: str) -> bool:
    """Whether there is anything to ask about: a read, which keeps no writer out."""
    return connection.scalar(sa.select(sa.literal(1)).where(sa.exists().where(*due(account_id)))) is not None


def put_off(connection: sa.Connection, message_ids: Collection[str], *, settle_after: int) -> None:
    """Notes when to ask next: after as long again as they have been uncertain, ``settle_after`` being all of it."""
    _PUT_OFF.run(connection, [(one,) for one in message_ids], settle_after=settle_after)


def contents(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, str]:
    """What messages say, sealed."""
    query = sa.select(CONTENTS.c.message_id, CONTENTS.c.sealed)
    rows = connection.execute(query.where(CONTENTS.c.message_id.in_(sorted(message_ids))))
    return {row[0]: row[1] for row in rows}


def _put_off(given: sa.FromClause) -> sa.Update:
    since = STATES.c.settle_real - sa.bindparam("settle_after", type_=sa.BigInteger)
    waited = real_now() - since
    pause = sa.case((waited < FIRST_ASKED, FIRST_ASKED), (waited > _LONGEST_PAUSE, _LONGEST_PAUSE), else_=waited)
    update = sa.update(STATES).where(STATES.c.message_id == given.c.message_id)
    return update.where(STATES.c.state == "uncertain").values(ask_real=real_now() + pause)


_PUT_OFF = OverRows([STATES.c.message_id], _put_off)
