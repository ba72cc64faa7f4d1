"""Pure: which share of each tier was touched, as ibis expressions."""

from collections.abc import Iterator, Mapping, Sequence

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.coverage import CoverageQuery, TierCoverage
from tidegate.segmentation.rules.check import Known, check_selection
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.slicing import check_group, check_span, commonest, group_of, inside
from tidegate.segmentation.rules.tables import Table

_NONE = (0, 0)


def check_coverage(query: CoverageQuery, known: Known) -> list[Violation]:
    """Everything that is wrong with a request for coverage, apart from its model."""
    found = check_selection(query.touches, known, path="touches")
    return found + check_span(query.span) + check_group(query.group_by)


def tier_sizes(query: CoverageQuery, compiler: RuleCompiler) -> Table:
    """One row per tier with customers in it."""
    scored = _scored(query, compiler)
    return scored.group_by("tier").agg(customers=scored.count())


def touched_by_tier(query: CoverageQuery, compiler: RuleCompiler) -> Table:
    """One row per tier and group with touches: customers touched, touches, and the touches of the group in all."""
    events = compiler.selected(query.touches)
    wanted = events.filter(inside(events.time, query.span))
    touches = wanted.select("customer_id", group_value=group_of(wanted, query.group_by, compiler))
    scored = touches.inner_join(_scored(query, compiler), "customer_id")
    kept = scored.inner_join(commonest(scored), "group_value")
    return kept.group_by("tier", "group_value", "rows_in_all").agg(
        touched=kept.customer_id.nunique(), touches=kept.count()
    )


def coverage(
    tiers: Sequence[str],
    sizes: Mapping[str, int],
    touched: Mapping[tuple[str, str], tuple[int, int]],
    groups: Sequence[str],
) -> Iterator[TierCoverage]:
    """All tiers, each with all groups; those without a tier last, if there are any."""
    for tier in (*tiers, ""):
        if tier or "" in sizes:
            for group in groups:
                customers, touches = touched.get((tier, group), _NONE)
                yield TierCoverage(tier, group, sizes.get(tier, 0), customers, touches)


def _scored(query: CoverageQuery, compiler: RuleCompiler) -> Table:
    scores = compiler.tables["scores"]
    return scores.filter(scores.model_id == query.model_id).select("customer_id", "tier")
