"""What a batch's facts say of customers, folded into the projections of those it concerns."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from tidegate.identity.model import Consent, Fact, Held, TagMark
from tidegate.identity.profile import Difference, Folding, State, difference
from tidegate.identity.registry import Definitions
from tidegate.identity.resolve import Assignment, MergeStep
from tidegate.identity.store import profiles
from tidegate.identity.store.profiles import AttributeRow, DecisionRow, History, MarkRow, ValueRow
from tidegate.identity.values import from_text, to_text
from tidegate.identity.vault import Vault

R = TypeVar("R", ValueRow, MarkRow, DecisionRow)
M = TypeVar("M", Held, TagMark, Consent)
Settled = Sequence[tuple[Fact, Assignment]]


class Arrival(NamedTuple, Generic[R, M]):
    """A row for a history, and what it means."""

    row: R
    meaning: M


@dataclass(slots=True)
class Arrived:
    """What arrived, in order."""

    values: Sequence[Arrival[ValueRow, Held]] = field(default_factory=list)
    marks: Sequence[Arrival[MarkRow, TagMark]] = field(default_factory=list)
    decisions: Sequence[Arrival[DecisionRow, Consent]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Folded:
    """What is new for the histories, and what is different per customer."""

    arrived: Arrived
    differences: Mapping[int, Difference]


class Folder:
    """Folds one batch."""

    def __init__(self, connection: sa.Connection, definitions: Definitions, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._folding = Folding(definitions.attributes, definitions.tag_groups)

    def fold(self, settled: Settled, merges: Sequence[MergeStep], *, survivors: Mapping[int, int]) -> Folded:
        """``settled`` are facts with where they went; ``survivors`` maps merged customers to owners."""
        concerned = _concerned(settled, merges, survivors)
        if not concerned:
            return Folded(Arrived(), {})
        before = self._states(concerned)
        after = {customer_id: state.copy() for customer_id, state in before.items()}
        for step in merges:
            self._folding.merge(after[step.survivor_id], after[step.merged_id])
        arrived = self._arrived(settled)
        self._arrive(arrived, after, owners=_owners(settled, survivors))
        kept = {customer_id for customer_id in concerned if customer_id not in survivors}
        return Folded(arrived, {i: difference(before[i], after[i]) for i in sorted(kept)})

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
            [(i, tag, mark.present, mark.source, mark.time) for i, d in changes for tag, mark in d.marks.items()],
        )
        profiles.CONSENTS.put(connection, [_consent_row(i, consent) for i, d in changes for consent in d.consents])

    def _states(self, customer_ids: Collection[int]) -> dict[int, State]:
        states = {customer_id: State() for customer_id in customer_ids}
        for customer_id, name, value, source, time in profiles.ATTRIBUTES.of(self._connection, customer_ids):
            plain = from_text(self._vault.unseal(value))
            states[customer_id].attributes[name] = Held(plain, time, source)
        for customer_id, marks in profiles.tag_marks(self._connection, customer_ids).items():
            states[customer_id].marks.update(marks)
        for customer_id, found in profiles.consents(self._connection, customer_ids).items():
            states[customer_id].consents.update({consent.subject: consent for consent in found})
        return states

    def _arrived(self, settled: Settled) -> Arrived:
        telling = [(fact, assignment) for fact, assignment in settled if fact.profile is not None]
        return Arrived(
            self._unknown(profiles.VALUES, list(self._values(telling))),
            self._unknown(profiles.MARKS, list(_marks(telling))),
            self._unknown(profiles.DECISIONS, list(_decisions(telling))),
        )

    def _unknown(self, history: History[R], arriving: Sequence[Arrival[R, M]]) -> Sequence[Arrival[R, M]]:
        places = history.unknown(self._connection, [arrival.row for arrival in arriving])
        return [arriving[place] for place in places]

    def _arrive(self, arrived: Arrived, states: Mapping[int, State], *, owners: Mapping[int, int]) -> None:
        for value, held in arrived.values:
            self._folding.value(states[owners[value.original_id]], value.name, held)
        for row, mark in arrived.marks:
            self._folding.mark(states[owners[row.original_id]], row.tag, mark)
        for decision, consent in arrived.decisions:
            self._folding.consent(states[owners[decision.original_id]], consent)

    def _values(self, telling: Settled) -> Iterator[Arrival[ValueRow, Held]]:
        for fact, assignment in telling:
            event_id = fact.occurrence.event_id if fact.occurrence else ""
            for name, value in fact.profile.attributes.items() if fact.profile else ():
                text = to_text(value)
                yield Arrival(
                    ValueRow(
                        assignment.original_id,
                        name,
                        fact.time,
                        fact.source,
                        event_id,
                        self._vault.lookup(f"attribute.{name}", text),
                        self._vault.seal(text),
                    ),
                    Held(value, fact.time, fact.source),
                )

    def _attribute_row(self, customer_id: int, name: str, held: Held) -> AttributeRow:
        text = to_text(held.value)
        return AttributeRow(
            customer_id,
            name,
            self._vault.seal(text),
            self._vault.lookup(f"attribute.{name}", text),
            held.source,
            held.time,
        )


def _marks(telling: Settled) -> Iterator[Arrival[MarkRow, TagMark]]:
    for fact, assignment in telling:
        if fact.profile is None:
            continue
        for tags, present in ((fact.profile.remove_tags, False), (fact.profile.add_tags, True)):
            for tag in tags:
                row = MarkRow(assignment.original_id, tag, fact.time, fact.source, present)
                yield Arrival(row, TagMark(present, fact.time, fact.source))


def _decisions(telling: Settled) -> Iterator[Arrival[DecisionRow, Consent]]:
    for fact, assignment in telling:
        for consent in fact.profile.consents if fact.profile else ():
            purpose, channel, brand, decision, time, source, proof = consent
            row = DecisionRow(assignment.original_id, purpose, channel, brand, time, source, decision.value, proof)
            yield Arrival(row, consent)


def _consent_row(customer_id: int, consent: Consent) -> tuple[int | str, ...]:
    purpose, channel, brand, decision, time, source, proof = consent
    return customer_id, purpose, channel, brand, decision.value, time, source, proof


def _concerned(settled: Settled, merges: Sequence[MergeStep], survivors: Mapping[int, int]) -> set[int]:
    told = {a.customer_id for fact, a in settled if fact.profile is not None}
    merging = {i for step in merges for i in (step.survivor_id, step.merged_id)}
    return {survivors.get(i, i) for i in told} | merging


def _owners(settled: Settled, survivors: Mapping[int, int]) -> dict[int, int]:
    """To whom each original id of the batch belongs in the end."""
    return {a.original_id: survivors.get(a.customer_id, a.customer_id) for _, a in settled}
