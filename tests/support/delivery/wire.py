"""What the model knows, as the contracts have it."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.delivery.v1 import frequency_pb2, messages_pb2, policies_pb2
from tidegate.api.identity.v1 import consents_pb2

from support.delivery.recount import Exemption, Message, Quiet, Rule, moment
from support.delivery.shop import stamp

_KINDS = {
    "marketing": messages_pb2.MESSAGE_CLASS_MARKETING,
    "override": messages_pb2.MESSAGE_CLASS_MARKETING_OVERRIDE,
    "transactional": messages_pb2.MESSAGE_CLASS_TRANSACTIONAL,
}


def rule_message(rule: Rule, *, precedence: int) -> frequency_pb2.FrequencyRule:
    """A frequency rule."""
    made = frequency_pb2.FrequencyRule(
        rule_id=rule.rule_id,
        scope=frequency_pb2.RuleScope(kind=f"SCOPE_KIND_{rule.scope.upper()}", id=rule.scope_id),
        channels=sorted(rule.channels),
        window=_window(rule.window),
        measure=frequency_pb2.MEASURE_DISTINCT_CHANNELS if rule.distinct else frequency_pb2.MEASURE_MESSAGES,
        on_exceed=f"EXCEED_POLICY_{rule.on_exceed.upper()}",
        precedence=precedence,
        replaces=sorted(rule.replaces),
    )
    if rule.tier:
        made.audience.tier.tier = rule.tier
    if rule.limit is not None and rule.window[0] != "min_gap":
        made.max = rule.limit
    return made


def _window(window: tuple[object, ...]) -> frequency_pb2.RuleWindow:
    match window:
        case ("rolling", int(length)):
            return frequency_pb2.RuleWindow(rolling=frequency_pb2.RollingWindow(duration=_span(length)))
        case ("min_gap", int(length)):
            return frequency_pb2.RuleWindow(min_gap=frequency_pb2.MinimumGap(duration=_span(length)))
        case ("calendar", str(unit), str(whose)):
            calendar = frequency_pb2.CalendarWindow(
                unit=f"CALENDAR_UNIT_{unit.upper()}",
                zone=f"ZONE_SOURCE_{whose.upper()}",
            )
            return frequency_pb2.RuleWindow(calendar=calendar)
        case ("dated", int(start), int(end)):
            interval = Interval(start=stamp(moment(start)), end=stamp(moment(end)))
            return frequency_pb2.RuleWindow(dated=frequency_pb2.DatedWindow(interval=interval))
    return frequency_pb2.RuleWindow(lifetime=frequency_pb2.LifetimeWindow())


def _span(length: int) -> Duration:
    made = Duration()
    made.FromTimedelta(timedelta(microseconds=length))
    return made


def quiet_message(quiet: Quiet) -> policies_pb2.QuietHours:
    """Quiet hours."""
    window = policies_pb2.LocalWindow(
        start=f"{quiet.start:%H:%M}",
        end=f"{quiet.end:%H:%M}",
        weekdays=[policies_pb2.Weekday.keys()[day + 1] for day in sorted(quiet.weekdays)],
    )
    return policies_pb2.QuietHours(
        quiet_hours_id=quiet.rule_id,
        brand=quiet.brand,
        channels=sorted(quiet.channels),
        windows=[window],
        action=f"QUIET_ACTION_{quiet.action.upper()}",
    )


def exemption_message(exemption: Exemption) -> policies_pb2.Exemption:
    """An exemption of one customer."""
    return policies_pb2.Exemption(
        exemption_id=exemption.exemption_id,
        rule_ids=sorted(exemption.rule_ids),
        customers=policies_pb2.CustomerList(customer_ids=[exemption.customer_id]),
        reason="a test",
        start_time=stamp(moment(exemption.start)),
        end_time=stamp(moment(exemption.end)),
    )


def outgoing(message: Message, key: str, send_after: int | None) -> messages_pb2.OutgoingMessage:
    """A message to send."""
    made = messages_pb2.OutgoingMessage(
        idempotency_key=key,
        content_key=key,
        recipient=messages_pb2.Recipient(customer_id=message.customer_id),
        channels=message.channels,
        template_id="hello",
        message_class=_KINDS[message.kind],
        brand=message.brand,
        campaign_id=message.campaign_id,
        phase_id=message.phase_id,
        journey_id=message.journey_id,
        tier=message.tier,
        expire_time=stamp(moment(message.expire_time)),
    )
    if message.kind == "override":
        made.override.reason = "a test"
        made.override.end_time.CopyFrom(stamp(moment(message.override_end)))
    if send_after is not None:
        made.send_after.CopyFrom(stamp(moment(send_after)))
    return made


def consent(channel: str, at: int, *, granted: bool) -> consents_pb2.Consent:
    """A decision about marketing on a channel, or on all."""
    decision = consents_pb2.DECISION_GRANTED if granted else consents_pb2.DECISION_DENIED
    return consents_pb2.Consent(purpose="marketing", channel=channel, decision=decision, time=stamp(moment(at)))
