"""Delivery's model as the contract has it, and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import (
    channels_pb2,
    decisions_pb2,
    delivery_service_pb2,
    messages_pb2,
    receipts_pb2,
)
from tidegate.channels import (
    AnyChannel,
    OutcomeKind,
    Receipts,
    Registry,
    Scope,
    SettingType,
    describe_settings,
)
from tidegate.delivery import explain
from tidegate.delivery.accept import Answer
from tidegate.delivery.accounts import etag_of
from tidegate.delivery.announce import CLASSES, OUTCOMES, REASONS, STATES, numbers
from tidegate.delivery.explain import Story
from tidegate.delivery.instants import (
    duration,
    given_instant,
    set_timestamp,
    span,
    timestamp,
    timestamp_or_none,
)
from tidegate.delivery.model import (
    Acceptance,
    Account,
    AccountState,
    Decision,
    DropReason,
    GateCheck,
    LedgerState,
    ReceiptState,
    Verdict,
)
from tidegate.delivery.nul import refuse_nul
from tidegate.delivery.receipts import KINDS as RECEIPT_KINDS
from tidegate.delivery.receipts import Recorded
from tidegate.delivery.store.reading import Filter, Row, StoredDecision
from tidegate.delivery.store.receipts import Receipt
from tidegate.runtime.errors import InvalidArgument
from tidegate.runtime.ids import new_id

_VERDICTS: Mapping[str, decisions_pb2.Verdict] = numbers(decisions_pb2.Verdict, "VERDICT", Verdict)
_CHECKS: Mapping[str, decisions_pb2.GateCheck] = numbers(decisions_pb2.GateCheck, "GATE_CHECK", GateCheck)
_SCOPES: Mapping[str, messages_pb2.OutcomeScope] = numbers(messages_pb2.OutcomeScope, "OUTCOME_SCOPE", Scope)
_SLOTS: Mapping[str, delivery_service_pb2.LedgerState] = numbers(
    delivery_service_pb2.LedgerState, "LEDGER_STATE", LedgerState
)
_ACCOUNT_STATES: Mapping[str, channels_pb2.AccountState] = numbers(
    channels_pb2.AccountState, "ACCOUNT_STATE", AccountState
)
_RECEIPT_STATES: Mapping[ReceiptState, receipts_pb2.ReceiptState] = numbers(
    receipts_pb2.ReceiptState, "RECEIPT_STATE", ReceiptState
)
_SETTING_TYPES: Mapping[SettingType, channels_pb2.SettingType] = numbers(
    channels_pb2.SettingType, "SETTING_TYPE", SettingType
)
STATES_BY_NUMBER = {number: state for state, number in STATES.items()}
_KINDS_BY_NUMBER = {number: kind for kind, number in RECEIPT_KINDS.items()}
RECEIPT_STATES_BY_NUMBER = {number: state for state, number in _RECEIPT_STATES.items()}


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


def eligibility_response(
    answers: Iterable[Decision | common_pb2.ItemError],
) -> delivery_service_pb2.CheckEligibilityResponse:
    """The answers of CheckEligibility."""
    response = delivery_service_pb2.CheckEligibilityResponse()
    granted: dict[tuple[int, str], decisions_pb2.Decision] = {}  # a grant says the same of everybody
    for answer in answers:
        result = response.results.add()
        if not isinstance(answer, Decision):
            result.error.CopyFrom(answer)
        elif answer.verdict is not Verdict.GRANTED:
            _fill_in(result.decision, _as_stored(answer))
        elif known := granted.get((answer.time, answer.channel)):
            result.decision.CopyFrom(known)
        else:
            _fill_in(result.decision, _as_stored(answer))
            granted[answer.time, answer.channel] = result.decision
    return response


def _as_stored(made: Decision) -> StoredDecision:
    """A decision that was not stored, as if it had been."""
    return StoredDecision(
        made.time,
        made.verdict,
        made.check or "",
        made.reason or "",
        made.channel,
        "",
        made.wake_time,
        0,
        0,
        made.findings,
        made.facts,
    )


def stored_decision(made: StoredDecision) -> decisions_pb2.Decision:
    """A decision as it was kept."""
    shown = decisions_pb2.Decision()
    _fill_in(shown, made)
    shown.account_id = made.account_id
    shown.policy_version = made.policy_version
    shown.identity_position = made.identity_position
    return shown


def _fill_in(shown: decisions_pb2.Decision, made: StoredDecision) -> None:
    """What every decision has, kept or not."""
    set_timestamp(shown.time, made.time)
    shown.verdict = _VERDICTS[made.verdict]
    shown.channel = made.channel
    shown.text = explain.sentence(made)
    if made.gate_check:
        shown.check = _CHECKS[made.gate_check]
    if made.reason:
        shown.reason = REASONS[DropReason(made.reason)]
    if made.wake_time is not None:
        set_timestamp(shown.wake_time, made.wake_time)
    for rule_id, version, counted, limit, free_at in made.findings:
        finding = shown.findings.add(rule_id=rule_id, rule_version=version, counted=counted, limit=limit)
        if free_at is not None:
            set_timestamp(finding.free_time, free_at)
    shown.facts.update(made.facts)


_SAME_FIELDS = (
    "message_id", "caller", "idempotency_key", "customer_id", "original_customer_id", "entity_id", "channel",
    "account_id", "template_id", "purpose", "brand", "campaign_id", "phase_id", "journey_id", "enrollment_id",
    "node_id", "tier", "priority", "sender_unit",
)  # fmt: skip


def message(row: Row, attempts: Sequence[Row] = ()) -> messages_pb2.Message:
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


def _attempt(row: Row) -> messages_pb2.Attempt:
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


def explanation(story: Story) -> delivery_service_pb2.ExplainMessageResponse:
    """A message's whole story."""
    return delivery_service_pb2.ExplainMessageResponse(
        message=message(story.message, story.attempts),
        decisions=[stored_decision(one) for one in story.decisions],
        receipts=[receipt(one) for one in story.receipts],
        ledger_entry=None if story.slot is None else _slot(story.slot),
        summary=story.summary,
    )


def _slot(row: Row) -> delivery_service_pb2.LedgerEntry:
    return delivery_service_pb2.LedgerEntry(
        state=_SLOTS[row.state],
        counted_time=timestamp(row.counted_at),
        channel=row.channel,
        customer_id=row.customer_id,
        original_customer_id=row.original_customer_id,
        tier=row.tier,
    )


def read_filter(given: messages_pb2.MessageFilter) -> Filter:
    """Which messages a caller asks for."""
    unknown = [number for number in given.states if number not in STATES_BY_NUMBER]
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
        states=[STATES_BY_NUMBER[number] for number in given.states],
        accepted_from=given_instant(interval.start, "filter.accept_time.start") if interval.HasField("start") else None,
        accepted_before=given_instant(interval.end, "filter.accept_time.end") if interval.HasField("end") else None,
    )


def receipt(one: Receipt) -> receipts_pb2.Receipt:
    """A receipt as it is listed."""
    return receipts_pb2.Receipt(
        receipt_id=one.receipt_id,
        account_id=one.account_id,
        provider_message_id=one.provider_message_id,
        message_id=one.message_id,
        kind=RECEIPT_KINDS[one.kind],
        provider_code=one.provider_code,
        time=timestamp(one.time),
        dedupe_key=one.dedupe_key,
        state=_RECEIPT_STATES[one.state],
        record_time=timestamp(one.record_time),
    )


def read_receipt(given: receipts_pb2.Receipt, *, now: int, path: str) -> Receipt:
    """A receipt as a caller reports it. Raises InvalidArgument."""
    refuse_nul(given, path)
    if given.kind not in _KINDS_BY_NUMBER:
        raise InvalidArgument.at(f"{path}.kind", "is required; name a kind that exists")
    if not given.message_id and not (given.provider_message_id and given.account_id):
        raise InvalidArgument.at(
            f"{path}.message_id", "give it, or account_id and provider_message_id: else it belongs to nothing"
        )
    for name in ("account_id", "provider_message_id", "message_id", "provider_code", "dedupe_key"):
        if len(getattr(given, name)) > 300:
            raise InvalidArgument.at(f"{path}.{name}", "may have 300 characters")
    kind = _KINDS_BY_NUMBER[given.kind]
    return Receipt(
        receipt_id=new_id(),
        account_id=given.account_id,
        provider_message_id=given.provider_message_id,
        message_id=given.message_id,
        kind=kind,
        provider_code=given.provider_code,
        time=given_instant(given.time, f"{path}.time") if given.HasField("time") else now,
        record_time=now,
        dedupe_key=given.dedupe_key or f"{given.message_id or given.provider_message_id}:{kind}",
        state=ReceiptState.WAITING,
    )


def recorded(one: Recorded) -> receipts_pb2.RecordReceiptResult:
    """What was done with a receipt."""
    return receipts_pb2.RecordReceiptResult(
        recorded=receipts_pb2.RecordedReceipt(
            receipt_id=one.receipt.receipt_id,
            message_id=one.receipt.message_id if one.message_state else "",
            state=_RECEIPT_STATES[one.receipt.state],
            duplicate=one.is_duplicate,
            message_state=STATES[one.message_state] if one.message_state else None,
        )
    )


def account(one: Account) -> channels_pb2.Account:
    """An account as it is shown; secrets stand in it by name alone."""
    settings = json_format.ParseDict(dict(one.settings), Struct())
    return channels_pb2.Account(
        account_id=one.account_id,
        channel=one.channel,
        adapter=one.adapter,
        display_name=one.display_name,
        settings=settings,
        rate=channels_pb2.AccountRate(messages_per_second=one.per_second, burst=one.burst),
        brands=one.brands,
        call_timeout=duration(one.call_timeout) if one.call_timeout else None,
        max_in_flight=one.max_in_flight,
        settle_after=duration(one.settle_after) if one.settle_after else None,
        state=_ACCOUNT_STATES[one.state],
        state_reason=one.state_reason,
        etag=etag_of(one),
        create_time=timestamp(one.create_time),
        update_time=timestamp(one.update_time),
    )


def read_account(given: channels_pb2.Account) -> Account:
    """An account as a caller describes it. Raises InvalidArgument."""
    refuse_nul(given, "account")
    return Account(account_id=given.account_id, **_account_values(given))


def _account_values(given: channels_pb2.Account) -> dict[str, Any]:
    return {
        "channel": given.channel,
        "adapter": given.adapter,
        "display_name": given.display_name,
        "settings": json_format.MessageToDict(given.settings),
        "per_second": given.rate.messages_per_second,
        "burst": given.rate.burst,
        "brands": tuple(given.brands),
        "call_timeout": span(given.call_timeout),
        "max_in_flight": given.max_in_flight,
        "settle_after": span(given.settle_after),
    }


_ACCOUNT_FIELDS: Mapping[str, Collection[str]] = {
    "display_name": ("display_name",),
    "settings": ("settings",),
    "rate": ("per_second", "burst"),
    "brands": ("brands",),
    "call_timeout": ("call_timeout",),
    "max_in_flight": ("max_in_flight",),
    "settle_after": ("settle_after",),
}


def account_changes(given: channels_pb2.Account, mask: FieldMask) -> dict[str, Any]:
    """What an update is to change. Raises InvalidArgument for fields that can't be."""
    refuse_nul(given, "account")
    unknown = [path for path in mask.paths if path not in _ACCOUNT_FIELDS]
    if unknown:
        known = ", ".join(_ACCOUNT_FIELDS)
        raise InvalidArgument.at("update_mask", f"{unknown[0]} can't be changed; {known} can")
    values = _account_values(given)
    paths = list(mask.paths) or list(_ACCOUNT_FIELDS)
    return {name: values[name] for path in paths for name in _ACCOUNT_FIELDS[path]}


def channels(registry: Registry, failing: Mapping[str, str]) -> list[channels_pb2.Channel]:
    """The installed channels by name, and the adapters that could not be loaded."""
    shown = []
    for adapter in registry.adapters:
        found = [_channel(channel, failing) for channel in adapter.channels]
        if adapter.error:
            broken = channels_pb2.CHANNEL_HEALTH_BROKEN
            found.append(channels_pb2.Channel(adapter=adapter.name, health=broken, error=adapter.error))
        for one in found:
            one.distribution, one.distribution_version = adapter.distribution, adapter.version
        shown += found
    return sorted(shown, key=lambda one: one.adapter)


def _channel(channel: AnyChannel, failing: Mapping[str, str]) -> channels_pb2.Channel:
    manifest = channel.manifest
    error = failing.get(manifest.name, "")
    ready, bad = channels_pb2.CHANNEL_HEALTH_READY, channels_pb2.CHANNEL_HEALTH_FAILING
    return channels_pb2.Channel(
        adapter=manifest.name,
        title=manifest.title,
        channels=[
            channels_pb2.ChannelKind(channel=kind.name, address_namespace=kind.namespace) for kind in manifest.kinds
        ],
        manifest=_manifest(channel),
        health=bad if error else ready,
        error=error,
    )


def _manifest(channel: AnyChannel) -> channels_pb2.ChannelManifest:
    manifest = channel.manifest
    deadline = manifest.deadline
    shown = channels_pb2.ChannelManifest(
        max_batch=manifest.max_batch,
        per_recipient_variables=manifest.per_recipient_vars,
        idempotent=manifest.idempotent,
        receipts_pushed=Receipts.PUSH in manifest.receipts,
        receipts_polled=Receipts.POLL in manifest.receipts,
        max_variable_length=manifest.max_var_len or 0,
        urls_in_variables=manifest.url_in_vars,
        daily_cap=manifest.daily_cap or 0,
        needs_grant=manifest.needs_grant,
        staff_confirmed=manifest.staff_confirmed,
        concurrency=manifest.concurrency,
        settings=[
            channels_pb2.SettingField(
                name=one.name,
                type=_SETTING_TYPES[one.type],
                description=one.description,
                required=one.required,
                choices=one.choices,
            )
            for one in describe_settings(channel.settings_type)
        ],
    )
    shown.call_timeout.FromTimedelta(manifest.call_timeout)
    if deadline is not None:
        shown.deadline.FromTimedelta(deadline)
    return shown
