"""Splitting: undoes merges, by decision of a person.

Everything is kept under the id it arrived for, so original ids leave with all that is theirs: identifiers, events,
attributes, tags, consents. Those that were merged with each other before stay together. The projections of all
concerned are made anew from the histories and announced whole, and whoever left is never merged again with what stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.identity import announce, attributing
from tidegate.identity.by_hand import ByHand
from tidegate.identity.decision import Origin
from tidegate.identity.folding import Arrived, Folded, Folder
from tidegate.identity.model import Customer, Merge
from tidegate.identity.profile import Folding, State
from tidegate.identity.rebuilding import rebuilt
from tidegate.identity.situation import lock
from tidegate.identity.store import conflicts, links, profiles, relations
from tidegate.runtime.db import LostRace
from tidegate.runtime.errors import InvalidArgument, NotFound, Violation
from tidegate.runtime.feed import Entry


@dataclass(frozen=True, slots=True)
class Split:
    """The customer that stayed, those that left, and edits by hand that stayed though they were made together."""

    remaining: Customer
    separated: Sequence[Customer]
    kept_edits: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who stays and who leaves: customers with their original ids, the oldest first, and when each is known from."""

    remaining_id: int
    staying: Sequence[int]
    leaving: Mapping[int, Sequence[int]]
    first_seen: Mapping[int, int]
    joined_at: int

    @property
    def groups(self) -> dict[int, Sequence[int]]:
        """All customers after the split with their original ids; the one that stays is the first."""
        return {self.remaining_id: self.staying, **self.leaving}

    @property
    def owners(self) -> dict[int, int]:
        """To whom each original id that leaves belongs now."""
        return {original: customer_id for customer_id, ids in self.leaving.items() for original in ids}


class Splitter:
    """Takes customers apart."""

    def __init__(self, means: ByHand) -> None:
        self._means = means

    def split(self, customer_id: int, original_ids: Collection[int], origin: Origin) -> Split:
        """Takes ``original_ids`` off the customer, aliases followed.

        Raises NotFound, and InvalidArgument for an id that is none of its aliases.
        """
        return self._means.decide(lambda connection: self._split(connection, customer_id, original_ids, origin))

    def _split(
        self, connection: sa.Connection, customer_id: int, original_ids: Collection[int], origin: Origin
    ) -> Split:
        named = links.customers(connection, [customer_id])
        if customer_id not in named:
            raise NotFound("customer", customer_id)
        root = named[customer_id].canonical_id
        position = lock(connection, [root])[root].position
        plan = _plan(connection, root, list(dict.fromkeys(original_ids)))
        kept = _kept_edits(connection, plan)
        self._write(connection, plan, origin, at_least=position)
        loaded = self._means.reader.load(connection, plan.groups)
        return Split(loaded[root], [loaded[i] for i in sorted(plan.leaving)], kept)

    def _write(self, connection: sa.Connection, plan: _Plan, origin: Origin, *, at_least: int) -> None:
        definitions, now = self._means.registry.current(), self._means.now()
        related = attributing.separate(connection, plan.remaining_id, plan.owners, groups=plan.groups, now=now)
        links.separate(connection, plan.owners)
        folding = Folding(definitions.attributes, definitions.tag_groups, now)
        states = rebuilt(connection, folding, self._means.vault, groups=plan.groups)
        whole = {customer_id: folding.difference(State(), state) for customer_id, state in states.items()}
        entries = [announce.customer_split(plan.remaining_id, plan.leaving, now=now)]
        linked = links.linked(connection, plan.groups, definitions.keys.limited(), now=now)
        for customer_id, has in whole.items():
            entries.append(announce.identifiers_changed(customer_id, linked.get(customer_id, ()), now=now))
            entries += announce.profile_changed(customer_id, has, definitions.attributes, now=now)
            entries.append(announce.contact_points_changed(customer_id, now=now))
        entries += related.entries
        self._announce(connection, plan, entries, at_least=max(at_least, related.position))
        Folder(connection, definitions, self._means.vault, now=now).write(Folded(Arrived(), whole), plan.groups)
        links.keep_apart(connection, {(stays, leaves) for stays in plan.staying for leaves in plan.owners})
        conflicts.add_split(
            connection, plan.remaining_id, plan.leaving, source=origin.source, reason=origin.reason, time=now
        )

    def _announce(self, connection: sa.Connection, plan: _Plan, entries: Sequence[Entry], *, at_least: int) -> None:
        position = self._means.feed.append(connection, entries)
        if at_least > position:
            raise LostRace("a change with a higher position was faster")
        links.see_from(connection, plan.first_seen)
        links.touch(connection, {entry.customer_id for entry in entries}, position=position)


def _plan(connection: sa.Connection, root: int, leaving: Sequence[int]) -> _Plan:
    aliases = links.aliases(connection, [root]).get(root, [])
    strangers = [place for place, each in enumerate(leaving) if each not in aliases]
    if strangers:
        raise InvalidArgument(
            Violation(f"original_customer_ids[{place}]", f"is no alias of customer {root}; its alias_ids are")
            for place in strangers
        )
    merges = conflicts.merges_of(connection, leaving)
    known_from = links.first_traces(connection, [root, *aliases])

    def age(customer_id: int) -> tuple[int, int]:
        return known_from[customer_id], customer_id

    staying = [root, *sorted((i for i in aliases if i not in set(leaving)), key=age)]
    groups = [sorted(group, key=age) for group in _together(leaving, merges)]
    return _Plan(
        root,
        staying,
        {group[0]: group for group in sorted(groups)},
        {group[0]: min(known_from[i] for i in group) for group in (staying, *groups)},
        min(merge.time for merge in merges),
    )


def _together(leaving: Sequence[int], merges: Iterable[Merge]) -> list[list[int]]:
    """The ids that leave, those in one list that were merged with each other."""
    group_of = {each: [each] for each in leaving}
    for merge in merges:
        if merge.survivor_id in group_of:
            ours, theirs = group_of[merge.survivor_id], group_of[merge.merged_id]
            if ours is not theirs:
                ours += theirs
                group_of.update(dict.fromkeys(theirs, ours))
    return list({id(group): group for group in group_of.values()}.values())


def _kept_edits(connection: sa.Connection, plan: _Plan) -> list[str]:
    """What calls told of the customer that stays since the first of the merges that are undone."""
    edits = [
        f"attribute:{row.name}"
        for row in profiles.VALUES.of(connection, plan.staying)
        if not row.event_id and row.time >= plan.joined_at
    ]
    edits += [f"tag:{row.tag}" for row in profiles.MARKS.of(connection, plan.staying) if row.time >= plan.joined_at]
    edits += [
        f"consent:{row.purpose}/{row.channel}/{row.brand}"
        for row in profiles.DECISIONS.of(connection, plan.staying)
        if row.time >= plan.joined_at
    ]
    edits += [
        f"relation:{each.name}"
        for each in relations.of_customers(connection, [plan.remaining_id])
        if each.original_id in plan.staying and each.started >= plan.joined_at
    ]
    return sorted(set(edits))
