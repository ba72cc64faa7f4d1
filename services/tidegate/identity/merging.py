"""Merging by decision of a person: what it would give, what stands against it, and doing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import sqlalchemy as sa

from tidegate.identity import filing
from tidegate.identity.by_hand import ByHand
from tidegate.identity.decision import Decision, Origin
from tidegate.identity.folding import Folder
from tidegate.identity.model import ConflictReason, Customer, Fact, Merge
from tidegate.identity.reading import Reference, canonical_ids, not_found
from tidegate.identity.resolve import KeptApart, Resolution, join, obstacles
from tidegate.identity.situation import Situation, survey_customers
from tidegate.identity.store import links
from tidegate.identity.writing import Writer
from tidegate.runtime.db import LostRace
from tidegate.runtime.errors import FailedPrecondition


@dataclass(frozen=True, slots=True)
class Merged:
    """A customer after a merge, and what was merged away."""

    customer: Customer
    merges: Sequence[Merge]


@dataclass(frozen=True, slots=True)
class Previewed:
    """The customer that a merge would give, and what stands against it."""

    customer: Customer
    obstacles: Sequence[KeptApart]


class _Undone(Exception):
    """Leaves a transaction with nothing changed; carries what was seen in it."""

    def __init__(self, seen: Previewed) -> None:
        self.seen = seen


class Merger:
    """Merges customers because a person says so."""

    def __init__(self, means: ByHand) -> None:
        self._means = means

    def merge(self, references: Sequence[Reference], origin: Origin, *, override: bool) -> Merged:
        """Makes customers one; those that are one already stay so.

        Raises NotFound, and FailedPrecondition when a rule forbids it: with ``override`` only that they were split.
        """

        def operation(connection: sa.Connection) -> Merged:
            situation, roots = self._survey(connection, references)
            refuse([each for each in obstacles(situation.known, roots) if not (override and may_pass(each))])
            return self._join(connection, situation, roots, origin)

        return self._means.decide(operation)

    def preview(self, references: Sequence[Reference]) -> Previewed:
        """What merge() would give if nothing stood against it, and what does. Changes nothing. Raises NotFound."""

        def operation(connection: sa.Connection) -> NoReturn:
            situation, roots = self._survey(connection, references)
            merged = self._join(connection, situation, roots, Origin(""))
            raise _Undone(Previewed(merged.customer, obstacles(situation.known, roots)))

        try:
            self._means.decide(operation)
        except _Undone as undone:
            return undone.seen

    def apply(
        self,
        connection: sa.Connection,
        situation: Situation,
        resolution: Resolution,
        *,
        origin: Origin,
        facts: Sequence[Fact] = (),
    ) -> list[Merge]:
        """Writes what was resolved by decision of a person. Raises LostRace."""
        now, definitions = self._means.now(), self._means.registry.current()
        folder = Folder(connection, definitions, self._means.vault, now=now)
        survivors = resolution.survivors()
        settled = list(zip(facts, resolution.assignments, strict=True))
        folded = folder.fold(settled, resolution.merges, survivors=survivors)
        decision = Decision(facts, situation, resolution, survivors, folded, filing.NOTHING, origin)
        return Writer(definitions, self._means.vault, self._means.feed, now=now).write(connection, decision, folder)

    def _survey(self, connection: sa.Connection, references: Sequence[Reference]) -> tuple[Situation, list[int]]:
        now = self._means.now()
        found = canonical_ids(connection, references, now=now)
        missing = next((each for each in references if each not in found), None)
        if missing is not None:
            raise not_found(missing)
        named = links.customers(connection, set(found.values()))
        if len(named) < len(set(found.values())):
            raise LostRace("a customer was erased meanwhile")
        roots = list(
            dict.fromkeys(named[found[each]].canonical_id for each in references)
        )  # some may be aliases by now
        return survey_customers(connection, named, self._means.registry.current().keys, now=now), roots

    def _join(self, connection: sa.Connection, situation: Situation, roots: Sequence[int], origin: Origin) -> Merged:
        resolution = join(situation.known, roots)
        merges = self.apply(connection, situation, resolution, origin=origin) if resolution.merges else []
        owner = resolution.survivors().get(roots[0], roots[0])
        return Merged(self._means.reader.load(connection, [owner])[owner], merges)


def may_pass(against: KeptApart) -> bool:
    """Whether a person may decide against it: customers that were split stay apart all the same."""
    return against.obstacle.reason is not ConflictReason.NEVER_MERGE


def refuse(against: Sequence[KeptApart]) -> None:
    """Raises FailedPrecondition for the first of what stands against a merge."""
    if not against:
        return
    customer_ids, obstacle = against[0].customer_ids, against[0].obstacle
    ids = ", ".join(map(str, customer_ids))
    raise FailedPrecondition(
        f"customers {ids} {_WHY[obstacle.reason].format(namespace=obstacle.namespace)}",
        reason="MERGE_FORBIDDEN",
        obstacle=obstacle.reason.value,
        namespace=obstacle.namespace,
        customer_ids=ids,
    )


_WHY = {
    ConflictReason.NEVER_MERGE: "were split or kept apart by decision, and are never merged again",
    ConflictReason.STRONG_IDENTIFIER: "have different identifiers of {namespace}, of which one person has one; "
    "unlink a wrong one, or set override_rules",
    ConflictReason.CARDINALITY: "have more identifiers of {namespace} together than one person may have; "
    "unlink wrong ones, or set override_rules",
}
