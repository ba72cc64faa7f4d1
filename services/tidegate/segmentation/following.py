"""Follows the feeds of identity and delivery: their facts go into the analytic store, each exactly once.

A page of a feed is applied in one transaction of the analytic store together with the feed's cursor, and with
the list of the customers it touched, who are asked again soon after (see evaluation.py).
"""

import threading
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence, Set

from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.api.identity.v1 import changes_pb2 as identity
from tidegate.runtime.edge.call import remaining
from tidegate.runtime.errors import DeadlineExceeded
from tidegate.segmentation.analytic_store import erasing
from tidegate.segmentation.analytic_store import facts as store
from tidegate.segmentation.analytic_store.columns import load_catalog
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.analytic_store.entities import apply_entities
from tidegate.segmentation.model.facts import EntityFacts, EraseFact, Fact
from tidegate.segmentation.model.subject import Subject
from tidegate.segmentation.rules.batching import batches
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.inputs import EVERYTHING
from tidegate.segmentation.rules.tables import Scope, scope_of
from tidegate.segmentation.wire.feeds import delivery_facts, entity_facts, identity_facts

IDENTITY, DELIVERY = "identity", "delivery"

_NO_ENTITIES = EntityFacts()
_PATIENCE = 30.0
_MARGIN = 0.05


class Facts:
    """What is known of customers, as far as the feeds have been applied. ``on_change`` is called afterwards."""

    def __init__(self, analytics: Analytics, on_change: Callable[[], None] = lambda: None) -> None:
        self._analytics = analytics
        self._on_change = on_change
        self._applied = threading.Condition()
        self._erasures = threading.Event()
        self._erasures.set()
        self._asked = 0
        with analytics.reader() as connection:
            self._catalog = load_catalog(connection)
            self._entity_catalog = load_catalog(connection, Scope.ENTITIES)
            self._serial = store.next_serial(connection)
            self._erased = erasing.erased(connection)
            self._facets: Container[str] = _Any()
            self._positions = {source: store.load_cursor(connection, source) for source in (IDENTITY, DELIVERY)}

    @property
    def catalog(self) -> Catalog:
        """The columns seen so far. Take it before a snapshot, which may then know more but never less."""
        return self._catalog

    @property
    def entity_catalog(self) -> Catalog:
        """The same of the entities' facts."""
        return self._entity_catalog

    def reach(self, subject: Subject) -> tuple[Catalog, Scope]:
        """The columns seen so far of those whom a model is over, and the tables that hold them."""
        scope = scope_of(subject)
        return (self._entity_catalog if scope is Scope.ENTITIES else self._catalog), scope

    def position(self, source: str) -> int:
        """How far the feed of ``source`` has been applied."""
        return self._positions[source]

    def apply_identity(self, changes: Sequence[identity.Change], position: int) -> None:
        """Applies a page of identity's feed that ends at ``position``."""
        given = list(changes)
        self._apply(identity_facts(given), IDENTITY, position, entity_facts(given))

    def apply_delivery(self, changes: Sequence[delivery.Change], position: int) -> None:
        """Applies a page of delivery's feed that ends at ``position``."""
        self._apply(delivery_facts(list(changes)), DELIVERY, position)

    def watch(self, facets: Set[str]) -> None:
        """From now on only customers who change in ``facets`` or in everything are noted as touched.

        Pages that are being applied are waited for: what a snapshot taken afterwards does not show is noted by these.
        """
        with self._analytics.turn():
            self._facets = facets | {EVERYTHING}

    def take_erasures(self) -> bool:
        """Whether persons may have been erased since it was asked last."""
        found = self._erasures.is_set()
        self._erasures.clear()
        return found

    def note_erasures(self) -> None:
        """There are persons whose erasure is to be completed."""
        self._erasures.set()

    def next_serial(self) -> int:
        """A new number for touches, above those of all facts applied."""
        with self._analytics.turn():
            self._serial += 1
            return self._serial

    def wait_for(self, position: int) -> None:
        """Waits until identity's feed has been applied up to ``position``.

        Raises DeadlineExceeded shortly before the present call's deadline.
        """
        deadline = time.monotonic() + self.patience()
        with self._applied:
            while self._positions[IDENTITY] < position:
                if not self._applied.wait(max(deadline - time.monotonic(), 0)):
                    raise not_reached("identity's feed is", self._positions[IDENTITY], position)

    @staticmethod
    def patience() -> float:
        """Seconds that the present call may wait, so that it can still answer before its deadline."""
        limit = remaining()
        return _PATIENCE if limit is None else max(limit - _MARGIN, 0.0)

    def _living(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """The facts without those of persons who were erased before them."""
        for fact in facts:
            if isinstance(fact, EraseFact):
                self._asked += 1
                self._erased.update(fact.customer_ids)
                yield fact
            elif getattr(fact, "customer_id", 0) not in self._erased:
                yield fact

    def _apply(self, facts: Iterable[Fact], source: str, position: int, entities: EntityFacts = _NO_ENTITIES) -> None:
        with self._analytics.turn():
            catalog, serial = self._catalog, self._serial
            asked = self._asked
            with self._analytics.writer() as connection:
                for batch in batches(self._living(facts)):
                    serial += 1
                    catalog = store.apply_batch(connection, catalog, batch, serial=serial)
                    store.touch(connection, batch.touches(self._facets), serial=serial)
                    serial += len(batch.events)
                entity_catalog = apply_entities(connection, self._entity_catalog, entities, serial=serial + 1)
                serial += len(entities.events)
                store.save_cursor(connection, source, position)
            self._catalog, self._entity_catalog, self._serial = catalog, entity_catalog, serial
            if self._asked > asked:  # committed by now: who takes it up finds it
                self._erasures.set()
        with self._applied:
            self._positions[source] = position
            self._applied.notify_all()
        self._on_change()


def not_reached(what: str, position: int, asked: int) -> DeadlineExceeded:
    """The error of a call that has waited for a position of identity's feed in vain."""
    return DeadlineExceeded(
        f"{what} applied up to {position}, not yet to {asked}; ask again, or with a longer deadline",
        reason="POSITION_NOT_REACHED",
        metadata={"position": str(position)},
    )


class _Any:
    """All facets there are: until it is known which of them rules read, each may matter."""

    def __contains__(self, _facet: object) -> bool:
        return True
