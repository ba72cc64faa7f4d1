"""Reports that describe what happened, each against plain Python over the rows, with merges, ties and a future."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import segmentation_words as w
from support.described import DAYS, History, Row, before, history, instant, length, span
from support.segmentation_rig import START, ZONE
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.segmentation.wire import descriptions as wire

DAY = timedelta(days=1)
END = START + DAYS * DAY
SPAN = (START + 3 * DAY, START + 15 * DAY)
SEEDS = (1, 2, 3)


@pytest.fixture(params=SEEDS)
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    with history(tmp_path / "told", request.param) as made:
        yield made


@pytest.fixture
def nothing(tmp_path: Path) -> Iterator[History]:
    with history(tmp_path / "nothing", 0, empty=True) as made:
        yield made


def known(told: History, *names: str) -> list[Row]:
    """What happened before reports are asked."""
    return [row for row in told.named(*names) if before(row, END)]


def inside(row: Row) -> bool:
    return SPAN[0] <= row.time < SPAN[1]


def outcome(horizon: timedelta | None = None) -> pb.Outcome:
    made = pb.Outcome(outcome_id="bought", events=w.events("buy"), revenue_property="amount")
    if horizon is not None:
        made.horizon.FromTimedelta(horizon)
    return made


def cohorts(told: History) -> pb.GetCohortComparisonResponse:
    request = pb.GetCohortComparisonRequest(
        cohorts=[
            pb.Cohort(cohort_id="vips", rule=w.tag("vip")),
            pb.Cohort(cohort_id="clickers", rule=w.event("click", "COUNT", w.compare("GREATER_OR_EQUAL", 3))),
            pb.Cohort(cohort_id="nobody", rule=w.tag("none")),
        ],
        outcomes=[outcome(), pb.Outcome(outcome_id="looked", events=w.events("look"))],
        span=span(*SPAN),
    )
    return wire.write_cohorts(told.descriptions.cohorts(wire.read_cohorts(request)))


def test_cohorts_side_by_side(told: History) -> None:
    clicks = Counter(row.customer for row in known(told, "click"))
    sets = {
        "vips": {each for each in told.customers if each % 3 == 0},
        "clickers": {each for each, count in clicks.items() if count >= 3},
        "nobody": set[int](),
    }
    found = cohorts(told)
    assert {each.cohort_id: each.customers for each in found.cohorts} == {key: len(one) for key, one in sets.items()}
    assert found.overlapping_customers == len(sets["vips"] & sets["clickers"]) > 0
    for cohort in found.cohorts:
        for summary, name in zip(cohort.outcomes, ("buy", "look"), strict=True):
            check_summary(summary, sets[cohort.cohort_id], [row for row in known(told, name) if inside(row)])


def check_summary(summary: pb.OutcomeSummary, members: set[int], rows: Sequence[Row]) -> None:
    spent = dict.fromkeys(members, 0)
    for row in rows:
        if row.customer in spent:
            spent[row.customer] += row.amount or 0
    converted = members & {row.customer for row in rows}
    assert summary.conversions == len(converted)
    assert summary.rate == (len(converted) / len(members) if members else 0)
    assert summary.revenue == sum(spent.values())
    assert summary.revenue_per_head == pytest.approx(statistics.fmean(spent.values()) if members else 0)
    assert summary.revenue_variance == pytest.approx(statistics.variance(spent.values()) if len(members) > 1 else 0)


def test_a_comparison_of_cohorts_says_that_it_proves_no_cause(told: History) -> None:
    assert [each.reason for each in cohorts(told).warnings] == [
        "NO_PROOF_OF_CAUSE",
        "OVERLAPPING_COHORTS",
        "NOT_ENOUGH_DATA",
    ]


def test_cohorts_who_did_nothing(nothing: History) -> None:
    found = cohorts(nothing)
    assert [each.customers for each in found.cohorts] == [sum(each % 3 == 0 for each in nothing.customers), 0, 0]
    assert not any(summary.conversions or summary.revenue for each in found.cohorts for summary in each.outcomes)
    assert found.overlapping_customers == 0
    assert [each.reason for each in found.warnings] == ["NO_PROOF_OF_CAUSE", "NOT_ENOUGH_DATA"]


def durations(told: History, first: str, second: str, width: timedelta) -> pb.GetIntervalDistributionResponse:
    request = pb.GetIntervalDistributionRequest(
        first=w.events(first), second=w.events(second), span=span(*SPAN), bar_width=length(width)
    )
    query = wire.read_durations(request)
    return wire.write_durations(told.descriptions.durations(query), query.bar_width)


def lasted(told: History, first: str, second: str) -> tuple[int, list[timedelta]]:
    """Customers with a first event in the span, and for those with a second one how long it took."""
    found, started = [], 0
    for customer in told.customers:
        starts = [row for row in known(told, first) if row.customer == customer]
        if starts and inside(starts[0]):
            started += 1
            ends = [
                row.time - starts[0].time
                for row in known(told, second)
                if row.customer == customer and row.time >= starts[0].time and row.serial != starts[0].serial
            ]
            found += ends[:1]
    return started, found


@pytest.mark.parametrize(("first", "second"), [("look", "buy"), ("click", "click")])
def test_times_between_events(told: History, first: str, second: str) -> None:
    import numpy as np  # which takes a while

    started, times = lasted(told, first, second)
    found = durations(told, first, second, 7 * timedelta(hours=1))
    assert (found.started, found.finished) == (started, len(times))
    levels = [each.probability for each in found.quantiles]
    assert levels == [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
    expected = np.quantile([each.total_seconds() for each in times], levels)
    assert [each.duration.ToMicroseconds() / 1e6 for each in found.quantiles] == pytest.approx(list(expected))
    counts = Counter(each // timedelta(hours=7) for each in times)
    assert [each.customers for each in found.bars] == [counts[at] for at in range(max(counts) + 1)]
    assert [each.start.ToTimedelta() for each in found.bars] == [
        at * timedelta(hours=7) for at in range(len(found.bars))
    ]


def test_the_thousandth_bar_is_open(told: History) -> None:
    _, times = lasted(told, "look", "buy")
    bars = durations(told, "look", "buy", timedelta(seconds=30)).bars
    assert len(bars) == 1_000
    assert bars[-1].customers == sum(each >= 999 * timedelta(seconds=30) for each in times) > 0
    assert sum(each.customers for each in bars) == len(times)


def test_times_between_events_that_did_not_happen(nothing: History, told: History) -> None:
    found = durations(nothing, "look", "buy", DAY)
    assert (found.started, found.finished, list(found.quantiles), list(found.bars)) == (0, 0, [], [])
    found = durations(told, "look", "never", DAY)
    assert (found.finished, list(found.quantiles), list(found.bars)) == (0, [], [])
    assert found.started > 0


def series(told: History, name: str, **fields: object) -> dict[str, list[tuple[datetime, float, int]]]:
    request = pb.GetTimeSeriesRequest(**{"events": w.events(name), "span": span(*SPAN)} | fields)  # type: ignore[arg-type]
    found = wire.write_series(told.descriptions.series(wire.read_series(request)))
    return {
        each.group: [(instant(point.start_time), point.value, point.customers) for point in each.points]
        for each in found.series
    }


def begin(time: datetime, step: str) -> datetime:
    """Where the step of an instant begins, by Shanghai's clock, which has had no summer time for long."""
    local = time.astimezone(ZONE)
    if step == "HOUR":
        return local.replace(minute=0)
    day = local.replace(hour=0, minute=0)
    if step == "WEEK":
        return day - day.weekday() * DAY
    return day.replace(day=1) if step == "MONTH" else day


@pytest.mark.parametrize("step", ["HOUR", "DAY", "WEEK", "MONTH"])
def test_counts_over_time(told: History, step: str) -> None:
    rows = defaultdict(list)
    for row in known(told, "buy"):
        if inside(row):
            rows[begin(row.time, step)].append(row)
    expected = [(start, len(found), len({row.customer for row in found})) for start, found in sorted(rows.items())]
    assert series(told, "buy", step=f"TIME_STEP_{step}") == {"": expected}


AGGREGATES = {
    "SUM": sum,
    "MEAN": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "DISTINCT": lambda values: len(set(values)),
}


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_aggregates_over_time(told: History, aggregate: str) -> None:
    """Sums and counts of different values are 0 on days without values, and the others are not there."""
    days = defaultdict(list)
    for row in known(told, "buy"):
        if inside(row):
            days[begin(row.time, "DAY")].append(row)
    expected: list[Any] = []
    for start, rows in sorted(days.items()):
        values = [row.amount for row in rows if row.amount is not None]
        if values or aggregate in {"SUM", "DISTINCT"}:
            result = AGGREGATES[aggregate](values)  # type: ignore[operator]
            expected.append((start, pytest.approx(result), len({row.customer for row in rows})))
    assert any(None in {row.amount for row in rows} for rows in days.values())
    assert series(told, "buy", aggregate=f"AGGREGATE_{aggregate}", property="amount") == {"": expected}


def test_series_are_split_the_largest_first(told: History) -> None:
    counts: dict[str, Counter[datetime]] = defaultdict(Counter)
    for row in known(told, "click"):
        if inside(row):
            counts[row.channel][begin(row.time, "DAY")] += 1
    order = sorted(counts, key=lambda channel: (-counts[channel].total(), channel))
    found = series(told, "click", group_by_property="channel")
    assert list(found) == order
    assert {channel: [(start, value) for start, value, _ in points] for channel, points in found.items()} == {
        channel: sorted(days.items()) for channel, days in counts.items()
    }


def test_a_series_of_nothing_has_none(nothing: History) -> None:
    assert series(nothing, "buy") == {}
    assert series(nothing, "buy", aggregate="AGGREGATE_SUM", property="amount") == {}
    assert series(nothing, "buy", aggregate="AGGREGATE_MEAN", property="amount", group_by_property="channel") == {}


WEIGHTS: dict[str, Callable[[int], list[float]]] = {
    "LAST_TOUCH": lambda n: [0.0] * (n - 1) + [1.0],
    "FIRST_TOUCH": lambda n: [1.0] + [0.0] * (n - 1),
    "LINEAR": lambda n: [1 / n] * n,
    "POSITION_BASED": lambda n: [1 / n] * n if n < 3 else [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4],
}
COSTS = {"sms": 5.0, "push": 0.0}


def attribution(told: History, model: str, **fields: object) -> pb.GetAttributionResponse:
    given = {
        "outcome": outcome(),
        "touches": w.events("click"),
        "window": length(3 * DAY),
        "model": f"ATTRIBUTION_MODEL_{model}",
        "group_by_properties": ["channel", "campaign_id"],
        "costs": COSTS,
        "span": span(*SPAN),
    }
    request = pb.GetAttributionRequest(**given | fields)  # type: ignore[arg-type]
    return wire.write_attribution(told.descriptions.attribution(wire.read_attribution(request)))


@pytest.mark.parametrize("horizon", [None, 2 * DAY])
@pytest.mark.parametrize("model", WEIGHTS)
def test_success_is_divided_among_the_touches_before_it(told: History, model: str, horizon: timedelta | None) -> None:
    reach = horizon or 3 * DAY
    clicks = known(told, "click")
    touches = Counter((row.channel, row.campaign) for row in clicks if SPAN[0] - reach < row.time < SPAN[1])
    conversions: dict[tuple[str, str], float] = defaultdict(float)
    revenue: dict[tuple[str, str], float] = defaultdict(float)
    alone: list[Row] = []
    most = 0
    for row in filter(inside, known(told, "buy")):
        mine = [each for each in clicks if each.customer == row.customer and row.time - reach < each.time <= row.time]
        most = max(most, len(mine))
        alone += [] if mine else [row]
        for each, weight in zip(mine, WEIGHTS[model](len(mine)) if mine else [], strict=True):
            conversions[each.channel, each.campaign] += weight
            revenue[each.channel, each.campaign] += weight * (row.amount or 0)
    found = attribution(told, model, outcome=outcome(horizon))
    assert most > (2 if horizon is None else 1)
    assert {tuple(each.values): each.touches for each in found.groups} == touches
    for group in found.groups:
        key = (group.values[0], group.values[1])
        assert group.conversions == pytest.approx(conversions[key])
        assert group.revenue == pytest.approx(revenue[key])
        assert group.cost == pytest.approx(touches[key] * COSTS.get(key[0], 0.0))
        assert group.HasField("return_on_cost") == (key[0] == "sms")
        if key[0] == "sms":
            assert group.return_on_cost == pytest.approx((group.revenue - group.cost) / group.cost)
    assert [each.revenue for each in found.groups] == sorted((each.revenue for each in found.groups), reverse=True)
    assert found.unattributed_conversions == len(alone)
    assert found.unattributed_revenue == sum(row.amount or 0 for row in alone)


def test_what_is_divided_is_the_whole(told: History) -> None:
    """Without a span, and however it is divided, nothing is lost and nothing is made."""
    buys = known(told, "buy")
    for model in WEIGHTS:
        found = attribution(told, model, span=None)
        conversions = sum(each.conversions for each in found.groups) + found.unattributed_conversions
        revenue = sum(each.revenue for each in found.groups) + found.unattributed_revenue
        assert conversions == pytest.approx(len(buys))
        assert revenue == pytest.approx(sum(row.amount or 0 for row in buys))


def test_an_event_is_no_touch_before_itself(told: History) -> None:
    found = attribution(told, "LINEAR", touches=w.events("buy"), window=length(timedelta(microseconds=1)))
    together = Counter((row.customer, row.time) for row in known(told, "buy") if inside(row))
    assert found.unattributed_conversions == sum(count == 1 for count in together.values())


def test_attribution_without_success_or_touches(nothing: History, told: History) -> None:
    found = attribution(nothing, "LAST_TOUCH")
    assert (list(found.groups), found.unattributed_conversions, found.unattributed_revenue) == ([], 0, 0)
    found = attribution(told, "LAST_TOUCH", touches=w.events("never"))
    assert list(found.groups) == []
    assert found.unattributed_conversions == sum(map(inside, known(told, "buy")))
    nobody = pb.Outcome(outcome_id="none", events=w.events("never"))
    found = attribution(told, "LAST_TOUCH", outcome=nobody)
    assert {(each.conversions, each.revenue) for each in found.groups} == {(0.0, 0.0)}
    assert {each.return_on_cost for each in found.groups if each.HasField("return_on_cost")} == {-1.0}
