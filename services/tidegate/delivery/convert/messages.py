"""Messages as their callers see them, the answers to Send, and which messages callers ask for."""

from collections.abc import Iterable, Mapping, Sequence

from tidegate.api.delivery.v1 import delivery_service_pb2, messages_pb2
from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery.accept import Answer
from tidegate.delivery.announce import CLASSES, OUTCOMES, REASONS, STATES, numbers
from tidegate.delivery.instants import duration, given_instant, timestamp, timestamp_or_none
from tidegate.delivery.nul import refuse_nul
from tidegate.delivery.order import Acceptance
from tidegate.delivery.store.reading import Attempt, Filter, Row
from tidegate.runtime.errors import InvalidArgument

_SCOPES: Mapping[str, messages_pb2.OutcomeScope] = numbers(messages_pb2.OutcomeScope, "OUTCOME_SCOPE", Scope)
_STATES_BY_NUMBER = {number: state for state, number in STATES.items()}
_SAME_FIELDS = (
    "message_id", "caller", "idempotency_key", "customer_id", "original_customer_id", "entity_id", "channel",
    "account_id", "template_id", "purpose", "brand", "campaign_id", "phase_id", "journey_id", "enrollment_id",
    "node_id", "tier", "priority", "sender_unit",
)  # fmt: skip


def send_response(answers: Iterable[Answer]) -> delivery_service_pb2.SendResponse:
    """The answers of Send."""
    response = delivery_service_pb2.SendResponse()
    for answer in answers:
        result = response.results.add()
        if isinstance(answer, Acceptance):
            accepted = result.accepted
            accepted.message_id = answer.message_id
            accepted.state = STATES[answer.state]
            accepted.replayed = answer.replayed
            accepted.customer_id = answer.customer_id
        else:
            result.error.CopyFrom(answer)
    return response


def message(row: Row, attempts: Sequence[Attempt] = ()) -> messages_pb2.Message:
    """A message as its caller sees it."""
    shown = messages_pb2.Message(
        **{name: getattr(row, name) for name in _SAME_FIELDS},
        send_after=timestamp_or_none(row.send_after),
        wake_time=timestamp_or_none(row.wake_time),
        sent_time=timestamp_or_none(row.sent_time),
        final_time=timestamp_or_none(row.final_time),
        channels=row.channels.split(","),
        message_class=CLASSES[row.message_class],
        state=STATES[row.state],
        accept_time=timestamp(row.accept_time),
        expire_time=timestamp(row.expire_time),
        attempt_count=row.attempts,
        attempts=[_attempt(one) for one in attempts],
    )
    if row.drop_reason:
        shown.drop_reason = REASONS[row.drop_reason]
    if row.outcome:
        shown.outcome = OUTCOMES[row.outcome]
    if row.holdout_experiment:
        shown.holdout.experiment_id, shown.holdout.arm = row.holdout_experiment, row.holdout_arm
    return shown


def _attempt(row: Attempt) -> messages_pb2.Attempt:
    return messages_pb2.Attempt(
        number=row.number,
        channel=row.channel,
        account_id=row.account_id,
        start_time=timestamp(row.start_time),
        end_time=timestamp_or_none(row.end_time),
        outcome=OUTCOMES[OutcomeKind(row.outcome)],
        scope=_SCOPES.get(row.scope),
        provider_code=row.provider_code,
        provider_message_id=row.provider_message_id,
        detail=row.detail,
        retry_after=None if row.retry_after is None else duration(row.retry_after),
        cost_micros=row.cost_micros,
    )


def read_filter(given: messages_pb2.MessageFilter) -> Filter:
    """Which messages a caller asks for."""
    unknown = [number for number in given.states if number not in _STATES_BY_NUMBER]
    if unknown:
        raise InvalidArgument.at("filter.states", f"{unknown[0]} is no state of a message")
    refuse_nul(given, "filter")
    interval = given.accept_time
    return Filter(
        customer_id=given.customer_id,
        caller=given.caller,
        campaign_id=given.campaign_id,
        journey_id=given.journey_id,
        enrollment_id=given.enrollment_id,
        channel=given.channel,
        states=[_STATES_BY_NUMBER[number] for number in given.states],
        accepted_from=given_instant(interval.start, "filter.accept_time.start") if interval.HasField("start") else None,
        accepted_before=given_instant(interval.end, "filter.accept_time.end") if interval.HasField("end") else None,
    )
