"""Attributes, tags, and consents: which of several values is in force, by tables and properties."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate.identity import attributes, consents, tags
from tidegate.identity.model import (
    AttributeDefinition,
    AttributeType,
    Consent,
    Decision,
    Held,
    MergePolicy,
    Scalar,
    TagGroup,
    TagMark,
)

STAGES = {"stage": TagGroup(group_id="stage", exclusive=True)}


def defined(policy: MergePolicy, kind: AttributeType = AttributeType.INT) -> AttributeDefinition:
    return AttributeDefinition(name="x", type=kind, merge_policy=policy, trusted_sources=("crm", "shop"))


@pytest.mark.parametrize(
    ("policy", "value", "source"),
    [
        (MergePolicy.LATEST, 3, "shop"),
        (MergePolicy.EARLIEST, 5, "web"),
        (MergePolicy.MAX, 9, "crm"),
        (MergePolicy.MIN, 3, "shop"),
        (MergePolicy.SUM, 17, "shop"),
        (MergePolicy.SURVIVOR, 3, "shop"),
        (MergePolicy.TRUSTED, 9, "crm"),
    ],
)
def test_policies_decide_alike_in_any_order_of_arrival(policy: MergePolicy, value: int, source: str) -> None:
    arriving = [Held(5, 10, "web"), Held(9, 20, "crm"), Held(3, 30, "shop")]
    for order in permutations(arriving):
        current = None
        for held in order:
            current = attributes.combine(defined(policy), current, held)
        assert current is not None
        assert (current.value, current.source) == (value, source)


def test_large_numbers_are_compared_to_the_last_digit() -> None:
    large = 2**53
    for policy, expected in ((MergePolicy.MAX, large + 1), (MergePolicy.MIN, large)):
        held = attributes.combine(defined(policy), Held(large, 1, "a"), Held(large + 1, 2, "b"))
        assert held.value == expected


def test_of_values_of_one_time_the_last_to_arrive_is_in_force() -> None:
    rules = defined(MergePolicy.LATEST)
    assert attributes.combine(rules, Held(9, 10, "crm"), Held(3, 10, "crm")).value == 3


def test_a_merge_keeps_the_survivors_value_where_the_policy_says_so() -> None:
    rules = defined(MergePolicy.SURVIVOR)
    assert attributes.merge(rules, Held(1, 10, "a"), Held(2, 20, "b")).value == 1
    assert attributes.merge(rules, None, Held(2, 20, "b")).value == 2
    assert attributes.merge(rules, Held(None, 10, "a"), Held(2, 20, "b")).value == 2


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (AttributeType.INT, 3, 3),
        (AttributeType.DOUBLE, 3, 3.0),
        (AttributeType.DATE, "2020-02-29", "2020-02-29"),
        (AttributeType.LIST, ("a", "b"), ("a", "b")),
        (AttributeType.STRING, None, None),
    ],
)
def test_values_that_fit(kind: AttributeType, value: Scalar, kept: Scalar) -> None:
    assert attributes.typed(defined(MergePolicy.LATEST, kind), value) == kept


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (AttributeType.INT, True),
        (AttributeType.INT, 3.5),
        (AttributeType.BOOL, 1),
        (AttributeType.STRING, 3),
        (AttributeType.DATE, "2021-02-29"),
        (AttributeType.DATE, "20210228"),
    ],
)
def test_values_that_do_not_fit(kind: AttributeType, value: Scalar) -> None:
    with pytest.raises(attributes.WrongValue):
        attributes.typed(defined(MergePolicy.LATEST, kind), value)


def test_a_sum_cannot_be_cleared() -> None:
    with pytest.raises(attributes.WrongValue, match="cleared"):
        attributes.typed(defined(MergePolicy.SUM), None)


def marked(*arriving: tuple[str, bool, int]) -> set[str]:
    marks: tags.Marks = {}
    for tag, present, time in arriving:
        tags.apply(marks, tag, TagMark(present, time, "s"), groups=STAGES)
    return tags.present(marks)


@pytest.mark.parametrize(
    ("arriving", "left"),
    [
        ([("vip", True, 1), ("new", True, 2)], {"vip", "new"}),
        ([("vip", True, 2), ("vip", False, 1)], {"vip"}),
        ([("vip", False, 2), ("vip", True, 1)], set()),
        ([("vip", True, 1), ("vip", False, 1)], set()),
        ([("vip", False, 1), ("vip", True, 1)], {"vip"}),
        ([("stage=a", True, 1), ("stage=b", True, 2)], {"stage=b"}),
        ([("stage=b", True, 2), ("stage=a", True, 1)], {"stage=b"}),
        ([("stage=a", True, 1), ("stage=b", True, 2), ("stage=b", False, 3)], set()),
        ([("other=a", True, 1), ("other=b", True, 2)], {"other=a", "other=b"}),
    ],
)
def test_tags_in_and_out_of_exclusive_groups(arriving: list[tuple[str, bool, int]], left: set[str]) -> None:
    assert marked(*arriving) == left


@given(st.permutations([("stage=a", 1), ("stage=b", 2), ("stage=c", 3), ("vip", 4)]))
def test_the_newest_tag_of_an_exclusive_group_stands_in_any_order(order: list[tuple[str, int]]) -> None:
    assert marked(*((tag, True, time) for tag, time in order)) == {"stage=c", "vip"}


@pytest.mark.parametrize("tag", ["", "=", "stage=", "=a", "Stage=a", "a=b=c", "x" * 65, "a\nb"])
def test_tags_that_cannot_be_used(tag: str) -> None:
    with pytest.raises(tags.WrongTag):
        tags.check(tag, {})


def test_a_closed_group_takes_its_own_tags_alone() -> None:
    groups = {"tier": TagGroup(group_id="tier", closed=True, names=("gold",))}
    tags.check("tier=gold", groups)
    with pytest.raises(tags.WrongTag, match="closed"):
        tags.check("tier=silver", groups)


def consent(decision: Decision, time: int) -> Consent:
    return Consent(purpose="marketing", channel="sms", brand="", decision=decision, time=time, source="s", proof="")


def test_the_newest_decision_counts_and_a_tie_is_a_denial() -> None:
    granted, denied = consent(Decision.GRANTED, 5), consent(Decision.DENIED, 5)
    assert consents.newest(granted, denied) is denied
    assert consents.newest(denied, granted) is denied
    later = consent(Decision.GRANTED, 6)
    assert consents.newest(later, denied) is later
