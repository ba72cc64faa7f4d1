"""Pure: aggregates of events over time as an ibis expression, and the steps of time."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import ibis

from tidegate.runtime.clock import micros
from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.rule import Aggregate, EventRule
from tidegate.segmentation.model.series import SeriesQuery, TimeStep
from tidegate.segmentation.rules import aggregates
from tidegate.segmentation.rules.check import Known, check_aggregate
from tidegate.segmentation.rules.comparisons import numeric
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.slicing import (
    check_group,
    check_numbers,
    check_property,
    check_span,
    commonest,
    group_of,
    inside,
)
from tidegate.segmentation.rules.tables import Table, Value

MOST_STEPS = 10_000
_WHOLE = frozenset({Aggregate.COUNT, Aggregate.DISTINCT})
_AN_HOUR = timedelta(hours=1)


def check_series(query: SeriesQuery, known: Known, zone: ZoneInfo) -> list[Violation]:
    """Everything that is wrong with a request for a series."""
    rule = EventRule(query.events, query.aggregate, query.property)
    found = [
        Violation(each.field.removeprefix("."), each.description) for each in check_aggregate(rule, known, path="")
    ]
    if query.aggregate not in _WHOLE and not any(each.field == "property" for each in found):
        found += check_property(query.property, path="property")
        found += check_numbers(query.property, known, path="property")
    found += check_group(query.group_by)
    return found + _check_steps(query, zone)


def _check_steps(query: SeriesQuery, zone: ZoneInfo) -> list[Violation]:
    span = query.span
    absent = [Violation(f"span.{name}", "is required") for name in ("start", "end") if getattr(span, name) is None]
    return absent or check_span(span) or _check_amount(query, zone)


def _check_amount(query: SeriesQuery, zone: ZoneInfo) -> list[Violation]:
    try:
        steps = len(steps_of(query, zone))
    except OverflowError:
        return [Violation("span", "has steps beyond the years 1 to 9999")]
    if steps <= MOST_STEPS:
        return []
    return [Violation("span", f"has more than {MOST_STEPS} steps; take a shorter one, or longer steps")]


def steps_of(query: SeriesQuery, zone: ZoneInfo) -> list[int]:
    """Where the steps of the span begin, in microseconds; at most one more than MOST_STEPS.

    The first one begins where its hour, day, week, or month does, which may be before the span.
    """
    start, end = query.span.start, query.span.end
    assert start is not None
    assert end is not None
    found = []
    for begin in islice(_STEPS[query.step](start, zone), MOST_STEPS + 1):
        if begin >= end:
            break
        found.append(micros(begin))
    return found


def steps_table() -> Table:
    """The temporary table `steps` that the beginnings of steps are put into."""
    return ibis.table({"begins": "int64"}, name="steps")


def series_of(query: SeriesQuery, compiler: RuleCompiler) -> Table:
    """One row per group and step with events: the aggregate, its customers, and the events of the group in all."""
    events = compiler.selected(query.events)
    counted = events.filter(inside(events.time, query.span))
    grouped = counted.mutate(group_value=group_of(counted, query.group_by, compiler))
    common = commonest(grouped)
    kept = grouped.inner_join(common, "group_value")
    steps = steps_table()
    stepped = kept.asof_join(steps, kept.time >= steps.begins)
    by_step = stepped.group_by("group_value", "rows_in_all", "begins").agg(
        value=_value(stepped, query, compiler), customers=stepped.customer_id.nunique()
    )
    return by_step.filter(by_step.value.notnull()).order_by([by_step.begins])


def _value(events: Table, query: SeriesQuery, compiler: RuleCompiler) -> Value:
    columns = compiler.catalog.property_columns(query.property)
    if query.aggregate not in _WHOLE:
        number = numeric(events, columns)
        if number is None:
            return ibis.literal(0.0) if query.aggregate is Aggregate.SUM else ibis.null("float64")
        return _of_numbers(events, number.cast("float64"), query.aggregate)
    [found] = aggregates.results(events, query.aggregate, columns, of=query.property).values()
    return found.cast("float64")


def _of_numbers(events: Table, number: Value, aggregate: Aggregate) -> Value:
    order = [events.time, events.serial]
    match aggregate:
        case Aggregate.SUM:
            return number.sum().fill_null(0.0)
        case Aggregate.MEAN:
            return number.mean()
        case Aggregate.MIN:
            return number.min()
        case Aggregate.MAX:
            return number.max()
        case Aggregate.FIRST:
            return number.first(order_by=order)
        case _:
            return number.last(order_by=order)


def _hours(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    begin = start.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    while True:
        yield begin
        begin += _AN_HOUR


def _days(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    return _midnights(start.astimezone(zone).date(), zone, lambda day: day + timedelta(days=1))


def _weeks(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    day = start.astimezone(zone).date()
    return _midnights(day - timedelta(days=day.weekday()), zone, lambda day: day + timedelta(days=7))


def _months(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    def following(day: date) -> date:
        return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)

    return _midnights(start.astimezone(zone).date().replace(day=1), zone, following)


def _midnights(day: date, zone: ZoneInfo, following: Callable[[date], date]) -> Iterator[datetime]:
    while True:
        yield datetime.combine(day, time(), zone).astimezone(UTC)
        day = following(day)


_STEPS: Mapping[TimeStep, Callable[[datetime, ZoneInfo], Iterator[datetime]]] = {
    TimeStep.HOUR: _hours,
    TimeStep.DAY: _days,
    TimeStep.WEEK: _weeks,
    TimeStep.MONTH: _months,
}
