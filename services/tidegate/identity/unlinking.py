"""Taking an identifier off its customer, by decision of a person. What came with it stays with the customer."""

import sqlalchemy as sa

from tidegate.identity import announce
from tidegate.identity.by_hand import ByHand
from tidegate.identity.decision import Origin
from tidegate.identity.model import Customer, Key
from tidegate.identity.reading import not_found
from tidegate.identity.situation import lock
from tidegate.identity.store import identifiers, links
from tidegate.identity.writing import tell
from tidegate.runtime.db import LostRace


class Unlinker:
    """Takes identifiers off."""

    def __init__(self, means: ByHand) -> None:
        self._means = means

    def unlink(self, key: Key, origin: Origin) -> Customer:
        """Takes the identifier off and returns the customer that had it. Raises NotFound."""
        return self._means.decide(lambda connection: self._unlink(connection, key, origin))

    def _unlink(self, connection: sa.Connection, key: Key, origin: Origin) -> Customer:
        now = self._means.now()
        found = links.find(connection, [key.lookup], now=now).get(key.lookup)
        if found is None:
            raise not_found(key)
        owner = found.customer_id
        held = lock(connection, [owner])
        if not identifiers.take_off(connection, [key.lookup], source=origin.source, reason=origin.reason, time=now):
            raise LostRace("the identifier was taken off meanwhile")
        limited = self._means.registry.current().keys.limited()
        namespaces = links.linked(connection, [owner], limited, now=now).get(owner, ())
        entries = [announce.identifiers_changed(owner, namespaces, now=now)]
        if key.address:
            entries.append(announce.contact_points_changed(owner, now=now))
        tell(connection, self._means.feed, entries, held)
        return self._means.reader.load(connection, [owner])[owner]
