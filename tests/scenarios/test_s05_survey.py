"""S05, survey: answers become tags with their source, whatever order they arrive in, and rules read the tags."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from support import segmentation_words as w
from support.people import START, customer, event, ingest, put, resolved, upsert
from support.server import Suite, serving
from tidegate.api.identity.v1 import tags_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

PEOPLE = 40
BUDGETS = ("below-1m", "1m-3m", "above-3m")  # one answer
USES = ("mining", "roads", "farming", "rental")  # as many answers as apply
SOURCES = ("survey.double11", "call-centre")
INVALID_ARGUMENT = 3


class Answer(NamedTuple):
    """What somebody said to whom, ``time`` in seconds after START."""

    who: int
    time: int
    source: str
    budget: str
    uses: Sequence[str]

    @property
    def tags(self) -> list[str]:
        return [f"budget={self.budget}", *(f"use={each}" for each in self.uses)]


@pytest.fixture
def suite(tmp_path: Path, database_url: str) -> Iterator[Suite]:
    clock = ManualClock(START + timedelta(days=30))
    with serving(tmp_path, "identity", "segmentation", clock=clock, database_url=database_url) as made:
        identity = made.stub("identity", IdentityServiceStub)
        for group in (
            tags_pb2.TagGroup(group_id="budget", exclusive=True, closed=True, names=BUDGETS),
            tags_pb2.TagGroup(group_id="use", closed=True, names=USES),
        ):
            identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))
        yield made


def answered(chance: random.Random) -> list[Answer]:
    """Most are asked once, some twice or three times; nobody says two things at one time."""
    times = iter(chance.sample(range(86_400 * 20), 200))
    return [
        Answer(
            who,
            next(times),
            chance.choice(SOURCES),
            chance.choice(BUDGETS),
            chance.sample(USES, chance.randint(1, 2)),
        )
        for who in range(PEOPLE)
        for _ in range(chance.choice((0, 1, 1, 2, 3)))
    ]


def take(suite: Suite, answers: Sequence[Answer]) -> None:
    """The survey's answers come in: each is an event, and tags."""
    identity = suite.stub("identity", IdentityServiceStub)
    said = [
        event(
            f"a-{each.time}",
            f"device d{each.who}",
            name="survey_answered",
            source=each.source,
            time=each.time,
            properties={"budget": each.budget, "uses": list(each.uses)},
        )
        for each in answers
    ]
    assert not [each for each in ingest(identity, *said) if each.HasField("error")]
    tagged = (upsert(f"device d{each.who}", source=each.source, time=each.time, add_tags=each.tags) for each in answers)
    assert not [each for each in put(identity, *tagged) if each.HasField("error")]


def expected(answers: Sequence[Answer]) -> dict[int, dict[str, tuple[str, int]]]:
    """By person the tags with source and time: of budgets the last answer alone, of uses all, each as last said."""
    found: dict[int, dict[str, tuple[str, int]]] = {}
    for answer in sorted(answers, key=lambda each: each.time):
        kept = {name: origin for name, origin in found.get(answer.who, {}).items() if not name.startswith("budget=")}
        found[answer.who] = kept | dict.fromkeys(answer.tags, (answer.source, answer.time))
    return found


def tags_of(suite: Suite, who: int) -> dict[str, tuple[str, int]]:
    """Somebody's tags with source and time."""
    person = customer(suite.stub("identity", IdentityServiceStub), f"device d{who}")
    return {each.tag: (each.source, round((each.time.ToDatetime(UTC) - START).total_seconds())) for each in person.tags}


def members(suite: Suite, segment_id: str) -> set[int]:
    stub = suite.stub("segmentation", SegmentationServiceStub)
    pages = stub.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
    return {each.customer_id for page in pages for each in page.members}


def test_s05_answers_become_tags_with_their_source(suite: Suite) -> None:
    chance = random.Random(5)
    answers = answered(chance)
    arrival = chance.sample(answers, len(answers))
    take(suite, arrival)
    take(suite, chance.sample(arrival, 10))  # what comes twice changes nothing
    wanted = expected(answers)
    assert {who: tags_of(suite, who) for who in wanted} == wanted
    identity = suite.stub("identity", IdentityServiceStub)
    used = identity.ListTags(tags_pb2.ListTagsRequest()).tags
    assert {each.tag: each.customer_count for each in used} == Counter(tag for tags in wanted.values() for tag in tags)


def test_s05_segments_follow_the_answers(suite: Suite) -> None:
    chance = random.Random(55)
    answers = answered(chance)
    middle = len(answers) // 2
    stub = suite.stub("segmentation", SegmentationServiceStub)
    rules = {f"use-{use}": w.tag(f"use={use}") for use in USES}
    rules["rich-miners"] = w.all_of(w.tag("budget=above-3m"), w.tag("use=mining"))
    for segment_id, rule in rules.items():
        segment = segments_pb2.Segment(segment_id=segment_id, rule=rule)
        stub.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    for part in (answers[:middle], answers[middle:]):
        take(suite, part)
        suite.settle()
    wanted = expected(answers)
    ids = resolved(suite.stub("identity", IdentityServiceStub), *(f"device d{who}" for who in wanted))
    tags = dict(zip(ids, map(set, wanted.values()), strict=True))
    for use in USES:
        assert members(suite, f"use-{use}") == {each for each, found in tags.items() if f"use={use}" in found}
    rich = {each for each, found in tags.items() if found >= {"budget=above-3m", "use=mining"}}
    assert rich
    assert members(suite, "rich-miners") == rich


def test_s05_an_answer_that_was_not_offered_is_refused_and_the_others_are_taken(suite: Suite) -> None:
    identity = suite.stub("identity", IdentityServiceStub)
    results = put(
        identity,
        upsert("device d1", source=SOURCES[0], time=1, add_tags=["budget=a-lot"]),
        upsert("device d2", source=SOURCES[0], time=1, add_tags=["budget=1m-3m"]),
    )
    assert [each.HasField("error") for each in results] == [True, False]
    assert results[0].error.code == INVALID_ARGUMENT
    assert tags_of(suite, 2) == {"budget=1m-3m": (SOURCES[0], 1)}


def test_s05_who_answered_twice_as_two_people_has_the_newer_budget_and_all_uses(suite: Suite) -> None:
    take(suite, [Answer(1, 500, SOURCES[0], "above-3m", ["mining"]), Answer(2, 300, SOURCES[1], "1m-3m", ["roads"])])
    put(
        suite.stub("identity", IdentityServiceStub),
        upsert("device d1", "phone 138 0013 8000"),
        upsert("device d2", "phone 138 0013 8000"),
    )
    joined = {
        "budget=above-3m": (SOURCES[0], 500),
        "use=mining": (SOURCES[0], 500),
        "use=roads": (SOURCES[1], 300),
    }
    assert tags_of(suite, 1) == joined
    assert tags_of(suite, 2) == joined
