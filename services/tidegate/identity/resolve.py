"""Who is whom: the rule by which facts that carry identifiers are resolved to customers.

One fact after the other: none of its identifiers known → a new customer; all known ones lead to one customer
→ the new ones are attached; they lead to several → these are merged, unless that would give a customer two
values of a strong single namespace, more identifiers of a namespace than it allows, or join a pair that was
split. Then nothing is merged: the fact goes to the customer of its highest identifier, the others stay where
they are, and a conflict is found for a person to decide.

The survivor of a merge is the customer seen first, then the one with the lowest id. Resolving a batch gives
the same as resolving its facts one by one. Everything here is pure: what is known comes in, what is to be
written comes out. New customers have negative ids, -1 the first, until they are stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from tidegate.identity.model import ConflictReason, Key


class Claim(NamedTuple):
    """The identifiers of one fact, by falling priority, each once; ``customer_id`` names a customer."""

    keys: Sequence[Key]
    time: int
    customer_id: int = 0


class KnownLink(NamedTuple):
    """Where an identifier leads: the customer, and the customer id under which it arrived."""

    customer_id: int
    original_id: int


class KnownCustomer(NamedTuple):
    """A customer, with the lookups it has in namespaces that limit how many it may have."""

    first_seen: int
    limited: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Limit:
    """How many identifiers of a namespace a customer may have; ``protected``: it is strong and single."""

    most: int
    protected: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about the identifiers and customers of a batch.

    ``aliases`` maps ids that were merged away to customers, ``limits`` has the namespaces (scope included) of
    the customers' limited identifiers, ``never_merge`` pairs of customers that were split.
    """

    links: Mapping[str, KnownLink]
    customers: Mapping[int, KnownCustomer]
    aliases: Mapping[int, int] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    never_merge: frozenset[tuple[int, int]] = frozenset()


class Assignment(NamedTuple):
    """Where a fact goes: to ``customer_id``, arriving under ``original_id``."""

    customer_id: int
    original_id: int
    created: bool = False
    conflict: "FoundConflict | None" = None


class NewLink(NamedTuple):
    """An identifier to attach; ``claim`` is the place of the fact that brought it."""

    key: Key
    original_id: int
    claim: int


class MergeStep(NamedTuple):
    """A customer to merge into another one."""

    survivor_id: int
    merged_id: int
    claim: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What forbids that customers and identifiers become one."""

    reason: ConflictReason
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class FoundConflict:
    """Customers, the one that got the fact first, and identifiers that came together and cannot be one.

    ``unlinked`` are the lookups of identifiers that lead nowhere because of it, ``known`` of those that led to
    somebody before.
    """

    obstacle: Obstacle
    customer_ids: tuple[int, ...]
    unlinked: tuple[str, ...]
    known: tuple[str, ...]
    claim: int


@dataclass(frozen=True, slots=True)
class KeptApart:
    """Customers that an obstacle keeps from being one."""

    obstacle: Obstacle
    customer_ids: tuple[int, ...]


@dataclass(slots=True)
class Resolution:
    """What is to be written, in order. ``first_seen`` has the customers that were seen earlier than known."""

    assignments: list[Assignment] = field(default_factory=list)
    created: list[int] = field(default_factory=list)
    links: list[NewLink] = field(default_factory=list)
    merges: list[MergeStep] = field(default_factory=list)
    conflicts: list[FoundConflict] = field(default_factory=list)
    first_seen: dict[int, int] = field(default_factory=dict)

    def survivors(self) -> dict[int, int]:
        """To whom each customer that was merged away belongs after all merges."""
        final: dict[int, int] = {}
        for step in reversed(self.merges):
            final[step.merged_id] = final.get(step.survivor_id, step.survivor_id)
        return final


def resolve(known: Known, claims: Sequence[Claim]) -> Resolution:
    """Resolves ``claims`` in order. Every claim has a key or names a customer that is known."""
    resolver = _Resolver(known)
    for place, claim in enumerate(claims):
        resolver.take(place, claim)
    return resolver.finish()


def join(known: Known, customer_ids: Sequence[int], claims: Sequence[Claim] = ()) -> Resolution:
    """Makes ``customer_ids``, all known and no aliases, one customer, whatever stands against it.

    ``claims`` are resolved afterwards.
    """
    resolver = _Resolver(known)
    resolver.join(customer_ids)
    for place, claim in enumerate(claims):
        resolver.take(place, claim)
    return resolver.finish()


def obstacles(known: Known, customer_ids: Sequence[int]) -> list[KeptApart]:
    """All that forbids that ``customer_ids``, all known and no aliases, become one."""
    return _Resolver(known).obstacles(customer_ids)


def renumbered(resolution: Resolution, ids: Sequence[int]) -> Resolution:
    """``resolution`` with the new customers, in order, called by ``ids``."""
    if not ids:
        return resolution

    def name(customer_id: int) -> int:
        return customer_id if customer_id > 0 else ids[-1 - customer_id]

    conflicts = {
        conflict.claim: replace(conflict, customer_ids=tuple(map(name, conflict.customer_ids)))
        for conflict in resolution.conflicts
    }
    return Resolution(
        [
            a
            if a.customer_id > 0 and a.original_id > 0 and a.conflict is None
            else Assignment(name(a.customer_id), name(a.original_id), a.created, conflicts.get(place))
            for place, a in enumerate(resolution.assignments)
        ],
        list(ids),
        [NewLink(key, name(original_id), claim) for key, original_id, claim in resolution.links],
        [MergeStep(name(m.survivor_id), name(m.merged_id), m.claim) for m in resolution.merges],
        list(conflicts.values()),
        {name(customer_id): seen for customer_id, seen in resolution.first_seen.items()},
    )


@dataclass(slots=True)
class _Node:
    first_seen: int
    limited: dict[str, set[str]]


class _Resolver:
    """The state of a batch: a union-find over customers that starts from what is stored."""

    def __init__(self, known: Known) -> None:
        self._customers = known.customers
        self._never_merge = known.never_merge
        self._links = dict(known.links)
        self._parents = dict(known.aliases)
        self._limits = dict(known.limits)
        self._nodes: dict[int, _Node] = {}
        self._out = Resolution()

    def take(self, place: int, claim: Claim) -> None:
        """Resolves one claim."""
        roots, unknown, original = self._named(claim)
        if len(roots) == 1 and not unknown:
            self._assign(claim, roots[0], original=original)
        elif obstacle := self._obstacle(roots, unknown):
            self._keep_apart(place, claim, obstacle=obstacle, original=original)
        else:
            self._join(place, claim, roots=roots, unknown=unknown, original=original)

    def join(self, roots: Sequence[int]) -> None:
        """Merges customers that no claim named."""
        self._merge(0, roots)

    def obstacles(self, roots: Sequence[int]) -> list[KeptApart]:
        """What forbids that ``roots`` become one."""
        split = Obstacle(ConflictReason.NEVER_MERGE)
        found = [KeptApart(split, tuple(sorted(pair))) for pair in self._never_merge if set(pair) <= set(roots)]
        holders: dict[str, list[int]] = {}
        together: dict[str, set[str]] = {}
        for root in roots:
            for namespace, lookups in self._node(root).limited.items():
                holders.setdefault(namespace, []).append(root)
                together.setdefault(namespace, set()).update(lookups)
        for namespace, lookups in sorted(together.items()):
            if obstacle := self._exceeded(namespace, len(lookups)):
                found.append(KeptApart(obstacle, tuple(holders[namespace])))
        return found

    def finish(self) -> Resolution:
        """What came of all claims."""
        for customer_id, node in self._nodes.items():
            stored = self._customers.get(customer_id)
            if stored is None or node.first_seen < stored.first_seen:
                self._out.first_seen[customer_id] = node.first_seen
        return self._out

    def _find(self, customer_id: int) -> int:
        while (parent := self._parents.get(customer_id)) is not None:
            customer_id = parent
        return customer_id

    def _named(self, claim: Claim) -> tuple[list[int], list[Key], int]:
        """The customers that the claim names, the one of the highest identifier first; its keys that lead nowhere.

        And the id under which it arrives: the one that its highest known identifier arrived under; 0 for nobody's.
        """
        original, unknown = claim.customer_id, []
        roots = [self._find(original)] if original else []
        for key in claim.keys:
            link = self._links.get(key.lookup)
            if link is None:
                unknown.append(key)
                continue
            original = original or link.original_id
            root = self._find(link.customer_id)
            if root not in roots:
                roots.append(root)
        return roots, unknown, original

    def _node(self, root: int) -> _Node:
        node = self._nodes.get(root)
        if node is None:
            stored = self._customers[root]
            limited = {namespace: set(lookups) for namespace, lookups in stored.limited.items()}
            node = self._nodes[root] = _Node(stored.first_seen, limited)
        return node

    def _obstacle(self, roots: Sequence[int], unknown: Iterable[Key]) -> Obstacle | None:
        """What forbids that ``roots`` and ``unknown`` become one customer; None when nothing does."""
        if self._never_merge and self._split_before(roots):
            return Obstacle(ConflictReason.NEVER_MERGE)
        together: dict[str, set[str]] = {}
        for root in roots:
            for namespace, lookups in self._node(root).limited.items():
                together.setdefault(namespace, set()).update(lookups)
        for key in unknown:
            if key.limit:
                if key.namespace not in self._limits:
                    self._limits[key.namespace] = Limit(key.limit, key.protected)
                together.setdefault(key.namespace, set()).add(key.lookup)
        return next(filter(None, (self._exceeded(n, len(lookups)) for n, lookups in together.items())), None)

    def _split_before(self, roots: Sequence[int]) -> bool:
        pairs = ({self._find(low), self._find(high)} for low, high in self._never_merge)
        return any(len(pair) == 2 and pair <= set(roots) for pair in pairs)

    def _exceeded(self, namespace: str, count: int) -> Obstacle | None:
        limit = self._limits[namespace]
        if count <= limit.most:
            return None
        reason = ConflictReason.STRONG_IDENTIFIER if limit.protected else ConflictReason.CARDINALITY
        return Obstacle(reason, namespace)

    def _join(self, place: int, claim: Claim, *, roots: Sequence[int], unknown: Sequence[Key], original: int) -> None:
        """Makes ``roots`` one customer, or a new one when there are none, and attaches ``unknown`` to it."""
        original = original or self._create(claim.time)
        root = self._merge(place, roots) if roots else original
        for key in unknown:
            self._link(place, key, root=root, original=original)
        self._assign(claim, root, original=original, created=not roots)

    def _keep_apart(self, place: int, claim: Claim, *, obstacle: Obstacle, original: int) -> None:
        """Gives the claim to the customer of its highest identifier, with those new ones that fit there."""
        known = tuple(key.lookup for key in claim.keys if key.lookup in self._links)
        created = not claim.customer_id and claim.keys[0].lookup not in self._links
        original = self._create(claim.time) if created else original
        root = self._find(original)
        unlinked = []
        for key in claim.keys:
            if key.lookup in self._links:
                continue
            if self._obstacle([root], [key]):
                unlinked.append(key.lookup)
            else:
                self._link(place, key, root=root, original=original)
        others = [other for other in self._named(claim)[0] if other != root]
        conflict = FoundConflict(obstacle, (root, *others), tuple(unlinked), known, place)
        self._out.conflicts.append(conflict)
        self._assign(claim, root, original=original, created=created, conflict=conflict)

    def _create(self, time: int) -> int:
        customer_id = -1 - len(self._out.created)
        self._out.created.append(customer_id)
        self._nodes[customer_id] = _Node(time, {})
        return customer_id

    def _link(self, place: int, key: Key, *, root: int, original: int) -> None:
        self._links[key.lookup] = KnownLink(root, original)
        self._out.links.append(NewLink(key, original, place))
        if key.limit:
            self._node(root).limited.setdefault(key.namespace, set()).add(key.lookup)

    def _merge(self, place: int, roots: Sequence[int]) -> int:
        """Merges ``roots`` and returns the one that survives."""
        survivor, *others = sorted(roots, key=self._age)
        node = self._node(survivor)
        for other in others:
            for namespace, lookups in self._node(other).limited.items():
                node.limited.setdefault(namespace, set()).update(lookups)
            self._parents[other] = survivor
            self._out.merges.append(MergeStep(survivor, other, place))
        return survivor

    def _age(self, root: int) -> tuple[int, bool, int]:
        """Sorts by first sight, then by id: new customers get higher ids than known ones, in order."""
        return self._node(root).first_seen, root < 0, abs(root)

    def _assign(
        self,
        claim: Claim,
        root: int,
        *,
        original: int,
        created: bool = False,
        conflict: FoundConflict | None = None,
    ) -> None:
        seen = self._nodes.get(root) or self._customers[root]
        if claim.time < seen.first_seen:
            self._node(root).first_seen = claim.time
        self._out.assignments.append(Assignment(root, original, created, conflict))
