"""What came of calls: a batch of results moves messages and slots, and is reacted upon, in one transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.delivery import calls, failover, machine
from tidegate.delivery.announce import Announcer, Moved
from tidegate.delivery.model import CallResult, MessageState
from tidegate.delivery.reactions import REACTIONS
from tidegate.delivery.steps import FIRST_TRY, Answered, Step, progress, step_of
from tidegate.delivery.store import calling, failovers
from tidegate.delivery.store.calling import Stored
from tidegate.runtime.db import Database

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
        steps: Sequence[Step] = [step_of(one, stored[key], tries.get(key, FIRST_TRY)) for key, one in current.items()]
        steps, refused_by = failover.redirect(connection, steps)
        self._move(connection, steps)
        failovers.note(connection, refused_by)
        for react in REACTIONS:
            react(connection, self._announcer, steps)

    def _keep(self, connection: sa.Connection, answered: Sequence[Answered]) -> None:
        """An answer that comes late is that of its own call, whatever has been called since."""
        kept = [(one.message.attempts + 1, one.result, one.address) for one in answered]
        calling.write_attempts(connection, calls.sealed(self._announcer.vault, kept))

    def _move(self, connection: sa.Connection, steps: Sequence[Step]) -> None:
        moving = [step for step in steps if step.state is not step.message.state]
        calling.write(connection, [progress(*step) for step in moving])
        self._announcer.moved(connection, [_moved(step) for step in moving])


def _is_open(stored: Stored, result: CallResult) -> bool:
    """Whether the message still waits for this very call's result."""
    return stored.message.state in _CALLED and stored.lease_token == result.lease_token


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
