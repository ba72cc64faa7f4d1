"""What the calls work with, and what they share."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tidegate.api.common.v1 import common_pb2
from tidegate.runtime.errors import InvalidArgument, item_error
from tidegate.runtime.feed import Feed
from tidegate.segmentation.describing import Descriptions
from tidegate.segmentation.experiments import Experiments
from tidegate.segmentation.exporting import Exporting
from tidegate.segmentation.questioning import Questioning
from tidegate.segmentation.reports import Reports
from tidegate.segmentation.scores import Scores
from tidegate.segmentation.segments import Segments
from tidegate.segmentation.snapshots import Snapshots
from tidegate.segmentation.stages import Stages

MAX_BATCH = 1_000
LONGEST_WAIT = 20.0

Item = TypeVar("Item")
Read = TypeVar("Read")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Tools:
    """The operations."""

    segments: Segments
    snapshots: Snapshots
    questioning: Questioning
    experiments: Experiments
    scores: Scores
    stages: Stages
    reports: Reports
    descriptions: Descriptions
    exporting: Exporting
    feed: Feed


def batch(items: Sequence[int], path: str, *, least: int = 1) -> Sequence[int]:
    """The items of a batch. Raises InvalidArgument when there are too few or too many, or one is no id."""
    if not least <= len(items) <= MAX_BATCH:
        raise InvalidArgument.at(path, f"must be {least} to {MAX_BATCH}, not {len(items)}")
    for at, item in enumerate(items):
        if item <= 0:
            raise InvalidArgument.at(f"{path}[{at}]", "must be a customer's id, greater than 0")
    return items


def each_of(
    items: Sequence[Item], path: str, *, read: Callable[[Item], Read], work: Callable[[list[Read]], Sequence[Result]]
) -> list[Result | common_pb2.ItemError]:
    """What becomes of each item of a batch: one that ``read`` refuses has its own error, the others go to ``work``."""
    amount(len(items), path)
    found: dict[int, Result | common_pb2.ItemError] = {}
    good: dict[int, Read] = {}
    for at, item in enumerate(items):
        try:
            good[at] = read(item)
        except InvalidArgument as error:
            found[at] = item_error(error)
    found |= dict(zip(good, work(list(good.values())), strict=True))
    return [found[at] for at in range(len(items))]


def customer(customer_id: int) -> int:
    """The id. Raises InvalidArgument when it can't be a customer's."""
    if customer_id <= 0:
        raise InvalidArgument.at("customer_id", "must be a customer's id, greater than 0")
    return customer_id


def amount(count: int, path: str, *, most: int = MAX_BATCH) -> None:
    """Raises InvalidArgument unless there are 1 to ``most``."""
    if not 1 <= count <= most:
        raise InvalidArgument.at(path, f"must be 1 to {most}, not {count}")


def required(text: str, path: str) -> str:
    """The text. Raises InvalidArgument when it is empty."""
    if not text:
        raise InvalidArgument.at(path, "is required")
    return text


def position(value: int) -> int:
    """A position of identity's feed. Raises InvalidArgument when it is negative."""
    if value < 0:
        raise InvalidArgument.at("min_identity_position", "must not be negative; 0 is what is known now")
    return value


def masked(paths: Sequence[str], allowed: Collection[str]) -> Sequence[str]:
    """The fields of an update mask. Raises InvalidArgument for one that cannot be changed."""
    for path in paths:
        if path not in allowed:
            raise InvalidArgument.at("update_mask", f"{path!r} is none of {', '.join(sorted(allowed))}")
    return paths
