"""The message whose unsubscribe link it is: as it is kept, else as its link, which outlives it, remembers it."""

import sqlalchemy as sa

from tidegate.delivery.links.tokens import Tokens, Unsubscribing
from tidegate.delivery.model import Facts, MessageClass, MessageState, RecipientKind
from tidegate.delivery.store import accepting, gating, reading


def message_of(connection: sa.Connection, tokens: Tokens, token: str) -> Facts | None:
    """The message; None by a token that isn't ours, of a message that neither is kept nor is remembered."""
    read = tokens.read_unsubscribe(token)
    if read is None:
        return None
    return reading.facts(connection, read.message_id) or remembered(connection, read)


def remembered(connection: sa.Connection, read: Unsubscribing) -> Facts | None:
    """As much of a message as its link says, for who the customer is now; None of who was erased."""
    of = read.of
    if of is None:
        return None
    customer_id = accepting.survivors(connection, [of.customer_id]).get(of.customer_id, of.customer_id)
    found = gating.read_customers(connection, [customer_id]).get(customer_id)
    if found is None or found.erased:
        return None
    return Facts(
        message_id=read.message_id,
        caller="",
        idempotency_key="",
        customer_id=customer_id,
        original_customer_id=of.customer_id,
        recipient_kind=RecipientKind.CUSTOMER,
        entity_id="",
        channels=(of.channel,),
        template_id="",
        message_class=MessageClass.MARKETING,
        purpose=of.purpose,
        brand=of.brand,
        campaign_id="",
        phase_id="",
        journey_id="",
        enrollment_id="",
        node_id="",
        tier="",
        sender_unit="",
        language="",
        priority=0,
        holdout_experiment="",
        override_end=0,
        accept_time=0,
        expire_time=0,
        state=MessageState.SENT,
        channel=of.channel,
        channel_index=0,
        account_id="",
        attempts=0,
    )
