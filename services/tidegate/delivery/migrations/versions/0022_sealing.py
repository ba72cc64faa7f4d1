"""What is personal is sealed, and addresses are looked up by keys that can't be guessed; how far re-sealing is.

What is stored plainly gets the form that the service reads, and is sealed by it after its next start. Addresses get
their keys here, from the digests that were stored or from the addresses themselves: all in one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic import op
from tidegate.delivery.addresses import AddressKeys
from tidegate.runtime.db import Json
from tidegate.runtime.db.migrations import secrets

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_AT_ONCE = 5_000
_KEYED = ("suppressions", "interactions", "grants", "window_openings", "allowance_uses")
_IS_ADDRESS = "address_key <> '' AND address_key NOT LIKE 'segment:%'"


Keys = Callable[[], AddressKeys]
"""Gives keys; it is asked only where there is an address, since it needs the secret."""


def upgrade() -> None:
    _make()
    keys = cache(lambda: AddressKeys(secrets().key("delivery.lookup")))
    connection = op.get_bind()
    for write in (_key_again, _write_contents, _write_attempts, _write_receipts):
        write(connection, keys)
    for column in ("note", "value"):  # what begins with a space would pass for sealed
        op.execute(f"UPDATE suppressions SET {column} = trim({column}) WHERE {column} LIKE ' %'")
    op.execute("UPDATE tracked_links SET target_url = trim(target_url) WHERE target_url LIKE ' %'")
    _drop()


def _make() -> None:
    op.create_table(
        "resealing",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("reached", Json(), nullable=True),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("resealed", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "part", name=op.f("pk_resealing")),
    )
    for table, names in _NEW.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))


def _drop() -> None:
    for table, names in _OLD.items():
        for name in names:
            op.drop_column(table, name)


_NEW = {
    "message_contents": ("sealed", "address_key"),
    "attempts": ("address_key", "sealed"),
    "receipts": ("address_key",),
}
_OLD = {
    "message_contents": ("variables", "address_namespace", "address_value"),
    "attempts": ("detail", "address_value"),
    "receipts": ("address",),
}


def _key_again(connection: sa.Connection, keys: Keys) -> None:
    """Digests become the keys that are made of them."""
    op.execute("CREATE TEMPORARY TABLE rekeyed (old TEXT PRIMARY KEY, new TEXT NOT NULL)")
    for table in _KEYED:
        op.execute(
            f"INSERT INTO rekeyed SELECT DISTINCT address_key, '' FROM {table} WHERE {_IS_ADDRESS} "
            "ON CONFLICT DO NOTHING"
        )
    for rows in _stretches(connection, "SELECT old FROM rekeyed WHERE new = ''", ("old",)):
        changed = [{"old": old, "new": keys().of_digest(bytes.fromhex(old))} for (old,) in rows]
        connection.execute(sa.text("UPDATE rekeyed SET new = :new WHERE old = :old"), changed)
    for table in _KEYED:
        op.execute(
            f"UPDATE {table} SET address_key = (SELECT new FROM rekeyed WHERE old = address_key) WHERE {_IS_ADDRESS}"
        )
    op.execute("DROP TABLE rekeyed")


def _write_contents(connection: sa.Connection, keys: Keys) -> None:
    """One text for the variables and the address that was named; nothing for what says nothing."""
    op.execute("UPDATE message_contents SET sealed = variables WHERE variables <> '{}'")
    quoted = "to_json({}::text)::text" if connection.dialect.name == "postgresql" else "json_quote({})"
    namespace, value = map(quoted.format, ("address_namespace", "address_value"))
    op.execute(
        f"UPDATE message_contents SET sealed = '[' || variables || ',' || {namespace} || ',' || {value} || ']' "
        "WHERE address_value <> ''"
    )
    query = "SELECT message_id, address_namespace, address_value FROM message_contents WHERE address_value <> ''"
    for rows in _stretches(connection, query, ("message_id",)):
        changed = [{"id": key, "key": keys().key(namespace, value)} for key, namespace, value in rows]
        connection.execute(sa.text("UPDATE message_contents SET address_key = :key WHERE message_id = :id"), changed)


def _write_attempts(connection: sa.Connection, keys: Keys) -> None:
    """One text for the address and what the provider said."""
    op.execute(
        "UPDATE attempts SET sealed = CASE detail WHEN '' THEN address_value ELSE address_value || '\n' || detail END "
        "WHERE address_value <> '' OR detail <> ''"
    )
    query = "SELECT message_id, number, address_namespace, address_value FROM attempts WHERE address_value <> ''"
    update = sa.text("UPDATE attempts SET address_key = :key WHERE message_id = :id AND number = :number")
    for rows in _stretches(connection, query, ("message_id", "number")):
        changed = [
            {"id": key, "number": number, "key": keys().key(namespace, value)} for key, number, namespace, value in rows
        ]
        connection.execute(update, changed)


def _write_receipts(connection: sa.Connection, keys: Keys) -> None:
    """Of those that wait; an account's addresses are all of one namespace."""
    sent = sa.text("SELECT address_namespace FROM attempts WHERE account_id = :id AND address_namespace <> '' LIMIT 1")
    namespaces: dict[str, str | None] = {}
    query = "SELECT receipt_id, account_id, address FROM receipts WHERE address <> ''"
    for rows in _stretches(connection, query, ("receipt_id",)):
        for receipt_id, account_id, address in rows:
            if account_id not in namespaces:
                namespaces[account_id] = connection.scalar(sent, {"id": account_id})
            if (namespace := namespaces[account_id]) is not None:
                keyed = {"id": receipt_id, "key": keys().key(namespace, address)}
                connection.execute(sa.text("UPDATE receipts SET address_key = :key WHERE receipt_id = :id"), keyed)


def _stretches(
    connection: sa.Connection, query: str, key: Sequence[str]
) -> Iterator[Sequence[sa.Row[*tuple[Any, ...]]]]:
    """The rows of ``query``, which begin with their ``key``, so many at a time; they may be changed meanwhile."""
    order, behind = ", ".join(key), ", ".join(f":{name}" for name in key)
    rows = connection.execute(sa.text(f"{query} ORDER BY {order} LIMIT {_AT_ONCE}")).all()
    following = sa.text(f"{query} AND ({order}) > ({behind}) ORDER BY {order} LIMIT {_AT_ONCE}")
    while rows:
        yield rows
        rows = connection.execute(following, dict(zip(key, rows[-1], strict=False))).all()
