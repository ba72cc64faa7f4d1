"""Taking an identifier off its customer, by decision of a person. What came with it stays with the customer."""

import sqlalchemy as sa

from tidegate.identity import announce
from tidegate.identity.decision import Origin
from tidegate.identity.model import Customer, Key
from tidegate.identity.reading import Reader, not_found
from tidegate.identity.registry import Registry
from tidegate.identity.situation import lock
from tidegate.identity.store import links
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import Unavailable
from tidegate.runtime.feed import Feed


class Unlinker:
    """Takes identifiers off."""

    def __init__(self, database: Database, *, registry: Registry, feed: Feed, clock: Clock, reader: Reader) -> None:
        self._database = database
        self._registry = registry
        self._feed = feed
        self._clock = clock
        self._reader = reader

    def unlink(self, key: Key, origin: Origin) -> Customer:
        """Takes the identifier off and returns the customer that had it. Raises NotFound."""
        try:
            return self._database.run(lambda connection: self._unlink(connection, key, origin))
        except LostRace as error:
            raise Unavailable("too many writers change this customer; take the identifier off again") from error

    def _unlink(self, connection: sa.Connection, key: Key, origin: Origin) -> Customer:
        found = links.find(connection, [key.lookup]).get(key.lookup)
        if found is None:
            raise not_found(key)
        owner, now = found.customer_id, micros(self._clock.now())
        known = lock(connection, [owner])[owner].position
        if not links.take_off(connection, key.lookup, source=origin.source, reason=origin.reason, time=now):
            raise LostRace("the identifier was taken off meanwhile")
        namespaces = links.linked(connection, [owner], self._registry.current().keys.limited()).get(owner, ())
        entries = [announce.identifiers_changed(owner, namespaces, now=now)]
        if key.address:
            entries.append(announce.contact_points_changed(owner, now=now))
        position = self._feed.append(connection, entries)
        if known > position:
            raise LostRace("a change with a higher position was faster")
        links.touch(connection, [owner], position=position)
        return self._reader.load(connection, [owner])[owner]
