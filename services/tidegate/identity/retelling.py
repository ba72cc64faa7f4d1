"""Telling anew what another definition makes of customers: which tags stand above theirs.

That there is something to tell is noted in the transaction that changes the definition. A loop goes through the
customers concerned by rising id, a stretch in a transaction that also notes how far it came: who is killed goes on
there, and of several replicas one at a time does it. Writers go by the definition from before for as long as their
replica keeps it, so the loop waits until none does.
"""

import time
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from tidegate.identity import announce, tags
from tidegate.identity.registry import Definitions, Registry
from tidegate.identity.store import links, profiles, retelling
from tidegate.identity.store.retelling import Retelling
from tidegate.identity.writing import tell
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Entry, Feed

SETTLING_SECONDS = 2.5
"""How long another definition is left to become known to all replicas, which look once a second."""
_TOGETHER = 500


class Reteller:
    """Tells what is noted, once that is ``settling`` seconds of real time ago."""

    def __init__(self, database: Database, *, registry: Registry, feed: Feed, clock: Clock, settling: float) -> None:
        self._database = database
        self._registry = registry
        self._feed = feed
        self._clock = clock
        self._settling = settling
        self._noted: Mapping[str, float] = {}

    def step(self) -> bool:
        """Tells the next customers; returns whether there was anything to tell."""
        with self._database.read() as connection:
            waiting = retelling.changes(connection)
        now = time.monotonic()
        self._noted = {change: self._noted.get(change, now) for change in waiting}
        settled = [change for change in waiting if now - self._noted[change] >= self._settling]
        if not settled:
            return False
        definitions = self._registry.renew()
        return self._database.run(lambda connection: self._advance(connection, settled[0], definitions))

    def _advance(self, connection: sa.Connection, change: str, definitions: Definitions) -> bool:
        todo = retelling.claim(connection, change)
        if todo is None:
            return False
        concerned = retelling.tagged(connection, todo.identity, after=todo.reached, limit=_TOGETHER)
        held = links.lock(connection, concerned)
        tell(connection, self._feed, self._entries(connection, todo, definitions, held), held)
        if len(concerned) < _TOGETHER:
            retelling.finish(connection, change)
        else:
            retelling.reach(connection, change, concerned[-1])
        return True

    def _entries(
        self, connection: sa.Connection, todo: Retelling, definitions: Definitions, held: Collection[int]
    ) -> Sequence[Entry]:
        now = micros(self._clock.now())
        entries = []
        for customer_id, marks in profiles.tag_marks(connection, held).items():
            on = [tag for tag in tags.present(marks) if tags.group_of(tag) == todo.identity]
            holds = tags.with_those_above(on, definitions.tag_groups)
            entries.append(announce.tags_told(customer_id, holds, {*todo.names} - holds, now=now))
        return entries
