"""What a batch's facts say of customers, folded into the projections of those it concerns."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from tidegate.identity import deriving
from tidegate.identity.model import Consent, Fact, Held, Profile, Scalar, TagMark
from tidegate.identity.profile import Difference, Folding, State
from tidegate.identity.registry import Definitions
from tidegate.identity.resolve import Assignment, MergeStep
from tidegate.identity.store import profiles
from tidegate.identity.store.profiles import AttributeRow, DecisionRow, History, MarkRow, ValueRow
from tidegate.identity.values import from_text, to_text
from tidegate.identity.vault import Vault, about_attribute

R = TypeVar("R", ValueRow, MarkRow, DecisionRow)
M = TypeVar("M", Held, TagMark, Consent)
Settled = Sequence[tuple[Fact, Assignment]]
Telling = Sequence[tuple[int, Fact, Profile, int]]
"""Facts that tell something of their customers: the place in the batch, the profile, the id they arrived under."""


class Arrival(NamedTuple, Generic[R, M]):
    """A row for a history, what it means, and the place of the fact that brought it."""

    row: R
    meaning: M
    claim: int


@dataclass(slots=True)
class Arrived:
    """What arrived, in order."""

    values: Sequence[Arrival[ValueRow, Held]] = field(default_factory=list)
    marks: Sequence[Arrival[MarkRow, TagMark]] = field(default_factory=list)
    decisions: Sequence[Arrival[DecisionRow, Consent]] = field(default_factory=list)

    def between(self, first: int, end: int) -> "Arrived":
        """What facts from the place ``first`` on brought, before ``end``."""
        return Arrived(*(_between(each, first, end) for each in (self.values, self.marks, self.decisions)))


@dataclass(frozen=True, slots=True)
class Folded:
    """What is new for the histories, and what is different per customer."""

    arrived: Arrived
    differences: Mapping[int, Difference]


class Folder:
    """Folds one batch at the instant ``now``, in microseconds."""

    def __init__(self, connection: sa.Connection, definitions: Definitions, vault: Vault, *, now: int) -> None:
        self._now = now
        self._connection = connection
        self._vault = vault
        self._definitions = definitions.attributes
        self._sealed: dict[tuple[str, str], tuple[str, str]] = {}
        self._folding = Folding(definitions.attributes, definitions.tag_groups, now)

    def fold(
        self,
        settled: Settled,
        merges: Sequence[MergeStep],
        *,
        survivors: Mapping[int, int],
        created: Collection[int] = (),
    ) -> Folded:
        """``settled`` are facts with where they went; ``survivors`` maps merged customers to owners.

        Of those ``created`` by these facts nothing is stored, and nothing is asked.
        """
        concerned = _concerned(settled, merges, survivors)
        if not concerned:
            return Folded(Arrived(), {})
        new = concerned.intersection(created)
        before = self.states(concerned - new) | {customer_id: State() for customer_id in new}
        after = {customer_id: state.copy() for customer_id, state in before.items()}
        arrived = self._arrived(settled, frozenset(created))
        self._arrive(arrived, merges, after, owners=[assignment.customer_id for _, assignment in settled])
        kept = {customer_id for customer_id in concerned if customer_id not in survivors}
        return Folded(arrived, {i: self._folding.difference(before[i], after[i]) for i in sorted(kept)})

    def refold(self, customer_ids: Collection[int]) -> Folded:
        """What time has made different though nothing has arrived."""
        states = self.states(customer_ids)
        return Folded(Arrived(), {i: self._folding.difference(states[i], states[i].copy()) for i in sorted(states)})

    def write(self, folded: Folded, merged: Collection[int]) -> None:
        """Stores the histories and the projections; ``merged`` are customers that have none any more."""
        connection, arrived, changes = self._connection, folded.arrived, folded.differences.items()
        profiles.VALUES.add(connection, [arrival.row for arrival in arrived.values])
        profiles.MARKS.add(connection, [arrival.row for arrival in arrived.marks])
        profiles.DECISIONS.add(connection, [arrival.row for arrival in arrived.decisions])
        for projection in (profiles.ATTRIBUTES, profiles.TAGS, profiles.CONSENTS):
            projection.drop(connection, merged)
        profiles.ATTRIBUTES.put(
            connection,
            [self._attribute_row(i, name, held) for i, d in changes for name, held in d.attributes.items()],
        )
        profiles.TAGS.put(
            connection,
            [
                (i, tag, mark.present, mark.source, mark.time, mark.expires)
                for i, d in changes
                for tag, mark in d.marks.items()
            ],
        )
        profiles.CONSENTS.put(connection, [_consent_row(i, consent) for i, d in changes for consent in d.consents])

    def states(self, customer_ids: Collection[int]) -> dict[int, State]:
        """The projections of customers as they are stored."""
        states = {customer_id: State() for customer_id in customer_ids}
        for customer_id, name, value, source, time, turns in profiles.ATTRIBUTES.of(self._connection, customer_ids):
            plain = from_text(self._vault.unseal(value, about_attribute(name)))
            states[customer_id].attributes[name] = Held(plain, time, source)
            if turns is not None:
                states[customer_id].turning[name] = turns
        for customer_id, marks in profiles.tag_marks(self._connection, customer_ids).items():
            states[customer_id].marks.update(marks)
        for customer_id, found in profiles.consents(self._connection, customer_ids).items():
            states[customer_id].consents.update({consent.subject: consent for consent in found})
        return states

    def _arrived(self, settled: Settled, created: Set[int]) -> Arrived:
        telling = [
            (place, fact, fact.profile, assignment.original_id)
            for place, (fact, assignment) in enumerate(settled)
            if fact.profile is not None
        ]
        return Arrived(
            self._unknown(profiles.VALUES, list(self._values(telling)), created),
            self._unknown(profiles.MARKS, list(_marks(telling)), created),
            self._unknown(profiles.DECISIONS, list(_decisions(telling)), created),
        )

    def _unknown(
        self, history: History[R], arriving: Sequence[Arrival[R, M]], created: Set[int]
    ) -> Sequence[Arrival[R, M]]:
        places = history.unknown(self._connection, [arrival.row for arrival in arriving], created)
        return [arriving[place] for place in places]

    def _arrive(
        self,
        arrived: Arrived,
        merges: Sequence[MergeStep],
        states: Mapping[int, State],
        *,
        owners: Sequence[int],
    ) -> None:
        """Lets everything arrive as if facts had come one by one: a fact behind the merges that it brought about.

        ``owners`` has the customer that each fact went to at its turn.
        """
        reached = 0
        for step in merges:
            self._take(arrived.between(reached, step.claim), states, owners)
            self._folding.merge(states[step.survivor_id], states[step.merged_id])
            reached = step.claim
        self._take(arrived.between(reached, len(owners)), states, owners)

    def _take(self, arrived: Arrived, states: Mapping[int, State], owners: Sequence[int]) -> None:
        for value, held, claim in arrived.values:
            self._folding.value(states[owners[claim]], value.name, held)
        for row, mark, claim in arrived.marks:
            self._folding.mark(states[owners[claim]], row.tag, mark)
        for _, consent, claim in arrived.decisions:
            self._folding.consent(states[owners[claim]], consent)

    def _values(self, telling: Telling) -> Iterator[Arrival[ValueRow, Held]]:
        for place, fact, profile, original_id in telling:
            event_id = fact.occurrence.event_id if fact.occurrence else ""
            time = min(fact.time, self._now)  # what an event of the future says holds until somebody says otherwise
            for name, value in profile.attributes.items():
                lookup, sealed = self._kept(name, value)
                row = ValueRow(original_id, name, time, fact.source, event_id, lookup, sealed)
                yield Arrival(row, Held(value, time, fact.source), place)

    def _attribute_row(self, customer_id: int, name: str, held: Held) -> AttributeRow:
        lookup, sealed = self._kept(name, held.value)
        return AttributeRow(
            customer_id,
            name,
            sealed,
            lookup,
            held.source,
            held.time,
            deriving.turns(self._definitions[name], held.value, self._now),
        )

    def _kept(self, name: str, value: Scalar) -> tuple[str, str]:
        """What a value of an attribute is found by, and the value sealed, once for all that a batch has of it."""
        text = to_text(value)
        kept = self._sealed.get((name, text))
        if kept is None:
            about = about_attribute(name)
            kept = self._sealed[name, text] = self._vault.lookup(about, text), self._vault.seal(text, about)
        return kept


def _between(arrivals: Sequence[Arrival[R, M]], first: int, end: int) -> Sequence[Arrival[R, M]]:
    claim = attrgetter("claim")
    return arrivals[bisect_left(arrivals, first, key=claim) : bisect_left(arrivals, end, key=claim)]


def _marks(telling: Telling) -> Iterator[Arrival[MarkRow, TagMark]]:
    for place, fact, profile, original_id in telling:
        for tags, present in ((profile.remove_tags, False), (profile.add_tags, True)):
            for tag in tags:
                expires = profile.expires.get(tag) if present else None
                row = MarkRow(original_id, tag, fact.time, fact.source, present, expires)
                yield Arrival(row, TagMark(present, fact.time, fact.source, expires), place)


def _decisions(telling: Telling) -> Iterator[Arrival[DecisionRow, Consent]]:
    for place, _, profile, original_id in telling:
        for consent in profile.consents:
            purpose, channel, brand, decision, time, source, proof = consent
            row = DecisionRow(original_id, purpose, channel, brand, time, source, decision.value, proof)
            yield Arrival(row, consent, place)


def _consent_row(customer_id: int, consent: Consent) -> tuple[int | str, ...]:
    purpose, channel, brand, decision, time, source, proof = consent
    return customer_id, purpose, channel, brand, decision.value, time, source, proof


def _concerned(settled: Settled, merges: Sequence[MergeStep], survivors: Mapping[int, int]) -> set[int]:
    told = {a.customer_id for fact, a in settled if fact.profile is not None}
    merging = {i for step in merges for i in (step.survivor_id, step.merged_id)}
    return told | {survivors.get(i, i) for i in told} | merging
