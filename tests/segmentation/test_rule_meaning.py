"""What rules mean where it is not plain: values of several kinds under one name, names never seen, absence."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import segmentation_words as w
from support.segmentation_rig import START, ZONE, Rig, rig, sqlite_database
from tidegate.runtime.clock import micros
from tidegate.segmentation.analytic_store.questions import Questions, matched
from tidegate.segmentation.model.rule import Comparison, Operator, Rule, ScoreRule
from tidegate.segmentation.wire.rules import read_rule

HOUR = timedelta(hours=1)
QUESTIONS = Questions(ZONE)


def bought(customer_id: int, *amounts: Any) -> list[Any]:
    """Purchases, an hour after one another, the last an hour ago."""
    times = (START - HOUR * ago for ago in range(len(amounts), 0, -1))
    return [w.happened(customer_id, "buy", time, amount=amount) for time, amount in zip(times, amounts, strict=True)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder: Path = tmp_path_factory.mktemp("meaning")
    database = sqlite_database(folder)
    with rig(folder, database) as made:
        made.hear([w.created(each) for each in (1, 2, 3)])
        made.hear([w.set_attributes(1, size="large"), w.set_attributes(2, size=3), w.tagged(1, ["vip"])])
        made.hear([*bought(1, 5, 0.5), *bought(2, 1, "many", 1.0)])
        with made.analytics.writer() as connection:
            connection.execute("INSERT INTO scores VALUES ('rfm', 1, 2.5, '')")
            connection.execute("INSERT INTO component_scores VALUES ('rfm', 2, 'recency', 0, 1)")
        yield made
    database.close()


def who(told: Rig, rule: Rule) -> set[int]:
    with told.analytics.reader(now=micros(START)) as connection:
        return set(matched(connection, QUESTIONS.matched(rule, told.facts.catalog)))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (w.attribute("size", w.compare("NOT_EQUAL", 4)), {1, 2}),
        (w.attribute("size", w.compare("NOT_IN", 3, 4.5)), {1}),
        (w.attribute("size", w.compare("NOT_EQUAL", "large")), {2}),
        (w.event(w.events("buy", filters={"amount": w.compare("NOT_EQUAL", "many")}), "COUNT"), {1, 2}),
        (w.event("buy", "LAST", w.compare("NOT_EQUAL", 7), "amount"), {1, 2}),
    ],
)
def test_a_value_of_another_kind_is_different(told: Rig, rule: w.Rule, expected: set[int]) -> None:
    assert who(told, read_rule(rule)) == expected


@pytest.mark.parametrize(
    ("aggregate", "comparison", "expected"),
    [
        ("MIN", w.compare("EQUAL", 5), set()),
        ("MIN", w.compare("EQUAL", 0.5), {1}),
        ("MAX", w.compare("LESS", 1), set()),
        ("MAX", w.compare("EQUAL", "many"), {2}),
        ("FIRST", w.compare("LESS", 1), set()),
        ("FIRST", w.compare("EQUAL", "many"), set()),
        ("FIRST", w.compare("IN", 1, 5), {1, 2}),
        ("LAST", w.compare("EQUAL", 5), set()),
        ("LAST", w.compare("EQUAL", "many"), set()),
        ("DISTINCT", w.compare("EQUAL", 2), {1, 2}),
    ],
)
def test_whole_numbers_fractions_and_texts_of_one_property_are_looked_at_together(
    told: Rig, aggregate: str, comparison: Any, expected: set[int]
) -> None:
    assert who(told, read_rule(w.event("buy", aggregate, comparison, "amount"))) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (w.attribute("never", w.compare("ABSENT")), {1, 2, 3}),
        (w.any_of(w.tag("vip"), w.attribute("never", w.compare("PRESENT"))), {1}),
        (w.any_of(w.tag("vip"), w.negate(w.attribute("never", w.compare("ABSENT")))), {1}),
    ],
)
def test_an_attribute_that_nobody_ever_had_is_absent(told: Rig, rule: w.Rule, expected: set[int]) -> None:
    """The store's table has columns of other attributes, which no rule that names none of them may bring along."""
    assert who(told, read_rule(rule)) == expected


@pytest.mark.parametrize(("component_id", "expected"), [("", {2, 3}), ("recency", {1, 3})])
def test_who_has_no_score_fulfils_its_absence(told: Rig, component_id: str, expected: set[int]) -> None:
    assert who(told, ScoreRule("rfm", component_id, Comparison(Operator.ABSENT))) == expected
