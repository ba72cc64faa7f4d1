"""Columns and constraints of which delivery's tables have many."""

from collections.abc import Iterable

import sqlalchemy as sa


def text(name: str) -> sa.Column[str]:
    """A text that is empty where there is nothing to say."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def number(name: str, default: str = "0") -> sa.Column[int]:
    """A whole number that is 0 where nothing else is said."""
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=default)


def instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    """An instant in µs."""
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def is_any_of(column: str, values: Iterable[str]) -> str:
    """Spelt out: SQLite makes a table of what stands behind IN, anew for every row that it checks."""
    return " OR ".join(f"{column} = '{value}'" for value in sorted(values))


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """That the column holds one of the values."""
    return sa.CheckConstraint(is_any_of(column, values), name=f"{column}_known")
