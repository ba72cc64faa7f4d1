"""The machine alone: tables for its decisions, and properties over canvases and happenings that nobody wrote."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.budget import budget
from tidegate.journey import machine
from tidegate.journey.canvas import (
    AttributeWait,
    BranchCase,
    BranchNode,
    Canvas,
    Definition,
    DurationWait,
    ExitCondition,
    ExitNode,
    GoalNode,
    InstantWait,
    LocalTimeWait,
    Node,
    Overdue,
    PausePolicy,
    ResolveOn,
    SendNode,
    SplitNode,
    WaitCase,
    WaitForNode,
)
from tidegate.journey.conditions import Happening, Operator, PropertyTest, Signal, holds, matches
from tidegate.journey.mover import Mover
from tidegate.journey.store.rows import Claimed
from tidegate.journey.times import at_local, next_local_time, shifted
from tidegate.journey.walk import (
    Accepted,
    Answer,
    Arm,
    Excluded,
    News,
    Posture,
    Question,
    QuestionKind,
    Refused,
    Step,
    Walk,
    WalkState,
)
from tidegate.journey.walking import Course

NOW = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)
NODES = tuple("abcdef")
PAID = Happening("event:order_paid")
NEWS = [
    None,
    News("sent"),
    News("delivered"),
    News("capped", "frequency"),
    News("failed", "bounced"),
    News("held_out"),
]


def walk_at(node_id: str, **fields: Any) -> Walk:
    given = {
        "entered": NOW,
        "node_entered": NOW,
        "posture": Posture.READY,
        "timer": NOW,
        "visit": 1,
        **fields,
    }
    return Walk("w", 7, node_id, **given)


class Moved(NamedTuple):
    """Where a walk came to, by which steps, and what it must know to go on."""

    walk: Walk
    steps: list[Step]
    question: Question | None
    goals: list[str]


def advance(
    definition: Definition,
    walk: Walk,
    now: datetime,
    happened: Sequence[Signal] = (),
    *,
    news: News | None = None,
    answer: Answer | None = None,
    committed_visit: int = 0,
) -> Moved:
    """One call of the machine for a walk that is stored at ``committed_visit``."""
    mover = Mover(definition, walk, now, signals=tuple(happened), news=news)
    mover.committed_visit, mover.given = committed_visit, answer
    question = machine.advance(mover)
    return Moved(Walk(*(getattr(mover, name) for name in Walk._fields)), mover.steps, question, mover.goals)


def journey(nodes: Mapping[str, Node], edges: Mapping[tuple[str, str], str], **fields: Any) -> Definition:
    return Definition(Canvas(next(iter(nodes)), nodes, edges), **fields)


def signal(key: str = "event:order_paid", minutes: float = 0, **fields: Any) -> Signal:
    return Signal(key, NOW + timedelta(minutes=minutes), reference=f"{key}@{minutes}", **fields)


happenings = st.sampled_from([PAID, Happening("event:viewed"), Happening("entered:vip")])
labels = st.sampled_from(["one", "two", "next"])
sends = st.builds(
    SendNode,
    template_id=st.just("t"),
    channels=st.just(("email",)),
    resolve_on=st.sampled_from(ResolveOn),
    confirm_timeout=st.sampled_from([None, timedelta(hours=1)]),
)
nodes = st.one_of(
    sends,
    st.builds(DurationWait, st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(days=2)])),
    st.builds(InstantWait, st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)])),
    st.builds(LocalTimeWait, st.integers(0, 23), after_days=st.integers(0, 2)),
    st.just(AttributeWait("renewal")),
    st.builds(
        WaitForNode,
        st.lists(st.builds(WaitCase, labels, happenings), min_size=1, max_size=2).map(tuple),
        st.sampled_from([timedelta(minutes=1), timedelta(days=1)]),
    ),
    st.just(BranchNode((BranchCase("one", segment_id="vip"),))),
    st.just(SplitNode("x", frozenset({"one", "two"}))),
    st.just(GoalNode("bought")),
    st.just(ExitNode()),
)
edges = st.dictionaries(
    st.tuples(st.sampled_from(NODES), st.sampled_from(["next", "one", "two", "sent", "failed", "timeout"])),
    st.sampled_from(NODES),
)
definitions = st.builds(
    lambda found, wires, exits: journey(dict(zip(NODES, found, strict=True)), wires, exits=exits),
    st.tuples(*([nodes] * len(NODES))),
    edges,
    st.sampled_from([(), (ExitCondition(Happening("event:left"), "left"),)]),
)
signals = st.lists(
    st.builds(signal, st.sampled_from(["event:order_paid", "event:viewed", "event:left"]), st.integers(-5, 3000)),
    max_size=4,
)


def answered(kind: QuestionKind, draw: Any) -> Any:
    """Any answer that the other services may give."""
    choices: dict[QuestionKind, list[Any]] = {
        QuestionKind.SEND: [Accepted("m1"), Refused("unknown_variable"), Excluded("risk")],
        QuestionKind.BRANCH: ["one", None],
        QuestionKind.ARM: [Arm("one", control=False), Arm("two", control=True), Arm("", control=False), None],
        QuestionKind.ZONE: [ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")],
        QuestionKind.ATTRIBUTE: [None, NOW + timedelta(days=3), NOW - timedelta(days=3)],
    }
    return draw(st.sampled_from(choices[kind]))


@settings(max_examples=budget(120, 1_000))
@given(definitions, signals, st.data())
def test_no_walk_ever_rests_without_something_that_moves_it(
    definition: Definition, happened: list[Signal], data: st.DataObject
) -> None:
    """Whatever the canvas and the facts: at rest there is a worker, a timer, a wait, or a message; and the walk can
    always be moved again once that is over."""
    walk, now = walk_at("a"), NOW
    for _ in range(40):
        answer = None
        for _ in range(60):
            news = data.draw(st.sampled_from(NEWS))
            moved = advance(definition, walk, now, happened, news=news, answer=answer, committed_visit=walk.visit)
            check_steps(walk, moved)
            walk = moved.walk
            if moved.question is None:
                break
            assert definition.canvas.nodes[walk.node_id]
            answer = Answer(walk.visit, answered(moved.question.kind, data.draw))
        if walk.state is not WalkState.OPEN:
            assert walk.end_reason
            return
        assert walk.posture is Posture.READY or walk.timer > now, "it rests, and nothing is to come"
        if walk.posture is not Posture.READY:
            now = walk.timer


def check_steps(before: Walk, moved: Any) -> None:
    """Visits are numbered without gaps, and each begins where the one before ended."""
    visits = [step.visit for step in moved.steps]
    assert visits == list(range(before.visit, before.visit + len(visits)))
    if moved.walk.state is WalkState.OPEN:
        assert moved.walk.visit == before.visit + len(visits)


@settings(max_examples=budget(100, 1_000))
@given(definitions, signals, st.data())
def test_a_repeated_step_decides_the_same(definition: Definition, happened: list[Signal], data: st.DataObject) -> None:
    """A step that is repeated after a crash, with the same answers, comes to the same."""
    walk = walk_at("a")
    script: list[Any] = []

    def play() -> list[Any]:
        seen, current, answer = [], walk, None
        for turn in range(12):
            moved = advance(definition, current, NOW, happened, answer=answer, committed_visit=walk.visit)
            seen.append(moved)
            current = moved.walk
            if moved.question is None:
                return seen
            if len(script) <= turn:
                script.append(answered(moved.question.kind, data.draw))
            answer = Answer(current.visit, script[turn])
        return seen

    assert play() == play()


def test_a_message_is_asked_for_only_at_a_visit_that_was_stored() -> None:
    definition = journey(
        {"pause": DurationWait(timedelta(0)), "hello": SendNode("t", ("email",))}, {("pause", "next"): "hello"}
    )
    arrived = advance(definition, walk_at("pause"), NOW, committed_visit=1)
    assert (arrived.walk.node_id, arrived.question) == ("hello", None)
    stored = advance(definition, arrived.walk, NOW, committed_visit=2)
    assert stored.question is not None
    assert stored.question.kind is QuestionKind.SEND


def test_the_earliest_of_several_happenings_decides() -> None:
    node = WaitForNode((WaitCase("one", Happening("event:viewed")), WaitCase("two", PAID)), timedelta(hours=1))
    definition = journey({"a": node, "b": ExitNode(), "c": ExitNode()}, {("a", "one"): "b", ("a", "two"): "c"})
    happened = (signal("event:viewed", minutes=5), signal(minutes=4))
    moved = advance(definition, walk_at("a"), NOW + timedelta(minutes=9), happened)
    assert moved.steps[0].label == "two"


def test_what_happens_after_the_time_out_comes_too_late() -> None:
    node = WaitForNode((WaitCase("one", PAID),), timedelta(minutes=10))
    definition = journey({"a": node}, {})
    moved = advance(definition, walk_at("a"), NOW + timedelta(minutes=30), (signal(minutes=11),))
    assert moved.steps[0].label == "timeout"
    in_time = advance(definition, walk_at("a"), NOW + timedelta(minutes=30), (signal(minutes=10),))
    assert in_time.steps[0].label == "one"


def test_one_event_ends_a_wait_once() -> None:
    node = WaitForNode((WaitCase("one", PAID),), timedelta(minutes=10))
    definition = journey({"a": node}, {("a", "one"): "a"})
    first = advance(definition, walk_at("a"), NOW, (signal(),))
    assert (len(first.steps), first.walk.posture) == (1, Posture.HAPPENING)
    second = advance(definition, first.walk, NOW, (signal(), signal(minutes=1)))
    assert len(second.steps) == 1


@pytest.mark.parametrize(
    ("overdue", "late", "label", "state"),
    [
        (Overdue.SEND, 60, None, WalkState.OPEN),
        (Overdue.SKIP, 10, None, WalkState.OPEN),
        (Overdue.SKIP, 11, "expired", WalkState.FINISHED),
        (Overdue.EXIT, 11, "", WalkState.EXITED),
    ],
)
def test_an_overdue_send(overdue: Overdue, late: int, label: str | None, state: WalkState) -> None:
    definition = journey(
        {"a": SendNode("t", ("email",))},
        {},
        pause=PausePolicy(overdue=overdue, max_lateness=timedelta(minutes=10)),
    )
    now = NOW + timedelta(minutes=late)
    moved = advance(definition, walk_at("a"), now, committed_visit=1)
    assert moved.walk.state is state
    assert (moved.steps[0].label if moved.steps else None) == label


def test_lateness_is_told_from_when_the_wait_before_was_over() -> None:
    definition = journey(
        {"pause": DurationWait(timedelta(hours=1)), "a": SendNode("t", ("email",))},
        {("pause", "next"): "a"},
        pause=PausePolicy(overdue=Overdue.EXIT, max_lateness=timedelta(minutes=10)),
    )
    resting = walk_at("pause", posture=Posture.TIMER, timer=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=5)
    arrived = advance(definition, resting, later, committed_visit=1)
    assert arrived.walk.state is WalkState.EXITED
    assert arrived.walk.end_reason == "overdue"


def test_a_walk_at_a_node_that_its_version_lacks_is_said_to_be() -> None:
    with pytest.raises(machine.UnknownNode):
        advance(journey({"a": ExitNode()}, {}), walk_at("gone"), NOW)


@pytest.mark.parametrize(
    ("operator", "value", "values", "expected"),
    [
        (Operator.EQUAL, 1, (1.0,), True),
        (Operator.EQUAL, True, (1,), False),
        (Operator.EQUAL, "1", (1,), False),
        (Operator.NOT_EQUAL, "a", ("b",), True),
        (Operator.NOT_EQUAL, None, ("b",), False),
        (Operator.LESS, 99.5, (100,), True),
        (Operator.LESS, "99", (100,), False),
        (Operator.AT_MOST, 100, (100,), True),
        (Operator.GREATER, {"instant": 5}, ({"instant": 4},), True),
        (Operator.AT_LEAST, ["a"], (["a"],), False),
        (Operator.IN, "b", ("a", "b"), True),
        (Operator.NOT_IN, "b", ("a", "b"), False),
        (Operator.NOT_IN, "c", ("a", "b"), True),
        (Operator.PRESENT, 0, (), True),
        (Operator.ABSENT, None, (), True),
    ],
)
def test_properties_are_compared_by_type(
    operator: Operator, value: Any, values: tuple[Any, ...], expected: bool
) -> None:
    properties = {} if value is None else {"p": value}
    assert holds(PropertyTest("p", operator, values), properties) is expected


def test_a_tie_to_the_entry_asks_for_the_property_on_both_sides() -> None:
    tied = signal(properties={"order_id": "a"})
    assert matches(PAID, tied, matching="order_id", entry={"order_id": "a"})
    assert not matches(PAID, tied, matching="order_id", entry={"order_id": "b"})
    assert not matches(PAID, tied, matching="order_id", entry={})
    assert not matches(PAID, tied._replace(properties={}), matching="order_id", entry={})


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2026-03-08T01:59", datetime(2026, 3, 8, 6, 59, tzinfo=UTC)),
        ("2026-03-08T02:30", datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        ("2026-03-08T03:00", datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        ("2026-11-01T01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_local_times_that_do_not_exist_or_exist_twice(wall: str, instant: datetime) -> None:
    assert at_local(datetime.fromisoformat(wall), NEW_YORK) == instant


def test_a_weekday_and_days_to_come_are_waited_for() -> None:
    """2026-10-10 is a Saturday."""
    shanghai = ZoneInfo("Asia/Shanghai")
    monday = next_local_time(LocalTimeWait(9, weekdays=frozenset({1})), NOW, shanghai)
    assert monday == datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
    assert next_local_time(LocalTimeWait(10), NOW, shanghai) == NOW
    assert next_local_time(LocalTimeWait(10, after_days=1), NOW, shanghai) == NOW + timedelta(days=1)


@settings(max_examples=budget(100, 1_000))
@given(
    st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Europe/London"]),
)
def test_a_local_time_is_never_before_the_entry_and_comes_within_a_day_or_so(
    entered: datetime, hour: int, minute: int, zone: str
) -> None:
    found = next_local_time(LocalTimeWait(hour, minute), entered, ZoneInfo(zone))
    assert entered <= found <= entered + timedelta(hours=26)


def test_a_walk_that_comes_to_a_node_its_version_lacks_is_given_back_as_it_was() -> None:
    definition = journey({"a": GoalNode("seen")}, {("a", "next"): "gone"})
    walk = walk_at("a")
    course = Course(Claimed("j", 1, "", walk, None, 0, 0), Mover(definition, walk, NOW))
    course.move()
    assert course.error == "the version has no node gone"
    assert not course.is_storable


@pytest.mark.parametrize("offset", [timedelta(days=1), -timedelta(days=1), timedelta(0)])
def test_a_date_at_the_end_of_time_is_waited_for(offset: timedelta) -> None:
    for instant in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        found = shifted(instant, offset)
        assert abs(found - instant) in {timedelta(0), abs(offset)}


def test_a_walk_in_which_something_is_wrong_is_given_back_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = walk_at("a")
    course = Course(Claimed("j", 1, "", walk, None, 0, 0), Mover(journey({"a": ExitNode()}, {}), walk, NOW))

    def fail(_mover: Mover) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(machine, "advance", fail)
    course.move()
    assert course.error == "ZeroDivisionError: by zero"
    assert not course.is_storable
