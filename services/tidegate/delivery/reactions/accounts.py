"""Reactions to what results say of the account: a limit rests it, refused credentials break it."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
import structlog

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery.announce import Announcer
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import CallResult
from tidegate.delivery.steps import Step
from tidegate.delivery.store import accounts

LOG = structlog.get_logger(__name__)
_ACCOUNT_REST = 60 * SECOND


def react(connection: sa.Connection, announcer: Announcer, steps: Sequence[Step]) -> None:
    """Rests or breaks each account by the gravest of the results that speak of it."""
    for account_id, result in _about_accounts(steps).items():
        _react_to_account(connection, announcer, account_id, result)


def _about_accounts(steps: Sequence[Step]) -> Mapping[str, CallResult]:
    """The gravest result for each account that says something of the account itself."""
    telling = [step.answered.result for step in steps if _is_about_account(step.answered.result)]
    return {one.account_id: one for one in sorted(telling, key=_gravity)}


def _is_about_account(result: CallResult) -> bool:
    if result.kind is OutcomeKind.RATE_LIMITED:
        return result.scope in (Scope.ACCOUNT, Scope.CALL)
    return result.kind is OutcomeKind.AUTH_ERROR and result.scope is Scope.ACCOUNT


def _gravity(result: CallResult) -> tuple[bool, int]:
    """Refused credentials are graver than a limit, and that the more the longer it rests the account."""
    return result.kind is OutcomeKind.AUTH_ERROR, result.retry_after or _ACCOUNT_REST


def _react_to_account(connection: sa.Connection, announcer: Announcer, account_id: str, result: CallResult) -> None:
    if result.kind is OutcomeKind.RATE_LIMITED:
        accounts.rest(connection, account_id, micros=result.retry_after or _ACCOUNT_REST)
        return
    reason = f"{result.provider_code or result.kind}: {result.detail}"[:500]
    if accounts.break_account(connection, account_id, reason=reason, now=result.ended):
        LOG.error("account.broken", account_id=account_id, provider_code=result.provider_code)
        changed = changes_pb2.AccountChanged(
            account_id=account_id, channel=result.channel, reason=result.provider_code or result.kind
        )
        announcer.changes(connection, [(changes_pb2.Change(account_changed=changed), 0, result.ended)])
