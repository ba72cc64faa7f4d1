"""Relations: who brought, shares with, or looks after whom, and which of them are in force.

A relation is kept under the customer ids it was told of (``original_id``, ``related_id``) and belongs to the customers
that these ids lead to now (``customer_id``, ``inviter_id``). What is in force follows from that alone, so merges and
splits rewrite nothing:

- Of the staff members a customer had as owners the newest is in force, and each lasts until the next begins; so with
  stores, and with the parts that a customer has one after the other in one household, account, or chat group.
- Of a customer's inviters the first is in force. A merge may give a customer a second one: it waits. A merge may make
  a customer its own inviter: that relation waits too. And a merge may close a circle of inviters: the newest relation
  of the circle waits, so that nobody is above themself. A split brings back what waits.

Everything here is pure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple


class RelationKind(StrEnum):
    """What a relation means."""

    INVITER = "inviter"
    HOUSEHOLD = "household"
    ACCOUNT = "account"
    OWNER_STAFF = "owner_staff"
    OWNER_STORE = "owner_store"
    CHAT_GROUP = "chat_group"


_OWNERS = frozenset((RelationKind.OWNER_STAFF, RelationKind.OWNER_STORE))


class Relation(NamedTuple):
    """A relation of the customer ``customer_id``, told of as ``original_id``; ``ended`` None: it lasts.

    ``target`` is the other side's id; for an inviter that is ``related_id``, who is the customer ``inviter_id`` now.
    Both are 0 for the other kinds.
    """

    customer_id: int
    inviter_id: int
    original_id: int
    kind: RelationKind
    target: str
    started: int
    relation_id: str
    related_id: int
    role: str
    source: str
    ended: int | None

    @property
    def name(self) -> str:
        """Kind and target, as the feed has them."""
        return f"{self.kind}:{self.target}"

    @property
    def age(self) -> tuple[int, str]:
        """Sorts by the begin, then by when it was told."""
        return self.started, self.relation_id

    @property
    def slot(self) -> tuple[RelationKind, str]:
        """Of relations in one slot, one follows the other."""
        return self.kind, "" if self.kind in _OWNERS else self.target


Told = Mapping[int, Mapping[str, str]]
"""What is in force, by customer: roles by the relations' names."""


def inviters(relations: Iterable[Relation]) -> dict[int, Relation]:
    """The inviter relation in force of each customer; ``relations`` has those of all inviters above, too."""
    waiting: dict[int, list[Relation]] = defaultdict(list)
    for each in relations:
        if each.kind is RelationKind.INVITER and each.ended is None and each.inviter_id != each.customer_id:
            waiting[each.customer_id].append(each)
    for candidates in waiting.values():
        candidates.sort(key=_age, reverse=True)
    settled: set[int] = set()
    for customer_id in waiting:
        while circle := _circle(customer_id, waiting, settled):
            waiting[max(circle, key=_age).customer_id].pop()
    return {customer_id: candidates[-1] for customer_id, candidates in waiting.items() if candidates}


def above(customer_id: int, invited: Mapping[int, Relation]) -> Iterator[int]:
    """The inviters above a customer, the nearest first; ``invited`` has no circles."""
    while (relation := invited.get(customer_id)) is not None:
        customer_id = relation.inviter_id
        yield customer_id


def lasting(relations: Iterable[Relation]) -> list[Relation]:
    """``relations`` but inviters, all of a customer being among them, each ending where the next in its slot begins."""
    following: dict[tuple[int, RelationKind, str], Relation] = {}
    found = []
    for each in sorted(relations, key=_age, reverse=True):
        if each.kind is RelationKind.INVITER:
            continue
        place = (each.customer_id, *each.slot)
        found.append(_until(each, following.get(place)))
        following[place] = each
    return found


def told(relations: Sequence[Relation]) -> Told:
    """What is in force of the customers of ``relations``, which has those of all inviters above, too."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    in_force = [each for each in lasting(relations) if each.ended is None]
    for each in (*in_force, *inviters(relations).values()):
        found[each.customer_id][each.name] = each.role
    return found


def owned(relations: Iterable[Relation], owner: Callable[[int, int], int]) -> list[Relation]:
    """``relations`` after customers changed: ``owner`` gives an id's customer by the id and the customer before."""
    return [
        each._replace(
            customer_id=owner(each.original_id, each.customer_id),
            inviter_id=owner(each.related_id, each.inviter_id) if each.related_id else 0,
        )
        for each in relations
    ]


def _until(each: Relation, following: Relation | None) -> Relation:
    if following is None or (each.ended is not None and each.ended <= following.started):
        return each
    return each._replace(ended=following.started)


def _circle(start: int, waiting: Mapping[int, Sequence[Relation]], settled: set[int]) -> list[Relation]:
    """The circle that a walk upwards from ``start`` ends in; when there is none, all on the way are ``settled``."""
    walked: dict[int, Relation] = {}
    customer_id = start
    while customer_id not in settled and (candidates := waiting.get(customer_id)):
        if customer_id in walked:
            way = list(walked.values())
            return way[list(walked).index(customer_id) :]
        walked[customer_id] = candidates[-1]
        customer_id = candidates[-1].inviter_id
    settled.update(walked)
    return []


def _age(relation: Relation) -> tuple[int, str]:
    return relation.age
