"""Follows the feeds of identity, segmentation and journey: what the gate has to know of customers and campaigns.

Each page is applied in one transaction with the cursor; replicas that read the same page take turns, and the
second finds nothing left to do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from tidegate.api.identity.v1 import changes_pb2 as identity_pb2
from tidegate.api.identity.v1 import consents_pb2
from tidegate.api.journey.v1 import campaigns_pb2, journey_service_pb2, journeys_pb2
from tidegate.api.journey.v1 import changes_pb2 as journey_pb2
from tidegate.api.segmentation.v1 import changes_pb2 as segmentation_pb2
from tidegate.delivery.instants import duration, instant
from tidegate.delivery.members import SEGMENTATION_KINDS, apply_segmentation
from tidegate.delivery.model import Consent
from tidegate.delivery.policy.model import phase_of
from tidegate.delivery.policy.store import policies, suppressions
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import accepting, erasing, guards, projections
from tidegate.runtime.absence import Absence
from tidegate.runtime.client import Peers
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Follower, load_cursor, save_cursor
from tidegate.runtime.loops import Activity

LOG = structlog.get_logger(__name__)
T = TypeVar("T")
_PAGE = 10_000
_REARRANGING = ("customer_merged", "customer_split", "erasure_requested")
_IDENTITY = ("consents_changed", "customer_merged", "customer_split", "erasure_requested")
_JOURNEY = ("journey_state_changed", "campaign_state_changed")


@dataclass(frozen=True, slots=True)
class Following:
    """How followers are made."""

    database: Database
    clock: Clock
    peers: Peers
    activity: Activity
    wait: float

    def followers(self) -> list[Follower[Any]]:
        """One follower per feed."""
        return [
            self._follower(
                "identity",
                lambda after, wait: self.peers.waiting.identity().ListChanges(
                    identity_pb2.ListChangesRequest(
                        after_position=after, page_size=_PAGE, wait=_wait(wait), kinds=_IDENTITY
                    )
                ),
                lambda connection, changes: apply_identity(connection, changes, micros(self.clock.now())),
            ),
            self._follower(
                "segmentation",
                lambda after, wait: self.peers.waiting.segmentation().ListChanges(
                    segmentation_pb2.ListChangesRequest(
                        after_position=after, page_size=_PAGE, wait=_wait(wait), kinds=SEGMENTATION_KINDS
                    )
                ),
                apply_segmentation,
            ),
            self._follower(
                "journey",
                lambda after, wait: self.peers.waiting.journey().ListChanges(
                    journey_service_pb2.ListChangesRequest(
                        after_position=after, page_size=_PAGE, wait=_wait(wait), kinds=_JOURNEY
                    )
                ),
                apply_journey,
            ),
        ]

    def _follower(
        self,
        source: str,
        fetch: Callable[[int, float], Any],
        effect: Callable[[sa.Connection, Sequence[Any]], None],
    ) -> Follower[Any]:
        absence = Absence(self.activity)

        def fetched(after: int, wait: float) -> tuple[Sequence[Any], int, int]:
            if not self.peers.knows(source):
                return absence.fetch(after, wait)
            page = fetch(after, wait)
            return page.changes, page.next_position, page.head_position

        def apply(changes: Sequence[Any], position: int) -> None:
            self.database.run(lambda connection: _apply(connection, source, changes, position, effect))

        return Follower(
            f"delivery.follow-{source}",
            fetch=fetched,
            apply=apply,
            cursor=lambda: self._cursor(source),
            activity=self.activity,
            wait=self.wait,
        )

    def _cursor(self, source: str) -> int:
        with self.database.read() as connection:
            return load_cursor(connection, CURSORS, source)


def _wait(seconds: float) -> Any:
    return duration(int(seconds * 1_000_000))


def _apply(
    connection: sa.Connection,
    source: str,
    changes: Sequence[Any],
    position: int,
    effect: Callable[[sa.Connection, Sequence[Any]], None],
) -> None:
    applied = projections.lock_cursor(connection, source)
    if position <= applied:
        return
    effect(connection, [change for change in changes if change.position > applied])
    save_cursor(connection, CURSORS, source, position)


def apply_identity(connection: sa.Connection, changes: Iterable[identity_pb2.Change], now: int) -> None:
    """Consents, merges, splits and erasures, in the order in which they happened.

    Consents and merges may be applied together, whatever their order: the newest decision counts, whoever
    made it. Splits and erasures may not.
    """
    changes = list(changes)
    if any(change.WhichOneof("change") in _REARRANGING for change in changes):
        projections.rearrange(connection)
        with _exempting(connection):
            _apply_in_order(connection, changes, now)
    else:
        _apply_in_order(connection, changes, now)


@contextmanager
def _exempting(connection: sa.Connection) -> Iterator[None]:
    """Whom an exemption names stays exempted, whoever that is afterwards: policies are then read anew."""
    named = policies.exempted(connection)
    before = accepting.survivors(connection, named) if named else {}
    yield
    if named and accepting.survivors(connection, named) != before:
        policies.raise_version(connection)


def _apply_in_order(connection: sa.Connection, changes: Sequence[identity_pb2.Change], now: int) -> None:
    decisions: dict[int, list[Consent]] = {}
    merges: dict[int, int] = {}
    for change in changes:
        kind = change.WhichOneof("change")
        if kind == "consents_changed":
            read = [_consent(one) for one in change.consents_changed.consents]
            decisions.setdefault(change.customer_id, []).extend(read)
        elif kind == "customer_merged":
            merges[change.customer_merged.merged_id] = change.customer_merged.survivor_id
        elif kind in _TURNING:
            _unite(connection, decisions, merges)
            decisions, merges = {}, {}
            _TURNING[kind](connection, change, now)
    _unite(connection, decisions, merges)


def _unite(connection: sa.Connection, decisions: Mapping[int, Sequence[Consent]], merges: Mapping[int, int]) -> None:
    """Makes merged customers aliases, and gives every customer concerned the newest decisions of all of them."""
    survivors = {merged_id: _last(merges, merged_id) for merged_id in merges}
    customer_ids = {*decisions, *survivors, *survivors.values()}
    if not customer_ids:
        return
    known = projections.lock(connection, customer_ids)
    if survivors:
        projections.merge(connection, survivors)
        suppressions.move(connection, list(survivors.items()))
        LOG.info("customers.merged", count=len(survivors))
    consents: dict[int, list[Consent]] = {}
    for customer_id in sorted(customer_ids):
        own = consents.setdefault(survivors.get(customer_id, customer_id), [])
        own += [*known[customer_id].consents, *decisions.get(customer_id, ())]
    projections.write_consents(connection, {key: newest(several) for key, several in consents.items()})


def _consent(consent: consents_pb2.Consent) -> Consent:
    granted = consent.decision == consents_pb2.DECISION_GRANTED
    return Consent(consent.purpose, consent.channel, consent.brand, granted, instant(consent.time))


def _last(merges: Mapping[int, int], customer_id: int) -> int:
    """Who is left when a survivor was merged in turn."""
    while customer_id in merges:
        customer_id = merges[customer_id]
    return customer_id


def newest(consents: Iterable[Consent]) -> list[Consent]:
    """The newest decision per purpose, channel and brand; of two with the same time, the denial."""
    found: dict[tuple[str, str, str], Consent] = {}
    for one in consents:
        key = (one.purpose, one.channel, one.brand)
        other = found.get(key)
        if other is None or (one.time, not one.granted) > (other.time, not other.granted):
            found[key] = one
    return list(found.values())


def _split(connection: sa.Connection, change: identity_pb2.Change, _now: int) -> None:
    remaining_id = change.customer_split.remaining_id
    for separated in change.customer_split.separated:
        original_ids = list(separated.original_customer_ids)
        projections.lock(connection, {remaining_id, separated.customer_id, *original_ids})
        projections.split(
            connection,
            remaining_id=remaining_id,
            separated_id=separated.customer_id,
            original_ids=original_ids,
        )
        owners = [(one, separated.customer_id) for one in {separated.customer_id, *original_ids}]
        suppressions.give_back(connection, owners)
    concerned = {remaining_id, *(separated.customer_id for separated in change.customer_split.separated)}
    projections.write_consents(connection, {one: [] for one in concerned})  # they are told anew behind the split


def _erase(connection: sa.Connection, change: identity_pb2.Change, now: int) -> None:
    """From here on nothing is sent; the rest is done by the loop that erases, and then reported."""
    customer_ids = {change.customer_id, *change.erasure_requested.customer_ids} - {0}
    erasing.be_alone_with_erasures(connection)
    projections.lock(connection, customer_ids)
    projections.erase(connection, customer_ids, now=now)
    erasing.begin(connection, change.erasure_requested.erasure_id, change.customer_id, sorted(customer_ids))


_TURNING = {"customer_split": _split, "erasure_requested": _erase}


_STOPPED_JOURNEYS = (journeys_pb2.JOURNEY_STATE_PAUSED, journeys_pb2.JOURNEY_STATE_ARCHIVED)
_STOPPED_CAMPAIGNS = (campaigns_pb2.CAMPAIGN_STATE_PAUSED, campaigns_pb2.CAMPAIGN_STATE_ENDED)


def _told_at(change: journey_pb2.Change) -> int | None:
    return instant(change.time) if change.HasField("time") else None


def apply_journey(connection: sa.Connection, changes: Iterable[journey_pb2.Change]) -> None:
    """Which journeys, campaigns and phases are active: the gate reads them with the policies, at a new version."""
    active: dict[tuple[str, str], bool] = {}
    ends: dict[tuple[str, str], int | None] = {}
    for change in changes:
        kind = change.WhichOneof("change")
        if kind == "journey_state_changed":
            turned = change.journey_state_changed
            key = ("journey", turned.journey_id)
            active[key] = turned.state not in _STOPPED_JOURNEYS
            ends[key] = _told_at(change) if turned.state == journeys_pb2.JOURNEY_STATE_ARCHIVED else None
        elif kind == "campaign_state_changed":
            moved = change.campaign_state_changed
            key = (
                ("phase", phase_of(moved.campaign_id, moved.phase_id))
                if moved.phase_id
                else ("campaign", moved.campaign_id)
            )
            active[key] = moved.state not in _STOPPED_CAMPAIGNS
            ends[key] = _told_at(change) if moved.state == campaigns_pb2.CAMPAIGN_STATE_ENDED else None
    stopped = {key: ends[key] for key, runs in active.items() if not runs}
    running = [key for key, runs in active.items() if runs]
    if projections.write_activity(connection, stopped=stopped, running=running):
        policies.raise_version(connection)
    if ended := {one for kind, one in stopped if kind == "campaign"}:
        guards.ask_to_wake(connection, ended & policies.paused_campaigns(connection))  # they wait for nothing now
