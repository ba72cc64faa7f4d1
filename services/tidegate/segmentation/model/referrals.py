"""Who brought whom: what is asked and what is answered. Instants are microseconds."""

from dataclasses import dataclass
from typing import NamedTuple

from tidegate.segmentation.model.rule import Between


@dataclass(frozen=True, slots=True)
class ReferralQuery:
    """The tree below ``customer_id``, or all trees for 0; a page of it behind ``after`` (generation, customer).

    Only those who came in the span and are in the segment are told and counted; '' is everybody.
    """

    customer_id: int
    generations: int
    span: Between
    after: tuple[int, int]
    limit: int
    segment_id: str = ""


class ReferralNode(NamedTuple):
    """One customer in the tree; ``inviter_id`` 0: brought by nobody; ``joined_at`` None: not known."""

    customer_id: int
    inviter_id: int
    generation: int
    brought: int
    brought_in_all: int
    joined_at: int | None
