"""The timeline: lists of several kinds, each by falling time, as one list.

Entries of one instant stand in the order of their kinds, and within a kind in the order of its own list. So there is
one order over everything, and one place in it says for every kind where the next page goes on, whether a kind had
entries on the page before or not. Everything here is pure.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from tidegate.identity.model import Span


class Kind(StrEnum):
    """What an entry is about; at the same instant, what may follow from another kind stands before it."""

    JOURNEY_END = "journey_end"
    MESSAGE = "message"
    JOURNEY_ENTRY = "journey_entry"
    SPLIT = "split"
    MERGE = "merge"
    CONSENT = "consent"
    EVENT = "event"

    @property
    def rank(self) -> int:
        """Its place among the kinds."""
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(Kind)}


class Place(NamedTuple):
    """An entry's place: ``key`` tells it from others of its kind and time, which are sorted by falling key."""

    time: int
    kind: Kind
    key: tuple[str, ...]


class Entry(NamedTuple):
    """One entry, with what it is about."""

    place: Place
    subject: Any


class Stretch(NamedTuple):
    """The part of one kind's list that a page needs: up to ``limit`` entries in ``span`` behind (time, \\*key)."""

    span: Span
    behind: tuple[Any, ...] | None
    limit: int


class Stream(NamedTuple):
    """A stretch of one kind's list, the newest first; ``more`` says whether the list goes on behind it."""

    entries: Sequence[Entry]
    more: bool


class Page(NamedTuple):
    """The first entries of several streams; ``more`` says whether there are others behind them."""

    entries: Sequence[Entry]
    more: bool


def stretch(kind: Kind, span: Span, place: Place | None, *, limit: int) -> Stretch:
    """What a page of up to ``limit`` entries behind ``place`` (None: the first one) needs of a kind."""
    if place is None:
        return Stretch(span, None, limit)
    if kind is place.kind:
        return Stretch(span, (place.time, *place.key), limit)
    end = place.time + (kind.rank > place.kind.rank)  # of the place's own instant the later kinds are still to come
    return Stretch(Span(span.start, end if span.end is None else min(end, span.end)), None, limit)


def page(streams: Iterable[Stream], *, limit: int) -> Page:
    """The first ``limit`` entries of all streams, each of which has at least as many or all there are."""
    given = list(streams)
    found = list(islice(merge(*(stream.entries for stream in given), key=_order), limit + 1))
    return Page(found[:limit], len(found) > limit or any(stream.more for stream in given))


def _order(entry: Entry) -> tuple[int, int]:
    return -entry.place.time, entry.place.kind.rank
