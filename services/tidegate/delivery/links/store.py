"""The table of links that need a row: those with a short code, and those that callers make."""

from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.delivery.links.codes import SHORT
from tidegate.delivery.links.model import TrackedLink
from tidegate.delivery.schema import METADATA
from tidegate.runtime.db import insert, row_source

LINKS = sa.Table(
    "tracked_links",
    METADATA,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("target_url", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("expire_time", sa.BigInteger),
    sa.Column("create_time", sa.BigInteger, nullable=False),
    sa.Index(
        "ix_links_lapse",
        "expire_time",
        "code",
        postgresql_where=sa.text("expire_time IS NOT NULL"),
        sqlite_where=sa.text("expire_time IS NOT NULL"),
    ),
)
"""Links by their code."""

_REMOVED_AT_ONCE = 5_000


_COLUMNS = (
    "code",
    "target_url",
    "message_id",
    "customer_id",
    "campaign_id",
    "label",
    "expire_time",
    "create_time",
)


def add(connection: sa.Connection, links: Sequence[TrackedLink]) -> set[str]:
    """Adds links, all by one statement, and returns the codes that were free: the others' are taken."""
    if not links:
        return set()
    columns = [LINKS.c[name] for name in _COLUMNS]
    rows = [[getattr(link, name) for name in _COLUMNS] for link in links]
    source = row_source(connection, "given", columns, rows)
    statement = insert(connection, LINKS).from_select(
        columns, sa.select(*(source.c[name] for name in _COLUMNS)).where(sa.true())
    )
    added = connection.execute(statement.on_conflict_do_nothing().returning(LINKS.c.code))
    return set(added.scalars())


def find(connection: sa.Connection, code: str) -> TrackedLink | None:
    """The link of a code, expired or not."""
    row = connection.execute(sa.select(LINKS).where(LINKS.c.code == code)).one_or_none()
    return None if row is None else TrackedLink(**row._mapping)  # noqa: SLF001  (SQLAlchemy's public name)


def count_short(connection: sa.Connection, now: int) -> int:
    """How many short codes are live."""
    links = LINKS.c
    live = sa.and_(links.expire_time > now, sa.func.length(links.code) == SHORT)
    return connection.scalars(sa.select(sa.func.count()).select_from(LINKS).where(live)).one()


def has_lapsed(connection: sa.Connection, now: int) -> bool:
    """Whether any link has lapsed."""
    return connection.scalar(sa.select(LINKS.c.code).where(LINKS.c.expire_time <= now).limit(1)) is not None


def remove_lapsed(connection: sa.Connection, now: int) -> int:
    """Removes links that have lapsed, 5,000 at most, and says how many."""
    lapsed = sa.select(LINKS.c.code).where(LINKS.c.expire_time <= now).order_by(LINKS.c.expire_time)
    some = lapsed.limit(_REMOVED_AT_ONCE).with_for_update(skip_locked=True)
    return connection.execute(sa.delete(LINKS).where(LINKS.c.code.in_(some))).rowcount
