import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from tidegate.api.delivery.v1 import receipts_pb2 as _receipts_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChannelHealth(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_HEALTH_UNSPECIFIED: _ClassVar[ChannelHealth]
    CHANNEL_HEALTH_READY: _ClassVar[ChannelHealth]
    CHANNEL_HEALTH_BROKEN: _ClassVar[ChannelHealth]
    CHANNEL_HEALTH_FAILING: _ClassVar[ChannelHealth]

class LimitSubject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_SUBJECT_UNSPECIFIED: _ClassVar[LimitSubject]
    LIMIT_SUBJECT_ADDRESS: _ClassVar[LimitSubject]
    LIMIT_SUBJECT_ACCOUNT: _ClassVar[LimitSubject]

class PlatformPeriod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLATFORM_PERIOD_UNSPECIFIED: _ClassVar[PlatformPeriod]
    PLATFORM_PERIOD_DAY: _ClassVar[PlatformPeriod]
    PLATFORM_PERIOD_MONTH: _ClassVar[PlatformPeriod]

class SettingType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SETTING_TYPE_UNSPECIFIED: _ClassVar[SettingType]
    SETTING_TYPE_STRING: _ClassVar[SettingType]
    SETTING_TYPE_INTEGER: _ClassVar[SettingType]
    SETTING_TYPE_NUMBER: _ClassVar[SettingType]
    SETTING_TYPE_BOOLEAN: _ClassVar[SettingType]
    SETTING_TYPE_STRINGS: _ClassVar[SettingType]
    SETTING_TYPE_CHOICE: _ClassVar[SettingType]
    SETTING_TYPE_SECRET: _ClassVar[SettingType]

class AccountState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_STATE_UNSPECIFIED: _ClassVar[AccountState]
    ACCOUNT_STATE_ACTIVE: _ClassVar[AccountState]
    ACCOUNT_STATE_PAUSED: _ClassVar[AccountState]
    ACCOUNT_STATE_BROKEN: _ClassVar[AccountState]

class BreakerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAKER_STATE_UNSPECIFIED: _ClassVar[BreakerState]
    BREAKER_STATE_CLOSED: _ClassVar[BreakerState]
    BREAKER_STATE_OPEN: _ClassVar[BreakerState]
    BREAKER_STATE_HALF_OPEN: _ClassVar[BreakerState]
CHANNEL_HEALTH_UNSPECIFIED: ChannelHealth
CHANNEL_HEALTH_READY: ChannelHealth
CHANNEL_HEALTH_BROKEN: ChannelHealth
CHANNEL_HEALTH_FAILING: ChannelHealth
LIMIT_SUBJECT_UNSPECIFIED: LimitSubject
LIMIT_SUBJECT_ADDRESS: LimitSubject
LIMIT_SUBJECT_ACCOUNT: LimitSubject
PLATFORM_PERIOD_UNSPECIFIED: PlatformPeriod
PLATFORM_PERIOD_DAY: PlatformPeriod
PLATFORM_PERIOD_MONTH: PlatformPeriod
SETTING_TYPE_UNSPECIFIED: SettingType
SETTING_TYPE_STRING: SettingType
SETTING_TYPE_INTEGER: SettingType
SETTING_TYPE_NUMBER: SettingType
SETTING_TYPE_BOOLEAN: SettingType
SETTING_TYPE_STRINGS: SettingType
SETTING_TYPE_CHOICE: SettingType
SETTING_TYPE_SECRET: SettingType
ACCOUNT_STATE_UNSPECIFIED: AccountState
ACCOUNT_STATE_ACTIVE: AccountState
ACCOUNT_STATE_PAUSED: AccountState
ACCOUNT_STATE_BROKEN: AccountState
BREAKER_STATE_UNSPECIFIED: BreakerState
BREAKER_STATE_CLOSED: BreakerState
BREAKER_STATE_OPEN: BreakerState
BREAKER_STATE_HALF_OPEN: BreakerState

class Channel(_message.Message):
    __slots__ = ("adapter", "title", "channels", "distribution", "distribution_version", "manifest", "health", "error")
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_VERSION_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    adapter: str
    title: str
    channels: _containers.RepeatedCompositeFieldContainer[ChannelKind]
    distribution: str
    distribution_version: str
    manifest: ChannelManifest
    health: ChannelHealth
    error: str
    def __init__(self, adapter: _Optional[str] = ..., title: _Optional[str] = ..., channels: _Optional[_Iterable[_Union[ChannelKind, _Mapping]]] = ..., distribution: _Optional[str] = ..., distribution_version: _Optional[str] = ..., manifest: _Optional[_Union[ChannelManifest, _Mapping]] = ..., health: _Optional[_Union[ChannelHealth, str]] = ..., error: _Optional[str] = ...) -> None: ...

class ChannelKind(_message.Message):
    __slots__ = ("channel", "address_namespace")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    channel: str
    address_namespace: str
    def __init__(self, channel: _Optional[str] = ..., address_namespace: _Optional[str] = ...) -> None: ...

class ChannelManifest(_message.Message):
    __slots__ = ("max_batch", "per_recipient_variables", "idempotent", "receipts_pushed", "receipts_polled", "max_variable_length", "urls_in_variables", "daily_cap", "deadline", "needs_grant", "staff_confirmed", "concurrency", "call_timeout", "settings", "windows", "limits", "one_at_a_time", "numbered_variables")
    MAX_BATCH_FIELD_NUMBER: _ClassVar[int]
    PER_RECIPIENT_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENT_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_PUSHED_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_POLLED_FIELD_NUMBER: _ClassVar[int]
    MAX_VARIABLE_LENGTH_FIELD_NUMBER: _ClassVar[int]
    URLS_IN_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    DAILY_CAP_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    NEEDS_GRANT_FIELD_NUMBER: _ClassVar[int]
    STAFF_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    CALL_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    ONE_AT_A_TIME_FIELD_NUMBER: _ClassVar[int]
    NUMBERED_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    max_batch: int
    per_recipient_variables: bool
    idempotent: bool
    receipts_pushed: bool
    receipts_polled: bool
    max_variable_length: int
    urls_in_variables: bool
    daily_cap: int
    deadline: _duration_pb2.Duration
    needs_grant: bool
    staff_confirmed: bool
    concurrency: int
    call_timeout: _duration_pb2.Duration
    settings: _containers.RepeatedCompositeFieldContainer[SettingField]
    windows: _containers.RepeatedCompositeFieldContainer[WindowRule]
    limits: _containers.RepeatedCompositeFieldContainer[PlatformLimit]
    one_at_a_time: bool
    numbered_variables: bool
    def __init__(self, max_batch: _Optional[int] = ..., per_recipient_variables: bool = ..., idempotent: bool = ..., receipts_pushed: bool = ..., receipts_polled: bool = ..., max_variable_length: _Optional[int] = ..., urls_in_variables: bool = ..., daily_cap: _Optional[int] = ..., deadline: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., needs_grant: bool = ..., staff_confirmed: bool = ..., concurrency: _Optional[int] = ..., call_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., settings: _Optional[_Iterable[_Union[SettingField, _Mapping]]] = ..., windows: _Optional[_Iterable[_Union[WindowRule, _Mapping]]] = ..., limits: _Optional[_Iterable[_Union[PlatformLimit, _Mapping]]] = ..., one_at_a_time: bool = ..., numbered_variables: bool = ...) -> None: ...

class WindowRule(_message.Message):
    __slots__ = ("trigger", "lifetime", "max_messages", "since_day", "until_day")
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    SINCE_DAY_FIELD_NUMBER: _ClassVar[int]
    UNTIL_DAY_FIELD_NUMBER: _ClassVar[int]
    trigger: _receipts_pb2.WindowTrigger
    lifetime: _duration_pb2.Duration
    max_messages: int
    since_day: str
    until_day: str
    def __init__(self, trigger: _Optional[_Union[_receipts_pb2.WindowTrigger, str]] = ..., lifetime: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_messages: _Optional[int] = ..., since_day: _Optional[str] = ..., until_day: _Optional[str] = ...) -> None: ...

class PlatformLimit(_message.Message):
    __slots__ = ("subject", "max_messages", "span", "period", "classes", "since_day", "until_day")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    SINCE_DAY_FIELD_NUMBER: _ClassVar[int]
    UNTIL_DAY_FIELD_NUMBER: _ClassVar[int]
    subject: LimitSubject
    max_messages: int
    span: _duration_pb2.Duration
    period: PlatformPeriod
    classes: _containers.RepeatedScalarFieldContainer[_messages_pb2.MessageClass]
    since_day: str
    until_day: str
    def __init__(self, subject: _Optional[_Union[LimitSubject, str]] = ..., max_messages: _Optional[int] = ..., span: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., period: _Optional[_Union[PlatformPeriod, str]] = ..., classes: _Optional[_Iterable[_Union[_messages_pb2.MessageClass, str]]] = ..., since_day: _Optional[str] = ..., until_day: _Optional[str] = ...) -> None: ...

class SettingField(_message.Message):
    __slots__ = ("name", "type", "description", "required", "choices")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: SettingType
    description: str
    required: bool
    choices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[SettingType, str]] = ..., description: _Optional[str] = ..., required: bool = ..., choices: _Optional[_Iterable[str]] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("account_id", "channel", "adapter", "display_name", "settings", "rate", "brands", "call_timeout", "max_in_flight", "settle_after", "state", "state_reason", "etag", "create_time", "update_time", "price_micros_per_part", "currency", "breaker", "callback_url")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    BRANDS_FIELD_NUMBER: _ClassVar[int]
    CALL_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    SETTLE_AFTER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_PER_PART_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    channel: str
    adapter: str
    display_name: str
    settings: _struct_pb2.Struct
    rate: AccountRate
    brands: _containers.RepeatedScalarFieldContainer[str]
    call_timeout: _duration_pb2.Duration
    max_in_flight: int
    settle_after: _duration_pb2.Duration
    state: AccountState
    state_reason: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    price_micros_per_part: int
    currency: str
    breaker: AccountBreaker
    callback_url: str
    def __init__(self, account_id: _Optional[str] = ..., channel: _Optional[str] = ..., adapter: _Optional[str] = ..., display_name: _Optional[str] = ..., settings: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., rate: _Optional[_Union[AccountRate, _Mapping]] = ..., brands: _Optional[_Iterable[str]] = ..., call_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_in_flight: _Optional[int] = ..., settle_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., state: _Optional[_Union[AccountState, str]] = ..., state_reason: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., price_micros_per_part: _Optional[int] = ..., currency: _Optional[str] = ..., breaker: _Optional[_Union[AccountBreaker, _Mapping]] = ..., callback_url: _Optional[str] = ...) -> None: ...

class AccountBreaker(_message.Message):
    __slots__ = ("state", "since_time", "failures")
    STATE_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    state: BreakerState
    since_time: _timestamp_pb2.Timestamp
    failures: int
    def __init__(self, state: _Optional[_Union[BreakerState, str]] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failures: _Optional[int] = ...) -> None: ...

class AccountCost(_message.Message):
    __slots__ = ("account_id", "day", "currency", "cost_micros", "message_count", "part_count")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    PART_COUNT_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    day: str
    currency: str
    cost_micros: int
    message_count: int
    part_count: int
    def __init__(self, account_id: _Optional[str] = ..., day: _Optional[str] = ..., currency: _Optional[str] = ..., cost_micros: _Optional[int] = ..., message_count: _Optional[int] = ..., part_count: _Optional[int] = ...) -> None: ...

class AccountRate(_message.Message):
    __slots__ = ("messages_per_second", "burst")
    MESSAGES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    messages_per_second: float
    burst: int
    def __init__(self, messages_per_second: _Optional[float] = ..., burst: _Optional[int] = ...) -> None: ...
