"""What is wrong with a report's request is named by path, through the contract; and what an empty service answers."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from support import segmentation_words as w
from support.described import length, span
from support.people import event, ingest
from support.segmentation_rig import START
from support.status import failure
from tidegate.api.segmentation.v1 import reports_pb2 as pb

if TYPE_CHECKING:
    from segmentation.conftest import Services

DAY = timedelta(days=1)
BUY, NAMELESS = w.events("buy"), w.events()
WEEK = span(START, START + 7 * DAY)
EMPTY = span(START, START)
FIRST, LAST = datetime(1, 1, 1, 12, tzinfo=UTC), datetime(9999, 12, 31, 8, tzinfo=UTC)
ENDLESS = Duration(seconds=10**18)
BOUGHT = pb.Outcome(outcome_id="bought", events=BUY)
GOOD: dict[str, dict[str, Any]] = {
    "GetCohortComparison": {
        "cohorts": [pb.Cohort(cohort_id="vips", rule=w.tag("vip")), pb.Cohort(cohort_id="rest", rule=w.tag("rest"))],
        "outcomes": [BOUGHT],
    },
    "GetIntervalDistribution": {"first": w.events("look"), "second": BUY},
    "GetTimeSeries": {"events": BUY, "span": WEEK},
    "GetAttribution": {
        "outcome": BOUGHT,
        "touches": w.events("click"),
        "window": length(DAY),
        "model": pb.ATTRIBUTION_MODEL_LINEAR,
        "group_by_properties": ["channel"],
    },
}


def ask(services: "Services", method: str, fields: dict[str, Any]) -> Any:
    request = getattr(pb, f"{method}Request")(**GOOD[method] | fields)
    return getattr(services.reports, method)(request)


def timed(outcome_id: str) -> pb.Outcome:
    return pb.Outcome(outcome_id=outcome_id, events=BUY, horizon=length(DAY))


WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("GetCohortComparison", {"cohorts": [], "outcomes": []}, ["cohorts", "outcomes"]),
    (
        "GetCohortComparison",
        {
            "cohorts": [
                pb.Cohort(cohort_id="vips", rule=w.tag("vip")),
                pb.Cohort(cohort_id="vips", rule=w.in_segment("none")),
                pb.Cohort(cohort_id="Rest!"),
            ]
        },
        [
            "cohorts[1].cohort_id",
            "cohorts[2].cohort_id",
            "cohorts[1].rule.segment.segment_id",
            "cohorts[2].rule",
        ],
    ),
    (
        "GetCohortComparison",
        {"outcomes": [pb.Outcome(outcome_id="bought", events=NAMELESS, revenue_property="note"), timed("later")]},
        ["outcomes[0].events.names", "outcomes[0].revenue_property", "outcomes[1].horizon"],
    ),
    ("GetCohortComparison", {"span": EMPTY}, ["span"]),
    (
        "GetIntervalDistribution",
        {"first": NAMELESS, "second": NAMELESS, "bar_width": length(-DAY), "span": EMPTY},
        ["first.names", "second.names", "bar_width", "span"],
    ),
    ("GetTimeSeries", {"events": NAMELESS, "span": span(None, None)}, ["events.names", "span.start", "span.end"]),
    ("GetTimeSeries", {"span": EMPTY}, ["span"]),
    ("GetTimeSeries", {"span": span(START, START + 10_001 * DAY)}, ["span"]),
    ("GetTimeSeries", {"span": span(START, START + 417 * DAY), "step": "TIME_STEP_HOUR"}, ["span"]),
    ("GetTimeSeries", {"span": span(LAST - 9 * DAY, LAST)}, ["span"]),
    ("GetTimeSeries", {"span": span(FIRST, FIRST + DAY)}, ["span"]),
    ("GetTimeSeries", {"property": "cents"}, ["property"]),
    ("GetTimeSeries", {"aggregate": "AGGREGATE_SUM"}, ["property"]),
    ("GetTimeSeries", {"aggregate": "AGGREGATE_SUM", "property": "note"}, ["property"]),
    ("GetTimeSeries", {"aggregate": "AGGREGATE_FIRST"}, ["property"]),
    ("GetTimeSeries", {"aggregate": "AGGREGATE_MAX", "property": "note"}, ["property"]),
    ("GetTimeSeries", {"group_by_property": "x" * 129}, ["group_by_property"]),
    (
        "GetAttribution",
        {"outcome": pb.Outcome(), "touches": NAMELESS, "window": length(timedelta(0)), "model": 0},
        ["outcome.outcome_id", "outcome.events.names", "touches.names", "window", "model"],
    ),
    ("GetAttribution", {"window": ENDLESS}, ["window"]),
    ("GetIntervalDistribution", {"bar_width": ENDLESS}, ["bar_width"]),
    ("GetAttribution", {"group_by_properties": []}, ["group_by_properties"]),
    ("GetAttribution", {"group_by_properties": list("abcdef")}, ["group_by_properties"]),
    ("GetAttribution", {"group_by_properties": ["channel", ""]}, ["group_by_properties[1]"]),
    ("GetAttribution", {"costs": {"sms": -1.0, "push": float("nan")}}, ['costs["push"]', 'costs["sms"]']),
    ("GetAttribution", {"span": EMPTY}, ["span"]),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_wrong_is_named_by_path(services: "Services") -> None:
    """Of the two databases one: neither holds what reports are read from."""
    ingest(services.identity, event("e-1", "member_id m1", name="buy", properties={"note": "a gift", "cents": 5}))
    services.settle()
    for method in GOOD:
        ask(services, method, {})
    for method, fields, paths in WRONG:
        found = failure(lambda method=method, fields=fields: ask(services, method, fields))  # type: ignore[misc]
        assert (found.code, list(found.violations)) == (grpc.StatusCode.INVALID_ARGUMENT, paths), (method, fields)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_service_that_has_heard_nothing_answers_with_nothing(services: "Services") -> None:
    found = ask(services, "GetCohortComparison", {})
    assert [(each.customers, each.outcomes[0].conversions, each.outcomes[0].rate) for each in found.cohorts] == [
        (0, 0, 0.0)
    ] * 2
    found = ask(services, "GetIntervalDistribution", {})
    assert (found.started, found.finished, list(found.quantiles), list(found.bars)) == (0, 0, [], [])
    assert list(ask(services, "GetTimeSeries", {}).series) == []
    found = ask(services, "GetAttribution", {})
    assert (list(found.groups), found.unattributed_conversions) == ([], 0.0)
