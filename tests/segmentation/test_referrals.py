"""Who brought whom, against plain Python over the same forest, with merges, splits, spans and pages."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.described import instant, span
from support.segmentation_rig import START, ZONE, Rig, rig, sqlite_database
from tidegate.api.identity.v1 import changes_pb2
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.runtime.errors import InvalidArgument, NotFound
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.describing import Descriptions
from tidegate.segmentation.naming import Names
from tidegate.segmentation.wire import descriptions as wire

DAY = timedelta(days=1)
PEOPLE = range(1, 61)
Node = tuple[int, int, int, int, int, datetime]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Rig]:
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        yield made
    database.close()


def came(customer_id: int, time: datetime) -> changes_pb2.Change:
    made = w.created(customer_id)
    made.customer_created.first_seen_time.FromDatetime(time)
    return made


def brought(customer_id: int, *inviters: int, ended: tuple[int, ...] = ()) -> changes_pb2.Change:
    body = changes_pb2.RelationsChanged(
        set=[*(f"inviter:{each}" for each in inviters), "owner_staff:7"], ended=[f"inviter:{each}" for each in ended]
    )
    return changes_pb2.Change(customer_id=customer_id, relations_changed=body)


def ask(told: Rig, **fields: object) -> list[Node]:
    """All pages of the tree: customer, inviter, generation, brought, brought in all, when they came."""
    questions = Questions(ZONE)
    names = Names(told.facts, questions)
    describe = Descriptions(told.database, told.analytics, told.facts, questions, names, told.mirror, told.clock)
    found: list[Node] = []
    request = pb.GetReferralTreeRequest(**{"page_size": 7} | fields)  # type: ignore[arg-type]
    while True:
        query = wire.read_referrals(request)
        page = wire.write_referrals(describe.referrals(query), query.limit)
        found += [
            (
                each.customer_id,
                each.inviter_customer_id,
                each.generation,
                each.brought,
                each.brought_in_all,
                instant(each.join_time),
            )
            for each in page.nodes
        ]
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


def ids(nodes: list[Node]) -> list[tuple[int, int, int]]:
    return [(customer, inviter, generation) for customer, inviter, generation, *_ in nodes]


class Forest:
    """The same in Python: an inviter of each, and when they came."""

    def __init__(self, inviters: dict[int, int], arrivals: dict[int, datetime]) -> None:
        self.inviters, self.arrivals = inviters, arrivals
        self.children = defaultdict(list)
        for each, inviter in inviters.items():
            self.children[inviter].append(each)

    def below(self, customer: int) -> list[int]:
        direct = self.children[customer]
        return [*direct, *(each for child in direct for each in self.below(child))]

    def nodes(
        self, root: int, generations: int, start: datetime, end: datetime, members: Collection[int] = PEOPLE
    ) -> list[Node]:
        def counts(customer: int) -> bool:
            return start <= self.arrivals[customer] < end and customer in members

        roots = [root] if root else [each for each in self.children if each not in self.inviters]
        level = [each for each in roots if root or any(map(counts, self.below(each)))]
        found = []
        for generation in range(generations + 1):
            found += [
                (
                    each,
                    self.inviters.get(each, 0),
                    generation,
                    sum(map(counts, self.children[each])),
                    sum(map(counts, self.below(each))),
                    self.arrivals[each],
                )
                for each in sorted(level)
                if generation == 0 or counts(each)
            ]
            level = [child for each in level for child in self.children[each]]
        return found


def forest(told: Rig, seed: int) -> Forest:
    """People brought by earlier ones, some of them seen before they were made known."""
    chance = random.Random(seed)
    inviters = {each: chance.randint(1, each - 1) for each in PEOPLE if each > 1 and chance.random() < 0.8}
    arrivals = {each: START + chance.randrange(10) * DAY for each in PEOPLE}
    told.hear([came(each, arrivals[each]) for each in PEOPLE])
    told.hear([brought(each, inviter) for each, inviter in inviters.items()])
    earlier = chance.sample(PEOPLE, 10)
    told.hear([w.happened(each, "visit", arrivals[each] - DAY) for each in earlier])
    arrivals |= {each: arrivals[each] - DAY for each in earlier}
    return Forest(inviters, arrivals)


@pytest.mark.parametrize("generations", [1, 3, 10])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_tree_is_that_of_the_inviters(told: Rig, seed: int, generations: int) -> None:
    made = forest(told, seed)
    ever = (START - 99 * DAY, START + 99 * DAY)
    for start, end in (ever, (START + 3 * DAY, START + 6 * DAY)):
        for root in (0, 1, 30):
            expected = made.nodes(root, generations, start, end)
            assert ask(told, customer_id=root, generations=generations, span=span(start, end)) == expected
    assert ask(told, generations=generations) == made.nodes(0, generations, *ever)
    assert len(ask(told)) == len(made.nodes(0, 3, *ever)) > 20


def test_only_members_of_a_segment_are_told_and_counted(told: Rig) -> None:
    made = forest(told, 3)
    fake = set(random.Random(3).sample(PEOPLE, 20))
    told.hear([w.tagged(each, ["fake"]) for each in sorted(fake)])
    told.create("genuine", w.negate(w.tag("fake")))
    told.settle()
    genuine = set(PEOPLE) - fake
    for start, end in ((START - 99 * DAY, START + 99 * DAY), (START + 3 * DAY, START + 6 * DAY)):
        for root in (0, 1):
            expected = made.nodes(root, 3, start, end, genuine)
            assert expected != made.nodes(root, 3, start, end)
            assert ask(told, customer_id=root, span=span(start, end), segment_id="genuine") == expected
    told.hear([w.tagged(each, [], ["fake"]) for each in sorted(fake)])
    told.settle()
    assert ask(told, segment_id="genuine") == ask(told)
    with pytest.raises(NotFound):
        ask(told, segment_id="none")


def test_merges_join_trees_and_splits_take_them_apart(told: Rig) -> None:
    told.hear([came(each, START + each * DAY) for each in range(1, 7)])
    told.hear([brought(2, 1), brought(3, 2), brought(5, 4), brought(6, 5)])
    assert ids(ask(told)) == [(1, 0, 0), (4, 0, 0), (2, 1, 1), (5, 4, 1), (3, 2, 2), (6, 5, 2)]
    told.hear([w.merged(2, 4)])
    assert ids(ask(told)) == [(1, 0, 0), (2, 1, 1), (3, 2, 2), (5, 2, 2), (6, 5, 3)]
    assert ask(told, customer_id=4)[0] == (2, 1, 0, 2, 3, START + 2 * DAY)
    told.hear([w.split(2, {4: [4]}), brought(2, 1)])
    assert ids(ask(told)) == [(1, 0, 0), (4, 0, 0), (2, 1, 1), (5, 4, 1), (3, 2, 2), (6, 5, 2)]
    assert ask(told, customer_id=4)[0][-1] == START + 4 * DAY


def test_who_is_brought_by_somebody_else_or_by_nobody_any_more(told: Rig) -> None:
    told.hear([came(each, START) for each in range(1, 5)])
    told.hear([brought(3, 1), brought(4, 3)])
    told.hear([brought(3, 2, ended=(1,))])
    assert ids(ask(told)) == [(2, 0, 0), (3, 2, 1), (4, 3, 2)]
    told.hear([brought(3, ended=(2,))])
    assert ids(ask(told)) == [(3, 0, 0), (4, 3, 1)]


def test_who_is_erased_leaves_the_tree(told: Rig) -> None:
    told.hear([came(each, START) for each in range(1, 5)])
    told.hear([brought(2, 1), brought(3, 2), brought(4, 3)])
    erased = changes_pb2.ErasureRequested(erasure_id="e-1", customer_ids=[2])
    told.hear([changes_pb2.Change(customer_id=2, erasure_requested=erased)])
    assert ids(ask(told)) == [(3, 0, 0), (4, 3, 1)]
    with told.analytics.reader() as connection:
        for table, column in (("inviters", "customer_id"), ("inviters", "inviter_id"), ("arrivals", "customer_id")):
            assert connection.execute(f"SELECT count(*) FROM {table} WHERE {column} = 2").fetchall() == [(0,)]


def test_nobody_has_brought_anybody(told: Rig) -> None:
    assert ask(told) == []
    told.hear([came(1, START)])
    assert ask(told) == []
    assert ask(told, customer_id=1) == [(1, 0, 0, 0, 0, START)]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"customer_id": -1}, "customer_id"),
        ({"generations": 11}, "generations"),
        ({"generations": -1}, "generations"),
        ({"span": span(START, START)}, "span"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "bm9uZQ=="}, "page_token"),
    ],
)
def test_what_is_wrong_is_named_by_path(told: Rig, fields: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        ask(told, **fields)
    assert [each.field for each in caught.value.violations] == [path]
    with pytest.raises(NotFound):
        ask(told, customer_id=99)
