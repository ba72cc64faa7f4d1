"""The rule of resolution: tables for what it decides, properties for what must hold whatever comes."""

from collections.abc import Sequence
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate.identity.model import ConflictReason, Key
from tidegate.identity.resolve import (
    Claim,
    Known,
    KnownCustomer,
    KnownLink,
    Limit,
    Resolution,
    renumbered,
    resolve,
)

RULES = {
    "member": (900, 1, True),
    "union": (800, 1, True),
    "phone": (500, 0, False),
    "card": (300, 2, False),
    "cookie": (100, 0, False),
}


def key(text: str) -> Key:
    """`phone 1` → a key of the namespace with its rules."""
    namespace = text.partition(" ")[0]
    priority, limit, protected = RULES[namespace]
    return Key(text, namespace, text, priority, limit, protected, address=False)


def claim(*texts: str, time: int = 0, customer_id: int = 0) -> Claim:
    return Claim(sorted(map(key, texts), key=lambda k: -k.priority), time, customer_id)


class World:
    """What is stored, as the rule's results are applied to it one batch after the other."""

    def __init__(self, never_merge: Sequence[tuple[int, int]] = ()) -> None:
        self.canonical: dict[int, int] = {}
        self.first_seen: dict[int, int] = {}
        self.links: dict[str, int] = {}
        self.never_merge = frozenset(never_merge)

    def take(self, *claims: Claim) -> Resolution:
        found = resolve(self.known(), claims)
        start = len(self.canonical) + 1
        found = renumbered(found, list(range(start, start + len(found.created))))
        self.canonical |= {i: i for i in found.created}
        self.first_seen |= found.first_seen
        for link in found.links:
            assert link.key.lookup not in self.links
            self.links[link.key.lookup] = link.original_id
        for step in found.merges:
            self.canonical = {i: step.survivor_id if c == step.merged_id else c for i, c in self.canonical.items()}
        return found

    def known(self) -> Known:
        limited: dict[int, dict[str, set[str]]] = {}
        for lookup, original in self.links.items():
            namespace = lookup.partition(" ")[0]
            if RULES[namespace][1]:
                owner = limited.setdefault(self.canonical[original], {})
                owner.setdefault(namespace, set()).add(lookup)
        return Known(
            links={k: KnownLink(self.canonical[o], o) for k, o in self.links.items()},
            customers={
                i: KnownCustomer(self.first_seen[i], {n: frozenset(s) for n, s in limited.get(i, {}).items()})
                for i in set(self.canonical.values())
            },
            aliases={i: c for i, c in self.canonical.items() if i != c},
            limits={n: Limit(limit, protected) for n, (_, limit, protected) in RULES.items() if limit},
            never_merge=self.never_merge,
        )

    def partition(self) -> set[frozenset[str]]:
        """Which identifiers belong together."""
        groups: dict[int, set[str]] = {}
        for lookup, original in self.links.items():
            groups.setdefault(self.canonical[original], set()).add(lookup)
        return {frozenset(group) for group in groups.values()}


def partition_of(*batches: Sequence[Claim]) -> set[frozenset[str]]:
    world = World()
    for batch in batches:
        world.take(*batch)
    return world.partition()


def test_nothing_known_makes_a_customer_and_what_is_new_is_attached() -> None:
    world = World()
    first = world.take(claim("phone 1"))
    assert first.assignments[0].created
    second = world.take(claim("phone 1", "cookie 1"))
    assert not second.assignments[0].created
    assert second.assignments[0].customer_id == first.assignments[0].customer_id
    assert world.partition() == {frozenset({"phone 1", "cookie 1"})}


def test_the_one_seen_first_survives_whatever_the_order_of_arrival() -> None:
    world = World()
    world.take(claim("phone 1", time=20))
    world.take(claim("phone 2", time=10))
    merged = world.take(claim("phone 1", "phone 2", time=30))
    assert [(step.survivor_id, step.merged_id) for step in merged.merges] == [(2, 1)]


def test_of_customers_seen_at_the_same_time_the_lowest_id_survives() -> None:
    world = World()
    world.take(claim("phone 1"), claim("phone 2"), claim("phone 3"))
    merged = world.take(claim("phone 3", "phone 2", "phone 1"))
    assert {(step.survivor_id, step.merged_id) for step in merged.merges} == {(1, 2), (1, 3)}


def test_customers_made_and_merged_in_one_batch_keep_their_ids() -> None:
    world = World()
    found = world.take(claim("phone 1"), claim("phone 2"), claim("phone 1", "phone 2"))
    assert len(found.created) == 2
    assert found.survivors() == {2: 1}
    assert world.links == {"phone 1": 1, "phone 2": 2}


@pytest.mark.parametrize(
    ("first", "second", "third", "reason", "namespace"),
    [
        (("member 1", "phone 1"), ("member 2", "phone 2"), ("phone 1", "phone 2"), "strong", "member"),
        (("member 1", "phone 1"), ("member 2", "phone 2"), ("member 1", "phone 2"), "strong", "member"),
        (("phone 1", "card 1", "card 2"), ("phone 2", "card 3"), ("phone 1", "phone 2"), "cardinality", "card"),
    ],
)
def test_a_merge_that_breaks_a_rule_is_a_conflict(
    first: Sequence[str], second: Sequence[str], third: Sequence[str], reason: str, namespace: str
) -> None:
    world = World()
    world.take(claim(*first), claim(*second))
    before = world.partition()
    found = world.take(claim(*third))
    assert not found.merges
    assert world.partition() == before
    obstacle = found.conflicts[0].obstacle
    assert obstacle.reason.startswith(reason)
    assert obstacle.namespace == namespace
    assert found.conflicts[0].customer_ids == (1, 2)
    assert found.assignments[0].customer_id == 1


def test_a_second_strong_identifier_of_a_shared_phone_gets_a_customer_of_its_own() -> None:
    world = World()
    world.take(claim("member 1", "phone 1"))
    found = world.take(claim("member 2", "phone 1"))
    assert found.assignments[0].created
    assert found.conflicts[0].customer_ids == (2, 1)
    assert world.partition() == {frozenset({"member 1", "phone 1"}), frozenset({"member 2"})}


def test_what_does_not_fit_stays_unlinked() -> None:
    world = World()
    found = world.take(claim("member 1", "member 2", "cookie 1"))
    assert found.conflicts[0].unlinked == ("member 2",)
    assert world.partition() == {frozenset({"member 1", "cookie 1"})}


def test_a_split_pair_stays_apart() -> None:
    world = World(never_merge=[(1, 2)])
    world.take(claim("phone 1"), claim("phone 2"))
    found = world.take(claim("phone 1", "phone 2"))
    assert found.conflicts[0].obstacle.reason is ConflictReason.NEVER_MERGE
    assert not found.merges


def test_a_named_customer_gets_the_identifiers_and_arrives_under_the_id_that_was_named() -> None:
    world = World()
    world.take(claim("phone 1"), claim("phone 2"), claim("phone 1", "phone 2"))
    found = world.take(claim("cookie 9", customer_id=2))
    assert (found.assignments[0].customer_id, found.assignments[0].original_id) == (1, 2)
    assert world.links["cookie 9"] == 2


def test_earlier_facts_make_a_customer_older() -> None:
    world = World()
    world.take(claim("phone 1", time=50))
    found = world.take(claim("phone 1", time=20), claim("phone 1", time=30))
    assert found.first_seen == {1: 20}


FREE = [f"{namespace} {number}" for namespace in ("phone", "cookie") for number in range(5)]

free_claims = st.lists(
    st.builds(
        lambda names, time: claim(*names, time=time),
        st.sets(st.sampled_from(FREE), min_size=1, max_size=3),
        st.integers(0, 5),
    ),
    max_size=12,
)
claims = st.lists(
    st.builds(
        lambda names, time: claim(*names, time=time),
        st.sets(st.sampled_from([f"{n} {i}" for n in RULES for i in range(3)]), min_size=1, max_size=3),
        st.integers(0, 5),
    ),
    max_size=12,
)


def components(all_claims: Sequence[Claim]) -> set[frozenset[str]]:
    """The partition by definition: identifiers that some chain of claims connects."""
    groups: list[set[str]] = []
    for one in all_claims:
        joined = {k.lookup for k in one.keys}
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined]
    return {frozenset(group) for group in groups}


@given(free_claims, st.randoms(use_true_random=False), st.integers(1, 12))
def test_without_conflicts_neither_order_nor_batching_changes_who_belongs_together(
    given_claims: list[Claim], random: Random, size: int
) -> None:
    shuffled = list(given_claims)
    random.shuffle(shuffled)
    batches = [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    expected = components(given_claims)
    assert partition_of(given_claims) == expected
    assert partition_of(*batches) == expected


@given(claims, st.integers(1, 12))
def test_a_batch_gives_the_same_as_its_facts_one_by_one(given_claims: list[Claim], size: int) -> None:
    one_by_one, batched = World(), World()
    for one in given_claims:
        one_by_one.take(one)
    for start in range(0, len(given_claims), size):
        batched.take(*given_claims[start : start + size])
    assert batched.canonical == one_by_one.canonical
    assert batched.links == one_by_one.links
    assert {i: batched.first_seen[i] for i in batched.canonical.values()} == {
        i: one_by_one.first_seen[i] for i in one_by_one.canonical.values()
    }


@given(claims)
def test_what_was_resolved_is_found_again(given_claims: list[Claim]) -> None:
    """A claim that ran into no conflict changes nothing when it comes again."""
    world = World()
    free = [one for one in given_claims if not world.take(one).conflicts]
    before = dict(world.links), dict(world.canonical)
    again = world.take(*free)
    assert (again.created, again.links, again.merges) == ([], [], [])
    assert (world.links, world.canonical) == before


@given(claims)
def test_no_customer_ever_exceeds_a_limit(given_claims: list[Claim]) -> None:
    world = World()
    for one in given_claims:
        world.take(one)
        for group in world.partition():
            for namespace, (_, limit, _protected) in RULES.items():
                assert not limit or sum(k.startswith(f"{namespace} ") for k in group) <= limit


@given(claims)
def test_every_pair_in_a_conflict_is_really_kept_apart(given_claims: list[Claim]) -> None:
    world = World()
    for one in given_claims:
        for conflict in world.take(one).conflicts:
            owners = {world.canonical[i] for i in conflict.customer_ids}
            assert len(owners) == len(conflict.customer_ids)
            assert all(a != b for a, b in combinations(owners, 2))
