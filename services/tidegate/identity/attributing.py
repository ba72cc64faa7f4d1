"""What merges, splits, and source codes mean for relations: what is in force now, and what is to be announced of it.

Relations lie under original ids and need no rewriting. What is announced is what is in force afterwards and was not
before. Inviters above those concerned are read along, since a merge may close a circle of inviters. A batch without
merges and without codes costs no statement.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.identity import announce
from tidegate.identity.decision import Decision
from tidegate.identity.relations import Relation, RelationKind, Told, above, inviters, owned, told
from tidegate.identity.situation import lock
from tidegate.identity.sources import Visit
from tidegate.identity.store import relations, sources
from tidegate.runtime.db import LostRace
from tidegate.runtime.feed import Entry
from tidegate.runtime.ids import new_id


@dataclass(frozen=True, slots=True)
class Attributed:
    """What is to be announced and stored. ``position``: what is announced must lie behind this one."""

    entries: Sequence[Entry] = ()
    relations: Sequence[Relation] = ()
    visits: Sequence[Visit] = ()
    position: int = 0

    def write(self, connection: sa.Connection) -> None:
        """Stores relations and visits, when the events are stored."""
        relations.put(connection, self.relations)
        sources.add_visits(connection, self.visits)


NOTHING = Attributed()

_Told = tuple[dict[int, Entry], list[Relation]]


def attribute(connection: sa.Connection, decision: Decision, *, now: int) -> Attributed:
    """What the codes and the merges of a batch bring about. Raises LostRace."""
    visits = _visits(decision, now)
    if not (visits or decision.survivors):
        return NOTHING
    brought = _brought(connection, decision, visits)
    concerned = {*decision.survivors, *decision.survivors.values()}
    if late := [each for each in brought if not _fresh(decision, each.customer_id)]:
        relations.hold_inviters(connection)
        concerned |= {i for each in late for i in (each.customer_id, each.inviter_id)}
    elif decision.survivors:
        relations.hold_inviters_of(connection, concerned)

    def tell() -> _Told:
        before = relations.around(connection, concerned)
        after = owned(before, lambda _, customer_id: decision.final(customer_id))
        new = _taken(brought, inviters(after))
        entries = changed(told(before), told([*after, *new]), now=now)
        return {i: entry for i, entry in entries.items() if i not in decision.survivors}, new

    ours = decision.situation.locked.keys() | set(decision.resolution.created)
    (entries, new), position = _with_others(connection, tell, ours)
    return Attributed(list(entries.values()), new, visits, position)


def separate(
    connection: sa.Connection, root: int, owners: Mapping[int, int], *, groups: Collection[int], now: int
) -> Attributed:
    """What is in force when original ids leave the customer ``root``: of all ``groups`` it is announced whole.

    To be called before they leave. Raises LostRace.
    """
    relations.hold_inviters_of(connection, [root])

    def tell() -> _Told:
        before = relations.around(connection, [root])
        after = owned(before, lambda original_id, customer_id: owners.get(original_id, customer_id))
        was = {i: names for i, names in told(before).items() if i not in groups}
        return changed(was, told(after), now=now), []

    (entries, _), position = _with_others(connection, tell, set(groups))
    return Attributed(list(entries.values()), position=position)


def changed(before: Told, after: Told, *, now: int) -> dict[int, Entry]:
    """What is announced, by customer, when ``after`` is in force in place of ``before``."""
    entries = {}
    for customer_id in sorted({*before, *after}):
        was, has = before.get(customer_id, {}), after.get(customer_id, {})
        put = [name for name, role in has.items() if was.get(name) != role]
        ended = [name for name in was if name not in has]
        if put or ended:
            entries[customer_id] = announce.relations_changed(customer_id, put, ended, now=now)
    return entries


def _with_others(connection: sa.Connection, tell: Callable[[], _Told], ours: Set[int]) -> tuple[_Told, int]:
    """What ``tell`` tells, once those are held whom it is about: a circle may concern others than ``ours``.

    Raises LostRace when it concerns yet others by then.
    """
    result = tell()
    others = result[0].keys() - ours
    if not others:
        return result, 0
    position = max(row.position for row in lock(connection, others).values())
    result = tell()
    if not result[0].keys() <= ours | others:
        raise LostRace("inviters were changed meanwhile")
    return result, position


def _visits(decision: Decision, now: int) -> list[Visit]:
    return [
        Visit(fact.source, fact.occurrence.event_id, fact.occurrence.code, assignment.original_id, min(fact.time, now))
        for fact, assignment in decision.settled
        if fact.occurrence is not None and fact.occurrence.code
    ]


def _brought(connection: sa.Connection, decision: Decision, visits: Sequence[Visit]) -> list[Relation]:
    """The inviters that codes give to customers of whom nothing earlier is known, one each."""
    found = sources.invitations(connection, {visit.code for visit in visits})
    owners = {a.original_id: decision.final(a.customer_id) for a in decision.resolution.assignments} if found else {}
    brought: dict[int, Relation] = {}
    for visit in sorted(visits):
        invitation, customer_id = found.get(visit.code), owners.get(visit.original_id, 0)
        if invitation is None or decision.resolution.first_seen.get(customer_id) != visit.time:
            continue
        relation = Relation(
            customer_id,
            decision.final(invitation.inviter_id),
            visit.original_id,
            RelationKind.INVITER,
            str(invitation.related_id),
            visit.time,
            new_id(),
            invitation.related_id,
            "",
            visit.source,
            None,
        )
        brought.setdefault(customer_id, relation)
    return list(brought.values())


def _fresh(decision: Decision, customer_id: int) -> bool:
    """Whether nobody can have a relation to the customer yet."""
    return customer_id in decision.resolution.created and customer_id not in decision.survivors.values()


def _taken(brought: Iterable[Relation], invited: Mapping[int, Relation]) -> list[Relation]:
    """Those of ``brought`` whose customers have no inviter yet and are not above the new one."""
    invited, taken = dict(invited), []
    for each in brought:
        circle = each.customer_id in {each.inviter_id, *above(each.inviter_id, invited)}
        if each.customer_id not in invited and not circle:
            invited[each.customer_id] = each
            taken.append(each)
    return taken
