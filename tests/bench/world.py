"""What a benchmark is given: databases, how often to measure, and how much."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.deployment import fresh_database
from bench.measure import Plan

SQLITE = "SQLite"
POSTGRESQL = "PostgreSQL"
DATABASES = (SQLITE, POSTGRESQL)


@dataclass(frozen=True, slots=True)
class World:
    """``server`` is the URL of a PostgreSQL server; ``scale`` multiplies the numbers of items."""

    server: str
    plan: Plan
    scale: float

    def items(self, number: int) -> int:
        """``number`` scaled, in whole batches of a thousand."""
        return max(round(number * self.scale / 1000), 1) * 1000

    @contextmanager
    def database(self, kind: str) -> Iterator[str | None]:
        """The URL of an empty database of ``kind``; None for SQLite, whose files the services make."""
        if kind == SQLITE:
            yield None
            return
        with fresh_database(self.server) as url:
            yield url
