"""Pure: times from one event to another as an ibis expression."""

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.durations import DurationQuery
from tidegate.segmentation.rules.check import Known, check_selection
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.slicing import check_length, check_span, inside
from tidegate.segmentation.rules.tables import Table

PROBABILITIES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
MOST_BARS = 1_000
A_DAY = 86_400 * 1_000_000


def check_durations(query: DurationQuery, known: Known) -> list[Violation]:
    """Everything that is wrong with a request for a distribution of times."""
    found = check_selection(query.first, known, path="first") + check_selection(query.second, known, path="second")
    return found + check_length(query.bar_width, path="bar_width") + check_span(query.span)


def durations_of(query: DurationQuery, compiler: RuleCompiler) -> Table:
    """One row per customer with the first event: how long it took to the second one, null while there is none.

    The second event is another one than the first, and not before it.
    """
    first, second = compiler.selected(query.first), compiler.selected(query.second)
    earliest = first.group_by("customer_id").agg(
        time=first.time.min(), serial=first.serial.first(order_by=[first.time, first.serial])
    )
    starts = earliest.filter(inside(earliest.time, query.span))
    later = starts.inner_join(second.select("customer_id", next_time="time", next_serial="serial"), "customer_id")
    followed = later.filter(later.next_time >= later.time, later.next_serial != later.serial)
    ends = followed.group_by("customer_id").agg(end=followed.next_time.min())
    return starts.left_join(ends, "customer_id").select("customer_id", lasted=lambda t: t.end - t.time)
