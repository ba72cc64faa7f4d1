"""What a benchmark is given: databases, how often to measure, and how much."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Plan
from bench.postgresql import fresh_database
from support.command import start_installed
from support.processes import Deployment, deployed

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
    def serving(
        self, kind: str, services: Sequence[str], *, path: Path | None = None
    ) -> Iterator[tuple[Deployment, str | None]]:
        """``services`` as they are deployed: one process on SQLite, one each on PostgreSQL; and its URL."""
        groups = [services] if kind == SQLITE else [[name] for name in services]
        with (
            self.database(kind) as url,
            deployed(groups, database_url=url, path=path, start=start_installed) as deployment,
        ):
            yield deployment, url

    @contextmanager
    def database(self, kind: str) -> Iterator[str | None]:
        """The URL of an empty database of ``kind``; None for SQLite, whose files the services make."""
        if kind == SQLITE:
            yield None
            return
        with fresh_database(self.server) as url:
            yield url
