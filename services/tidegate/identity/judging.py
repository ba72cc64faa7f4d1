"""Deciding conflicts: what came together becomes one customer all the same, or is never merged."""

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import combinations

import sqlalchemy as sa

from tidegate.identity.by_hand import ByHand
from tidegate.identity.decision import Origin
from tidegate.identity.keys import ordered
from tidegate.identity.merging import Merger, may_pass, refuse
from tidegate.identity.model import Conflict, ConflictState, Fact, Key
from tidegate.identity.normalise import UnusableIdentifier
from tidegate.identity.resolve import Claim, Known, KnownCustomer, join, obstacles
from tidegate.identity.situation import lock, survey_customers
from tidegate.identity.store import conflicts, links
from tidegate.identity.vault import CONFLICT
from tidegate.runtime.clock import micros
from tidegate.runtime.errors import FailedPrecondition, NotFound


class Judge:
    """Decides conflicts because a person says how."""

    def __init__(self, means: ByHand, merger: Merger) -> None:
        self._means = means
        self._merger = merger

    def decide(self, conflict_id: str, decision: ConflictState, origin: Origin) -> Conflict:
        """Decides an open conflict.

        Raises NotFound, and FailedPrecondition when it is not open, or what was decided can no longer be had.
        """

        def operation(connection: sa.Connection) -> None:
            row = conflicts.get(connection, conflict_id)
            if row is None:
                raise NotFound("conflict", conflict_id)
            if row["state"] == ConflictState.OPEN:
                if decision is ConflictState.MERGED:
                    self._merge(connection, row, origin)
                else:
                    self._keep_apart(connection, row["customer_ids"])
            now = self._means.now()
            if not conflicts.decide(connection, conflict_id, decision, note=origin.reason, time=now):
                raise FailedPrecondition(
                    f"conflict {conflict_id} is decided already; merge or split its customers instead",
                    state=row["state"],
                )

        self._means.decide(operation)
        return self._means.reader.conflict(conflict_id)

    def _merge(self, connection: sa.Connection, row: sa.RowMapping, origin: Origin) -> None:
        """Joins all customers that came together, and links the identifiers that led nowhere."""
        keys = tuple(self._keys(row))
        stored = links.stored(connection, [key.lookup for key in keys])
        named = links.customers(connection, row["customer_ids"])
        situation = survey_customers(
            connection, named, self._means.registry.current().keys, stored=stored, now=self._means.now()
        )
        roots = list(dict.fromkeys(named[i].canonical_id for i in row["customer_ids"]))
        roots += [link.customer_id for link in situation.known.links.values() if link.customer_id not in roots]
        roots = list(dict.fromkeys(roots))
        refuse([each for each in obstacles(situation.known, roots) if not may_pass(each)])
        fact = Fact(keys, roots[0], row["source"], micros(row["created"]))
        resolution = join(_unlimited(situation.known), roots, [Claim(keys, fact.time, roots[0])])
        brought = origin._replace(event_id=row["event_id"])
        self._merger.apply(connection, situation, resolution, origin=brought, facts=[fact])

    def _keep_apart(self, connection: sa.Connection, customer_ids: Collection[int]) -> None:
        named = links.customers(connection, customer_ids)
        apart = {row.canonical_id for row in named.values()}
        if len(apart) == 1 < len(customer_ids):
            raise FailedPrecondition(
                f"the customers are one meanwhile, {apart.pop()}; take them apart with SplitCustomer",
                reason="CUSTOMERS_ARE_ONE",
            )
        lock(connection, apart)
        links.keep_apart(connection, list(combinations(sorted(apart), 2)))

    def _keys(self, row: sa.RowMapping) -> Iterator[Key]:
        """The identifiers that came together, as far as they can still be used, without their limits."""
        make, made = self._means.registry.current().keys.key, []
        for namespace, value in json.loads(self._means.vault.unseal(row["identifiers"], CONFLICT)):
            try:
                made.append(make(namespace, value)._replace(limit=0, protected=False))
            except UnusableIdentifier:  # its namespace has other rules meanwhile
                continue
        yield from ordered(made) if made else ()


def _unlimited(known: Known) -> Known:
    customers = {i: KnownCustomer(customer.first_seen) for i, customer in known.customers.items()}
    return replace(known, customers=customers, limits={})
