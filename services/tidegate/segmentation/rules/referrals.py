"""Pure: what is wrong with a request for a tree of referrals."""

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.referrals import ReferralQuery
from tidegate.segmentation.rules.slicing import check_span

DEFAULT_GENERATIONS, MOST_GENERATIONS = 3, 10


def check_referrals(query: ReferralQuery) -> list[Violation]:
    """Everything that is wrong with the request."""
    found = []
    if query.customer_id < 0:
        found.append(Violation("customer_id", "must be a customer's id, or 0 for all trees"))
    if not 1 <= query.generations <= MOST_GENERATIONS:
        found.append(Violation("generations", f"must be 1 to {MOST_GENERATIONS}; 0 takes {DEFAULT_GENERATIONS}"))
    return found + check_span(query.span)
