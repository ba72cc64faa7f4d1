"""Recording: a batch of facts becomes customers, links, events, projections, and announcements.

One transaction a batch, one statement a step, whatever the batch's size: which events are known → who was erased →
where the identifiers lead → lock whom the batch may change → resolve (pure) → fold attributes, tags, and consents
(pure) → announce → write (see writing.py). All transactions take locks in the same order, so they wait for each
other and do not deadlock. A transaction that finds that another one was faster runs again from the start.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from tidegate.identity import filing
from tidegate.identity.decision import Decision
from tidegate.identity.folding import Folder
from tidegate.identity.late import ERASED, sort_out_late
from tidegate.identity.model import Fact, Outcome
from tidegate.identity.registry import Definitions, Registry
from tidegate.identity.resolve import Claim, renumbered, resolve
from tidegate.identity.situation import Situation, referred, survey
from tidegate.identity.sorting import Sorted, sort_out
from tidegate.identity.store import links
from tidegate.identity.store.tombstones import hold_off_erasures
from tidegate.identity.vault import Vault
from tidegate.identity.writing import Writer
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import TidegateError, Unavailable
from tidegate.runtime.feed import Feed
from tidegate.runtime.metrics import Metrics

Result = Outcome | TidegateError


class Recorder:
    """Records batches of facts."""

    def __init__(
        self, database: Database, *, registry: Registry, vault: Vault, feed: Feed, clock: Clock, metrics: Metrics
    ) -> None:
        self._conflicts = metrics.counter(
            "tidegate_identity_conflicts_total", "Facts whose identifiers could not belong to one customer."
        )
        self._dropped = metrics.counter(
            "tidegate_identity_late_facts_total", "Events and upserts dropped: the person they name was erased."
        )
        self._database = database
        self._registry = registry
        self._vault = vault
        self._feed = feed
        self._clock = clock

    def record(self, facts: Sequence[Fact]) -> list[Result]:
        """Records ``facts`` in order, in one transaction; says what became of each.

        A fact that is refused (its customer is not known) leaves the others unaffected. An event that is
        known changes nothing. What names a person who was erased is dropped, which is its error.
        """
        if not facts:
            return []
        batch = self._batch()
        try:
            results = self._database.run(lambda connection: batch.record(connection, facts))
        except LostRace as error:
            raise Unavailable("too many writers change the same customers; send the batch again") from error
        self._conflicts.inc(sum(isinstance(result, Outcome) and bool(result.conflict_id) for result in results))
        self._dropped.inc(sum(isinstance(each, TidegateError) and each.reason == ERASED for each in results))
        return results

    def record_within(self, connection: sa.Connection, facts: Sequence[Fact]) -> list[Result]:
        """The same in the transaction of ``connection``. Raises LostRace when that must run again."""
        return self._batch().record(connection, facts) if facts else []

    def _batch(self) -> "_Batch":
        return _Batch(self._registry.current(), self._vault, self._feed, now=micros(self._clock.now()))


class _Batch:
    """The recording of one batch at one instant; may run several times, each in a transaction of its own."""

    def __init__(self, definitions: Definitions, vault: Vault, feed: Feed, *, now: int) -> None:
        self._definitions = definitions
        self._vault = vault
        self._feed = feed
        self._now = now

    def record(self, connection: sa.Connection, facts: Sequence[Fact]) -> list[Result]:
        """Runs in ``connection``'s transaction. Raises LostRace when it must run again."""
        hold_off_erasures(connection)
        given = sort_out(connection, facts)
        late = sort_out_late(connection, given.fresh, now=self._now)
        facts_by_place = referred(connection, late.taken, now=self._now)
        situation = survey(connection, facts_by_place, self._definitions.keys, now=self._now)
        taken = {place: fact for place, fact in facts_by_place.items() if place not in situation.refused}
        folder = Folder(connection, self._definitions, self._vault, now=self._now)
        decision = self._decide(connection, list(taken.values()), situation=situation, folder=folder)
        Writer(self._definitions, self._vault, self._feed, now=self._now).write(connection, decision, folder)
        outcomes = dict(zip(taken, _outcomes(decision), strict=True))
        return _results(given, {**situation.refused, **late.refused}, outcomes)

    def _decide(
        self, connection: sa.Connection, facts: Sequence[Fact], *, situation: Situation, folder: Folder
    ) -> Decision:
        claims = [Claim(fact.keys, min(fact.time, self._now), fact.customer_id) for fact in facts]
        found = resolve(situation.known, claims)
        found = renumbered(found, links.new_customer_ids(connection, len(found.created)))
        survivors = found.survivors()
        settled = list(zip(facts, found.assignments, strict=True))
        folded = folder.fold(settled, found.merges, survivors=survivors, created=found.created)
        filed = filing.prepare(connection, found.conflicts, facts, vault=self._vault, now=self._now)
        return Decision(facts, situation, found, survivors, folded, filed)


def _outcomes(decision: Decision) -> list[Outcome]:
    differences = decision.folded.differences
    merged = Counter(step.claim for step in decision.resolution.merges)
    conflict_ids = decision.filed.ids
    return [
        Outcome(
            customer_id := decision.final(assignment.customer_id),
            assignment.created,
            changed=bool(differences.get(customer_id)),
            merged=merged.get(place, 0),
            conflict_id=conflict_ids.get(place, ""),
        )
        for place, assignment in enumerate(decision.resolution.assignments)
    ]


def _results(given: Sorted, refused: Mapping[int, TidegateError], outcomes: Mapping[int, Outcome]) -> list[Result]:
    """One result per fact, in the order of the facts."""
    results: dict[int, Result] = {**refused, **outcomes}
    for place, customer_id in given.stored.items():
        results[place] = Outcome(customer_id, duplicate=True)
    for place, first in given.repeated.items():
        before = results[first]
        results[place] = Outcome(before.customer_id, duplicate=True) if isinstance(before, Outcome) else before
    return [results[place] for place in range(len(results))]
