"""Provider failover: a message that one account's provider has definitely refused is offered to another's.

Only for refusals that are not about the recipient or the content, which every provider would refuse, and never after an
uncertain outcome. Once each account of the channel that has what it takes to send the message has been asked, it goes
the way that the refusal says: another try later, the next channel of its chain, or the end. Which accounts lack an
address of the customer only their gates find out: once none is left, they send it that way.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery import machine
from tidegate.delivery.model import Account, AccountState, Address, CallResult, Facts, MessageState
from tidegate.delivery.steps import FIRST_TRY, Answered, Step, step_of
from tidegate.delivery.store import accounts, breakers, calling, failovers
from tidegate.delivery.store.failovers import Standing
from tidegate.delivery.templates import store as templates
from tidegate.delivery.templates.model import Template

_KINDS = frozenset(
    {OutcomeKind.RETRYABLE, OutcomeKind.RATE_LIMITED, OutcomeKind.AUTH_ERROR, OutcomeKind.PERMANENT},
)
_SCOPES = frozenset({Scope.MESSAGE, Scope.ACCOUNT, Scope.CALL})

_WAITING = frozenset({MessageState.ACCEPTED})
_NOWHERE = Address("", "", "")

Tried = Mapping[str, Sequence[str]]
"""By message, the accounts that have refused it on its present channel."""


def redirect(connection: sa.Connection, steps: Sequence[Step]) -> tuple[Sequence[Step], Tried]:
    """The steps, those that another account can still help put off for it, and the accounts tried to be noted."""
    refused = {step.message.message_id: step for step in steps if _is_open(step)}
    if not refused:
        return steps, {}
    sending = _sending(connection)
    found = templates.load(connection, {step.message.template_id for step in refused.values()})
    by_id = {one.template_id: one for one in found}
    before = failovers.standings(connection, refused)
    noted: dict[str, Sequence[str]] = {}
    for message_id, step in refused.items():
        tried, lacking = before.get(message_id, Standing())
        now = [*dict.fromkeys([*tried, step.answered.result.account_id])]
        able = others(step.message, by_id.get(step.message.template_id), sending, tried=[*now, *lacking])
        if able:  # though it may have been asked again, since they have had no time for the message yet
            noted[message_id] = now
        elif tried:
            noted[message_id] = ()
    return [_again(step) if noted.get(step.message.message_id) else step for step in steps], noted


def go_on(connection: sa.Connection, message_ids: Sequence[str], *, now: int) -> Sequence[Step]:
    """The steps of messages that an account has refused and no other can send: as the refusal says.

    They wait in the queue, their states locked; what refused them is forgotten, for another try of all.
    """
    stored = calling.lock(connection, message_ids, _WAITING)
    refusals = failovers.refusals(connection, stored)
    tries = calling.tries(connection, refusals, machine.OWN_SCOPES) if refusals else {}
    failovers.note(connection, dict.fromkeys(refusals, ()))
    return [
        step_of(
            Answered(stored[key].message, one._replace(ended=now), _NOWHERE), stored[key], tries.get(key, FIRST_TRY)
        )
        for key, one in refusals.items()
    ]


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
