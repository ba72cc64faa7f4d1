"""Recording: a batch of facts becomes customers, links, events, projections, and announcements.

One transaction a batch, one statement a step, whatever the batch's size: which events are known → where the
identifiers lead → lock whom the batch may change → resolve (pure) → fold attributes, tags, and consents
(pure) → announce → write. All transactions take locks in the same order (customers by id, then new
identifiers, new conflicts, and new events, each by key), so they wait for each other and do not deadlock. A
transaction that finds that another one was faster runs again from the start.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tidegate.identity import decision as decided
from tidegate.identity import filing
from tidegate.identity.decision import Decision
from tidegate.identity.folding import Folder
from tidegate.identity.model import Fact, Merge, Outcome
from tidegate.identity.registry import Definitions, Registry
from tidegate.identity.resolve import Claim, Resolution, renumbered, resolve
from tidegate.identity.situation import Situation, survey
from tidegate.identity.sorting import Sorted, sort_out
from tidegate.identity.store import conflicts, events, links
from tidegate.identity.store.events import EventRow
from tidegate.identity.store.links import CustomerRow, LinkRow
from tidegate.identity.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import TidegateError, Unavailable
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id

Result = Outcome | TidegateError


class Recorder:
    """Records batches of facts."""

    def __init__(self, database: Database, *, registry: Registry, vault: Vault, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._vault = vault
        self._feed = feed
        self._clock = clock

    def record(self, facts: Sequence[Fact]) -> list[Result]:
        """Records ``facts`` in order, in one transaction; says what became of each.

        A fact that is refused (its customer is not known) leaves the others unaffected. An event that is
        known changes nothing.
        """
        if not facts:
            return []
        batch = _Batch(self._registry.current(), self._vault, self._feed, now=micros(self._clock.now()))
        try:
            return self._database.run(lambda connection: batch.record(connection, facts))
        except LostRace as error:
            raise Unavailable("too many writers change the same customers; send the batch again") from error


class _Batch:
    """The recording of one batch at one instant; may run several times, each in a transaction of its own."""

    def __init__(self, definitions: Definitions, vault: Vault, feed: Feed, *, now: int) -> None:
        self._definitions = definitions
        self._vault = vault
        self._feed = feed
        self._now = now

    def record(self, connection: sa.Connection, facts: Sequence[Fact]) -> list[Result]:
        """Runs in ``connection``'s transaction. Raises LostRace when it must run again."""
        given = sort_out(connection, facts)
        situation = survey(connection, given.fresh, self._definitions.keys)
        taken = {place: fact for place, fact in given.fresh.items() if place not in situation.refused}
        folder = Folder(connection, self._definitions, self._vault)
        decision = self._decide(connection, list(taken.values()), situation=situation, folder=folder)
        self._write(connection, decision)
        with _racing():
            folder.write(decision.folded, decision.survivors)
            events.add(connection, self._event_rows(decision))
        outcomes = dict(zip(taken, _outcomes(decision), strict=True))
        return _results(given, situation.refused, outcomes)

    def _decide(
        self, connection: sa.Connection, facts: Sequence[Fact], *, situation: Situation, folder: Folder
    ) -> Decision:
        claims = [Claim(fact.keys, min(fact.time, self._now), fact.customer_id) for fact in facts]
        found = resolve(situation.known, claims)
        found = renumbered(found, links.new_customer_ids(connection, len(found.created)))
        survivors = found.survivors()
        settled = list(zip(facts, found.assignments, strict=True))
        folded = folder.fold(settled, found.merges, survivors=survivors)
        filed = filing.prepare(connection, found.conflicts, facts, vault=self._vault, now=self._now)
        return Decision(facts, situation, found, survivors, folded, filed)

    def _write(self, connection: sa.Connection, decision: Decision) -> None:
        """Announces, then writes whom the facts concern, in the order in which all take their locks."""
        changes = decided.changes(decision, self._definitions.attributes, now=self._now)
        position = self._feed.append(connection, [*changes, *decided.recorded(decision, now=self._now)])
        if changes and any(row.position > position for row in decision.situation.locked.values()):
            raise LostRace("a change with a higher position was faster")
        resolution = decision.resolution
        links.add_customers(connection, self._customer_rows(decision, position))
        links.redirect(connection, decision.survivors)
        links.see_earlier(connection, _earlier(resolution))
        touched = {entry.customer_id for entry in changes} | decision.survivors.keys()
        links.touch(connection, touched.difference(resolution.created), position=position)
        with _racing():
            links.add_links(connection, self._link_rows(decision))
            conflicts.add_merges(connection, self._merges(decision))
            conflicts.file(connection, decision.filed.rows)

    def _customer_rows(self, decision: Decision, position: int) -> list[CustomerRow]:
        first_seen = decision.resolution.first_seen
        return [
            CustomerRow(i, decision.final(i), first_seen[i], self._now, position) for i in decision.resolution.created
        ]

    def _link_rows(self, decision: Decision) -> list[LinkRow]:
        return [
            LinkRow(
                link.key.lookup,
                link.key.namespace,
                self._vault.seal(link.key.value),
                link.original_id,
                decision.facts[link.claim].source,
                decision.facts[link.claim].time,
            )
            for link in decision.resolution.links
        ]

    def _merges(self, decision: Decision) -> list[Merge]:
        return [
            Merge(
                merge_id=new_id(),
                survivor_id=step.survivor_id,
                merged_id=step.merged_id,
                source=decision.facts[step.claim].source,
                event_id=_event_id(decision.facts[step.claim]),
                reason="",
                time=self._now,
            )
            for step in decision.resolution.merges
        ]

    def _event_rows(self, decision: Decision) -> list[EventRow]:
        return [
            EventRow(
                fact.source,
                fact.occurrence.event_id,
                assignment.original_id,
                fact.occurrence.name,
                fact.time,
                self._now,
                fact.keys[0].lookup,
                self._sealed_others(fact),
                fact.occurrence.full_body,
            )
            for fact, assignment in decision.settled
            if fact.occurrence is not None
        ]

    def _sealed_others(self, fact: Fact) -> str | None:
        others = [(key.namespace, key.value) for key in fact.keys[1:]]
        return self._vault.seal(json.dumps(others, ensure_ascii=False)) if others else None


@contextmanager
def _racing() -> Iterator[None]:
    """What another transaction stored meanwhile is found by its unique keys."""
    try:
        yield
    except IntegrityError as error:
        raise LostRace("something was stored meanwhile") from error


def _earlier(resolution: Resolution) -> dict[int, int]:
    """Customers that are stored and known from earlier now."""
    created = set(resolution.created)
    return {i: seen for i, seen in resolution.first_seen.items() if i not in created}


def _event_id(fact: Fact) -> str:
    return fact.occurrence.event_id if fact.occurrence is not None else ""


def _outcomes(decision: Decision) -> list[Outcome]:
    differences = decision.folded.differences
    merged = Counter(step.claim for step in decision.resolution.merges)
    return [
        Outcome(
            customer_id := decision.final(assignment.customer_id),
            created=assignment.created,
            changed=bool(differences.get(customer_id)),
            merged=merged.get(place, 0),
            conflict_id=decision.filed.ids.get(place, ""),
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
