"""What time alone brings about: deferred messages wake, leases end, calls are given up, messages expire.

claimed, lease ended        ─▶ accepted; its slot is free again: nobody knows when it will be called for
calling, no answer at all   ─▶ uncertain; its slot stays taken, it is never sent again blindly, and it is charged as one
                               part: what is uncertain counts, until an answer or the provider says otherwise
uncertain, settled          ─▶ sent, since no receipt has said otherwise for long enough
accepted, deferred, expired ─▶ dropped
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo

import sqlalchemy as sa
import structlog

from tidegate.channels import OutcomeKind
from tidegate.delivery.announce import Announcer, Moved
from tidegate.delivery.costs import day_of
from tidegate.delivery.model import (
    NO_CHARGE,
    Account,
    Address,
    CallResult,
    Charge,
    DropReason,
    LedgerState,
    MessageState,
)
from tidegate.delivery.outcomes import Outcomes
from tidegate.delivery.steps import SETTLE_AFTER, Answered
from tidegate.delivery.store import accounts, calling, caps
from tidegate.delivery.store.calling import Progress, Stored
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Activity, Loop

LOG = structlog.get_logger(__name__)
_MOST = 1_000
_CLAIMED = frozenset({MessageState.CLAIMED})
_NOWHERE = Address("", "", "")


class Rescue:
    """Moves messages that nobody else moves."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        announcer: Announcer,
        outcomes: Outcomes,
        zone: tzinfo,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` is called when there are messages to decide again; ``zone`` is the company's."""
        self._outcomes = outcomes
        self._zone = zone
        self._database = database
        self._clock = clock
        self._announcer = announcer
        self._wake_gate = wake

    def loops(self, activity: Activity, *, rest: float, slow: float) -> Sequence[Loop]:
        """Waking and expiring go by business time, the others by the real one."""
        return [
            Loop("delivery.timers", self.pass_timers, activity=activity, rest=rest),
            Loop("delivery.rescue", self.pass_leases, activity=activity, rest=slow),
        ]

    def pass_timers(self) -> bool:
        """Wakes what is due and drops what has expired."""
        now = micros(self._clock.now())
        with self._database.read() as connection:
            if not calling.is_time(connection, now=now):
                return False
        woken = self._database.run(lambda connection: calling.wake(connection, now=now, limit=_MOST))
        if woken:
            self._wake_gate()
        return bool(woken + self._database.run(lambda connection: self._expire(connection, now)))

    def pass_leases(self) -> bool:
        """Picks up what a worker left lying, and settles what stayed uncertain."""
        now = micros(self._clock.now())
        with self._database.read() as connection:
            if not calling.is_overdue(connection):
                return False
        returned = self._database.run(self._return_claims)
        if returned:
            self._wake_gate()
        lost = self._database.run(lambda connection: self._give_up_calls(connection, now))
        settled = self._database.run(lambda connection: self._settle(connection, now))
        if returned or lost:
            LOG.warning("messages.rescued", claimed=returned, calling=lost)
        return bool(returned + lost + settled)

    def give_back(self, message_ids: Sequence[str]) -> None:
        """Puts claimed messages back in the queue, their slots released."""
        if message_ids:
            self._database.run(lambda connection: _requeue(connection, calling.lock(connection, message_ids, _CLAIMED)))

    def _return_claims(self, connection: sa.Connection) -> int:
        return _requeue(connection, calling.lock_where(connection, *calling.overdue_claims(), limit=_MOST))

    def _give_up_calls(self, connection: sa.Connection, now: int) -> int:
        lost = calling.lock_where(connection, *calling.overdue_calls(), limit=_MOST)
        if not lost:
            return 0
        by_id = {one.account_id: one for one in accounts.find(connection)}
        unanswered = [self._unanswered(one, by_id.get(one.message.account_id), now) for one in lost.values()]
        self._outcomes.apply(connection, unanswered)
        return len(lost)

    def _unanswered(self, stored: Stored, account: Account | None, now: int) -> Answered:
        message, started = stored.message, stored.call_time or now
        charge = NO_CHARGE
        if account is not None and account.price_micros:
            charge = Charge(account.price_micros, 1, account.currency, day_of(started, self._zone))
        result = CallResult(
            message_id=message.message_id,
            lease_token=stored.lease_token,
            account_id=message.account_id,
            channel=message.channel,
            started=started,
            ended=now,
            kind=OutcomeKind.UNCERTAIN,
            detail="nobody recorded an answer to the call",
            charge=charge,
        )
        settle_after = (account.settle_after if account else 0) or SETTLE_AFTER
        return Answered(message._replace(attempts=message.attempts - 1), result, _NOWHERE, settle_after)

    def _settle(self, connection: sa.Connection, now: int) -> int:
        old = calling.lock_where(connection, *calling.unsettled(), limit=_MOST)
        if old:
            calling.write(connection, [_sent(one, now) for one in old.values()])
            self._tell(connection, old, now)
        return len(old)

    def _tell(self, connection: sa.Connection, stored: dict[str, Stored], now: int) -> None:
        self._announcer.moved(
            connection,
            [
                Moved(
                    one.message,
                    MessageState.SENT,
                    now,
                    one.message.channel,
                    account_id=one.message.account_id,
                    outcome=OutcomeKind.UNCERTAIN,
                )
                for one in stored.values()
            ],
        )

    def _expire(self, connection: sa.Connection, now: int) -> int:
        expired = calling.lock_where(connection, *calling.expired(now), limit=_MOST)
        drop(connection, self._announcer, expired, DropReason.EXPIRED, now)
        return len(expired)


def drop(
    connection: sa.Connection,
    announcer: Announcer,
    stored: dict[str, Stored],
    reason: DropReason,
    now: int,
) -> None:
    """Ends messages that are locked; slots that they hold, claimed or between two calls, are free again."""
    if not stored:
        return
    calling.write(connection, [_dropped(one, reason, now) for one in stored.values()])
    moves = [
        Moved(one.message, MessageState.DROPPED, now, one.message.channel, reason=reason) for one in stored.values()
    ]
    announcer.moved(connection, moves)


def _requeue(connection: sa.Connection, stored: dict[str, Stored]) -> int:
    if stored:
        calling.write(connection, [_accepted(one) for one in stored.values()])
        caps.leave(connection, calling.claims(stored.values()))
    return len(stored)


def _progress(
    stored: Stored,
    state: MessageState,
    *,
    reason: str = "",
    sent_time: int | None = None,
    final_time: int | None = None,
    slot: LedgerState | None = None,
) -> Progress:
    message = stored.message
    return Progress(
        message_id=message.message_id,
        state=state,
        channel=message.channel,
        channel_index=message.channel_index,
        outcome=stored.outcome,
        drop_reason=reason,
        retry_in=None,
        settle_in=None,
        sent_time=stored.sent_time if sent_time is None else sent_time,
        final_time=final_time,
        slot=slot,
    )


def _accepted(stored: Stored) -> Progress:
    return _progress(stored, MessageState.ACCEPTED, slot=LedgerState.RELEASED)


def _dropped(stored: Stored, reason: DropReason, now: int) -> Progress:
    return _progress(stored, MessageState.DROPPED, reason=reason, final_time=now, slot=LedgerState.RELEASED)


def _sent(stored: Stored, now: int) -> Progress:
    return _progress(stored, MessageState.SENT, sent_time=now, final_time=now, slot=LedgerState.COMMITTED)
