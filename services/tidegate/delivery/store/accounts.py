"""Accounts and the token buckets by which replicas share their rates."""

from dataclasses import asdict
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.breaker import Breaker
from tidegate.delivery.model import Account, AccountState
from tidegate.delivery.store import breakers
from tidegate.delivery.store.tables import ACCOUNTS, RATES
from tidegate.runtime.db import insert, real_now

_SECOND = 1_000_000


def _account(row: sa.RowMapping) -> Account:
    values: dict[str, Any] = {str(name): value for name, value in row.items()}
    return Account(**values | {"brands": tuple(values["brands"]), "state": AccountState(values["state"])})


def create(connection: sa.Connection, account: Account) -> bool:
    """Stores a new account; False when the id is taken."""
    statement = insert(connection, ACCOUNTS).values(asdict(account)).on_conflict_do_nothing()
    return connection.execute(statement.returning(ACCOUNTS.c.account_id)).first() is not None


def get(connection: sa.Connection, account_id: str) -> Account | None:
    """The account, locked until the transaction ends where the database locks rows."""
    statement = sa.select(ACCOUNTS).where(ACCOUNTS.c.account_id == account_id).with_for_update()
    row = connection.execute(statement).mappings().one_or_none()
    return _account(row) if row else None


def update(connection: sa.Connection, account: Account) -> None:
    """Stores a changed account."""
    connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.account_id == account.account_id).values(asdict(account)))


def find(connection: sa.Connection, *, channel: str = "", after: str = "", limit: int | None = None) -> list[Account]:
    """Accounts by id, of one channel or of all."""
    statement = sa.select(ACCOUNTS).where(ACCOUNTS.c.account_id > after).order_by(ACCOUNTS.c.account_id)
    if channel:
        statement = statement.where(ACCOUNTS.c.channel == channel)
    return [_account(row) for row in connection.execute(statement.limit(limit)).mappings()]


def channels(connection: sa.Connection) -> frozenset[str]:
    """The channels that have an account, paused ones included."""
    return frozenset(connection.scalars(sa.select(ACCOUNTS.c.channel).distinct()))


def break_account(connection: sa.Connection, account_id: str, *, reason: str, now: int) -> bool:
    """Takes an active account out of service; False when it was not active."""
    accounts = ACCOUNTS.c
    changed = connection.execute(
        sa.update(ACCOUNTS)
        .where(accounts.account_id == account_id, accounts.state == AccountState.ACTIVE)
        .values(state=AccountState.BROKEN, state_reason=reason, version=accounts.version + 1, update_time=now)
        .returning(accounts.account_id)
    )
    return changed.first() is not None


class Leased(NamedTuple):
    """A slice of an account's rate, its breaker standing like this; a probe is all that it lets through."""

    tokens: int
    breaker: Breaker
    is_probe: bool = False


def lease_tokens(
    connection: sa.Connection, account_id: str, *, wanted: int, per_second: float, burst: int, probe: int
) -> Leased:
    """Takes up to ``wanted`` tokens from the account's bucket, which fills in real time.

    Nothing while the account rests or its breaker is open; one, for ``probe`` µs, when that awaits a probe.
    """
    rates = RATES.c
    now = connection.scalars(sa.select(real_now())).one()
    row = {"account_id": account_id, "tokens": float(burst), "filled_real": now}
    connection.execute(insert(connection, RATES).values(row).on_conflict_do_nothing())
    tokens, filled, resting, *standing = connection.execute(
        sa.select(rates.tokens, rates.filled_real, rates.resting_until_real, *breakers.COLUMNS)
        .where(rates.account_id == account_id)
        .with_for_update()
    ).one()
    breaker = Breaker._make(standing)
    is_probe = breaker.awaits_probe(now)
    if resting > now or (breaker.opens and not is_probe):
        return Leased(0, breaker)
    available = min(float(burst), tokens + max(now - filled, 0) * per_second / _SECOND)
    granted = min(1 if is_probe else wanted, int(available))
    connection.execute(
        sa.update(RATES)
        .where(rates.account_id == account_id)
        .values(tokens=available - granted, filled_real=max(now, filled))
    )
    if is_probe and granted:
        breakers.write(connection, {account_id: breaker._replace(probing=now + probe)})
    return Leased(granted, breaker, is_probe=is_probe)


def return_tokens(connection: sa.Connection, account_id: str, count: int) -> None:
    """Puts back tokens that were not used."""
    connection.execute(sa.update(RATES).where(RATES.c.account_id == account_id).values(tokens=RATES.c.tokens + count))


def rest(connection: sa.Connection, account_id: str, *, micros: int) -> None:
    """Lets no message through the account for so long, in real time; a longer rest stays."""
    row = {"account_id": account_id, "tokens": 0.0, "filled_real": real_now()}
    connection.execute(insert(connection, RATES).values(row).on_conflict_do_nothing())
    until = real_now() + micros
    longest = sa.case((RATES.c.resting_until_real > until, RATES.c.resting_until_real), else_=until)
    connection.execute(sa.update(RATES).where(RATES.c.account_id == account_id).values(resting_until_real=longest))
