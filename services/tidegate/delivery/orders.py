"""Reads what callers hand over: every field checked, every wrong one named by its path."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from tidegate.api.delivery.v1 import messages_pb2
from tidegate.delivery.instants import DAY, NO_INSTANT, SECOND, instant, is_instant
from tidegate.delivery.model import COUNTED, HIGHEST_PRIORITY, MessageClass, RecipientKind
from tidegate.delivery.nul import HOLDS_NUL, nul_paths
from tidegate.delivery.order import Order
from tidegate.delivery.templates.values import to_json
from tidegate.runtime.callers import Caller
from tidegate.runtime.errors import InvalidArgument, PermissionDenied, Violation

OVERRIDE_SCOPE = "delivery.override"
CLASSES = {messages_pb2.MessageClass.Value(f"MESSAGE_CLASS_{one.name}"): one for one in MessageClass}
_DEFAULT_LIFE = {
    MessageClass.VERIFICATION: 600 * SECOND,
    MessageClass.TRANSACTIONAL: 3 * DAY,
    MessageClass.SERVICE_REPLY: DAY,
    MessageClass.MARKETING: 7 * DAY,
    MessageClass.MARKETING_OVERRIDE: 7 * DAY,
}
_LONGEST_LIFE = 90 * DAY
_MOST_CHANNELS = 8
_SHORT = (
    "purpose", "brand", "campaign_id", "phase_id", "journey_id", "enrollment_id", "node_id", "tier",
    "sender_unit", "language",
)  # fmt: skip
_SHORT_LENGTH = 63
_LONGEST_CONTENT_KEY = 200
_CHANNEL = re.compile(r"[a-z][a-z0-9_.-]{0,62}")


def read_order(
    message: messages_pb2.OutgoingMessage,
    caller: Caller,
    *,
    now: int,
    path: str,
    keyed: bool = True,
    templated: bool = True,
) -> Order:
    """The order that ``message``, found at ``path`` of the request, is.

    ``keyed`` is false where no idempotency key is needed, ``templated`` where no template is. Raises InvalidArgument,
    and PermissionDenied for an override that the caller may not ask for.
    """
    problems = [(field, HOLDS_NUL) for field in nul_paths(message)]
    problems += _problems(message, now, keyed=keyed, templated=templated)
    if problems:
        raise InvalidArgument([Violation(f"{path}.{field}", text) for field, text in problems])
    message_class = CLASSES[message.message_class]
    if message_class is MessageClass.MARKETING_OVERRIDE and not caller.may(OVERRIDE_SCOPE):
        raise PermissionDenied(
            f"{path}: marketing_override needs the scope {OVERRIDE_SCOPE}",
            reason="SCOPE_MISSING",
            metadata={"scope": OVERRIDE_SCOPE},
        )
    return _order(message, message_class, caller, now)


def _order(message: messages_pb2.OutgoingMessage, message_class: MessageClass, caller: Caller, now: int) -> Order:
    send_after = instant(message.send_after) if message.HasField("send_after") else None
    begins = max(send_after or now, now)
    expires = message.HasField("expire_time")
    return Order(
        message.idempotency_key,
        *_recipient(message.recipient),
        tuple(message.channels),
        message.template_id,
        _variables(message),
        message_class,
        message.purpose or ("marketing" if message_class in COUNTED else "service"),
        message.brand,
        message.campaign_id,
        message.phase_id,
        message.journey_id,
        message.enrollment_id,
        message.node_id,
        message.tier,
        message.sender_unit or caller.name,
        message.language,
        message.priority,
        send_after,
        instant(message.expire_time) if expires else begins + _DEFAULT_LIFE[message_class],
        *(_holdout(message.holdout) if message.HasField("holdout") else _NO_HOLDOUT),
        *(_override(message.override) if message.HasField("override") else _NO_OVERRIDE),
        message.content_key,
    )


def _variables(message: messages_pb2.OutgoingMessage) -> dict[str, Any]:
    given = message.variables
    return {name: to_json(given[name]) for name in given}


_NO_HOLDOUT = "", ""
_NO_OVERRIDE = "", 0


def _holdout(holdout: messages_pb2.Holdout) -> tuple[str, str]:
    return holdout.experiment_id, holdout.arm


def _override(override: messages_pb2.Override) -> tuple[str, int]:
    return override.reason, instant(override.end_time)


def _recipient(
    recipient: messages_pb2.Recipient,
) -> tuple[RecipientKind, int, tuple[str, str] | None, str]:
    match recipient.WhichOneof("kind"):
        case "customer_id":
            return RecipientKind.CUSTOMER, recipient.customer_id, None, ""
        case "staff_id":
            return RecipientKind.STAFF, 0, None, recipient.staff_id
        case "group_id":
            return RecipientKind.GROUP, 0, None, recipient.group_id
    identifier = recipient.identifier
    return RecipientKind.CUSTOMER, 0, (identifier.namespace, identifier.value), ""


Problems = Iterator[tuple[str, str]]


def _problems(message: messages_pb2.OutgoingMessage, now: int, *, keyed: bool, templated: bool) -> Problems:
    if keyed and not 1 <= len(message.idempotency_key) <= 200:
        yield "idempotency_key", "must have 1 to 200 characters; choose one that names this message for ever"
    yield from _recipient_problems(message.recipient)
    yield from _channel_problems(tuple(message.channels))
    if templated and not message.template_id:
        yield "template_id", "is required; name a template"
    for name in _SHORT:
        if len(getattr(message, name)) > _SHORT_LENGTH:
            yield name, f"may have {_SHORT_LENGTH} characters"
    if len(message.content_key) > _LONGEST_CONTENT_KEY:
        yield "content_key", f"may have {_LONGEST_CONTENT_KEY} characters"
    if not 0 <= message.priority <= HIGHEST_PRIORITY:
        yield "priority", f"must be 0 to {HIGHEST_PRIORITY}"
    if message.message_class not in CLASSES:
        yield "message_class", "is required; name a class that exists"
    yield from _override_problems(message)
    if message.HasField("holdout"):
        yield from _holdout_problems(message.holdout)
    if message.HasField("send_after") or message.HasField("expire_time"):
        yield from _time_problems(message, now)


def _recipient_problems(recipient: messages_pb2.Recipient) -> Problems:
    match recipient.WhichOneof("kind"):
        case None:
            yield "recipient", "is required; give a customer_id, an identifier, a staff_id or a group_id"
        case "customer_id" if recipient.customer_id <= 0:
            yield "recipient.customer_id", "must be above 0"
        case "identifier":
            if not 1 <= len(recipient.identifier.namespace) <= 128:
                yield "recipient.identifier.namespace", "must have 1 to 128 characters"
            if not 1 <= len(recipient.identifier.value) <= 512:
                yield "recipient.identifier.value", "must have 1 to 512 characters"
        case "staff_id" | "group_id" as kind if not 1 <= len(getattr(recipient, kind)) <= 200:
            yield f"recipient.{kind}", "must have 1 to 200 characters"


@lru_cache(maxsize=1_000)
def _channel_problems(channels: tuple[str, ...]) -> Sequence[tuple[str, str]]:
    """Remembered, since callers name the same few chains again and again."""
    return tuple(_wrong_channels(channels))


def _wrong_channels(channels: tuple[str, ...]) -> Problems:
    if not 1 <= len(channels) <= _MOST_CHANNELS:
        yield "channels", f"must name 1 to {_MOST_CHANNELS} channels, best first"
    if len(set(channels)) != len(channels):
        yield "channels", "names a channel twice"
    for index, channel in enumerate(channels):
        if not _CHANNEL.fullmatch(channel):
            yield f"channels[{index}]", "is no channel's name; use a-z, 0-9 and _ . -"


def _override_problems(message: messages_pb2.OutgoingMessage) -> Problems:
    overriding = message.message_class == messages_pb2.MESSAGE_CLASS_MARKETING_OVERRIDE
    if not message.HasField("override"):
        if overriding:
            yield "override", "is required for marketing_override: a reason and an end"
        return
    if not overriding:
        yield "override", "is for marketing_override alone; leave it out"
    if not 1 <= len(message.override.reason) <= 500:
        yield "override.reason", "must have 1 to 500 characters"
    if not message.override.HasField("end_time"):
        yield "override.end_time", "is required"
    elif not is_instant(message.override.end_time):
        yield "override.end_time", NO_INSTANT


def _holdout_problems(holdout: messages_pb2.Holdout) -> Problems:
    if not 1 <= len(holdout.experiment_id) <= _SHORT_LENGTH:
        yield "holdout.experiment_id", f"must have 1 to {_SHORT_LENGTH} characters"
    if len(holdout.arm) > _SHORT_LENGTH:
        yield "holdout.arm", f"may have {_SHORT_LENGTH} characters"


def _time_problems(message: messages_pb2.OutgoingMessage, now: int) -> Problems:
    wrong = [name for name in ("send_after", "expire_time") if not is_instant(getattr(message, name))]
    yield from ((name, NO_INSTANT) for name in wrong)
    if wrong:
        return
    latest = now + _LONGEST_LIFE
    begins = instant(message.send_after) if message.HasField("send_after") else now
    if begins >= latest:
        yield "send_after", "must be less than 90 days from now"
    if not message.HasField("expire_time"):
        return
    expires = instant(message.expire_time)
    if expires > latest:
        yield "expire_time", "must be at most 90 days from now"
    if message.HasField("send_after") and expires <= begins:
        yield "expire_time", "must be later than send_after"
