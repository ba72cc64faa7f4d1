"""What came of calls: a batch of results moves messages, slots, accounts and suppressions in one transaction."""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
import structlog

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery import machine
from tidegate.delivery.announce import Announcer, Moved
from tidegate.delivery.instants import DAY, SECOND
from tidegate.delivery.model import Address, CallResult, Facts, MessageState
from tidegate.delivery.policy import suppressions
from tidegate.delivery.policy.model import SuppressionCause
from tidegate.delivery.store import accounts, calling
from tidegate.delivery.store.calling import Progress, Stored, Tries
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
SETTLE_AFTER = 3 * DAY
_FIRST_BACKOFF = SECOND
_LONGEST_BACKOFF = 600 * SECOND
_ACCOUNT_REST = 60 * SECOND
_FIRST_TRY = Tries(1, 1)
_CALLED = frozenset({MessageState.CALLING, MessageState.UNCERTAIN})
_FORWARD = frozenset(
    {
        MessageState.SENT,
        MessageState.DELIVERED,
        MessageState.BOUNCED,
        MessageState.OPENED,
        MessageState.CLICKED,
    }
)


class Answered(NamedTuple):
    """The result of a call, with what reactions need: the address, and how long an uncertain one waits.

    ``message`` is what was called for, as it was read then.
    """

    message: Facts
    result: CallResult
    address: Address
    settle_after: int = SETTLE_AFTER


class _Step(NamedTuple):
    """A message's move by a result."""

    stored: Stored
    answered: Answered
    state: MessageState
    tries: Tries

    @property
    def message(self) -> Facts:
        return self.stored.message


class Outcomes:
    """Records what came of calls."""

    def __init__(self, database: Database, announcer: Announcer) -> None:
        self._database = database
        self._announcer = announcer

    def record(self, answered: Sequence[Answered]) -> None:
        """Records results; what has been settled meanwhile by a receipt keeps its state."""
        self._database.run(lambda connection: self.apply(connection, answered))

    def apply(self, connection: sa.Connection, answered: Sequence[Answered]) -> None:
        """Like record(), in a transaction that is open already. One result per message."""
        by_id = {one.result.message_id: one for one in answered}
        stored = calling.lock_known(connection, {key: one.message for key, one in by_id.items()}, _CALLED | _FORWARD)
        self._keep(connection, [one for key, one in by_id.items() if key in stored])
        current = {key: one for key, one in by_id.items() if key in stored and _is_open(stored[key], one.result)}
        again = [key for key, one in current.items() if one.result.kind.may_retry]
        tries = calling.tries(connection, again, machine.OWN_SCOPES) if again else {}
        steps = [_step(one, stored[key], tries.get(key, _FIRST_TRY)) for key, one in current.items()]
        self._move(connection, steps)
        self._react(connection, steps)

    def _keep(self, connection: sa.Connection, answered: Sequence[Answered]) -> None:
        """An answer that comes late is that of its own call, whatever has been called since."""
        calling.write_attempts(connection, [(one.message.attempts + 1, one.result, one.address) for one in answered])

    def _move(self, connection: sa.Connection, steps: Sequence[_Step]) -> None:
        moving = [step for step in steps if step.state is not step.message.state]
        calling.write(connection, [progress(*step) for step in moving])
        kinds = {step.message.message_id: step.answered.result.kind for step in steps}
        accepted = [key for key, kind in kinds.items() if kind is OutcomeKind.ACCEPTED]
        refused = [key for key, kind in kinds.items() if kind.is_definite_refusal]
        calling.commit_slots(connection, accepted)
        calling.release_slots(connection, refused)
        self._announcer.moved(connection, [_moved(step) for step in moving])

    def _react(self, connection: sa.Connection, steps: Sequence[_Step]) -> None:
        for step in steps:
            result = step.answered.result
            if not result.kind.is_definite_refusal:
                continue
            react_to_refusal(connection, self._announcer, step.message, result, step.answered.address)
        for account_id, result in _about_accounts(steps).items():
            _react_to_account(connection, self._announcer, account_id, result)


def _step(answered: Answered, stored: Stored, tries: Tries) -> _Step:
    return _Step(stored, answered, target_state(stored.message, answered.result, tries=tries.own), tries)


def target_state(message: Facts, result: CallResult, *, tries: int = 1) -> MessageState:
    """Where a message goes by the result of its call, the last of ``tries`` refused for the message's own sake."""
    if result.kind is OutcomeKind.ACCEPTED:
        return MessageState.SENT
    if result.kind is OutcomeKind.UNCERTAIN:
        return MessageState.UNCERTAIN
    last = message.channel_index + 1 >= len(message.channels)
    return machine.after_refusal(result.kind, result.scope, tries=tries, last_channel=last)


def _is_open(stored: Stored, result: CallResult) -> bool:
    """Whether the message still waits for this very call's result."""
    return stored.message.state in _CALLED and stored.lease_token == result.lease_token


def progress(stored: Stored, answered: Answered, state: MessageState, tries: Tries = _FIRST_TRY) -> Progress:
    """The message's row after the result."""
    message, result = stored.message, answered.result
    index = message.channel_index + (state is MessageState.ACCEPTED)
    final = state in machine.FINAL
    return Progress(
        message_id=message.message_id,
        state=state,
        channel=message.channels[index],
        channel_index=index,
        outcome=result.kind,
        drop_reason="",
        retry_in=_backoff(tries.calls, result) if state is MessageState.DEFERRED else None,
        settle_in=answered.settle_after if state is MessageState.UNCERTAIN else None,
        sent_time=result.ended if state is MessageState.SENT else stored.sent_time,
        final_time=result.ended if final else None,
    )


def _backoff(tries: int, result: CallResult) -> int:
    """Twice as long each time, with jitter; no sooner than the provider asks for."""
    longest = min(_FIRST_BACKOFF * 2 ** min(tries, 20), _LONGEST_BACKOFF)
    return max(result.retry_after or 0, int(longest * random.uniform(0.5, 1.0)))  # noqa: S311


def _moved(step: _Step) -> Moved:
    result = step.answered.result
    return Moved(
        step.message,
        step.state,
        result.ended,
        result.channel,
        account_id=result.account_id,
        outcome=result.kind,
    )


def react_to_refusal(
    connection: sa.Connection, announcer: Announcer, message: Facts, result: CallResult, address: Address
) -> None:
    """What a refusal means beyond its message: a dead address is suppressed, a refusing customer left in peace."""
    if result.kind is OutcomeKind.INVALID_RECIPIENT:
        suppress_address(connection, announcer, message, result.channel, address, result.ended)
    elif result.kind is OutcomeKind.NOT_SUBSCRIBED and message.customer_id:
        withdraw_consent(
            connection,
            announcer,
            message,
            channel=result.channel,
            cause=SuppressionCause.UNSUBSCRIBE,
            source="provider",
            now=result.ended,
        )


def suppress_address(
    connection: sa.Connection,
    announcer: Announcer,
    message: Facts,
    channel: str,
    address: Address,
    now: int,
) -> None:
    """The address is dead, for all customers who hold it."""
    suppressions.suppress_address(
        connection, address.namespace, address.value, channel, SuppressionCause.HARD_BOUNCE, now
    )
    announcer.invalidated(connection, message, channel, address, now)


def withdraw_consent(
    connection: sa.Connection,
    announcer: Announcer,
    message: Facts,
    *,
    channel: str,
    cause: SuppressionCause,
    source: str,
    now: int,
) -> None:
    """The customer wants no more of such messages: holds here at once, and is announced for identity to keep."""
    suppressions.suppress_customer(connection, message.customer_id, channel, message.purpose, message.brand, cause, now)
    withdrawn = changes_pb2.ConsentWithdrawn(
        purpose=message.purpose,
        channel=channel,
        brand=message.brand,
        message_id=message.message_id,
        source=source,
    )
    announcer.changes(connection, [(changes_pb2.Change(consent_withdrawn=withdrawn), message.customer_id, now)])


def _about_accounts(steps: Sequence[_Step]) -> Mapping[str, CallResult]:
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
