"""What came of calls: a batch of results moves messages and slots, and is reacted upon, in one transaction."""

from collections.abc import Sequence
from datetime import tzinfo

import sqlalchemy as sa

from tidegate.delivery import calls, failover, lateness, machine
from tidegate.delivery.announce import Announcer, Moved
from tidegate.delivery.model import CallResult, MessageState
from tidegate.delivery.reactions import OF_CALLS, REACTIONS
from tidegate.delivery.steps import FIRST_TRY, Answered, Step, progress, step_of
from tidegate.delivery.store import calling, failovers
from tidegate.delivery.store.calling import Stored
from tidegate.runtime.db import Database

_CALLED = frozenset({MessageState.CALLING, MessageState.UNCERTAIN})
_ANY = frozenset(MessageState)


class Outcomes:
    """Records what came of calls."""

    def __init__(self, database: Database, announcer: Announcer, zone: tzinfo) -> None:
        """``zone`` is the company's, on whose days costs fall."""
        self._zone = zone
        self._database = database
        self._announcer = announcer

    def record(self, answered: Sequence[Answered]) -> None:
        """Records results; what has been settled meanwhile by a receipt keeps its state."""
        self._database.run(lambda connection: self.apply(connection, answered))

    def apply(self, connection: sa.Connection, answered: Sequence[Answered]) -> None:
        """Like record(), in a transaction that is open already. One result per message."""
        by_id = {one.result.message_id: one for one in answered}
        stored = calling.lock_known(connection, {key: one.message for key, one in by_id.items()}, _ANY)
        by_id = {key: one for key, one in by_id.items() if key in stored}
        known = {key: one for key, one in by_id.items() if not _is_first(stored[key], one.result)}
        contradicted = frozenset[str]()
        if known:
            late = lateness.compare(connection, known, stored, self._zone)
            by_id, contradicted = {**by_id, **late.answered}, late.contradicted
        self._keep(connection, [one for key, one in by_id.items() if key not in contradicted])
        current = {key: one for key, one in by_id.items() if _is_open(stored[key], one.result)}
        settled = [_standing(stored[key], one) for key, one in by_id.items() if key not in current]
        again = [key for key, one in current.items() if one.result.kind.may_retry]
        tries = calling.tries(connection, again, machine.OWN_SCOPES) if again else {}
        steps: Sequence[Step] = [step_of(one, stored[key], tries.get(key, FIRST_TRY)) for key, one in current.items()]
        redirected = failover.redirect(connection, steps)
        steps = redirected.steps
        move(connection, self._announcer, steps)
        failovers.note(connection, redirected.left)
        failovers.keep(connection, redirected.kept)
        for react in REACTIONS:
            react(connection, self._announcer, [*steps, *settled] if react in OF_CALLS else steps)

    def _keep(self, connection: sa.Connection, answered: Sequence[Answered]) -> None:
        """An answer that comes late is that of its own call, whatever has been called since."""
        kept = [(one.message.attempts + 1, one.result, one.address) for one in answered]
        calling.write_attempts(connection, calls.sealed(self._announcer.vault, kept))


def move(connection: sa.Connection, announcer: Announcer, steps: Sequence[Step]) -> None:
    """Brings messages and their slots where their steps lead, and announces it."""
    moving = [step for step in steps if step.state is not step.message.state or step.changes_channel]
    calling.write(connection, [progress(*step) for step in moving])
    announcer.moved(connection, [_moved(step) for step in moving])


def _is_open(stored: Stored, result: CallResult) -> bool:
    """Whether the message still waits for this very call's result."""
    return stored.message.state in _CALLED and stored.lease_token == result.lease_token


def _is_first(stored: Stored, result: CallResult) -> bool:
    """Whether nothing is known yet of the call."""
    return stored.message.state is MessageState.CALLING and stored.lease_token == result.lease_token


def _standing(stored: Stored, answered: Answered) -> Step:
    """The step of a message that has been settled before its call was answered: it stays where it is."""
    return Step(stored, answered, stored.message.state, FIRST_TRY)


def _moved(step: Step) -> Moved:
    result = step.answered.result
    return Moved(
        step.message,
        step.state,
        result.ended,
        result.channel,
        account_id=result.account_id,
        outcome=result.kind,
        cost_micros=result.charge.micros,
    )
