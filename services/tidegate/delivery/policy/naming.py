"""Tells with every change of policies which segments and score models they name, for segmentation to tell of."""

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.delivery.announce import Announcer
from tidegate.delivery.policy.model import TIER_SEPARATOR, audience_of
from tidegate.delivery.policy.store import policies as store
from tidegate.delivery.policy.store import suppressions
from tidegate.delivery.store import audiences


def announce(
    connection: sa.Connection, announcer: Announcer, *, kind: str, policy_ids: list[str], revision: int, now: int
) -> None:
    """Announces changed policies of a kind; nobody else changes any until the transaction ends."""
    named = sorted(_named(connection))
    audiences.name(connection, named)
    changes = [
        changes_pb2.PolicyChanged(
            kind=kind,
            policy_id=policy_id,
            policy_version=revision,
            segment_ids=[name for name in named if not name.endswith(TIER_SEPARATOR)],
            score_model_ids=[name[:-1] for name in named if name.endswith(TIER_SEPARATOR)],
        )
        for policy_id in policy_ids
    ]
    announcer.changes(connection, [(changes_pb2.Change(policy_changed=changed), 0, now) for changed in changes])


def ask_for_new(connection: sa.Connection, announcer: Announcer, now: int) -> None:
    """Announces what policies name where it was not asked for: they may be older than the asking."""
    if _named(connection) - audiences.known(connection).keys():
        revision = store.raise_version(connection)
        announce(connection, announcer, kind="", policy_ids=[""], revision=revision, now=now)


def _named(connection: sa.Connection) -> set[str]:
    suppressed = {one.segment_id for one in suppressions.of_segments(connection)}
    return {audience_of(name) for name in store.named_segments(connection)} | suppressed
