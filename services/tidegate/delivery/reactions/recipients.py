"""Reactions to what a refusal says of the recipient: dead addresses, and customers who want no more."""

from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.channels import OutcomeKind
from tidegate.delivery.announce import Announcer
from tidegate.delivery.model import Address, CallResult, Facts
from tidegate.delivery.policy import suppressions
from tidegate.delivery.policy.model import SuppressionCause
from tidegate.delivery.reactions import allowances
from tidegate.delivery.steps import Step


def react(connection: sa.Connection, announcer: Announcer, steps: Sequence[Step]) -> None:
    """Suppresses dead addresses, and withdraws the consent of customers who refuse more than a template."""
    ungranted = allowances.void(connection, steps)
    for step in steps:
        result = step.answered.result
        if result.kind.is_definite_refusal and step.message.message_id not in ungranted:
            _react_to_refusal(connection, announcer, step.message, result, step.answered.address)


def _react_to_refusal(
    connection: sa.Connection, announcer: Announcer, message: Facts, result: CallResult, address: Address
) -> None:
    """What a refusal means beyond its message: a dead address is suppressed, a refusing customer left in peace."""
    if result.kind is OutcomeKind.INVALID_RECIPIENT and address.value:  # a call lost in a crash has left none
        suppress_address(connection, announcer, message, result.channel, address, result.ended)
    elif result.kind is OutcomeKind.NOT_SUBSCRIBED and message.customer_id:
        withdraw_consent(
            connection,
            announcer,
            message,
            channel=result.channel,
            cause=SuppressionCause.UNSUBSCRIBE,
            source="provider",
            now=result.ended,
        )


def suppress_address(
    connection: sa.Connection,
    announcer: Announcer,
    message: Facts,
    channel: str,
    address: Address,
    now: int,
) -> None:
    """The address is dead, for all customers who hold it."""
    suppressions.suppress_address(
        connection,
        announcer.vault,
        address.namespace,
        address.value,
        channel,
        SuppressionCause.HARD_BOUNCE,
        now,
        holder_id=message.customer_id,
    )
    announcer.invalidated(connection, message, channel, address, now)


def withdraw_consent(
    connection: sa.Connection,
    announcer: Announcer,
    message: Facts,
    *,
    channel: str,
    cause: SuppressionCause,
    source: str,
    now: int,
) -> None:
    """The customer wants no more of such messages: holds here at once, and is announced for identity to keep."""
    suppressions.suppress_customer(
        connection, announcer.vault, message.customer_id, channel, message.purpose, message.brand, cause, now
    )
    withdrawn = changes_pb2.ConsentWithdrawn(
        purpose=message.purpose,
        channel=channel,
        brand=message.brand,
        message_id=message.message_id,
        source=source,
    )
    announcer.changes(connection, [(changes_pb2.Change(consent_withdrawn=withdrawn), message.customer_id, now)])
