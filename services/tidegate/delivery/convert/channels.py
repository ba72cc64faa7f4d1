"""The installed channels and their manifests as the contract has them."""

from collections.abc import Mapping

from tidegate.api.delivery.v1 import channels_pb2
from tidegate.channels import (
    AnyChannel,
    Limit,
    Per,
    Period,
    Receipts,
    Registry,
    SettingType,
    WindowRule,
    describe_settings,
)
from tidegate.delivery.allowances.convert import TRIGGERS
from tidegate.delivery.announce import CLASSES, numbers
from tidegate.delivery.model import MessageClass

_SETTING_TYPES: Mapping[SettingType, channels_pb2.SettingType] = numbers(
    channels_pb2.SettingType, "SETTING_TYPE", SettingType
)
_SUBJECTS: Mapping[Per, channels_pb2.LimitSubject] = numbers(channels_pb2.LimitSubject, "LIMIT_SUBJECT", Per)
_PERIODS: Mapping[Period, channels_pb2.PlatformPeriod] = numbers(channels_pb2.PlatformPeriod, "PLATFORM_PERIOD", Period)


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
        numbered_variables=manifest.numbered_vars,
        daily_cap=manifest.daily_cap or 0,
        needs_grant=manifest.needs_grant,
        staff_confirmed=manifest.staff_confirmed,
        concurrency=manifest.concurrency,
        windows=[_window(rule) for rule in manifest.windows],
        limits=[_limit(limit) for limit in manifest.limits],
        one_at_a_time=manifest.one_at_a_time,
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


def _window(rule: WindowRule) -> channels_pb2.WindowRule:
    shown = channels_pb2.WindowRule(
        trigger=TRIGGERS[rule.trigger],
        max_messages=rule.messages or 0,
        since_day=rule.since.isoformat() if rule.since else "",
        until_day=rule.until.isoformat() if rule.until else "",
    )
    shown.lifetime.FromTimedelta(rule.lifetime)
    return shown


def _limit(limit: Limit) -> channels_pb2.PlatformLimit:
    shown = channels_pb2.PlatformLimit(
        subject=_SUBJECTS[limit.per],
        max_messages=limit.most,
        classes=sorted(CLASSES[MessageClass(one)] for one in limit.classes),
        since_day=limit.since.isoformat() if limit.since else "",
        until_day=limit.until.isoformat() if limit.until else "",
    )
    if isinstance(limit.within, Period):
        shown.period = _PERIODS[limit.within]
    else:
        shown.span.FromTimedelta(limit.within)
    return shown
