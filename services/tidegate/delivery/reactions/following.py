"""Messages that were sent by accounts whose providers can be asked later are followed up."""

from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.model import MessageState
from tidegate.delivery.reminders import next_reminder
from tidegate.delivery.steps import FollowUp, Step
from tidegate.delivery.store import following
from tidegate.delivery.store.following import New


def react(connection: sa.Connection, _announcer: Announcer, steps: Sequence[Step]) -> None:
    """Notes them; no statement where there are none."""
    new = [
        _new(step, step.answered.follow_up)
        for step in steps
        if step.answered.follow_up is not None and step.state is MessageState.SENT
    ]
    if new:
        following.add(connection, new)


def _new(step: Step, follow_up: FollowUp) -> New:
    message, result = step.message, step.answered.result
    remind = next_reminder(message.expire_time, follow_up.remind, result.ended, reminded=0)
    remind_time = remind if follow_up.is_task else None
    first, is_task, _ = follow_up
    return New(message.message_id, result.account_id, first, is_task, message.expire_time, remind_time)
