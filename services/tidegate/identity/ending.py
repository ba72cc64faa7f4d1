"""What ends by itself: tags whose time is up are announced as removed, age bands that have turned as they are now.

Reads don't show such tags from the instant of their end on; the other services learn it from here. What is still to be
announced is found by an index, so a pass that finds nothing is one look into it. Whoever writes to a customer
announces what has ended as well, whichever comes first.
"""

import sqlalchemy as sa

from tidegate.identity import announce
from tidegate.identity.folding import Folder
from tidegate.identity.registry import Registry
from tidegate.identity.store import links, profiles
from tidegate.identity.vault import Vault
from tidegate.identity.writing import tell
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed

_TOGETHER = 500


class Ender:
    """Announces what has ended, a stretch at a time."""

    def __init__(self, database: Database, *, registry: Registry, vault: Vault, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._vault = vault
        self._feed = feed
        self._clock = clock

    def step(self) -> bool:
        """Announces what ended first; returns whether there was anything."""
        now = micros(self._clock.now())
        with self._database.read() as connection:
            if not profiles.due(connection, now=now, limit=1):
                return False
        self._registry.current()
        return self._database.run(lambda connection: self._end(connection, now))

    def _end(self, connection: sa.Connection, now: int) -> bool:
        """Goes by the definitions that are known once the customers are held.

        Who was told anew of another definition (see retelling.py) is not told by the one from before afterwards.
        """
        due = profiles.due(connection, now=now, limit=_TOGETHER)
        held = {i: row for i, row in links.lock(connection, due).items() if not row.is_alias}
        definitions = self._registry.latest()
        folder = Folder(connection, definitions, self._vault, now=now)
        folded = folder.refold(held)
        entries = [
            entry
            for customer_id, difference in folded.differences.items()
            for entry in announce.profile_changed(customer_id, difference, definitions.attributes, now=now)
        ]
        tell(connection, self._feed, entries, held)
        folder.write(folded, ())
        return bool(held)
