"""Watches campaigns by their guardrails: when a bad rate is surely too high, the campaign is paused, or it is told.

The feed says to which messages something happened; what is new of them is added to what was counted before. What was
counted of a message is kept, so nothing counts twice or is missed after a crash, and a pass costs the same however
large a campaign is. Who has no guardrail pays nothing. What a guardrail had paused is woken little by little.

Rows are locked in one order, here and by whoever changes policies: the cursor, the version of the policies, audiences,
then what guardrails have counted and what is to be woken.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from tidegate.api.delivery.v1 import changes_pb2, messages_pb2
from tidegate.api.delivery.v1.delivery_service_pb2 import ListChangesResponse
from tidegate.delivery.announce import Announcer, put_changes
from tidegate.delivery.links.model import PREFERENCES
from tidegate.delivery.policy import naming
from tidegate.delivery.policy.guards import Count, Happened, Standing, counts, happened, is_passed
from tidegate.delivery.policy.model import Guardrail, Kept, PolicyKind
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.policy.store import policies as policy_store
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import audiences, projections
from tidegate.delivery.store import guards as store
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition
from tidegate.runtime.feed import Feed, load_cursor, save_cursor

LOG = structlog.get_logger(__name__)
_SOURCE = "delivery.guard"
_KINDS = ("message_changed", "receipt_recorded", "interaction", "consent_withdrawn")
_PAGE = 5_000
_WOKEN = 1_000
_LEFT = "left"
"""Remembered of a message by whose link its customer unsubscribed, be it before it is known to be sent."""
Guardrails = Sequence[Kept[Guardrail]]


@dataclass(frozen=True, slots=True)
class _News:
    """The messages to which something happened that may count, and those by whose links customers unsubscribed."""

    message_ids: set[str]
    left: set[str]


@dataclass(frozen=True, slots=True)
class Guarding:
    """``step`` is a pass of the loop that looks after what happened since the pass before.

    ``wake`` is called when there are messages to decide again.
    """

    database: Database
    clock: Clock
    feed: Feed
    announcer: Announcer
    policies: Policies
    wake: Callable[[], None]

    def step(self) -> bool:
        """Wakes some of what was paused, and judges what happened; returns whether there was anything to do."""
        with self.database.read() as connection:
            is_to_wake = store.is_to_wake(connection)
            guardrails = self.policies.in_force(connection).guardrails
            after = load_cursor(connection, CURSORS, _SOURCE)
        if is_to_wake and self.database.run(_wake_some):
            self.wake()
        if not guardrails:
            if after:  # whoever is made next begins at the end of the feed, however long that takes
                self.database.run(lambda connection: _rest(connection, after))
            return is_to_wake
        return self._watch(guardrails, after) or is_to_wake

    def _watch(self, guardrails: Guardrails, after: int) -> bool:
        if not after:
            return self._begin(after)
        try:
            page = self.feed.read(after, limit=_PAGE, kinds=_KINDS)
        except FailedPrecondition:  # nobody watched for so long that the feed has gone on
            return self._begin(after)
        if page.next_position <= after:
            return False
        since = min(kept.update_time for kept in guardrails)
        listed = ListChangesResponse()
        put_changes(listed.changes, [entry for entry in page.entries if entry.time_micros >= since])
        news = _news(guardrails, listed.changes)
        with self.database.read() as connection:  # rows move forward alone: what is newer than the page may be in it
            found = store.standing(connection, news.message_ids) if news.message_ids else []
        standing = [one for one in found if _is_watched(guardrails, one.campaign_id)]
        self.database.run(lambda connection: self._judge(connection, standing, news.left, page.next_position))
        return True

    def _begin(self, after: int) -> bool:
        """From the end of the feed on, unless another replica has begun since ``after`` was read."""
        self.database.run(lambda connection: begin(connection, self.feed, after=after))
        return True

    def _judge(self, connection: sa.Connection, standing: Sequence[Standing], left: set[str], position: int) -> None:
        if projections.lock_cursor(connection, _SOURCE) >= position:
            return
        news = _counted_now(connection, standing, left)
        if news:
            self._count(connection, news)
        save_cursor(connection, CURSORS, _SOURCE, position)

    def _count(self, connection: sa.Connection, news: Mapping[str, Sequence[Happened]]) -> None:
        """Nobody changes a guardrail meanwhile: who does so holds the version, and then forgets what it counted."""
        policy_store.hold_version(connection)
        guardrails = policy_store.load(connection, PolicyKind.GUARDRAIL)
        added = {
            (kept.policy.guardrail_id, campaign_id): (kept.update_time, more)
            for kept in guardrails
            for campaign_id, happened in news.items()
            if (more := counts(kept, campaign_id, happened)) != Count()
        }
        sums = store.add(connection, added) if added else {}
        tripped = []
        for kept in guardrails:
            new = [each for each in sorted(news) if _is_tripped(kept.policy, each, sums)]
            if new:
                tripped.append((kept, new))
        if tripped:
            self._trip(connection, tripped)

    def _trip(self, connection: sa.Connection, tripped: Iterable[tuple[Kept[Guardrail], Sequence[str]]]) -> None:
        revision, now = policy_store.raise_version(connection), micros(self.clock.now())
        for kept, campaigns in tripped:
            guardrail_id = kept.policy.guardrail_id
            trips = {**kept.policy.trips, **dict.fromkeys(campaigns, now)}
            changed = replace(kept, policy=replace(kept.policy, trips=trips), revision=revision)
            policy_store.put(connection, PolicyKind.GUARDRAIL, guardrail_id, changed)
            naming.announce(
                connection,
                self.announcer,
                kind=PolicyKind.GUARDRAIL,
                policy_ids=[guardrail_id],
                revision=revision,
                now=now,
            )
            LOG.warning("guardrail.tripped", guardrail_id=guardrail_id, campaigns=campaigns)


def begin(connection: sa.Connection, feed: Feed, *, after: int = 0) -> None:
    """Has the feed watched from its end on, where nobody watches it: it was left at ``after``.

    Whoever makes a guardrail calls it before, in the same transaction: all that happens from then on counts.
    """
    if projections.lock_cursor(connection, _SOURCE) == after:
        save_cursor(connection, CURSORS, _SOURCE, max(feed.head_in(connection), 1))


def _rest(connection: sa.Connection, after: int) -> None:
    """Nothing is watched, unless somebody has made a guardrail, or begun, since ``after`` was read."""
    if projections.lock_cursor(connection, _SOURCE) == after:
        policy_store.hold_version(connection)
        if not policy_store.load(connection, PolicyKind.GUARDRAIL):
            save_cursor(connection, CURSORS, _SOURCE, 0)


def _wake_some(connection: sa.Connection) -> int:
    """Whoever asks to wake has changed policies, or learnt of an audience, and waits here rather than within."""
    policy_store.version(connection, hold=True)
    audiences.told(connection, hold=True)
    return store.wake_some(connection, _WOKEN)


def _counted_now(connection: sa.Connection, standing: Sequence[Standing], left: set[str]) -> dict[str, list[Happened]]:
    """By campaign, what was not counted before; from now on it is."""
    before = store.counted(connection, [one.message_id for one in standing]) if standing else {}
    words: dict[str, set[str]] = {}
    news: dict[str, list[Happened]] = {}
    for one in standing:
        known = before.get(one.message_id, set())
        has_left = one.message_id in left or _LEFT in known
        found = {each.word: each for each in happened(one._replace(unsubscribed=has_left or one.unsubscribed))}
        now = {*found, *([_LEFT] if has_left else ())}
        if new := now - known:
            words[one.message_id] = known | new
            news.setdefault(one.campaign_id, []).extend(found[word] for word in new if word in found)
    store.write_counted(connection, words)
    return news


def _is_tripped(guardrail: Guardrail, campaign_id: str, sums: Mapping[store.Key, Count]) -> bool:
    count = sums.get((guardrail.guardrail_id, campaign_id), Count())
    passed = is_passed(*count, threshold=guardrail.threshold, least=guardrail.min_sent)
    return passed and campaign_id not in guardrail.trips


def _news(guardrails: Guardrails, changes: Iterable[changes_pb2.Change]) -> _News:
    """Those of campaigns that a guardrail watches; of which campaign a receipt's message is shows in its row."""
    news = _News(set(), set())
    for change in changes:
        match change.WhichOneof("change"):
            case "receipt_recorded":
                news.message_ids.add(change.receipt_recorded.message_id)
            case "message_changed":
                if _may_count(change.message_changed) and _is_watched(guardrails, change.message_changed.campaign_id):
                    news.message_ids.add(change.message_changed.message_id)
            case "consent_withdrawn":
                withdrawn = change.consent_withdrawn
                if withdrawn.source == PREFERENCES and withdrawn.message_id:
                    news.message_ids.add(withdrawn.message_id)
                    news.left.add(withdrawn.message_id)
            case "interaction":
                done = change.interaction
                unsubscribed = done.kind == changes_pb2.INTERACTION_KIND_UNSUBSCRIBED and not done.scanner
                if unsubscribed and done.message_id and _is_watched(guardrails, done.campaign_id):
                    news.message_ids.add(done.message_id)
                    news.left.add(done.message_id)
    return news


def _is_watched(guardrails: Guardrails, campaign_id: str) -> bool:
    return bool(campaign_id) and any(kept.policy.campaign_id in ("", campaign_id) for kept in guardrails)


def _may_count(changed: changes_pb2.MessageChanged) -> bool:
    """Whether it was called for: what waits or ends before does not count."""
    return bool(changed.outcome) or changed.state not in _UNCALLED


_UNCALLED = (
    messages_pb2.MESSAGE_STATE_ACCEPTED,
    messages_pb2.MESSAGE_STATE_DEFERRED,
    messages_pb2.MESSAGE_STATE_DROPPED,
)
