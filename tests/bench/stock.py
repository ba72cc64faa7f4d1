"""Messages that wait, put into delivery's tables in bulk: what a company has that plans its whole year."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

_CHUNK = 50_000
_ID = "01800000-0000-7000-8000-"
_FAR = 4_000_000_000_000_000
_COLUMNS = {
    "messages": "message_id, caller, idempotency_key, customer_id, original_customer_id, recipient_kind, channels,"
    " template_id, message_class, purpose, campaign_id, priority, accept_time, expire_time",
    "message_states": "message_id, state, channel, rank, expire_time, wake_time, sent_time, final_time, account_id",
    "message_contents": "message_id",
    "idempotency_keys": "caller, idempotency_key, message_id, customer_id, state",
    "ledger": "message_id, customer_id, original_customer_id, counted_at, state, message_class, channel, caller",
    "decisions": "message_id, time, verdict, channel",
    "attempts": "message_id, number, channel, account_id, start_time, end_time, outcome, provider_message_id",
}
"""The columns of each table that have values here, in the order of `_rows`."""
Row = tuple[object, ...]
State = str


def fill(url: str | None, folder: Path | None, count: int, *, state: State, begin: int = 0, now: int) -> None:
    """Adds ``count`` messages that are `deferred` for years, wait (`accepted`) on a channel that nobody serves, or
    were `sent` with all that is kept of it, to delivery's database: of PostgreSQL at ``url``, else in ``folder``."""
    for start in range(begin, begin + count, _CHUNK):
        rows = _rows(range(start, min(start + _CHUNK, begin + count)), state, now)
        if url:
            _copy(url, rows)
        else:
            assert folder is not None
            _insert(folder, rows)


def message_id(number: int) -> str:
    """The id of the message that was put in as such."""
    return f"{_ID}{number:012d}"


def analyze(url: str | None) -> None:
    """Has PostgreSQL look at what its tables hold, as its autovacuum would in a while."""
    if url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")


def _rows(numbers: range, state: State, now: int) -> dict[str, Iterator[Row]]:
    channel = "nowhere" if state == "accepted" else "email"
    sent = now if state == "sent" else None
    wake = _FAR if state == "deferred" else None
    account = "bench" if state == "sent" else ""
    ids = [(number, message_id(number), 10_000_000 + number // 10) for number in numbers]
    caller, marketing = "stock", "marketing"
    tables: dict[str, Iterator[Row]] = {
        "messages": (
            (i, caller, i, who, who, "customer", channel, "sale", marketing, marketing, "stock", 0, now, 2 * _FAR)
            for _, i, who in ids
        ),
        "message_states": ((i, state, channel, 5_004, 2 * _FAR, wake, sent, sent, account) for _, i, _ in ids),
        "message_contents": ((i,) for _, i, _ in ids),
        "idempotency_keys": ((caller, i, i, who, "accepted") for _, i, who in ids),
    }
    if state == "sent":
        tables |= {
            "ledger": ((i, who, who, now, "committed", marketing, channel, caller) for _, i, who in ids),
            "decisions": ((i, now, "granted", channel) for _, i, _ in ids),
            "attempts": ((i, 1, channel, account, now, now, "accepted", i) for _, i, _ in ids),
        }
    return tables


def _copy(url: str, tables: dict[str, Iterator[Row]]) -> None:
    with psycopg.connect(url) as connection:
        for name, rows in tables.items():
            statement = f"COPY delivery.{name} ({_COLUMNS[name]}) FROM STDIN"
            with connection.cursor().copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row(row)


def _insert(folder: Path, tables: dict[str, Iterator[Row]]) -> None:
    with closing(sqlite3.connect(folder / "delivery.db", isolation_level=None, timeout=60)) as connection:
        for name, rows in tables.items():
            places = ", ".join("?" * len(_COLUMNS[name].split(",")))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"INSERT INTO {name} ({_COLUMNS[name]}) VALUES ({places})", rows)
            connection.execute("COMMIT")
