"""What a batch of facts comes to, before it is written, and what of it is announced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tidegate.identity import announce
from tidegate.identity.filing import Filed
from tidegate.identity.folding import Folded
from tidegate.identity.model import AttributeDefinition, Fact
from tidegate.identity.resolve import Assignment, MergeStep, Resolution
from tidegate.identity.situation import Situation
from tidegate.runtime.feed import Entry

_CONTACT_ATTRIBUTES = frozenset(("zone", "locale"))


class Origin(NamedTuple):
    """What brought customers together: an event or another call of a system, or a person with a reason."""

    source: str
    event_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """New facts with where they go, and all that is to be written. ``survivors`` maps merged customers.

    ``by_hand`` is set when a person decided it, and there is no fact.
    """

    facts: Sequence[Fact]
    situation: Situation
    resolution: Resolution
    survivors: Mapping[int, int]
    folded: Folded
    filed: Filed
    by_hand: Origin | None = None

    def origin(self, step: MergeStep) -> Origin:
        """What brought the customers of a merge together."""
        if self.by_hand is not None:
            return self.by_hand
        fact = self.facts[step.claim]
        return Origin(fact.source, fact.occurrence.event_id if fact.occurrence is not None else "")

    @property
    def settled(self) -> list[tuple[Fact, Assignment]]:
        """Every fact with where it goes."""
        return list(zip(self.facts, self.resolution.assignments, strict=True))

    def final(self, customer_id: int) -> int:
        """To whom a customer belongs after all merges of the batch."""
        return self.survivors.get(customer_id, customer_id)


def changes(decision: Decision, definitions: Mapping[str, AttributeDefinition], *, now: int) -> list[Entry]:
    """Announces everything but the events, which come behind: who reads an event knows what came with it."""
    created = set(decision.resolution.created)
    arrived = _arrived(decision)
    linked = _linked(decision)
    entries = [
        announce.customer_created(
            customer_id,
            first_seen=decision.resolution.first_seen[customer_id],
            namespaces=arrived.get(customer_id, ()),
            now=now,
        )
        for customer_id in decision.resolution.created
    ]
    entries += [
        announce.customer_merged(step.survivor_id, step.merged_id, now=now) for step in decision.resolution.merges
    ]
    entries += [
        announce.identifiers_changed(customer_id, namespaces, now=now)
        for customer_id, namespaces in linked.items()
        if customer_id not in created or customer_id in decision.survivors.values()
    ]
    for customer_id, difference in decision.folded.differences.items():
        entries += announce.profile_changed(customer_id, difference, definitions, now=now)
    entries += [
        announce.contact_points_changed(customer_id, now=now)
        for customer_id in sorted(_reached_otherwise(decision) - created)
    ]
    entries += [announce.conflict_filed(row["customer_ids"], row["id"], now=now) for row in decision.filed.rows]
    return entries


def recorded(decision: Decision, *, now: int) -> list[Entry]:
    """Announces the events, in order."""
    return [
        announce.event_recorded(
            decision.final(assignment.customer_id), assignment.original_id, fact.occurrence, now=now
        )
        for fact, assignment in decision.settled
        if fact.occurrence is not None
    ]


def _arrived(decision: Decision) -> dict[int, set[str]]:
    """The namespaces of new identifiers, by the ids under which they arrived."""
    arrived: dict[int, set[str]] = {}
    for link in decision.resolution.links:
        arrived.setdefault(link.original_id, set()).add(link.key.namespace)
    return arrived


def _linked(decision: Decision) -> dict[int, set[str]]:
    """The namespaces of all customers that got identifiers, by link or by merge, or lost some that had expired."""
    gained: dict[int, set[str]] = {}
    for link in decision.resolution.links:
        owner = decision.final(decision.situation.owner(link.original_id))
        gained.setdefault(owner, set()).add(link.key.namespace)
    for customer_id in decision.survivors.values():
        gained.setdefault(customer_id, set())
    for customer_id in decision.situation.expired.values():
        gained.setdefault(decision.final(customer_id), set())
    for customer_id, namespaces in decision.situation.namespaces.items():
        owner = decision.final(customer_id)
        if owner in gained:
            gained[owner] |= namespaces
    return gained


def _reached_otherwise(decision: Decision) -> set[int]:
    """The customers whose addresses, zone, or locale are different."""
    addressed = {
        decision.final(decision.situation.owner(link.original_id))
        for link in decision.resolution.links
        if link.key.address
    }
    moved = {
        customer_id
        for customer_id, difference in decision.folded.differences.items()
        if _CONTACT_ATTRIBUTES & difference.values.keys()
    }
    return addressed | moved | set(decision.survivors.values()) | _unaddressed(decision)


def _unaddressed(decision: Decision) -> set[int]:
    """The customers of addresses that have expired."""
    expired = decision.situation.expired
    if not expired:
        return set()
    addresses = {key.lookup for fact in decision.facts for key in fact.keys if key.address}
    return {decision.final(customer_id) for lookup, customer_id in expired.items() if lookup in addresses}
