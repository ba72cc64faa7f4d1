"""What reports mean to delivery and to identity. Pure: without the database, and without asking anybody."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import events_pb2
from tidegate.channels import (
    Answered,
    Granted,
    Happened,
    Manifest,
    OutcomeKind,
    Receipt,
    Scope,
    Trigger,
    WindowOpened,
)
from tidegate.channels import ReceiptKind as Said
from tidegate.delivery.allowances.model import Interaction, InteractionKind
from tidegate.delivery.instants import timestamp
from tidegate.delivery.model import ReceiptKind, ReceiptState
from tidegate.delivery.store.receipts import Receipt as Kept
from tidegate.runtime.clock import micros
from tidegate.runtime.ids import new_id

ANSWERED = "message_answered"
"""The event that a customer wrote back; what they wrote is not in it."""
_LONGEST_SOURCE = 64
_LONGEST_EVENT_ID = 128
_LONGEST_ID = 200
_LONGEST_REPORT_ID = 130
_KEPT_OF_LONG = 24
_HELD_BACK = frozenset(
    {OutcomeKind.CONTENT_REJECTED, OutcomeKind.RATE_LIMITED, OutcomeKind.AUTH_ERROR, OutcomeKind.NOT_SUBSCRIBED}
)
"""Why a provider does not send what it took."""
_SAID: Mapping[Said, ReceiptKind] = {
    Said.DELIVERED: ReceiptKind.DELIVERED,
    Said.OPENED: ReceiptKind.OPENED,
    Said.CLICKED: ReceiptKind.CLICKED,
    Said.COMPLAINED: ReceiptKind.COMPLAINT,
    Said.UNSUBSCRIBED: ReceiptKind.UNSUBSCRIBED,
}


def receipts(account_id: str, manifest: Manifest, receipt: Receipt, now: int) -> Iterator[tuple[Kept, str]]:
    """What a receipt says, each with the address that it names."""
    for kind in _kinds(manifest, receipt):
        kept = Kept(
            receipt_id=new_id(),
            account_id=account_id,
            provider_message_id=receipt.provider_id,
            message_id=receipt.message_id,
            kind=kind,
            provider_code=receipt.outcome.provider_code if receipt.outcome else "",
            time=micros(receipt.time),
            record_time=now,
            dedupe_key="",
            state=ReceiptState.WAITING,
            provider_template=fitting(receipt.provider_template, _LONGEST_ID),
        )
        yield kept, receipt.address


def _kinds(manifest: Manifest, receipt: Receipt) -> Iterator[ReceiptKind]:
    outcome = receipt.outcome
    if outcome is None:
        yield _SAID[receipt.kind]
    elif manifest.staff_confirmed:
        yield ReceiptKind.REFUSED  # a task that ended without sending
    elif outcome.kind is OutcomeKind.INVALID_RECIPIENT:
        yield ReceiptKind.HARD_BOUNCE
    elif outcome.kind in _HELD_BACK:
        yield ReceiptKind.REFUSED
        of_recipient = outcome.scope is Scope.RECIPIENT and not manifest.needs_grant
        if outcome.kind is OutcomeKind.NOT_SUBSCRIBED and of_recipient:
            yield ReceiptKind.UNSUBSCRIBED
    else:
        yield ReceiptKind.SOFT_BOUNCE


def interactions(
    account_id: str, report: WindowOpened | Granted | Answered, template_ids: Mapping[str, list[str]], now: int
) -> Iterator[Interaction]:
    """What a report opens, grants or ends, of nobody yet; ``template_ids`` are ours by the provider's.

    What it grants of a template of which none is ours waits until there is one.
    """
    opened = Interaction(
        account_id=account_id,
        interaction_id=fitting(report.report_id, _LONGEST_ID),
        kind=InteractionKind.WINDOW_OPENING,
        address_key="",
        customer_id=0,
        template_id="",
        credits=0,
        opened_by="",
        time=min(micros(report.time), now),
        record_time=now,
    )
    match report:
        case WindowOpened():
            yield opened._replace(opened_by=report.trigger)
        case Answered():
            yield opened._replace(opened_by=Trigger.MESSAGE)
        case Granted():
            waiting = opened._replace(
                interaction_id=f"{fitting(report.report_id, _LONGEST_REPORT_ID)}.",
                kind=InteractionKind.ACCEPT if report.credits else InteractionKind.REFUSAL,
                credits=max(report.credits, 0),
                provider_template=fitting(report.provider_template, _LONGEST_ID),
            )
            ours = template_ids.get(report.provider_template, ())
            yield from (entered(waiting, template_id) for template_id in ours)
            if report.provider_template and not ours:
                yield waiting


def entered(waiting: Interaction, template_id: str) -> Interaction:
    """What is granted of a provider's template, as it counts for one of ours; named the same whenever it is told."""
    name = fitting(f"{waiting.interaction_id}{template_id}", _LONGEST_ID)
    return waiting._replace(interaction_id=name, template_id=template_id, provider_template="")


def event(account_id: str, channel: str, namespace: str, report: Answered | Happened) -> events_pb2.Event:
    """What identity is told."""
    told = events_pb2.Event(
        source=fitting(f"channel.{account_id}", _LONGEST_SOURCE),
        event_id=fitting(report.report_id, _LONGEST_EVENT_ID),
        name=report.name if isinstance(report, Happened) else ANSWERED,
        time=timestamp(micros(report.time)),
    )
    if isinstance(report, Happened):
        identifiers, properties = report.identifiers, report.properties
    else:
        identifiers = ((namespace, report.address),)
        properties = {"channel": channel, "account_id": account_id, "is_refusal": report.is_refusal}
    for named, value in identifiers:
        told.identifiers.add(namespace=named, value=value)
    for name, one in properties.items():
        told.properties[name].CopyFrom(_value(one))
    return told


def _value(value: str | int) -> common_pb2.Value:
    if isinstance(value, bool):
        return common_pb2.Value(bool_value=value)
    if isinstance(value, int):
        return common_pb2.Value(int_value=value)
    return common_pb2.Value(string_value=value)


def fitting(name: str, longest: int) -> str:
    """The name; a longer one by its beginning and a digest."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - _KEPT_OF_LONG - 1]}.{sha256(name.encode()).hexdigest()[:_KEPT_OF_LONG]}"
