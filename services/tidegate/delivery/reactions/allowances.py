"""Reactions to what results say of a platform's grants: refused by its recipient, nothing is left of them."""

from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.channels import OutcomeKind
from tidegate.delivery.allowances import store
from tidegate.delivery.allowances.model import GrantKey
from tidegate.delivery.steps import Step
from tidegate.delivery.store import granting


def void(connection: sa.Connection, steps: Sequence[Step]) -> frozenset[str]:
    """Voids the credits of recipients who are not subscribed; returns the messages that went by a credit.

    Such a refusal is about the one template: it withdraws no consent. What the customer granted since the call began
    stays.
    """
    called = {
        step.message.message_id: step.answered.result.started
        for step in steps
        if step.answered.result.kind is OutcomeKind.NOT_SUBSCRIBED
    }
    by_grant = {key: use for key, use in store.uses_of(connection, called).items() if use.template_id} if called else {}
    refusals: dict[GrantKey, int] = {}
    for message_id, use in by_grant.items():
        refusals[use.grant] = max(refusals.get(use.grant, 0), called[message_id])
    if refusals:
        granting.refuse(connection, refusals)
    return frozenset(by_grant)
