"""Asks providers what became of messages that they took and of which no receipt has come; and looks after tasks.

A task is a message that staff have yet to confirm. It is asked about more often; staff are reminded before it expires;
then it is taken back, and what surely will not go out any more has failed and gives back its slot. It expires when the
last of its messages does, and all of them are looked after together.
"""

from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from tidegate.channels import Asked, Receipt
from tidegate.delivery import reminders
from tidegate.delivery.callbacks import meaning, reports
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.calls import address_of
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import LedgerState, MessageState, ReceiptKind, ReceiptState
from tidegate.delivery.receipts import Receipts
from tidegate.delivery.reporting import Reported
from tidegate.delivery.store import calling
from tidegate.delivery.store import following as store
from tidegate.delivery.store.following import Due
from tidegate.delivery.store.receipts import Receipt as Kept
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import DataLoss
from tidegate.runtime.ids import new_id

LOG = structlog.get_logger(__name__)
T = TypeVar("T")
UNCONFIRMED = "confirm_timeout"
"""The code of the receipt that ends a task which was taken back."""
_MOST = 100
_MOST_TASKS = 10
_LEASE = 300 * SECOND
_WITHDRAW_AGAIN = 600 * SECOND
_WITHDRAW_FOR = 24 * 3_600 * SECOND

Within = Callable[[Line, Coroutine[Any, Any, Any]], Any]
"""Has an adapter's loop run a coroutine, and cuts it off when it takes too long."""


@dataclass(frozen=True, slots=True)
class FollowingUp:
    """Follows messages up. ``within`` raises what the adapter raises, and TimeoutError."""

    database: Database
    clock: Clock
    listeners: Listeners
    receipts: Receipts
    vault: Vault
    within: Within

    def wanted(self) -> list[Line]:
        """The accounts with messages that are due, whose providers can be asked."""
        lines = [line for line in self.listeners.all() if line.follow_up is not None]
        now = micros(self.clock.now())
        with self.database.read() as connection:
            return [line for line in lines if store.any_due(connection, line.account.account_id, now)]

    def look_after(self, line: Line) -> bool:
        """Looks after a batch of an account's messages; True when there was anything to do."""
        now = micros(self.clock.now())
        done = [self._tried(do, line, now) for do in (self._withdraw, self._ask, self._remind)]
        return any(done)

    def _tried(self, do: Callable[[Line, int], bool], line: Line, now: int) -> bool:
        """Does it; that one thing fails keeps none of the others from being done."""
        try:
            return do(line, now)
        except Exception as error:
            LOG.exception("messages.not_followed_up", account_id=line.account.account_id, error=type(error).__name__)
            return False

    def _ask(self, line: Line, now: int) -> bool:
        account_id = line.account.account_id
        due = self.database.run(lambda c: _open(c, store.take_asking(c, account_id, lease=_LEASE, limit=_MOST)))
        asked = self._asked(due)
        told = self._call(line, line.channel.follow_up(line.bound, list(asked.values()))) if asked else []
        try:
            keyed = self.receipts.keyed(list(_said(line, told, now)))
            self.database.run(lambda c: self._write(c, due, keyed, now))
        except Exception as error:
            LOG.exception("adapter.answer_not_applied", account_id=account_id, error=type(error).__name__)
            self.database.run(lambda c: self._write(c, due, (), now))
        return bool(due)

    def _write(self, connection: sa.Connection, due: Mapping[str, Due], said: Sequence[Kept], now: int) -> None:
        """Records what was told; what is not known yet is asked about again, and more seldom.

        Nothing else may become known of them meanwhile: a slot that is free again stays free.
        """
        locked = calling.lock(connection, due, {MessageState.SENT})
        if said:
            self.receipts.record_within(connection, said)
        sent = locked.keys() & store.still_sent(connection, due)
        pauses = {key: _pause(due[key], now) for key in sent}
        store.put_off(connection, [(key, pause) for key, pause in pauses.items() if pause is not None])
        given_up = [key for key, pause in pauses.items() if pause is None]
        calling.move_slots(connection, [key for key in given_up if due[key].is_task], LedgerState.COMMITTED)
        store.forget(connection, {*given_up, *(due.keys() - sent)})

    def _remind(self, line: Line, now: int) -> bool:
        due = self.database.run(lambda c: _reminded(c, line, now))
        asked = self._asked(due)
        if asked:
            self._call(line, line.channel.remind(line.bound, list(asked.values())))
        return bool(due)

    def _withdraw(self, line: Line, now: int) -> bool:
        account_id = line.account.account_id
        take = store.take_withdrawing
        due = self.database.run(lambda c: _open(c, take(c, account_id, now, again=_WITHDRAW_AGAIN, limit=_MOST_TASKS)))
        asked = self._asked(due)
        if not asked:
            return bool(due)
        answers = self._call(line, line.channel.withdraw(line.bound, list(asked.values())))
        certain = list(answers) if isinstance(answers, Sequence) else []
        taken_back = [key for key, back in zip(asked, certain, strict=False) if back is True]
        keyed = self.receipts.keyed([_unconfirmed(account_id, key, now) for key in taken_back])
        too_late = [key for key, one in due.items() if key not in taken_back and now > one.expire_time + _WITHDRAW_FOR]
        staying = asked.keys() - taken_back
        self.database.run(lambda c: self._end(c, keyed, taken_back, staying, too_late))
        return bool(taken_back)

    def _end(
        self,
        connection: sa.Connection,
        said: Sequence[Kept],
        taken_back: Collection[str],
        staying: Collection[str],
        too_late: Collection[str],
    ) -> None:
        """What can't be taken back is asked about at once: as a rule it has gone out."""
        if said:
            self.receipts.record_within(connection, said)
        store.forget(connection, taken_back)
        store.ask_now(connection, staying)
        store.stop_withdrawing(connection, too_late)

    def _asked(self, due: Mapping[str, Due]) -> dict[str, Asked]:
        """What the adapter is asked about each; one whose address can't be opened is left out."""
        if not due:
            return {}
        with self.database.read() as connection:
            calls = calling.calls(connection, due)
        asked: dict[str, Asked] = {}
        for key, several in calls.items():
            call = max(several, key=lambda one: one.number)
            try:
                address = address_of(self.vault, key, call).value
            except DataLoss as error:
                LOG.exception("message.not_opened", message_id=key, reason=error.reason)
                continue
            asked[key] = Asked(
                message_id=key,
                address=address,
                provider_id=call.provider_message_id,
                idempotency_key=key,
                sent_time=datetime.fromtimestamp(call.start_time / SECOND, tz=UTC),
            )
        return asked

    def _call(self, line: Line, call: Coroutine[Any, Any, T]) -> T | None:
        """What the adapter answers; None when it does not."""
        try:
            answer: T = self.within(line, call)
        except Exception as error:
            LOG.exception("adapter.not_asked", account_id=line.account.account_id, error=type(error).__name__)
            return None
        return answer


def _said(line: Line, told: object, now: int) -> Iterator[Reported]:
    """The receipts in an adapter's answer; none in one that is no list of reports."""
    if told is None:
        return  # it has been told why
    if not reports.are_reports(told):
        LOG.error("adapter.no_reports", account_id=line.account.account_id)
        return
    assert isinstance(told, Sequence)
    for one in told:
        receipt = line.reader.receipt(one) if isinstance(one, Receipt) else None
        if receipt is not None:
            yield from meaning.receipts(line.account.account_id, line.channel.manifest, receipt, now)


def _open(connection: sa.Connection, taken: Sequence[Due]) -> dict[str, Due]:
    """Those of which nothing more has become known; nobody asks about the others any more."""
    ids = [one.message_id for one in taken]
    sent = store.still_sent(connection, ids) if ids else set()
    store.forget(connection, {*ids} - sent)
    return {one.message_id: one for one in taken if one.message_id in sent}


def _reminded(connection: sa.Connection, line: Line, now: int) -> dict[str, Due]:
    """Those of which staff are to be reminded now; when next is noted at once, so that nobody is reminded twice."""
    due = _open(connection, store.take_reminding(connection, line.account.account_id, now, limit=_MOST_TASKS))
    before = line.follow_up.remind if line.follow_up else 0
    following = {
        key: reminders.next_reminder(one.expire_time, before, now, reminded=one.reminded + 1)
        for key, one in due.items()
    }
    store.remind_again(connection, list(following.items()))
    return {key: one for key, one in due.items() if one.expire_time > now}


def _pause(one: Due, now: int) -> int | None:
    if one.is_task and now > one.expire_time + reminders.ASKED_AFTER_EXPIRY:
        return None
    return reminders.next_asking(one.asked + 1, is_task=one.is_task)


def _unconfirmed(account_id: str, message_id: str, now: int) -> Reported:
    ended = Kept(
        receipt_id=new_id(),
        account_id=account_id,
        provider_message_id="",
        message_id=message_id,
        kind=ReceiptKind.REFUSED,
        provider_code=UNCONFIRMED,
        time=now,
        record_time=now,
        dedupe_key=f"withdrawn:{message_id}",
        state=ReceiptState.WAITING,
    )
    return ended, ""
