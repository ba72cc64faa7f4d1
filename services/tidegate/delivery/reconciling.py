"""Reconciling what is uncertain: providers that can be asked are asked what became of it.

A receipt settles a message as well, and before; what is never answered is settled as sent in the end (see rescue).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa
import structlog

from tidegate.channels import Asked, Outcome, OutcomeKind, Receipts
from tidegate.delivery.calls import address_of
from tidegate.delivery.costs import day_of
from tidegate.delivery.dispatch.lines import Line, Lines
from tidegate.delivery.dispatch.sound import sound
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import NO_CHARGE, Address, CallResult, Charge
from tidegate.delivery.outcomes import Outcomes
from tidegate.delivery.steps import Answered, result_of
from tidegate.delivery.store import asking, calling
from tidegate.delivery.store.calling import Call, Stored
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import DataLoss

LOG = structlog.get_logger(__name__)
_MOST = 100

Ask = Callable[[Line, Sequence[Asked]], Sequence[object]]
Taken = Mapping[str, tuple[Stored, Call, Address]]
"""Uncertain messages by their ids, each with its last call and where that went to."""
_Sealed = Mapping[str, tuple[Stored, Call]]


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Asks about uncertain messages. ``ask`` calls the adapter, and raises what it raises.

    ``zone`` is the company's, whose days costs fall on.
    """

    database: Database
    clock: Clock
    lines: Lines
    outcomes: Outcomes
    vault: Vault
    ask: Ask
    zone: tzinfo

    def step(self) -> bool:
        """Asks about one batch of each account whose provider can be asked; True when anything was settled."""
        lines = [one for one in self.lines.active() if Receipts.POLL in one.channel.manifest.receipts]
        settled = [self._reconcile(line) for line in lines]
        return any(settled)

    def _reconcile(self, line: Line) -> bool:
        account_id = line.account.account_id
        with self.database.read() as connection:
            if not asking.is_due(connection, account_id):
                return False
        taken = self.take(line, limit=_MOST)
        if not taken:
            return False
        try:
            answers = list(self.ask(line, [_asked(*one) for one in taken.values()]))
        except Exception as error:
            LOG.exception("adapter.not_asked", account_id=account_id, error=type(error).__name__)
            return False
        return self.settle(line, taken, _settling(line, list(taken), answers))

    def take(self, line: Line, *, limit: int) -> Taken:
        """Uncertain messages with their last calls; nobody else asks about them for a while."""
        taken = self.database.run(lambda connection: _take(connection, line, limit=limit))
        return dict(self._opened(taken))

    def _opened(self, taken: _Sealed) -> Iterator[tuple[str, tuple[Stored, Call, Address]]]:
        """With the addresses; a message whose can't be opened is left to receipts and to time."""
        for key, (stored, call) in taken.items():
            try:
                yield key, (stored, call, address_of(self.vault, key, call))
            except DataLoss as error:
                LOG.exception("message.not_opened", message_id=key, reason=error.reason)

    def settle(self, line: Line, taken: Taken, answers: Mapping[str, Outcome]) -> bool:
        """Records what is known now of messages that were taken; True when that is anything."""
        ended = micros(self.clock.now())
        settled = [self._answered(*taken[key], outcome, line=line, ended=ended) for key, outcome in answers.items()]
        if settled:
            self.outcomes.record(settled)
        return bool(settled)

    def _answered(
        self, stored: Stored, call: Call, address: Address, outcome: Outcome, *, line: Line, ended: int
    ) -> Answered:
        """The answer to the message's last call, with what it cost after all."""
        message, currency = stored.message, line.account.currency
        started = stored.call_time or ended
        day = day_of(started, self.zone)
        before = Charge(call.cost_micros, call.parts, currency, day) if call.parts else NO_CHARGE
        after = before if outcome.kind is OutcomeKind.ACCEPTED else NO_CHARGE
        if outcome.cost_micros is not None:
            after = Charge(outcome.cost_micros, outcome.parts or call.parts or 1, currency, day)
        result = _late(stored, call, outcome, started=started, ended=ended)
        return Answered(
            message._replace(attempts=message.attempts - 1),
            result._replace(charge=after),
            address,
            line.settle_after,
            line.follow_up,
        )


def _take(connection: sa.Connection, line: Line, *, limit: int) -> _Sealed:
    due = calling.lock_where(connection, *asking.due(line.account.account_id), limit=limit)
    if not due:
        return {}
    asking.put_off(connection, list(due), settle_after=line.settle_after)
    calls = calling.calls(connection, due)
    return {key: (one, max(calls[key], key=lambda call: call.number)) for key, one in due.items() if key in calls}


def _settling(line: Line, message_ids: Sequence[str], answers: Sequence[object]) -> dict[str, Outcome]:
    """The answers that say what became of a message, by its id; rubbish says nothing."""
    if len(answers) != len(message_ids):
        return {}
    given = {key: sound(one) for key, one in zip(message_ids, answers, strict=True) if one is not None}
    outcomes = zip(given, line.reader.outcomes(list(given.values()), list(given)), strict=True)
    return {key: one for key, one in outcomes if one.kind is not OutcomeKind.UNCERTAIN}


def _asked(stored: Stored, call: Call, address: Address) -> Asked:
    message_id = stored.message.message_id
    return Asked(
        message_id=message_id,
        address=address.value,
        provider_id=call.provider_message_id,
        idempotency_key=message_id,
        sent_time=datetime.fromtimestamp((stored.call_time or 0) / SECOND, tz=UTC),
    )


def _late(stored: Stored, call: Call, outcome: Outcome, *, started: int, ended: int) -> CallResult:
    message = stored.message
    result = result_of(outcome, message, stored.lease_token, message.account_id, (started, ended))
    return result._replace(provider_id=result.provider_id or call.provider_message_id, reported=True)
