"""Writing many frequency rules at once: all hold from one version of the policies on, or none does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.policy import naming
from tidegate.delivery.policy.conflicts import deletion_problems, rule_problems
from tidegate.delivery.policy.model import FrequencyRule, Kept, PolicyKind
from tidegate.delivery.policy.store import policies as store
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, InvalidArgument, Violation

_KIND = PolicyKind.FREQUENCY_RULE
_Rules = Mapping[str, Kept[FrequencyRule]]


class Given(NamedTuple):
    """A rule as it shall be, and the etag of the one that it may replace; empty for any."""

    rule: FrequencyRule
    etag: str


class Written(NamedTuple):
    """The rules as they stand, and the version of the policies from which on they do."""

    rules: Sequence[Kept[FrequencyRule]]
    version: int


class Writing:
    """Writes sets of rules."""

    def __init__(self, database: Database, announcer: Announcer, clock: Clock) -> None:
        self._database = database
        self._announcer = announcer
        self._clock = clock

    def write(self, given: Sequence[Given], gone: Sequence[str]) -> Written:
        """Makes or replaces the rules of ``given``, each of its own id, and deletes those of ``gone``.

        What stands as it is given stays as it is, whatever its etag: so the same can be written again. Raises
        InvalidArgument with paths such as `frequency_rules[3].precedence`, and Aborted by an etag.
        """
        return self._database.run(lambda connection: self._write(connection, given, gone))

    def _write(self, connection: sa.Connection, given: Sequence[Given], gone: Sequence[str]) -> Written:
        version = store.hold_version(connection)
        before: _Rules = {kept.policy.rule_id: kept for kept in store.load(connection, _KIND)}
        changing = [one for one in given if not _stands(one.rule, before)]
        for one in changing:
            _check_etag(one, before)
        changed = [one.rule for one in changing]
        deleted = [rule_id for rule_id in gone if rule_id in before]
        if changed or deleted:
            _check(given, {key: kept.policy for key, kept in before.items() if key not in deleted}, deleted)
            version = store.raise_version(connection)
            before = {**before, **self._put(connection, changed, deleted, before, version)}
        return Written([before[one.rule.rule_id] for one in given], version)

    def _put(
        self,
        connection: sa.Connection,
        changed: Sequence[FrequencyRule],
        deleted: Sequence[str],
        before: _Rules,
        version: int,
    ) -> _Rules:
        now = micros(self._clock.now())
        kept = {rule.rule_id: _successor(rule, before.get(rule.rule_id), version, now) for rule in changed}
        store.put_all(connection, _KIND, kept)
        store.delete_all(connection, _KIND, deleted)
        naming.announce(
            connection, self._announcer, kind=_KIND, policy_ids=[*kept, *deleted], revision=version, now=now
        )
        return kept


def _check_etag(given: Given, before: _Rules) -> None:
    kept = before.get(given.rule.rule_id)
    if given.etag and (kept is None or kept.etag != given.etag):
        raise Aborted(_KIND.value.replace("_", " "), given.rule.rule_id)


def _stands(rule: FrequencyRule, before: _Rules) -> bool:
    kept = before.get(rule.rule_id)
    return kept is not None and replace(rule, version=kept.policy.version) == kept.policy


def _check(given: Sequence[Given], others: Mapping[str, FrequencyRule], deleted: Sequence[str]) -> None:
    """Each beside all others as they will stand; and that none of these replaces one that is deleted."""
    together = {**others, **{one.rule.rule_id: one.rule for one in given}}
    wrong = [
        Violation(f"frequency_rules[{index}].{field}", text)
        for index, one in enumerate(given)
        for field, text in rule_problems(
            one.rule, [rule for rule_id, rule in together.items() if rule_id != one.rule.rule_id]
        )
    ]
    staying = [others[rule_id] for rule_id in others.keys() - {one.rule.rule_id for one in given}]
    wrong += [Violation("delete_rule_ids", text) for _, text in deletion_problems(deleted, staying)]
    if wrong:
        raise InvalidArgument(wrong)


def _successor(rule: FrequencyRule, kept: Kept[FrequencyRule] | None, revision: int, now: int) -> Kept[FrequencyRule]:
    if kept is None:
        return Kept(rule, revision, now, now)
    return Kept(replace(rule, version=kept.policy.version + 1), revision, kept.create_time, now)
