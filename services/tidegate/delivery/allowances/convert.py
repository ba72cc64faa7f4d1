"""Interactions and credits as the contract has them."""

from collections.abc import Mapping

from tidegate.api.delivery.v1 import receipts_pb2
from tidegate.channels import Trigger
from tidegate.delivery.allowances.balances import Left
from tidegate.delivery.allowances.model import Interaction, InteractionKind
from tidegate.delivery.allowances.recording import Reported
from tidegate.delivery.announce import numbers
from tidegate.delivery.instants import SECOND, noted_instant, timestamp_or_none
from tidegate.delivery.nul import note_nul
from tidegate.runtime.errors import TidegateError, Violations, item_error

TRIGGERS: Mapping[Trigger, receipts_pb2.WindowTrigger] = numbers(receipts_pb2.WindowTrigger, "WINDOW_TRIGGER", Trigger)
_TRIGGERS_BY_NUMBER = {number: trigger for trigger, number in TRIGGERS.items()}
_MOST_CREDITS = 100
_LONGEST_ID = 200
_AHEAD = 300 * SECOND


def read_interaction(given: receipts_pb2.Interaction, *, now: int, path: str) -> Reported:
    """An interaction as a caller reports it, of nobody yet. Raises InvalidArgument."""
    wrong = Violations()
    note_nul(wrong, path, given)
    _note_names(wrong, given, path)
    instant = _instant(wrong, given, now, path)
    kind, template_id, granted, opened_by = _what(wrong, given, path)
    wrong.raise_if_any()
    interaction = Interaction(
        account_id=given.account_id,
        interaction_id=given.interaction_id,
        kind=kind,
        address_key="",
        customer_id=0,
        template_id=template_id,
        credits=granted,
        opened_by=opened_by,
        time=instant,
        record_time=now,
    )
    return interaction, given.identifier


def _note_names(wrong: Violations, given: receipts_pb2.Interaction, path: str) -> None:
    if not 1 <= len(given.interaction_id) <= _LONGEST_ID:
        wrong.add(f"{path}.interaction_id", f"must have 1 to {_LONGEST_ID} characters")
    if not given.account_id:
        wrong.add(f"{path}.account_id", "is required: the account on whose platform it happened")
    for name in ("namespace", "value"):
        if not getattr(given.identifier, name):
            wrong.add(f"{path}.identifier.{name}", "is required: who did it, as the platform names them")


def _instant(wrong: Violations, given: receipts_pb2.Interaction, now: int, path: str) -> int:
    if not given.HasField("time"):
        wrong.add(f"{path}.time", "is required: when it happened, by the platform")
        return now
    instant = noted_instant(wrong, f"{path}.time", given.time)
    if instant > now + _AHEAD:
        wrong.add(f"{path}.time", "lies in the future; is it milliseconds, given as seconds?")
    return instant


def _what(wrong: Violations, given: receipts_pb2.Interaction, path: str) -> tuple[InteractionKind, str, int, str]:
    match given.WhichOneof("kind"):
        case "window_opening":
            trigger = _TRIGGERS_BY_NUMBER.get(given.window_opening.trigger)
            if trigger is None:
                wrong.add(f"{path}.window_opening.trigger", "is required; name a trigger that exists")
            return InteractionKind.WINDOW_OPENING, "", 0, trigger or ""
        case "subscription_accept":
            accept = given.subscription_accept
            _note_template(wrong, accept.template_id, f"{path}.subscription_accept.template_id")
            if not 0 <= accept.credits <= _MOST_CREDITS:
                wrong.add(f"{path}.subscription_accept.credits", f"must be 1 to {_MOST_CREDITS}, or 0 for one")
            return InteractionKind.ACCEPT, accept.template_id, accept.credits or 1, ""
        case "subscription_refusal":
            template_id = given.subscription_refusal.template_id
            _note_template(wrong, template_id, f"{path}.subscription_refusal.template_id")
            return InteractionKind.REFUSAL, template_id, 0, ""
    wrong.add(f"{path}.window_opening", "give it, or subscription_accept, or subscription_refusal")
    return InteractionKind.WINDOW_OPENING, "", 0, ""


def _note_template(wrong: Violations, template_id: str, path: str) -> None:
    if not template_id:
        wrong.add(path, "is required: the template of which messages are granted or refused")


def recorded(answer: tuple[Interaction, bool] | TidegateError) -> receipts_pb2.RecordInteractionResult:
    """What became of an interaction."""
    if isinstance(answer, TidegateError):
        return receipts_pb2.RecordInteractionResult(error=item_error(answer))
    interaction, is_duplicate = answer
    kept = receipts_pb2.RecordedInteraction(customer_id=interaction.customer_id, duplicate=is_duplicate)
    return receipts_pb2.RecordInteractionResult(recorded=kept)


def credits_of(customer_id: int, account_id: str, template_id: str, left: Left) -> receipts_pb2.Credits:
    """What is left of a customer's."""
    return receipts_pb2.Credits(
        customer_id=customer_id,
        account_id=account_id,
        template_id=template_id,
        remaining=left.remaining,
        lapse_time=timestamp_or_none(left.lapses),
    )
