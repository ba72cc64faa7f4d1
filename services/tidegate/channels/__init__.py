"""All that the author of a channel adapter imports. Needs nothing but the standard library and pluggy."""

from tidegate.channels.allowances import Limit, Per, Period, Trigger, WindowRule
from tidegate.channels.callback import Callback, Reply
from tidegate.channels.channel import AnyChannel, Channel
from tidegate.channels.contact_way import ContactWay
from tidegate.channels.kinds import (
    EMAIL,
    MMS,
    PUSH,
    SMS,
    STANDARD_KINDS,
    WEBHOOK,
    WECHAT_SERVICE,
    WECHAT_SUBSCRIPTION,
    WECHAT_TEMPLATE,
    WECOM,
    WECOM_ROBOT,
    WECOM_STAFF,
    WECOM_WELCOME,
    Kind,
    kind_named,
)
from tidegate.channels.manifest import Manifest, Receipts
from tidegate.channels.message import Account, Asked, Content, OutboundMessage
from tidegate.channels.outcome import Outcome, OutcomeKind, Scope
from tidegate.channels.receipt import Receipt, ReceiptKind
from tidegate.channels.registry import Adapter, Registry, UnknownChannel
from tidegate.channels.report import Answered, Granted, Happened, Report, WindowOpened
from tidegate.channels.settings import (
    Problem,
    Secret,
    SettingField,
    SettingsError,
    SettingType,
    describe_settings,
    read_settings,
    secret,
    setting,
)
from tidegate.channels.spec import hookimpl

__all__ = [
    "EMAIL",
    "MMS",
    "PUSH",
    "SMS",
    "STANDARD_KINDS",
    "WEBHOOK",
    "WECHAT_SERVICE",
    "WECHAT_SUBSCRIPTION",
    "WECHAT_TEMPLATE",
    "WECOM",
    "WECOM_ROBOT",
    "WECOM_STAFF",
    "WECOM_WELCOME",
    "Account",
    "Adapter",
    "Answered",
    "AnyChannel",
    "Asked",
    "Callback",
    "Channel",
    "ContactWay",
    "Content",
    "Granted",
    "Happened",
    "Kind",
    "Limit",
    "Manifest",
    "OutboundMessage",
    "Outcome",
    "OutcomeKind",
    "Per",
    "Period",
    "Problem",
    "Receipt",
    "ReceiptKind",
    "Receipts",
    "Registry",
    "Reply",
    "Report",
    "Scope",
    "Secret",
    "SettingField",
    "SettingType",
    "SettingsError",
    "Trigger",
    "UnknownChannel",
    "WindowOpened",
    "WindowRule",
    "describe_settings",
    "hookimpl",
    "kind_named",
    "read_settings",
    "secret",
    "setting",
]
