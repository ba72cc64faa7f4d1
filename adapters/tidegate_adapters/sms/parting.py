"""How the messages of a batch are parted into calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

from tidegate.channels import OutboundMessage

Placed = tuple[int, OutboundMessage]
"""A message with its place in the batch."""


def parted(
    messages: Sequence[Placed], most: int, kind: Callable[[OutboundMessage], Hashable]
) -> Iterator[Sequence[int]]:
    """The places of up to `most` messages of one kind, each to another number, for each call."""
    groups: dict[tuple[Hashable, int], list[int]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for place, message in messages:
        groups[kind(message), seen[message.address]].append(place)
        seen[message.address] += 1
    for group in groups.values():
        for start in range(0, len(group), most):
            yield group[start : start + most]
