"""Memberships kept live are those of a full computation, and those of an oracle in plain Python."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import segmentation_words as w
from support.budget import budget
from support.rule_oracle import Oracle
from support.rule_world import World
from support.segmentation_rig import START, ZONE, Rig, rig, sqlite_database
from tidegate.api.identity.v1 import changes_pb2
from tidegate.runtime.clock import micros
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.model.segment import Cause, Evaluation
from tidegate.segmentation.store import memberships
from tidegate.segmentation.wire.feeds import identity_facts
from tidegate.segmentation.wire.rules import read_rule

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

RULES = {
    "bought": w.event("buy"),
    "bought.lately": w.event(w.events("buy", rolling=2 * DAY)),
    "bought.little": w.event(w.events("buy", rolling=3 * DAY), "COUNT", w.compare("LESS", 2)),
    "spent": w.event(w.events("buy", "order", rolling=4 * DAY), "SUM", w.compare("GREATER_OR_EQUAL", 5), "amount"),
    "spent.nothing": w.event("buy", "SUM", w.compare("EQUAL", 0), "amount"),
    "last.red": w.event("buy", "LAST", w.compare("EQUAL", "red"), "colour"),
    "first.recent": w.event("view", "FIRST", w.within(-DAY)),
    "no.colour": w.event("buy", "MAX", w.compare("ABSENT"), "colour"),
    "colours": w.event("buy", "DISTINCT", w.compare("GREATER", 1), "colour"),
    "mean": w.event("buy", "MEAN", w.compare("LESS_OR_EQUAL", 2.5), "amount"),
    "red.buyers": w.event(w.events("buy", filters={"colour": w.compare("IN", "red", "blue")})),
    "in.city": w.attribute("city", w.compare("STARTS_WITH", "b")),
    "age": w.attribute("age", w.compare("BETWEEN", 20, 40)),
    "ageless": w.attribute("age", w.compare("ABSENT")),
    "expires": w.attribute("expires", w.within(timedelta(0), 2 * DAY)),
    "tagged": w.tag("level=*", "vip"),
    "may.sms": w.consent("marketing", "GRANTED", channel="sms"),
    "unasked": w.consent("marketing", "UNKNOWN", channel="sms"),
    "has.openid": w.identifier("wechat.openid"),
    "viewed.not.bought": w.sequence("view", "buy", 6 * HOUR, "NOT_FOLLOWED"),
    "viewed.bought": w.sequence("view", "buy", 6 * HOUR, "FOLLOWED"),
    "mixed": w.all_of(w.any_of(w.event("buy"), w.tag("vip")), w.negate(w.event(w.events("view", rolling=DAY)))),
    "derived": w.all_of(w.in_segment("bought.lately"), w.negate(w.in_segment("tagged"))),
    "derived.twice": w.any_of(w.in_segment("derived"), w.in_segment("in.city")),
}

customers = st.integers(1, 6)
hours = st.integers(-100, 30).map(lambda n: START + n * HOUR)


@st.composite
def happenings(draw: Any) -> changes_pb2.Change:
    time = draw(hours)
    properties = draw(
        st.fixed_dictionaries(
            {}, optional={"amount": st.integers(0, 5), "colour": st.sampled_from(["red", "blue", "green"])}
        )
    )
    late = draw(st.booleans())
    name = draw(st.sampled_from(["buy", "view", "order", "other"]))
    received = time + HOUR if late else time
    return w.happened(draw(customers), name, time, received=received, **properties)


facts = st.one_of(
    happenings(),
    st.builds(
        lambda customer, values: w.set_attributes(customer, **values),
        customers,
        st.fixed_dictionaries(
            {},
            optional={
                "city": st.sampled_from(["beijing", "baotou", "xian", None]),
                "age": st.one_of(st.none(), st.integers(15, 45)),
                "expires": st.one_of(st.none(), hours),
            },
        ),
    ),
    st.builds(
        w.tagged,
        customers,
        st.lists(st.sampled_from(["level=1", "level=2", "vip"]), max_size=2, unique=True),
        st.lists(st.sampled_from(["level=3", "other"]), max_size=1),
    ),
    st.builds(
        lambda customer, time, granted, channel: w.consented(
            customer, "marketing", time, granted=granted, channel=channel
        ),
        customers,
        hours,
        st.booleans(),
        st.sampled_from(["", "sms", "email"]),
    ),
    st.builds(w.identified, customers, st.sampled_from(["wechat.openid:a", "phone", "wechat.openid:b"])),
    st.builds(w.merged, customers, customers),
)
steps = st.lists(st.one_of(st.lists(facts, min_size=1, max_size=8), st.integers(1, 30)), min_size=1, max_size=6)


QUESTIONS = Questions(ZONE)
"""Compiled texts are kept from one example to the next."""


class Story:
    """What is told to the service and to the oracle alike."""

    def __init__(self, told: Rig) -> None:
        self.rig = told
        self.world = World()
        self.tell([w.created(customer) for customer in range(1, 7)])

    def tell(self, changes: list[changes_pb2.Change]) -> None:
        possible = [canonical for change in changes if (canonical := self._possible(change)) is not None]
        self.rig.hear(possible)

    def _possible(self, change: changes_pb2.Change) -> changes_pb2.Change | None:
        """As identity would announce it: of customers as they are called now, merges of two different ones."""
        change.customer_id = self.world.canonical(change.customer_id)
        if change.HasField("customer_merged"):
            merge = change.customer_merged
            ends = sorted({self.world.canonical(each) for each in (merge.survivor_id, merge.merged_id)})
            if len(ends) < 2:
                return None
            merge.survivor_id, merge.merged_id = ends
        for fact in identity_facts([change]):
            self.world.hear(fact)
        return change

    def check(self) -> None:
        rules = {segment_id: read_rule(rule) for segment_id, rule in RULES.items()}
        oracle = Oracle(self.world, micros(self.rig.clock.now()), rules)
        expected = {segment_id: oracle.members(rule) for segment_id, rule in rules.items()}
        assert {each: self.rig.members(each) for each in RULES} == expected
        assert {each: self.rig.copied(each) for each in RULES} == expected


@given(before=steps, after=steps)
@settings(max_examples=budget(3, 20), suppress_health_check=list(HealthCheck))
def test_live_membership_is_that_of_a_full_computation(before: list[Any], after: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite_database(Path(folder))
        with rig(Path(folder), database, questions=QUESTIONS) as told:
            story = Story(told)
            play(story, before)
            for segment_id, rule in RULES.items():
                told.create(segment_id, rule)
            told.settle()
            story.check()
            for step in after:
                play(story, [step])
                told.settle()
                story.check()
        database.close()


def play(story: Story, played: list[Any]) -> None:
    for step in played:
        if isinstance(step, int):
            story.rig.clock.advance(step * HOUR)
        else:
            story.tell([changes_pb2.Change.FromString(each.SerializeToString()) for each in step])


@pytest.fixture
def told(tmp_path: Path) -> Any:
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        yield made
    database.close()


def changes_of(told: Rig, segment_id: str) -> list[tuple[int, str, int, str]]:
    with told.database.read() as connection:
        found = memberships.history(connection, segment_id=segment_id, customer_id=0, after=0, limit=100)
    return [(each.customer_id, each.transition.value, each.seq, each.cause.value) for each in found]


def test_an_idle_pass_finds_nothing_and_sends_no_statement(told: Rig) -> None:
    told.hear([w.created(1), w.happened(1, "buy", START - HOUR)])
    told.create("lately", w.event(w.events("buy", rolling=DAY)))
    told.settle()
    sent: list[str] = []
    for store, name in ((told.database, "read"), (told.database, "write"), (told.analytics, "reader")):
        setattr(store, name, lambda name=name, **_: sent.append(name))
    assert told.evaluator.step() is False
    assert sent == []


def test_an_event_counts_from_its_arrival_on_and_leaves_the_window_just_after_its_length(told: Rig) -> None:
    told.create("lately", w.event(w.events("buy", rolling=DAY)))
    told.settle()
    told.hear([w.created(1), w.happened(1, "buy", START)])
    told.settle()
    assert told.members("lately") == {1}
    told.clock.set(START + DAY)
    told.settle()
    assert told.members("lately") == {1}
    told.clock.advance(timedelta(microseconds=1))
    told.settle()
    assert told.members("lately") == set()
    assert changes_of(told, "lately") == [(1, "entered", 1, "facts"), (1, "left", 2, "time")]


def test_an_event_of_the_future_is_waited_for(told: Rig) -> None:
    told.create("buyers", w.event("buy"))
    told.hear([w.created(1), w.happened(1, "buy", START + HOUR, received=START)])
    told.settle()
    assert told.members("buyers") == set()
    told.clock.advance(HOUR + timedelta(microseconds=1))
    told.settle()
    assert told.members("buyers") == {1}


def test_the_first_computation_announces_nothing_and_a_merge_says_so(told: Rig) -> None:
    told.hear([w.created(1), w.created(2), w.happened(1, "buy", START - HOUR)])
    told.create("buyers", w.event("buy"))
    told.settle()
    assert changes_of(told, "buyers") == []
    told.hear([w.merged(2, 1)])
    told.settle()
    assert sorted(changes_of(told, "buyers")) == [(1, "left", 2, "merge"), (2, "entered", 1, "merge")]


def test_a_member_stays_the_minimum(told: Rig) -> None:
    told.create("lately", w.event(w.events("buy", rolling=DAY)), minimum_stay=3 * DAY)
    told.settle()
    told.hear([w.created(1), w.happened(1, "buy", START)])
    told.settle()
    told.clock.set(START + 2 * DAY)
    told.settle()
    assert told.members("lately") == {1}
    told.clock.set(START + 3 * DAY)
    told.settle()
    assert told.members("lately") == set()


def test_who_returns_goes_on_counting(told: Rig) -> None:
    told.create("vips", w.tag("vip"))
    told.hear([w.created(1)])
    told.settle()
    for added, removed in ((["vip"], []), ([], ["vip"]), (["vip"], [])):
        told.hear([w.tagged(1, added, removed)])
        told.settle()
    assert [(way, seq) for _, way, seq, _ in changes_of(told, "vips")] == [
        ("entered", 1), ("left", 2), ("entered", 3),
    ]  # fmt: skip


def test_dependents_follow_and_say_derived(told: Rig) -> None:
    told.create("vips", w.tag("vip"))
    told.create("others", w.negate(w.in_segment("vips")))
    told.hear([w.created(1)])
    told.settle()
    assert told.members("others") == {1}
    told.hear([w.tagged(1, ["vip"])])
    told.settle()
    assert told.members("others") == set()
    assert changes_of(told, "others")[-1][1] == "left"


def test_a_segment_on_request_stays_until_it_is_refreshed(told: Rig) -> None:
    told.create("vips", w.tag("vip"), evaluation=Evaluation.ON_REQUEST)
    told.settle()
    told.hear([w.created(1), w.tagged(1, ["vip"])])
    told.settle()
    assert told.members("vips") == set()


@pytest.mark.parametrize("lost", ["copy", "everything after the database"])
def test_killed_between_the_two_stores_nothing_is_lost_or_doubled(tmp_path: Path, lost: str) -> None:
    """The database has committed and the analytic store has not: at restart the change stands once."""
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as told:
        told.create("vips", w.tag("vip"))
        told.create("others", w.negate(w.in_segment("vips")))
        told.hear([w.created(1)])
        told.settle()
        told.hear([w.tagged(1, ["vip"])])
        broken = "_copy" if lost == "copy" else "schedule"
        setattr(told.publisher, broken, killed)
        with pytest.raises(Killed):
            told.settle()
    with rig(tmp_path, database) as told:
        told.settle()
        assert told.members("vips") == told.copied("vips") == {1}
        assert told.members("others") == told.copied("others") == set()
        assert changes_of(told, "vips") == [(1, "entered", 1, Cause.FACTS.value)]
        assert [way for _, way, _, _ in changes_of(told, "others")] == ["left"]
        kinds = [each.kind for each in told.feed.read(0, limit=100).entries]
        assert kinds.count("membership_changed") == 2
    database.close()


class Killed(BaseException):
    """The process ends here."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def test_a_split_gives_events_back_and_what_is_told_anew_replaces_what_was_joined(tmp_path: Path) -> None:
    with rig(tmp_path, sqlite_database(tmp_path)) as told:
        for segment_id, rule in (("buyers", w.event("buy")), ("vips", w.tag("vip")), ("sms", RULES["may.sms"])):
            told.create(segment_id, rule)
        told.hear([w.created(1, "phone"), w.created(2, "email")])
        told.hear([w.happened(2, "buy", START), w.tagged(2, ["vip"]), w.consented(2, "marketing", START, granted=True)])
        told.hear([w.merged(1, 2), w.tagged(1, ["vip"]), w.consented(1, "marketing", START, granted=True)])
        told.settle()
        assert [told.members(each) for each in ("buyers", "vips", "sms")] == [{1}, {1}, {1}]
        told.hear(
            [
                w.split(1, {2: [2]}),
                w.identified(1, "phone"),
                w.identified(2, "email"),
                w.tagged(2, ["vip"]),
                w.consented(2, "marketing", START, granted=True),
            ]
        )
        told.settle()
        assert [told.members(each) for each in ("buyers", "vips", "sms")] == [{2}, {2}, {2}]
        told.hear([w.happened(1, "view", START, original=2)])  # was on its way when they were split
        told.create("viewers", w.event("view"))
        told.settle()
        assert told.members("viewers") == {2}
        told.hear([w.happened(1, "buy", START, original=1)])
        told.settle()
        assert told.members("buyers") == {1, 2}
