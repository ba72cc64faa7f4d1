"""Takes customers into journeys, whatever brings them."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.journey.announce import Announcer
from tidegate.journey.canvas import Definition, Entry
from tidegate.journey.conditions import Scalar
from tidegate.journey.store import aliases, erasing, walks
from tidegate.journey.store import entries as store
from tidegate.journey.store.entries import Decided, Key, Newcomer
from tidegate.journey.store.journeys import Journey
from tidegate.runtime.clock import micros
from tidegate.runtime.db import after_commit
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id

ENTERED = "entered"
REPLAYED = "replayed"
POLICY = "policy"
MAX_CONCURRENT = "max_concurrent"
EXCLUDED = "excluded"


class Candidate(NamedTuple):
    """Somebody whom something brings to a journey.

    ``reference`` names what brings them, unique in the journey; empty: a repetition can't be told. ``position`` is
    the position of identity's feed that it reflects. What happens ``since`` then counts for the walk's exits and
    goals; None: since the entry. ``original_id`` is the id under which identity keeps it; 0: the customer's own.
    """

    customer_id: int
    reference: str
    cause: Mapping[str, Scalar]
    properties: Mapping[str, Scalar]
    position: int = 0
    is_excluded: bool = False
    since: datetime | None = None
    original_id: int = 0

    @property
    def ids(self) -> tuple[int, int]:
        """The ids by which aliases are to be asked for."""
        return self.original_id or self.customer_id, self.customer_id

    def owner(self, aliases: Mapping[int, int]) -> int:
        """The customer that it is now: whoever has the original id, if that is known here."""
        original_id, customer_id = self.ids
        return aliases.get(original_id) or aliases.get(customer_id, customer_id)


class Decision(NamedTuple):
    """What became of a candidate: one of the words above, and the walk, if there is one."""

    word: str
    enrollment_id: str
    customer_id: int


class Gatehouse:
    """Decides entries within a transaction, on rows that nobody else decides on at the same time."""

    def __init__(self, feed: Feed, *, wake: Callable[[], None]) -> None:
        """``wake`` is called when walks have begun."""
        self._feed = feed
        self._wake = wake

    def admit(
        self,
        connection: sa.Connection,
        journey: Journey,
        definition: Definition,
        candidates: Sequence[Candidate],
        now: datetime,
    ) -> list[Decision]:
        """Decides candidates in their order and begins the walks of those who come in."""
        if not candidates:
            return []
        owners = aliases.canonical(connection, sorted({i for each in candidates for i in each.ids}))
        present = [each._replace(customer_id=each.owner(owners), original_id=each.ids[0]) for each in candidates]
        present = _living(present, erasing.erased_among(connection, sorted({each.customer_id for each in present})))
        before = self._decided(connection, journey.journey_id, present)
        fresh = _fresh(present, before)
        newcomers = {index: _newcomer(each, definition.entry) for index, each in fresh.items()}
        excluded = {index for index, each in fresh.items() if each.is_excluded}
        words = self._decide(connection, journey.journey_id, definition.entry, newcomers, excluded, now)
        entering = [each for index, each in newcomers.items() if words[index] == ENTERED]
        self._begin(connection, journey, definition, entering, now)
        self._note(connection, journey.journey_id, newcomers, words, now)
        return [_answer(index, each, before, newcomers, words) for index, each in enumerate(present)]

    def _decided(
        self, connection: sa.Connection, journey_id: str, candidates: Sequence[Candidate]
    ) -> dict[str, Decided]:
        references = sorted({each.reference for each in candidates if each.reference})
        return store.decided(connection, journey_id, references)

    def _decide(
        self,
        connection: sa.Connection,
        journey_id: str,
        entry: Entry,
        newcomers: Mapping[int, Newcomer],
        excluded: Collection[int],
        now: datetime,
    ) -> dict[int, str]:
        """Decisions by the newcomers' places: guards take one of each key at a time."""
        words = dict.fromkeys(excluded, EXCLUDED)
        waiting = {index: each for index, each in newcomers.items() if index not in words}
        room = self._room(connection, journey_id, entry, waiting)
        while waiting:
            turn = _first_of_each(waiting, entry)
            allowed = _within(turn, room)
            passed = self._pass(connection, journey_id, entry, allowed, now)
            for index, each in turn.items():
                words[index] = MAX_CONCURRENT if index not in allowed else POLICY
                if index in passed:
                    words[index] = ENTERED
                    if room is not None:
                        room[each.customer_id] -= 1
                del waiting[index]
        return words

    def _room(
        self, connection: sa.Connection, journey_id: str, entry: Entry, waiting: Mapping[int, Newcomer]
    ) -> dict[int, int] | None:
        """How many more walks each customer may begin; None: any number."""
        if not entry.max_concurrent or not waiting:
            return None
        customers = [each.customer_id for each in waiting.values()]
        store.hold_turnstiles(connection, journey_id, customers)
        counts = store.open_counts(connection, journey_id, customers)
        return {each: entry.max_concurrent - counts.get(each, 0) for each in customers}

    def _pass(
        self,
        connection: sa.Connection,
        journey_id: str,
        entry: Entry,
        allowed: Mapping[int, Newcomer],
        now: datetime,
    ) -> set[int]:
        """The places of those whom the guards let in."""
        if not allowed:
            return set()
        passed = store.pass_guards(
            connection,
            journey_id,
            list(allowed.values()),
            frequency=entry.frequency,
            duration=entry.duration,
            now=now,
        )
        return {index for index, each in allowed.items() if (each.customer_id, each.entry_key) in passed}

    def _begin(
        self,
        connection: sa.Connection,
        journey: Journey,
        definition: Definition,
        newcomers: Sequence[Newcomer],
        now: datetime,
    ) -> None:
        if not newcomers:
            return
        start = definition.canvas.start
        store.add_enrollments(
            connection,
            newcomers,
            journey_id=journey.journey_id,
            version=journey.live_version,
            start=start,
            now=now,
            entered={start: micros(now)} if start in definition.remembered else {},
        )
        self._announce(connection, journey, newcomers, now)
        after_commit(connection, self._wake)

    def _announce(
        self, connection: sa.Connection, journey: Journey, newcomers: Sequence[Newcomer], now: datetime
    ) -> None:
        key = (journey.journey_id, journey.live_version, "entry", "", "", "")
        walks.add_tallies(connection, Counter({key: len(newcomers)}))
        walks_begun = ((each.enrollment_id, each.customer_id) for each in newcomers)
        announcer = Announcer(journey.journey_id, journey.live_version, now)
        self._feed.append(connection, announcer.started(walks_begun, campaign_id=journey.campaign_id))

    def _note(
        self,
        connection: sa.Connection,
        journey_id: str,
        newcomers: Mapping[int, Newcomer],
        words: Mapping[int, str],
        now: datetime,
    ) -> None:
        noted = {
            each.reference: Decided(
                each.customer_id, words[index], each.enrollment_id if words[index] == ENTERED else ""
            )
            for index, each in newcomers.items()
            if each.reference
        }
        store.note(connection, journey_id, noted, now=now)


def key_of(entry: Entry, properties: Mapping[str, Scalar]) -> str:
    """The key that tells walks of one customer apart."""
    value = properties.get(entry.key_property) if entry.key_property else None
    if isinstance(value, dict):
        return str(value["instant"])
    return "" if value is None else str(value)


def _newcomer(candidate: Candidate, entry: Entry) -> Newcomer:
    return Newcomer(
        enrollment_id=new_id(),
        customer_id=candidate.customer_id,
        original_customer_id=candidate.ids[0],
        entry_key=key_of(entry, candidate.properties),
        reference=candidate.reference,
        cause=candidate.cause,
        properties=candidate.properties,
        position=candidate.position,
        since=candidate.since,
    )


def _living(candidates: Sequence[Candidate], erased: Collection[int]) -> list[Candidate]:
    """The candidates, those who were erased as excluded, without what brought them."""
    return [
        each._replace(is_excluded=True, cause={}, properties={}) if each.customer_id in erased else each
        for each in candidates
    ]


def _fresh(candidates: Sequence[Candidate], before: Mapping[str, Decided]) -> dict[int, Candidate]:
    """The candidates that were not decided before, by their places; of one reference the first."""
    seen = set(before)
    fresh = {}
    for index, each in enumerate(candidates):
        if not each.reference or each.reference not in seen:
            fresh[index] = each
            seen.add(each.reference)
    return fresh


def _first_of_each(waiting: Mapping[int, Newcomer], entry: Entry) -> dict[int, Newcomer]:
    """The first of every key; of every customer where all keys count together."""
    seen: set[Key | int] = set()
    turn = {}
    for index, each in waiting.items():
        key = each.customer_id if entry.max_concurrent else (each.customer_id, each.entry_key)
        if key not in seen:
            seen.add(key)
            turn[index] = each
    return turn


def _within(turn: Mapping[int, Newcomer], room: Mapping[int, int] | None) -> Mapping[int, Newcomer]:
    if room is None:
        return turn
    return {index: each for index, each in turn.items() if room[each.customer_id] > 0}


def _answer(
    index: int,
    candidate: Candidate,
    before: Mapping[str, Decided],
    newcomers: Mapping[int, Newcomer],
    words: Mapping[int, str],
) -> Decision:
    if index in newcomers:
        entered = newcomers[index].enrollment_id if words[index] == ENTERED else ""
        return Decision(words[index], entered, candidate.customer_id)
    first = before.get(candidate.reference)
    if first is None:  # decided just now, for an item before this one
        place = next(at for at, each in newcomers.items() if each.reference == candidate.reference)
        return _answer(place, candidate, before, newcomers, words)._replace(word=REPLAYED)
    return Decision(REPLAYED, first.enrollment_id, first.customer_id)
