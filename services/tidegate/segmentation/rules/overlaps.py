"""Pure: how far segments coincide, as one ibis expression over the copies of their members."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.segment import Overlap
from tidegate.segmentation.rules.tables import Table, Tables

LEAST_SEGMENTS, MOST_SEGMENTS = 2, 20


def check_compared(segment_ids: Sequence[str]) -> list[Violation]:
    """What is wrong with a list of segments to compare."""
    if not LEAST_SEGMENTS <= len(segment_ids) <= MOST_SEGMENTS:
        return [Violation("segment_ids", f"must be {LEAST_SEGMENTS} to {MOST_SEGMENTS}, not {len(segment_ids)}")]
    return [
        Violation(f"segment_ids[{at}]", f"{each!r} is named before; name each segment once")
        for at, each in enumerate(segment_ids)
        if each in segment_ids[:at]
    ]


def shared_members(segment_ids: Sequence[str], tables: Tables) -> Table:
    """One row with a column for each segment, `both_<at>_<at>`, and each pair of them, by their places."""
    members = tables["members"]
    wanted = members.filter(members.segment_id.isin(segment_ids))
    places = {f"in_{at}": (wanted.segment_id == each).any() for at, each in enumerate(segment_ids)}
    inside = wanted.group_by("customer_id").agg(**places)
    return inside.agg(
        **{
            _column(first, second): (inside[f"in_{first}"] & inside[f"in_{second}"]).sum().fill_null(0)
            for first, second in _pairs(len(segment_ids))
        }
    )


def compared(segment_ids: Sequence[str], shared: dict[str, int]) -> tuple[list[int], list[Overlap]]:
    """The segments' sizes and the overlaps of all pairs, from the row of shared_members()."""
    sizes = [shared[_column(at, at)] for at in range(len(segment_ids))]
    overlaps = []
    for first, second in combinations(range(len(segment_ids)), 2):
        both = shared[_column(first, second)]
        either = sizes[first] + sizes[second] - both
        overlaps.append(Overlap(segment_ids[first], segment_ids[second], both, both / either if either else 0.0))
    return sizes, overlaps


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    yield from ((at, at) for at in range(count))
    yield from combinations(range(count), 2)


def _column(first: int, second: int) -> str:
    return f"both_{first}_{second}"
