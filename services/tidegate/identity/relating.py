"""Setting, ending, and reading relations.

A batch is one transaction: lock the customers it is about → where inviters are concerned, wait for others who decide
about inviters → read relations and the inviters above → decide item by item → announce what is in force now → write.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from tidegate.identity import attributing
from tidegate.identity.model import Key
from tidegate.identity.reading import Reference, canonical_ids, not_found
from tidegate.identity.relations import Relation, RelationKind, above, inviters, lasting, told
from tidegate.identity.situation import lock
from tidegate.identity.store import links, relations
from tidegate.identity.writing import tell
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import FailedPrecondition, TidegateError, Unavailable
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id

T = TypeVar("T")

MOST_ABOVE = 100
"""How many inviters above a customer are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A relation to set or to end. ``inviter`` is set for RelationKind.INVITER, ``target`` for the others.

    ``started`` and ``ended`` are microseconds since the epoch; None: now, and: it lasts (to end: now).
    """

    customer: Reference
    kind: RelationKind
    target: str = ""
    inviter: Reference | None = None
    role: str = ""
    source: str = ""
    started: int | None = None
    ended: int | None = None


class Done(NamedTuple):
    """What became of one wish."""

    customer_id: int
    changed: bool


Result = Done | TidegateError


class _Named(NamedTuple):
    """A customer, and the id by which it was named, or under which the identifier arrived that named it."""

    customer_id: int
    original_id: int


class Relator:
    """Sets, ends, and reads relations."""

    def __init__(self, database: Database, *, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._feed = feed
        self._clock = clock

    def put(self, wishes: Sequence[Wish]) -> list[Result]:
        """Sets relations, in order, in one transaction; one that is refused leaves the others unaffected."""
        return self._run(wishes, _Book.put)

    def end(self, wishes: Sequence[Wish]) -> list[Result]:
        """Ends relations that are in force, in one transaction; one that is not there changes nothing."""
        return self._run(wishes, _Book.end)

    def of_customer(
        self,
        reference: Reference,
        *,
        kind: RelationKind | None,
        target: str,
        before: tuple[int, str] | None,
        limit: int,
    ) -> list[Relation]:
        """Relations of a customer, the newest first, behind ``before`` (begin, relation's id). Raises NotFound."""
        with self._database.snapshot() as connection:
            customer_id = _the_customer(connection, reference, now=self._now())
            around = relations.around(connection, [customer_id])
        first = inviters(around).get(customer_id)
        mine = [each for each in around if each.customer_id == customer_id]
        shown = [*lasting(mine), *(each for each in mine if _was_inviter(each)), *([first] if first else [])]
        found = [
            each
            for each in sorted(shown, key=lambda each: each.age, reverse=True)
            if (kind is None or each.kind is kind)
            and (not target or (each.target == target and not each.related_id))
            and (before is None or each.age < before)
        ]
        return found[:limit]

    def to_target(
        self, target: str, *, kind: RelationKind | None, before: tuple[int, str] | None, limit: int
    ) -> list[Relation]:
        """Relations of all customers to a target, the newest first, behind ``before`` (begin, relation's id)."""
        with self._database.snapshot() as connection:
            found = relations.target_page(connection, target, kind=kind, before=before, limit=limit)
            everything = relations.of_customers(connection, {each.customer_id for each in found})
        shown = {each.relation_id: each for each in lasting(everything)}
        return [shown[each.relation_id] for each in found]

    def chain(self, reference: Reference) -> list[int]:
        """The inviters above a customer, the nearest first, one more than MOST_ABOVE at most. Raises NotFound."""
        with self._database.snapshot() as connection:
            customer_id = _the_customer(connection, reference, now=self._now())
            invited = inviters(relations.around(connection, [customer_id]))
        return [i for i, _ in zip(above(customer_id, invited), range(MOST_ABOVE + 1), strict=False)]

    def _now(self) -> int:
        return micros(self._clock.now())

    def _run(self, wishes: Sequence[Wish], step: "Step") -> list[Result]:
        if not wishes:
            return []
        try:
            return self._database.run(lambda connection: self._apply(connection, wishes, step))
        except LostRace as error:
            raise Unavailable("too many writers change the same customers; send the batch again") from error

    def _apply(self, connection: sa.Connection, wishes: Sequence[Wish], step: "Step") -> list[Result]:
        now = self._now()
        invited = {wish.inviter for wish in wishes if wish.inviter is not None}
        references = {wish.customer for wish in wishes} | invited
        named = _named(connection, references, now=now)
        held = lock(connection, {each.customer_id for each in named.values()})
        if _named(connection, references, now=now) != named:
            raise LostRace("a customer was split meanwhile")
        if invited:
            relations.hold_inviters(connection)
        around = relations.around(connection, held)
        book = _Book(named, around, now)
        results = [step(book, wish) for wish in wishes]
        if book.written:
            self._write(connection, held, before=around, book=book)
        return results

    def _write(
        self,
        connection: sa.Connection,
        held: Mapping[int, links.CustomerRow],
        *,
        before: Collection[Relation],
        book: "_Book",
    ) -> None:
        was, has = told(list(before)), told(book.relations)
        entries = attributing.changed(was, has, now=book.now)
        others = lock(connection, entries.keys() - held.keys())  # whose inviters stood in a circle with this batch's
        tell(connection, self._feed, list(entries.values()), {**held, **others})
        relations.put(connection, book.written.values())


@dataclass(slots=True)
class _Book:
    """The relations of one batch's customers while its wishes are taken one by one, at the instant ``now``."""

    named: Mapping[Reference, _Named]
    around: Sequence[Relation]
    now: int
    written: dict[str, Relation] = field(default_factory=dict)
    _by_customer: dict[int, dict[str, Relation]] = field(init=False)
    _invited: dict[int, Relation] = field(init=False)
    _waits: bool = field(init=False)

    def __post_init__(self) -> None:
        self._by_customer = {}
        for each in self.around:
            self._by_customer.setdefault(each.customer_id, {})[each.relation_id] = each
        self._invited = inviters(self.around)
        lasting_inviters = [each for each in self.around if each.kind is RelationKind.INVITER and each.ended is None]
        self._waits = len(lasting_inviters) > len(self._invited)

    @property
    def relations(self) -> list[Relation]:
        """All relations as they are now."""
        return [each for mine in self._by_customer.values() for each in mine.values()]

    def put(self, wish: Wish) -> Result:
        """Sets one relation."""
        error = self._unknown(wish) or self._refusal(wish)
        if error is not None:
            return error
        customer_id, original_id = self.named[wish.customer]
        inviter = self._inviter(wish)
        new = Relation(
            customer_id,
            inviter.customer_id,
            original_id,
            wish.kind,
            wish.target or str(inviter.original_id),
            self.now if wish.started is None else wish.started,
            new_id(),
            inviter.original_id,
            wish.role,
            wish.source,
            wish.ended,
        )
        stored = self._stored(new)
        if stored is not None:
            new = stored._replace(role=new.role, source=new.source, ended=_end(stored, new))
        if self._is_so(new, stored):
            return Done(customer_id, changed=False)
        self._write(new)
        return Done(customer_id, changed=True)

    def end(self, wish: Wish) -> Result:
        """Ends one relation."""
        error = self._unknown(wish)
        if error is not None:
            return error
        customer_id = self.named[wish.customer].customer_id
        until = self.now if wish.ended is None else wish.ended
        mine = [each for each in self._of(customer_id) if self._is_meant(each, wish)]
        in_force = any(each.ended is None for each in self._in_force(customer_id) if self._is_meant(each, wish))
        if not in_force:
            return Done(customer_id, changed=False)
        for each in mine:
            if each.ended is None:
                self._write(each._replace(ended=max(each.started, until)))
        return Done(customer_id, changed=True)

    def _unknown(self, wish: Wish) -> TidegateError | None:
        given = (wish.customer,) if wish.inviter is None else (wish.customer, wish.inviter)
        missing = next((each for each in given if each not in self.named), None)
        return None if missing is None else not_found(missing)

    def _refusal(self, wish: Wish) -> TidegateError | None:
        """Why a wish about an inviter may not come true."""
        if wish.kind is not RelationKind.INVITER:
            return None
        customer_id, inviter_id = self.named[wish.customer].customer_id, self._inviter(wish).customer_id
        first = self._invited.get(customer_id)
        if first is not None and first.inviter_id != inviter_id:
            return FailedPrecondition(
                f"customer {customer_id} was invited by {first.inviter_id}, and the first inviter stays; "
                "if that one is wrong, end it with RemoveRelations",
                reason="INVITER_KNOWN",
                customer_id=str(customer_id),
                inviter_id=str(first.inviter_id),
            )
        if customer_id == inviter_id or customer_id in above(inviter_id, self._invited):
            return FailedPrecondition(
                f"customer {customer_id} is the inviter of {inviter_id}, or above it: nobody is invited by whom they "
                "brought themselves",
                reason="INVITER_CIRCLE",
                customer_id=str(customer_id),
                inviter_id=str(inviter_id),
            )
        return None

    def _inviter(self, wish: Wish) -> _Named:
        return _Named(0, 0) if wish.inviter is None else self.named[wish.inviter]

    def _of(self, customer_id: int) -> list[Relation]:
        return list(self._by_customer.get(customer_id, {}).values())

    def _in_force(self, customer_id: int) -> list[Relation]:
        first = self._invited.get(customer_id)
        return [*lasting(self._of(customer_id)), *([first] if first else [])]

    def _is_meant(self, each: Relation, wish: Wish) -> bool:
        if each.kind is not wish.kind:
            return False
        if wish.inviter is None:
            return each.target == wish.target
        return each.inviter_id == self._inviter(wish).customer_id

    def _stored(self, new: Relation) -> Relation | None:
        """What is stored of the same relation from the same instant on; of the inviter in force, whenever it began."""
        if new.kind is RelationKind.INVITER and new.customer_id in self._invited:
            return self._invited[new.customer_id]
        begin = (new.kind, new.target, new.started)
        return next(
            (each for each in self._of(new.customer_id) if (each.kind, each.target, each.started) == begin), None
        )

    def _is_so(self, new: Relation, stored: Relation | None) -> bool:
        """Whether ``new`` says nothing that is not known: it is stored, or in force all the time it names."""
        if stored is not None and (stored.role, stored.ended) == (new.role, new.ended):
            return True
        return any(
            each.kind is new.kind
            and each.target == new.target
            and each.role == new.role
            and each.started <= new.started
            and (each.ended is None or (new.ended is not None and new.ended <= each.ended))
            for each in self._in_force(new.customer_id)
        )

    def _write(self, relation: Relation) -> None:
        self._by_customer.setdefault(relation.customer_id, {})[relation.relation_id] = relation
        self.written[relation.relation_id] = relation
        if relation.kind is not RelationKind.INVITER:
            return
        if self._waits:
            self._invited = inviters(self.relations)
        elif relation.ended is None:
            self._invited[relation.customer_id] = relation
        elif (first := self._invited.get(relation.customer_id)) and first.relation_id == relation.relation_id:
            del self._invited[relation.customer_id]


Step = Callable[[_Book, Wish], Result]
"""What is done with each wish of a batch."""


def _end(stored: Relation, new: Relation) -> int | None:
    """When the relation ends: what has ended is not begun again by telling of its begin."""
    return stored.ended if new.ended is None else max(stored.started, new.ended)


def _was_inviter(each: Relation) -> bool:
    return each.kind is RelationKind.INVITER and each.ended is not None


def _the_customer(connection: sa.Connection, reference: Reference, *, now: int) -> int:
    found = canonical_ids(connection, [reference], now=now)
    if reference not in found:
        raise not_found(reference)
    return found[reference]


def _named(connection: sa.Connection, references: Collection[Reference], *, now: int) -> dict[Reference, _Named]:
    """The customers that references lead to, with the ids they name; those that lead nowhere are left out."""
    by_id = links.customers(connection, {each for each in references if isinstance(each, int)})
    keys = {each for each in references if isinstance(each, Key)}
    by_key = links.find(connection, {key.lookup for key in keys}, now=now)
    found: dict[Reference, _Named] = {i: _Named(row.canonical_id, i) for i, row in by_id.items()}
    for key in keys:
        if (link := by_key.get(key.lookup)) is not None:
            found[key] = _Named(link.customer_id, link.original_id)
    return found
