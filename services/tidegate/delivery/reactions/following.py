"""Messages that were sent by accounts whose providers can be asked later are followed up."""

from collections.abc import Sequence
from itertools import groupby

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.model import MessageState
from tidegate.delivery.reminders import next_reminder
from tidegate.delivery.steps import FollowUp, Step
from tidegate.delivery.store import following, tasks
from tidegate.delivery.store.following import New


def react(connection: sa.Connection, _announcer: Announcer, steps: Sequence[Step]) -> None:
    """Notes them; no statement where there are none."""
    followed = {
        step.message.message_id: (step, step.answered.follow_up)
        for step in steps
        if step.answered.follow_up is not None and step.state is MessageState.SENT
    }
    if followed:
        following.add(connection, [_new(*one) for one in followed.values()])
        _share_deadlines(connection, [one for one in followed.values() if one[1].is_task])


def _share_deadlines(connection: sa.Connection, made: Sequence[tuple[Step, FollowUp]]) -> None:
    """A task lasts until the last of its messages expires: taken back sooner, it would not reach the others."""
    by_task = {
        (step.answered.result.account_id, step.answered.result.provider_id): (step.answered.result.ended, follow_up)
        for step, follow_up in made
        if step.answered.result.provider_id
    }
    if not by_task:
        return
    members = sorted(tasks.members(connection, by_task))
    prolonged: list[tuple[str, int, int | None]] = []
    for task, several in groupby(members, key=lambda one: (one.account_id, one.provider_message_id)):
        ended, follow_up = by_task[task]
        together = list(several)
        last = max(one.expire_time for one in together)
        remind = next_reminder(last, follow_up.remind, ended, reminded=0)
        prolonged += [(one.message_id, last, remind) for one in together if one.expire_time < last]
    following.prolong(connection, prolonged)


def _new(step: Step, follow_up: FollowUp) -> New:
    message, result = step.message, step.answered.result
    remind = next_reminder(message.expire_time, follow_up.remind, result.ended, reminded=0)
    remind_time = remind if follow_up.is_task else None
    first, is_task, _ = follow_up
    return New(message.message_id, result.account_id, first, is_task, message.expire_time, remind_time)
