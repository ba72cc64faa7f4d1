"""What decisions of people over customers are made with: merging, splitting, unlinking, and deciding conflicts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from tidegate.identity.reading import Reader
from tidegate.identity.registry import Registry
from tidegate.identity.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import Unavailable
from tidegate.runtime.feed import Feed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ByHand:
    """The parts that these operations share."""

    database: Database
    registry: Registry
    vault: Vault
    feed: Feed
    clock: Clock
    reader: Reader

    def now(self) -> int:
        """The business time in microseconds since the epoch."""
        return micros(self.clock.now())

    def decide(self, operation: Callable[[sa.Connection], T]) -> T:
        """Runs ``operation`` in a transaction, again when another one was faster, and then raises Unavailable."""
        try:
            return self.database.run(operation)
        except LostRace as error:
            raise Unavailable("too many writers change these customers; decide again") from error
