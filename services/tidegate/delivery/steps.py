"""The step that the result of a call makes of a message: its next state, and its row after it."""

import random
from typing import NamedTuple

from tidegate.channels import Outcome, OutcomeKind
from tidegate.delivery import machine
from tidegate.delivery.instants import DAY, SECOND
from tidegate.delivery.model import Address, CallResult, Facts, LedgerState, MessageState
from tidegate.delivery.store.calling import Progress, Stored, Tries

SETTLE_AFTER = 3 * DAY
_FIRST_BACKOFF = SECOND
_LONGEST_BACKOFF = 600 * SECOND
FIRST_TRY = Tries(1, 1)


class FollowUp(NamedTuple):
    """How a message is followed up: ``first`` after so many µs; of a task, a reminder ``remind`` before it expires."""

    first: int
    is_task: bool = False
    remind: int = 0


class Answered(NamedTuple):
    """The result of a call, with what reactions need: the address, and how long an uncertain one waits.

    ``message`` is what was called for, as it was read then.
    """

    message: Facts
    result: CallResult
    address: Address
    settle_after: int = SETTLE_AFTER
    follow_up: FollowUp | None = None


def result_of(outcome: Outcome, message: Facts, lease_token: str, account_id: str, span: tuple[int, int]) -> CallResult:
    """The result of a call that began and ended at ``span``, under a lease of the message."""
    wait = outcome.retry_after
    return CallResult(
        message_id=message.message_id,
        lease_token=lease_token,
        account_id=account_id,
        channel=message.channel,
        started=span[0],
        ended=span[1],
        kind=outcome.kind,
        scope=outcome.scope,
        provider_id=outcome.provider_id,
        provider_code=outcome.provider_code,
        detail=outcome.detail,
        retry_after=None if wait is None else int(wait.total_seconds() * SECOND),
        part_ids=outcome.part_ids,
    )


class Step(NamedTuple):
    """A message's move by a result."""

    stored: Stored
    answered: Answered
    state: MessageState
    tries: Tries

    @property
    def message(self) -> Facts:
        return self.stored.message

    @property
    def changes_channel(self) -> bool:
        """Whether it leads to the next channel of the message's chain."""
        return self.state is MessageState.ACCEPTED


def step_of(answered: Answered, stored: Stored, tries: Tries) -> Step:
    """Where the result brings the message, ``tries`` counting its calls with the last one."""
    return Step(stored, answered, target_state(stored.message, answered.result, tries=tries.own), tries)


def target_state(message: Facts, result: CallResult, *, tries: int = 1) -> MessageState:
    """Where a message goes by the result of its call, the last of ``tries`` refused for the message's own sake.

    What is learnt of a refusal once the message has expired ends it.
    """
    if result.kind is OutcomeKind.ACCEPTED:
        return MessageState.SENT
    if result.kind is OutcomeKind.UNCERTAIN:
        return MessageState.UNCERTAIN
    if result.reported and result.ended >= message.expire_time:
        return MessageState.FAILED
    last = message.channel_index + 1 >= len(message.channels)
    return machine.after_refusal(result.kind, result.scope, tries=tries, last_channel=last)


def progress(stored: Stored, answered: Answered, state: MessageState, tries: Tries = FIRST_TRY) -> Progress:
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
        slot=None if _is_task(answered, state) else _SLOTS.get(state),
    )


def _is_task(answered: Answered, state: MessageState) -> bool:
    """Whether staff have yet to confirm it: the slot stays reserved, and counts."""
    return state is MessageState.SENT and answered.follow_up is not None and answered.follow_up.is_task


_SLOTS = {MessageState.SENT: LedgerState.COMMITTED, MessageState.FAILED: LedgerState.RELEASED}
"""What becomes of the slot. On the way to the next channel or the next try it is held: it is one reservation."""


def _backoff(tries: int, result: CallResult) -> int:
    """Twice as long each time, with jitter; no sooner than the provider asks for."""
    longest = min(_FIRST_BACKOFF * 2 ** min(tries, 20), _LONGEST_BACKOFF)
    return max(result.retry_after or 0, int(longest * random.uniform(0.5, 1.0)))  # noqa: S311
