"""The policies in force, compiled once for each of their versions."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import (
    Exemption,
    Guardrail,
    Kept,
    OwnershipPolicy,
    PolicyKind,
    Suppression,
    audience_of,
)
from tidegate.delivery.policy.quiet import QuietHours
from tidegate.delivery.policy.store import policies as store
from tidegate.delivery.policy.store import suppressions
from tidegate.delivery.store import accepting, audiences, projections


@dataclass(frozen=True, slots=True)
class PolicySnapshot:
    """The policies of one version, ready to decide by.

    ``ownership`` names, by sender unit, the segments to whose members it may market. ``exclusions`` are the
    suppressions of segments, by segment; ``paused``, by campaign, the guardrail that paused it. ``inactive`` are the
    journeys, campaigns and phases that are not active, as (kind, id).
    """

    version: int
    rules: RuleSet
    quiet: QuietHours
    ownership: Mapping[str, frozenset[str]] = field(default_factory=dict)
    exclusions: Mapping[str, Sequence[Suppression]] = field(default_factory=dict)
    guardrails: Sequence[Kept[Guardrail]] = ()
    paused: Mapping[str, str] = field(default_factory=dict)
    inactive: frozenset[tuple[str, str]] = frozenset()

    def segments(self) -> frozenset[str]:
        """The segments (and tiers of models, see `model_tier`) that decisions need to know about."""
        return self.rules.segments().union(self.exclusions, *self.ownership.values())


class Policies:
    """Keeps the newest snapshot; one for each replica of the service."""

    def __init__(self, company_zone: str) -> None:
        """``company_zone`` is an IANA name."""
        self._company_zone = company_zone
        self._lock = threading.Lock()
        self._newest: PolicySnapshot | None = None
        self._all_told: PolicySnapshot | None = None

    def in_force(self, connection: sa.Connection, *, hold: bool = False) -> PolicySnapshot:
        """The snapshot of the version that the transaction of ``connection`` sees: one read of one row.

        The gate asks in the transaction that takes its slots, so that every replica decides under the rules
        that are in force then. Where a campaign is paused it does so with ``hold``: who ends the pause then waits
        until those who wait for it are written, to wake them.
        """
        snapshot = self._seen(connection)
        while hold and snapshot.paused and store.version(connection, hold=True) != snapshot.version:
            snapshot = self._seen(connection)
        return snapshot

    def _seen(self, connection: sa.Connection) -> PolicySnapshot:
        version = store.version(connection)
        newest = self._newest
        if newest is not None and newest.version == version:
            return newest
        return self._reload(connection)

    def unknown(self, connection: sa.Connection, snapshot: PolicySnapshot, *, hold: bool) -> frozenset[str]:
        """Of the segments that ``snapshot`` names, those whose members segmentation has not told yet.

        Who decides by it holds it: what is told meanwhile then waits, to wake what waits for it. A snapshot of
        which all is told is not asked about again.
        """
        named = snapshot.segments()
        if not named or snapshot is self._all_told:
            return frozenset()
        told = audiences.told(connection, hold=hold)
        unknown = frozenset(name for name in named if audience_of(name) not in told)
        if not unknown:
            self._all_told = snapshot
        return unknown

    def _reload(self, connection: sa.Connection) -> PolicySnapshot:
        with self._lock:
            while True:
                version = store.version(connection)
                if self._newest is None or self._newest.version != version:
                    self._newest = load(connection, version, self._company_zone)
                if store.version(connection) == version:  # nobody changed a policy while they were read
                    return self._newest
                self._newest = None


def load(connection: sa.Connection, version: int, company_zone: str) -> PolicySnapshot:
    """Reads and compiles all policies."""
    rules = [kept.policy for kept in store.load(connection, PolicyKind.FREQUENCY_RULE)]
    exemptions = _reaching(connection, [kept.policy for kept in store.load(connection, PolicyKind.EXEMPTION)])
    guardrails = store.load(connection, PolicyKind.GUARDRAIL)
    holds = [kept.policy for kept in store.load(connection, PolicyKind.HOLD)]
    quiet = [kept.policy for kept in store.load(connection, PolicyKind.QUIET_HOURS)]
    return PolicySnapshot(
        version,
        RuleSet.compile(rules, company_zone, exemptions, holds),
        QuietHours.compile(quiet, company_zone),
        _ownership(kept.policy for kept in store.load(connection, PolicyKind.OWNERSHIP_POLICY)),
        _exclusions(suppressions.of_segments(connection)),
        guardrails,
        _paused(kept.policy for kept in guardrails),
        projections.read_inactive(connection),
    )


def _reaching(connection: sa.Connection, exemptions: Sequence[Exemption]) -> Sequence[Exemption]:
    """The exemptions, those of customers who were merged away holding for who they are now."""
    named = {one for exemption in exemptions for one in exemption.customer_ids}
    survivors = accepting.survivors(connection, named) if named else {}
    if not survivors:
        return exemptions
    return [
        replace(one, customer_ids=one.customer_ids.union(survivors[key] for key in one.customer_ids & survivors.keys()))
        for one in exemptions
    ]


def _paused(guardrails: Iterable[Guardrail]) -> Mapping[str, str]:
    return {campaign_id: guardrail.guardrail_id for guardrail in guardrails for campaign_id in guardrail.paused}


def _exclusions(of_segments: Iterable[Suppression]) -> Mapping[str, Sequence[Suppression]]:
    by_segment: dict[str, list[Suppression]] = {}
    for one in of_segments:
        by_segment.setdefault(one.segment_id, []).append(one)
    return by_segment


def _ownership(policies: Iterable[OwnershipPolicy]) -> Mapping[str, frozenset[str]]:
    audiences_of: dict[str, frozenset[str]] = {}
    for policy in policies:
        audiences_of[policy.sender_unit] = audiences_of.get(policy.sender_unit, frozenset()) | {policy.segment_id}
    return audiences_of
