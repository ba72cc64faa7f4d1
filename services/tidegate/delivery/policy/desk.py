"""Making, changing and deleting policies: each change raises the version that the gate decides by."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Generic

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.policy import naming
from tidegate.delivery.policy.conflicts import Problem, deletion_problems, exemption_problems, rule_problems
from tidegate.delivery.policy.model import (
    Exemption,
    FrequencyRule,
    Guardrail,
    Hold,
    Kept,
    OwnershipPolicy,
    PolicyKind,
    PolicyT,
    QuietRule,
)
from tidegate.delivery.policy.store import policies as store
from tidegate.delivery.store import guards
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Violation

Check = Callable[[sa.Connection, Any], list[Problem]]
Prepare = Callable[[sa.Connection], None]
"""Called before a policy is made, in the same transaction, while nothing of policies is locked."""
Replaced = Callable[[sa.Connection, Any], None]
"""Told of a policy that was changed or deleted, as it was before."""


class Desk(Generic[PolicyT]):
    """The operations on one kind of policies."""

    def __init__(
        self,
        database: Database,
        announcer: Announcer,
        clock: Clock,
        *,
        kind: PolicyKind,
        identify: Callable[[PolicyT], str],
        check: Check = lambda _connection, _policy: [],
        prepare: Prepare = lambda _connection: None,
        replaced: Replaced = lambda _connection, _policy: None,
        check_deletion: Check = lambda _connection, _policy: [],
    ) -> None:
        self._database = database
        self._announcer = announcer
        self._clock = clock
        self._kind = kind
        self._name = kind.value.replace("_", " ")
        self._identify = identify
        self._check = check
        self._prepare = prepare
        self._replaced = replaced
        self._check_deletion = check_deletion

    def create(self, policy: PolicyT) -> Kept[PolicyT]:
        """Makes a policy; it holds for every decision after the return. Raises AlreadyExists."""

        def work(connection: sa.Connection) -> Kept[PolicyT]:
            self._prepare(connection)
            revision = store.raise_version(connection)
            if store.get(connection, self._kind, self._identify(policy)) is not None:
                raise AlreadyExists(self._name, self._identify(policy))
            now = micros(self._clock.now())
            return self._put(connection, Kept(policy, revision, now, now))

        return self._database.run(work)

    def update(self, policy_id: str, etag: str, change: Callable[[Kept[PolicyT]], PolicyT]) -> Kept[PolicyT]:
        """Puts what ``change`` makes of the policy in its place. Raises NotFound, and Aborted by its etag."""

        def work(connection: sa.Connection) -> Kept[PolicyT]:
            revision = store.raise_version(connection)
            before = self._find(connection, policy_id, etag)
            policy = replace(change(before), version=before.policy.version + 1)
            self._replaced(connection, before.policy)
            return self._put(connection, Kept(policy, revision, before.create_time, micros(self._clock.now())))

        return self._database.run(work)

    def delete(self, policy_id: str, etag: str) -> None:
        """Deletes the policy. Raises NotFound, Aborted by its etag, and FailedPrecondition where another needs it."""

        def work(connection: sa.Connection) -> None:
            revision = store.raise_version(connection)
            before = self._find(connection, policy_id, etag)
            for _, text in self._check_deletion(connection, before.policy):
                raise FailedPrecondition(text, reason="POLICY_IN_USE")
            store.delete(connection, self._kind, policy_id)
            self._replaced(connection, before.policy)
            self._announce(connection, policy_id, revision)

        self._database.run(work)

    def get(self, policy_id: str) -> Kept[PolicyT]:
        """The policy. Raises NotFound."""
        with self._database.read() as connection:
            return self._find(connection, policy_id, "")

    def page(self, *, after: str, limit: int, campaign_id: str = "") -> Sequence[Kept[PolicyT]]:
        """Up to ``limit`` policies behind an id, of all or of those bound to a campaign or one of its phases."""
        with self._database.read() as connection:
            return store.page(connection, self._kind, after=after, limit=limit, campaign_id=campaign_id)

    def _find(self, connection: sa.Connection, policy_id: str, etag: str) -> Kept[PolicyT]:
        found: Kept[PolicyT] | None = store.get(connection, self._kind, policy_id)
        if found is None:
            raise NotFound(self._name, policy_id)
        if etag and etag != found.etag:
            raise Aborted(self._name, policy_id)
        return found

    def _put(self, connection: sa.Connection, kept: Kept[PolicyT]) -> Kept[PolicyT]:
        problems = self._check(connection, kept.policy)
        if problems:
            raise InvalidArgument(Violation(f"{self._kind}.{field}", text) for field, text in problems)
        policy_id = self._identify(kept.policy)
        store.put(connection, self._kind, policy_id, kept)
        self._announce(connection, policy_id, kept.revision)
        return kept

    def _announce(self, connection: sa.Connection, policy_id: str, revision: int) -> None:
        naming.announce(
            connection,
            self._announcer,
            kind=self._kind,
            policy_ids=[policy_id],
            revision=revision,
            now=micros(self._clock.now()),
        )


def frequency_desk(database: Database, announcer: Announcer, clock: Clock) -> Desk[FrequencyRule]:
    """The operations on frequency rules."""
    return Desk(
        database,
        announcer,
        clock,
        kind=PolicyKind.FREQUENCY_RULE,
        identify=lambda rule: rule.rule_id,
        check=_check_rule,
        check_deletion=_check_rule_deletion,
    )


def quiet_desk(database: Database, announcer: Announcer, clock: Clock) -> Desk[QuietRule]:
    """The operations on quiet hours."""
    return Desk(
        database,
        announcer,
        clock,
        kind=PolicyKind.QUIET_HOURS,
        identify=lambda rule: rule.rule_id,
    )


def exemption_desk(database: Database, announcer: Announcer, clock: Clock) -> Desk[Exemption]:
    """The operations on exemptions."""
    return Desk(
        database,
        announcer,
        clock,
        kind=PolicyKind.EXEMPTION,
        identify=lambda exemption: exemption.exemption_id,
        check=_check_exemption,
    )


def ownership_desk(database: Database, announcer: Announcer, clock: Clock) -> Desk[OwnershipPolicy]:
    """The operations on ownership policies."""
    return Desk(
        database,
        announcer,
        clock,
        kind=PolicyKind.OWNERSHIP_POLICY,
        identify=lambda policy: policy.ownership_policy_id,
    )


def hold_desk(database: Database, announcer: Announcer, clock: Clock) -> Desk[Hold]:
    """The operations on holds."""
    return Desk(
        database,
        announcer,
        clock,
        kind=PolicyKind.HOLD,
        identify=lambda hold: hold.hold_id,
    )


def guardrail_desk(database: Database, announcer: Announcer, clock: Clock, *, watch: Prepare) -> Desk[Guardrail]:
    """The operations on guardrails; ``watch`` has what happens from then on counted."""
    return Desk(
        database,
        announcer,
        clock,
        kind=PolicyKind.GUARDRAIL,
        identify=lambda guardrail: guardrail.guardrail_id,
        prepare=watch,
        replaced=_go_on,
    )


def _go_on(connection: sa.Connection, guardrail: Guardrail) -> None:
    """A guardrail that is changed or gone counts anew, and pauses nothing."""
    guards.forget(connection, guardrail.guardrail_id)
    guards.ask_to_wake(connection, guardrail.paused)


def _check_rule(connection: sa.Connection, rule: FrequencyRule) -> list[Problem]:
    rules = (kept.policy for kept in store.load(connection, PolicyKind.FREQUENCY_RULE))
    return list(rule_problems(rule, [other for other in rules if other.rule_id != rule.rule_id]))


def _check_rule_deletion(connection: sa.Connection, rule: FrequencyRule) -> list[Problem]:
    rules = (kept.policy for kept in store.load(connection, PolicyKind.FREQUENCY_RULE))
    return list(deletion_problems([rule.rule_id], [other for other in rules if other.rule_id != rule.rule_id]))


def _check_exemption(connection: sa.Connection, exemption: Exemption) -> list[Problem]:
    rules = store.load(connection, PolicyKind.FREQUENCY_RULE)
    return list(exemption_problems(exemption, [kept.policy.rule_id for kept in rules]))
