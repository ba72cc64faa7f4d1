"""Watches campaigns by their guardrails: when a bad rate is surely too high, the campaign is paused, or it is told.

The feed says in which campaigns something happened; those are counted from their rows. So nothing is counted twice or
missed after a crash, and who has no guardrail pays nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.api.delivery.v1.delivery_service_pb2 import ListChangesResponse
from tidegate.delivery.announce import Announcer, put_changes
from tidegate.delivery.links.model import PREFERENCES
from tidegate.delivery.policy import naming
from tidegate.delivery.policy.guards import is_passed
from tidegate.delivery.policy.model import Guardrail, Kept, PolicyKind
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.policy.store import policies as policy_store
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import guards as store
from tidegate.delivery.store import projections
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition
from tidegate.runtime.feed import Feed, load_cursor, save_cursor

LOG = structlog.get_logger(__name__)
_SOURCE = "delivery.guard"
_KINDS = ("message_changed", "receipt_recorded", "interaction", "consent_withdrawn")
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Guarding:
    """``step`` is a pass of the loop that looks after what happened since the pass before."""

    database: Database
    clock: Clock
    feed: Feed
    announcer: Announcer
    policies: Policies

    def step(self) -> bool:
        """Judges the campaigns in which something happened; returns whether there was anything to read."""
        with self.database.read() as connection:
            if not self.policies.in_force(connection).guardrails:
                return False
            after = load_cursor(connection, CURSORS, _SOURCE)
        if not after:
            return self._begin()
        try:
            page = self.feed.read(after, limit=_PAGE, kinds=_KINDS)
        except FailedPrecondition:  # nobody watched for so long that the feed has gone on
            return self._begin()
        if page.next_position <= after:
            return False
        listed = ListChangesResponse()
        put_changes(listed.changes, page.entries)
        self.database.run(lambda connection: self._judge(connection, listed.changes, page.next_position))
        return True

    def _begin(self) -> bool:
        """From the end of the feed on: what was before shows in the rows when something happens next."""
        position = max(self.feed.head(), 1)
        self.database.run(lambda connection: save_cursor(connection, CURSORS, _SOURCE, position))
        return True

    def _judge(self, connection: sa.Connection, changes: Sequence[changes_pb2.Change], position: int) -> None:
        if projections.lock_cursor(connection, _SOURCE) >= position:
            return
        store.note_unsubscribed(connection, set(_unsubscribed(changes)))
        campaigns = _campaigns(connection, changes)
        tripped = []
        for kept in policy_store.load(connection, PolicyKind.GUARDRAIL) if campaigns else ():
            new = [each for each in sorted(campaigns) if self._is_passed(connection, kept, each)]
            if new:
                tripped.append((kept, new))
        if tripped:
            self._trip(connection, tripped)
        save_cursor(connection, CURSORS, _SOURCE, position)

    def _is_passed(self, connection: sa.Connection, kept: Kept[Guardrail], campaign_id: str) -> bool:
        guardrail = kept.policy
        if guardrail.campaign_id not in ("", campaign_id) or campaign_id in guardrail.trips:
            return False
        hits, total = store.count(connection, guardrail.metric, campaign_id, since=kept.update_time)
        return is_passed(hits, total, threshold=guardrail.threshold, least=guardrail.min_sent)

    def _trip(self, connection: sa.Connection, tripped: Iterable[tuple[Kept[Guardrail], Sequence[str]]]) -> None:
        revision, now = policy_store.raise_version(connection), micros(self.clock.now())
        for read, campaigns in tripped:
            guardrail_id = read.policy.guardrail_id
            kept = policy_store.get(connection, PolicyKind.GUARDRAIL, guardrail_id)
            if kept is None or kept.revision != read.revision:
                continue  # changed meanwhile: it counts anew
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


def _campaigns(connection: sa.Connection, changes: Iterable[changes_pb2.Change]) -> set[str]:
    campaigns, messages = set[str](), set[str]()
    for change in changes:
        kind = change.WhichOneof("change")
        if kind == "receipt_recorded":
            messages.add(change.receipt_recorded.message_id)
        elif kind == "message_changed":
            campaigns.add(change.message_changed.campaign_id)
        elif kind == "consent_withdrawn":
            messages.add(change.consent_withdrawn.message_id)
        else:
            campaigns.add(change.interaction.campaign_id)
    return (campaigns | set(store.campaigns_of(connection, messages).values())) - {""}


def _unsubscribed(changes: Iterable[changes_pb2.Change]) -> Iterable[str]:
    """The messages by whose links customers unsubscribed: at once, or on the page of their preferences."""
    for change in changes:
        done, withdrawn = change.interaction, change.consent_withdrawn
        if withdrawn.source == PREFERENCES and withdrawn.message_id:
            yield withdrawn.message_id
        if done.kind == changes_pb2.INTERACTION_KIND_UNSUBSCRIBED and done.message_id and not done.scanner:
            yield done.message_id
