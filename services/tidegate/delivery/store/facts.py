"""The facts of messages in rows: which columns they stand in, and how they are read."""

from typing import Any

from tidegate.delivery.model import Facts, MessageClass, MessageState, RecipientKind
from tidegate.delivery.store.tables import MESSAGES, STATES

_CLASSES = {str(one): one for one in MessageClass}
_KINDS = {str(one): one for one in RecipientKind}
_STATES = {str(one): one for one in MessageState}

MESSAGE_COLUMNS = [
    MESSAGES.c.message_id,
    MESSAGES.c.caller,
    MESSAGES.c.idempotency_key,
    MESSAGES.c.customer_id,
    MESSAGES.c.original_customer_id,
    MESSAGES.c.recipient_kind,
    MESSAGES.c.entity_id,
    MESSAGES.c.channels,
    MESSAGES.c.template_id,
    MESSAGES.c.message_class,
    MESSAGES.c.purpose,
    MESSAGES.c.brand,
    MESSAGES.c.campaign_id,
    MESSAGES.c.phase_id,
    MESSAGES.c.journey_id,
    MESSAGES.c.enrollment_id,
    MESSAGES.c.node_id,
    MESSAGES.c.tier,
    MESSAGES.c.sender_unit,
    MESSAGES.c.language,
    MESSAGES.c.priority,
    MESSAGES.c.holdout_experiment,
    MESSAGES.c.override_end,
    MESSAGES.c.accept_time,
    MESSAGES.c.expire_time,
    STATES.c.state,
    STATES.c.channel,
    STATES.c.channel_index,
    STATES.c.account_id,
    STATES.c.attempts,
    MESSAGES.c.content_key,
]
"""The columns of Facts, in its order."""

CHANGING_COLUMNS = [MESSAGES.c.customer_id, *MESSAGE_COLUMNS[25:30]]
"""Those of MESSAGE_COLUMNS that change."""


def facts_of(values: list[Any]) -> Facts:
    """The facts in the values of MESSAGE_COLUMNS."""
    values[5] = _KINDS[values[5]]
    values[7] = tuple(values[7].split(","))
    values[9] = _CLASSES[values[9]]
    values[25] = _STATES[values[25]]
    return Facts._make(values)


def facts_now(known: Facts, customer_id: int, state: str, *others: Any) -> Facts:
    """``known`` with the values that CHANGING_COLUMNS have now."""
    return Facts._make((*known[:3], customer_id, *known[4:25], _STATES[state], *others, *known[30:]))
