"""What a batch's facts say of customers, folded into the projections of those it concerns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import Consent, Fact, Held, TagMark
from tidegate.identity.profile import Difference, Folding, State, difference
from tidegate.identity.registry import Definitions
from tidegate.identity.resolve import Assignment, MergeStep
from tidegate.identity.store import profiles
from tidegate.identity.values import from_text, to_text
from tidegate.identity.vault import Vault

Row = Mapping[str, Any]


@dataclass(slots=True)
class Arrived:
    """Rows for the histories, and what each of them means, in order."""

    values: list[Row] = field(default_factory=list)
    marks: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)


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

    def fold(
        self,
        settled: Sequence[tuple[Fact, Assignment]],
        merges: Sequence[MergeStep],
        *,
        survivors: Mapping[int, int],
    ) -> Folded:
        """``settled`` are facts with where they went; ``survivors`` maps merged customers to owners."""
        concerned = _concerned(settled, merges, survivors)
        if not concerned:
            return Folded(Arrived(), {})
        before = self._states(concerned)
        after = {customer_id: state.copy() for customer_id, state in before.items()}
        for step in merges:
            self._folding.merge(after[step.survivor_id], after[step.merged_id])
        arrived = self._unknown(self._arriving(settled))
        self._arrive(arrived, after, owners=_owners(settled, survivors))
        kept = {customer_id for customer_id in concerned if customer_id not in survivors}
        return Folded(arrived, {i: difference(before[i], after[i]) for i in sorted(kept)})

    def write(self, folded: Folded, merged: Collection[int]) -> None:
        """Stores the histories and the projections; ``merged`` are customers that have none any more."""
        profiles.add_history(
            self._connection,
            values=folded.arrived.values,
            marks=folded.arrived.marks,
            decisions=folded.arrived.decisions,
        )
        profiles.drop_projections(self._connection, merged)
        changes = folded.differences.items()
        profiles.put_attributes(
            self._connection,
            [self._attribute_row(i, n, held) for i, d in changes for n, held in d.attributes.items()],
        )
        profiles.put_tags(
            self._connection,
            [_tag_row(i, tag, mark) for i, d in changes for tag, mark in d.marks.items()],
        )
        profiles.put_consents(
            self._connection, [_consent_row("customer_id", i, c) for i, d in changes for c in d.consents]
        )

    def _states(self, customer_ids: Collection[int]) -> dict[int, State]:
        states = {customer_id: State() for customer_id in customer_ids}
        for customer_id, name, value, source, time in profiles.attributes(self._connection, customer_ids):
            plain = from_text(self._vault.unseal(value))
            states[customer_id].attributes[name] = Held(plain, time, source)
        for customer_id, marks in profiles.tag_marks(self._connection, customer_ids).items():
            states[customer_id].marks.update(marks)
        for customer_id, found in profiles.consents(self._connection, customer_ids).items():
            states[customer_id].consents.update({consent.subject: consent for consent in found})
        return states

    def _arriving(self, settled: Sequence[tuple[Fact, Assignment]]) -> Arrived:
        arriving = Arrived()
        for fact, assignment in settled:
            if fact.profile is None:
                continue
            original = assignment.original_id
            arriving.values += [self._value_row(fact, original, name) for name in fact.profile.attributes]
            for tags, present in ((fact.profile.remove_tags, False), (fact.profile.add_tags, True)):
                arriving.marks += [_mark_row(fact, original, tag, present=present) for tag in tags]
            arriving.decisions += [_consent_row("original_id", original, c) for c in fact.profile.consents]
        return arriving

    def _unknown(self, arriving: Arrived) -> Arrived:
        return Arrived(
            profiles.unknown_values(self._connection, arriving.values),
            profiles.unknown_marks(self._connection, arriving.marks),
            profiles.unknown_decisions(self._connection, arriving.decisions),
        )

    def _arrive(self, arrived: Arrived, states: Mapping[int, State], *, owners: Mapping[int, int]) -> None:
        for row in arrived.values:
            held = Held(from_text(self._vault.unseal(row["value"])), row["time"], row["source"])
            self._folding.value(states[owners[row["original_id"]]], row["name"], held)
        for row in arrived.marks:
            mark = TagMark(row["present"], row["time"], row["source"])
            self._folding.mark(states[owners[row["original_id"]]], row["tag"], mark)
        for row in arrived.decisions:
            self._folding.consent(states[owners[row["original_id"]]], profiles.consent_of(row))

    def _value_row(self, fact: Fact, original_id: int, name: str) -> Row:
        text = to_text(fact.profile.attributes[name]) if fact.profile else ""
        return {
            "original_id": original_id,
            "name": name,
            "time": fact.time,
            "source": fact.source,
            "event_id": fact.occurrence.event_id if fact.occurrence else "",
            "lookup": self._vault.lookup(f"attribute.{name}", text),
            "value": self._vault.seal(text),
        }

    def _attribute_row(self, customer_id: int, name: str, held: Held) -> Row:
        text = to_text(held.value)
        return {
            "customer_id": customer_id,
            "name": name,
            "value": self._vault.seal(text),
            "lookup": self._vault.lookup(f"attribute.{name}", text),
            "source": held.source,
            "time": held.time,
        }


def _concerned(
    settled: Sequence[tuple[Fact, Assignment]], merges: Sequence[MergeStep], survivors: Mapping[int, int]
) -> set[int]:
    told = {a.customer_id for fact, a in settled if fact.profile is not None}
    merging = {i for step in merges for i in (step.survivor_id, step.merged_id)}
    return {survivors.get(i, i) for i in told} | merging


def _owners(settled: Sequence[tuple[Fact, Assignment]], survivors: Mapping[int, int]) -> dict[int, int]:
    """To whom each original id of the batch belongs in the end."""
    return {a.original_id: survivors.get(a.customer_id, a.customer_id) for _, a in settled}


def _mark_row(fact: Fact, original_id: int, tag: str, *, present: bool) -> Row:
    return {
        "original_id": original_id,
        "tag": tag,
        "time": fact.time,
        "source": fact.source,
        "present": present,
    }


def _tag_row(customer_id: int, tag: str, mark: TagMark) -> Row:
    return {
        "customer_id": customer_id,
        "tag": tag,
        "present": mark.present,
        "source": mark.source,
        "time": mark.time,
    }


def _consent_row(owner: str, owner_id: int, consent: Consent) -> Row:
    return {
        owner: owner_id,
        "purpose": consent.purpose,
        "channel": consent.channel,
        "brand": consent.brand,
        "decision": consent.decision.value,
        "time": consent.time,
        "source": consent.source,
        "proof": consent.proof,
    }
