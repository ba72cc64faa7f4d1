"""Reaction to calls that failed, or that went well again: the breakers of their accounts."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
import structlog

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.delivery.announce import Announcer
from tidegate.delivery.breaker import Breaker, succeeded
from tidegate.delivery.model import CallResult
from tidegate.delivery.steps import Step
from tidegate.delivery.store import breakers

LOG = structlog.get_logger(__name__)


def react(connection: sa.Connection, announcer: Announcer, steps: Sequence[Step]) -> None:
    """Counts the calls of accounts of which one failed, or of which failures are known."""
    by_account: dict[str, dict[int, list[CallResult]]] = {}
    for step in steps:
        result = step.answered.result
        if result.call:
            by_account.setdefault(result.account_id, {}).setdefault(result.call, []).append(result)
    calls = {key: _said(several) for key, several in by_account.items()}
    telling = {key: said for key, said in calls.items() if False in said or _is_watched(by_account[key])}
    if not telling:
        return
    before, now = breakers.lock(connection, telling)
    after = {key: before[key].after(said, now) for key, said in telling.items()}
    breakers.write(connection, {key: one for key, one in after.items() if one != before[key]})
    for key, one in after.items():
        result = next(iter(by_account[key].values()))[0]
        _tell(connection, announcer, result, before[key], one)


def _said(calls: Mapping[int, Sequence[CallResult]]) -> list[bool | None]:
    """What each call says of the account, in the order in which they ended."""
    ordered = sorted(calls.values(), key=lambda several: several[0].ended)
    return [succeeded((one.kind, one.scope) for one in several) for several in ordered]


def _is_watched(calls: Mapping[int, Sequence[CallResult]]) -> bool:
    return any(several[0].watched for several in calls.values())


def _tell(connection: sa.Connection, announcer: Announcer, result: CallResult, before: Breaker, after: Breaker) -> None:
    if bool(before.opens) == bool(after.opens):
        return
    if after.opens:
        LOG.error("breaker.opened", account_id=result.account_id, failures=after.failures)
    else:
        LOG.info("breaker.closed", account_id=result.account_id)
    reason = f"{after.failures} calls failed one after another" if after.opens else "calls succeed again"
    changed = changes_pb2.AccountChanged(account_id=result.account_id, channel=result.channel, reason=reason)
    announcer.changes(connection, [(changes_pb2.Change(account_changed=changed), 0, result.ended)])
