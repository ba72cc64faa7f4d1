"""Applies segmentation's feed: who enters and leaves, who is told to be in, and which tiers customers have."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

from tidegate.api.segmentation.v1 import changes_pb2 as pb
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.delivery.policy.model import audience_of, model_tier
from tidegate.delivery.store import accepting, audiences, guards, projections
from tidegate.delivery.store.audiences import Audience

LOG = structlog.get_logger(__name__)
SEGMENTATION_KINDS = ("membership_changed", "tier_changed", "memberships_told", "tiers_told")
_MEMBER_BATCH = 1_000


def apply_segmentation(connection: sa.Connection, changes: Iterable[pb.Change]) -> None:
    """Memberships and tiers; of several changes of one, the last counts.

    Once all of an audience is told that was not, what waited for it is woken in a while. Audiences are written behind
    every other row: who decides holds customers and then the audiences.
    """
    projections.learn(connection)
    told: dict[str, Audience] = {}
    before = audiences.known(connection)
    known = dict(before)
    learnt = _Learnt()
    for change in changes:
        match change.WhichOneof("change"):
            case "membership_changed":
                moved = change.membership_changed
                entered = moved.transition == segments_pb2.TRANSITION_ENTERED
                learnt.note(moved.customer_id, moved.segment_id, known, is_in=entered)
            case "tier_changed" if change.tier_changed.customer_id:  # those of stores and staff are no audience
                learnt.turn(change.tier_changed, known)
            case "memberships_told":
                _apply_members(connection, change.memberships_told, learnt, known, told)
            case "tiers_told":
                _apply_tiers(connection, change.tiers_told, learnt, known, told)
    learnt.write(connection)
    for audience in sorted(told.values()):
        audiences.save(connection, audience)
    if any(audience.told and not before[audience.name].told for audience in told.values()):
        guards.ask_to_wake_all(connection)


@dataclass(slots=True)
class _Learnt:
    """What was read and not written yet: by customer and segment whether they are in, with the open telling."""

    inside: dict[tuple[int, str], tuple[bool, str]] = field(default_factory=dict)
    tiers: dict[int, str] = field(default_factory=dict)

    def note(self, customer_id: int, segment_id: str, known: dict[str, Audience], *, is_in: bool) -> None:
        audience = known.get(audience_of(segment_id))
        self.inside[(customer_id, segment_id)] = (is_in, audience.telling_id if audience else "")

    def turn(self, turned: pb.TierChanged, known: dict[str, Audience]) -> None:
        if turned.previous_tier:
            self.note(turned.customer_id, model_tier(turned.model_id, turned.previous_tier), known, is_in=False)
        if turned.tier:
            self.note(turned.customer_id, model_tier(turned.model_id, turned.tier), known, is_in=True)
        self.tiers[turned.customer_id] = turned.tier

    def write(self, connection: sa.Connection) -> None:
        """Who was erased is in nothing and of no tier. A merged customer may be split again by what is read next."""
        self._forget(connection)
        entered = sorted((*pair, telling) for pair, (is_in, telling) in self.inside.items() if is_in)
        left = [pair for pair, (is_in, _) in self.inside.items() if not is_in]
        for start in range(0, max(len(entered), len(left)), _MEMBER_BATCH):
            some = slice(start, start + _MEMBER_BATCH)
            projections.write_memberships(connection, entered=entered[some], left=left[some])
        projections.write_tiers(connection, self.tiers)
        self.inside.clear()
        self.tiers.clear()

    def _forget(self, connection: sa.Connection) -> None:
        about = self.tiers.keys() | {customer_id for customer_id, _ in self.inside}
        erased = accepting.erased_among(connection, about) if about else set()
        if erased:
            self.inside = {pair: how for pair, how in self.inside.items() if pair[0] not in erased or not how[0]}
            self.tiers = {key: tier for key, tier in self.tiers.items() if key not in erased}


def _apply_members(
    connection: sa.Connection,
    change: pb.MembershipsTold,
    learnt: _Learnt,
    known: dict[str, Audience],
    told: dict[str, Audience],
) -> None:
    if not _goes_on(change.segment_id, change, known, told):
        return
    for customer_id in change.customer_ids:
        learnt.note(customer_id, change.segment_id, known, is_in=True)
    if change.last:
        learnt.write(connection)
        audiences.end(connection, change.telling_id, segment_id=change.segment_id)
        _end(change.segment_id, known, told)


def _apply_tiers(
    connection: sa.Connection,
    change: pb.TiersTold,
    learnt: _Learnt,
    known: dict[str, Audience],
    told: dict[str, Audience],
) -> None:
    name = model_tier(change.model_id, "")
    if not _goes_on(name, change, known, told):
        return
    for one in change.tiers:
        learnt.note(one.customer_id, model_tier(change.model_id, one.tier), known, is_in=True)
        learnt.tiers[one.customer_id] = one.tier
    if change.last:
        learnt.write(connection)
        audiences.end(connection, change.telling_id, tiers_of=name)
        _end(name, known, told)


def _goes_on(
    name: str, change: pb.MembershipsTold | pb.TiersTold, known: dict[str, Audience], told: dict[str, Audience]
) -> bool:
    """Whether the change belongs to a telling that is heard from its beginning, of what policies name."""
    audience = known.get(name)
    if audience is None:
        return False
    if change.first:
        known[name] = told[name] = audience._replace(telling_id=change.telling_id)
        return True
    return audience.telling_id == change.telling_id


def _end(name: str, known: dict[str, Audience], told: dict[str, Audience]) -> None:
    known[name] = told[name] = Audience(name, "", told=True)
    LOG.info("audience.known", name=name)
