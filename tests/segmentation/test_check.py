"""What is wrong with a rule is said by the path of its node; what is right is let through."""

from datetime import timedelta

import pytest
from support import segmentation_words as w
from tidegate.api.segmentation.v1 import rules_pb2 as pb
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.model.rule import Kind
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.check import Known, check_rule
from tidegate.segmentation.rules.inputs import Cycle, generations, inputs_of
from tidegate.segmentation.wire.rules import read_rule

KNOWN = Known(
    catalog=Catalog(
        3,
        properties={"amount": {Kind.INTEGER: "p1"}, "colour": {Kind.TEXT: "p2"}},
        attributes={"age": {Kind.INTEGER: "a3"}, "city": {Kind.TEXT: "a4"}, "born": {Kind.INSTANT: "a5"}},
    ),
    segments={"vips"},
    tiers={"rfm": {"high"}},
    components={"rfm": {"recency"}},
    arms={"trial": {"control", "new"}},
)

RIGHT = [
    w.event("buy"),
    w.event("buy", "SUM", w.compare("BETWEEN", 1, 2.5), "amount"),
    w.event("buy", "LAST", w.within(-timedelta(days=1))),
    w.event("never.seen", "SUM", w.compare("GREATER", 1), "never.seen"),
    w.attribute("age", w.compare("IN", 1, 2)),
    w.attribute("city", w.compare("CONTAINS", "jing")),
    w.attribute("born", w.within(timedelta(0), timedelta(days=7))),
    w.in_segment("vips"),
    pb.Rule(tier=pb.TierRule(model_id="rfm", tiers=["high"])),
    pb.Rule(arm=pb.ArmRule(experiment_id="trial", arm_ids=["new"])),
    pb.Rule(score=pb.ScoreRule(model_id="rfm", component_id="recency", comparison=w.compare("GREATER", 3))),
]

WRONG = [
    (pb.Rule(), "rule"),
    (w.all_of(), "rule.all_of.rules"),
    (w.any_of(w.event("buy"), pb.Rule()), "rule.any_of.rules[1]"),
    (w.negate(w.event(w.events())), "rule.negation.event.events.names"),
    (w.event("buy", "SUM", w.compare("GREATER", 1)), "rule.event.property"),
    (w.event("buy", "SUM", w.compare("GREATER", 1), "colour"), "rule.event.property"),
    (w.event("buy", "SUM", None, "amount"), "rule.event.comparison"),
    (w.event("buy", "COUNT", w.compare("GREATER", 1), "amount"), "rule.event.property"),
    (w.event("buy", "COUNT", w.compare("GREATER", "1")), "rule.event.comparison.values"),
    (w.event("buy", "COUNT", w.compare("ABSENT")), "rule.event.comparison.operator"),
    (w.event(w.events("buy", rolling=timedelta(0))), "rule.event.events.window.rolling"),
    (
        w.event(w.events("buy", filters={"amount": w.compare("EQUAL", "much")})),
        "rule.event.events.filters[0].comparison.values",
    ),
    (w.attribute("", w.compare("PRESENT")), "rule.attribute.attribute"),
    (w.attribute("age", w.compare("EQUAL", "old")), "rule.attribute.comparison.values"),
    (w.attribute("age", w.compare("IN", 1, "two")), "rule.attribute.comparison.values"),
    (w.attribute("age", w.compare("BETWEEN", 1)), "rule.attribute.comparison.values"),
    (w.attribute("age", w.compare("STARTS_WITH", 1)), "rule.attribute.comparison.values"),
    (w.attribute("age", w.within(timedelta(1))), "rule.attribute.comparison.values"),
    (w.attribute("born", w.compare("WITHIN")), "rule.attribute.comparison.span"),
    (w.attribute("age", pb.Comparison()), "rule.attribute.comparison.operator"),
    (w.tag(), "rule.tag.tags"),
    (pb.Rule(consent=pb.ConsentRule(purpose="marketing")), "rule.consent.state"),
    (w.identifier(""), "rule.identifier.namespace"),
    (w.in_segment("nobody"), "rule.segment.segment_id"),
    (pb.Rule(tier=pb.TierRule(model_id="rfm", tiers=["low"])), "rule.tier.tiers[0]"),
    (pb.Rule(tier=pb.TierRule(model_id="none", tiers=["low"])), "rule.tier.model_id"),
    (pb.Rule(arm=pb.ArmRule(experiment_id="trial", arm_ids=["old"])), "rule.arm.arm_ids[0]"),
    (pb.Rule(stage=pb.StageRule(stage_model_id="aipl", stages=["aware"])), "rule.stage.stage_model_id"),
    (w.sequence("view", "buy", timedelta(0), "FOLLOWED"), "rule.sequence.within"),
]


@pytest.mark.parametrize("rule", RIGHT, ids=str)
def test_nothing_is_said_of_a_rule_that_makes_sense(rule: pb.Rule) -> None:
    assert check_rule(read_rule(rule), KNOWN) == []


@pytest.mark.parametrize(("rule", "path"), WRONG, ids=[path for _, path in WRONG])
def test_what_is_wrong_is_named_by_its_path(rule: pb.Rule, path: str) -> None:
    assert path in {each.field for each in check_rule(read_rule(rule), KNOWN)}


def test_a_tree_has_its_bounds() -> None:
    deep = w.event("buy")
    for _ in range(19):
        deep = w.negate(deep)
    assert check_rule(read_rule(deep), KNOWN) == []
    with pytest.raises(InvalidArgument, match="deeper than 20"):
        read_rule(w.negate(deep))
    wide = w.all_of(*(w.any_of(*(w.event("buy") for _ in range(50))) for _ in range(4)))
    assert "205 nodes" in check_rule(read_rule(wide), KNOWN)[0].description


def test_a_date_that_is_none_is_named() -> None:
    rule = w.event("buy")
    rule.event.events.window.dates.first_date = "11/11"
    with pytest.raises(InvalidArgument, match=r"rule\.event\.events\.window\.dates\.first_date"):
        read_rule(rule)


def test_inputs_name_what_a_rule_is_read_from() -> None:
    rule = w.all_of(
        w.event(w.events("buy", rolling=timedelta(days=1), filters={"colour": w.compare("PRESENT")})),
        w.attribute("age", w.compare("PRESENT")),
        w.in_segment("vips"),
    )
    inputs = inputs_of(read_rule(rule))
    assert inputs.facets == {"event:buy", "attribute:age", "segment:vips"}
    assert inputs.properties == {"colour"}
    assert inputs.time_dependent
    assert inputs.touched_by(frozenset({"event:buy"}))
    assert not inputs.touched_by(frozenset({"event:view"}))


def test_segments_come_after_those_they_name_and_circles_are_found() -> None:
    named = {"c": frozenset({"b"}), "b": frozenset({"a"}), "a": frozenset({"elsewhere"}), "d": frozenset[str]()}
    assert generations(named) == [["a", "d"], ["b"], ["c"]]
    with pytest.raises(Cycle, match="a → c → b → a"):
        generations(named | {"a": frozenset({"c"})})
