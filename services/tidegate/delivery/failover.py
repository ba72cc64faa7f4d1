"""Provider failover: a message that one account's provider has definitely refused is offered to another's.

Only for refusals that are not about the recipient or the content, which every provider would refuse, and never after an
uncertain outcome. Once each account of the channel that has what it takes to send the message has been asked, it goes
the way that the refusal says: another try later, the next channel of its chain, or the end. Which accounts lack an
address of the customer only their gates find out: once none is left, they send it that way.

Whoever has refused it for good (not for the moment, as a provider does that is down or limits its rate) is never asked
again: the message waits for the others until it expires.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery import machine
from tidegate.delivery.model import Account, AccountState, Address, CallResult, Facts, MessageState
from tidegate.delivery.steps import FIRST_TRY, Answered, Step, step_of
from tidegate.delivery.store import accounts, breakers, calling, failovers
from tidegate.delivery.store.failovers import Refusers, Standing
from tidegate.delivery.templates import store as templates
from tidegate.delivery.templates.model import Template

_KINDS = frozenset(
    {OutcomeKind.RETRYABLE, OutcomeKind.RATE_LIMITED, OutcomeKind.AUTH_ERROR, OutcomeKind.PERMANENT},
)
_SCOPES = frozenset({Scope.MESSAGE, Scope.ACCOUNT, Scope.CALL})

_WAITING = frozenset({MessageState.ACCEPTED})
_NOWHERE = Address("", "", "")

_NOBODY: Mapping[str, Refusers] = {}


class Redirected(NamedTuple):
    """Steps, and by message the accounts that have refused it on its present channel.

    What is ``left`` is put off for the others; of what goes the way of its refusal who refused it for good is ``kept``.
    """

    steps: Sequence[Step]
    left: Mapping[str, Refusers] = _NOBODY
    kept: Mapping[str, Refusers] = _NOBODY


def redirect(connection: sa.Connection, steps: Sequence[Step]) -> Redirected:
    """The steps, those that another account can still help put off for it, and the accounts tried to be noted."""
    refused = {step.message.message_id: step for step in steps if _is_open(step)}
    if not refused:
        return Redirected(steps)
    sending = _sending(connection)
    found = templates.load(connection, {step.message.template_id for step in refused.values()})
    by_id = {one.template_id: one for one in found}
    before = failovers.standings(connection, refused)
    left: dict[str, Refusers] = {}
    kept: dict[str, Refusers] = {}
    for message_id, step in refused.items():
        tried, lacking = before.get(message_id, Standing())
        result = step.answered.result
        now = {**tried, result.account_id: not result.kind.may_retry}
        able = others(step.message, by_id.get(step.message.template_id), sending, tried=[*now, *lacking])
        if able:  # though it may have been asked again, since they have had no time for the message yet
            left[message_id] = now
        elif tried:
            kept[message_id] = _for_good(now) if step.state is MessageState.DEFERRED else {}
    return Redirected([_again(step) if step.message.message_id in left else step for step in steps], left, kept)


def go_on(connection: sa.Connection, message_ids: Sequence[str], *, now: int) -> Sequence[Step]:
    """The steps of messages that an account has refused and no other can send: as the refusal says.

    They wait in the queue, their states locked; what refused them is forgotten, for another try of all but those who
    have refused it for good.
    """
    stored = calling.lock(connection, message_ids, _WAITING)
    refusals = failovers.refusals(connection, stored)
    tries = calling.tries(connection, refusals, machine.OWN_SCOPES) if refusals else {}
    before = failovers.standings(connection, refusals) if refusals else {}
    steps = [
        step_of(
            Answered(stored[key].message, one._replace(ended=now), _NOWHERE), stored[key], tries.get(key, FIRST_TRY)
        )
        for key, one in refusals.items()
    ]
    failovers.keep(connection, {step.message.message_id: _still(step, before) for step in steps})
    return steps


def _still(step: Step, before: Mapping[str, Standing]) -> Refusers:
    """Who has refused for good what is tried again on its channel."""
    standing = before.get(step.message.message_id, Standing())
    return _for_good(standing.refused) if step.state is MessageState.DEFERRED else {}


def _for_good(refusers: Refusers) -> Refusers:
    return {one: True for one, for_good in refusers.items() if for_good}


def _is_open(step: Step) -> bool:
    result = step.answered.result
    return may_fail_over(result) and result.ended < step.message.expire_time


def may_fail_over(result: CallResult) -> bool:
    """Whether another provider may take what this one has refused."""
    return result.kind in _KINDS and result.scope in _SCOPES and (result.call > 0 or result.reported)


def others(
    message: Facts, template: Template | None, sending: Sequence[Account], *, tried: Sequence[str]
) -> list[Account]:
    """The accounts that may take the message and have not refused it."""
    return [
        one
        for one in sending
        if one.channel == message.channel
        and one.account_id not in tried
        and (not one.brands or message.brand in one.brands)
        and not (template and template.is_rejected_by(one.account_id))
    ]


def _sending(connection: sa.Connection) -> list[Account]:
    held = breakers.open_accounts(connection)
    return [one for one in accounts.find(connection) if one.state is AccountState.ACTIVE and one.account_id not in held]


def _again(step: Step) -> Step:
    return step._replace(state=MessageState.DEFERRED)
