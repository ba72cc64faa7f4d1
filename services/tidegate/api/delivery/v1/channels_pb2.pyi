import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
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

class AccountState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_STATE_UNSPECIFIED: _ClassVar[AccountState]
    ACCOUNT_STATE_ACTIVE: _ClassVar[AccountState]
    ACCOUNT_STATE_PAUSED: _ClassVar[AccountState]
    ACCOUNT_STATE_BROKEN: _ClassVar[AccountState]
CHANNEL_HEALTH_UNSPECIFIED: ChannelHealth
CHANNEL_HEALTH_READY: ChannelHealth
CHANNEL_HEALTH_BROKEN: ChannelHealth
CHANNEL_HEALTH_FAILING: ChannelHealth
ACCOUNT_STATE_UNSPECIFIED: AccountState
ACCOUNT_STATE_ACTIVE: AccountState
ACCOUNT_STATE_PAUSED: AccountState
ACCOUNT_STATE_BROKEN: AccountState

class Channel(_message.Message):
    __slots__ = ("channel", "adapter", "distribution", "distribution_version", "manifest", "health", "error")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_VERSION_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    channel: str
    adapter: str
    distribution: str
    distribution_version: str
    manifest: ChannelManifest
    health: ChannelHealth
    error: str
    def __init__(self, channel: _Optional[str] = ..., adapter: _Optional[str] = ..., distribution: _Optional[str] = ..., distribution_version: _Optional[str] = ..., manifest: _Optional[_Union[ChannelManifest, _Mapping]] = ..., health: _Optional[_Union[ChannelHealth, str]] = ..., error: _Optional[str] = ...) -> None: ...

class ChannelManifest(_message.Message):
    __slots__ = ("address_namespaces", "max_batch", "idempotent", "receipts", "max_variable_length", "urls_in_variables", "needs_grant", "staff_confirmed", "required_settings", "optional_settings")
    ADDRESS_NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENT_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    MAX_VARIABLE_LENGTH_FIELD_NUMBER: _ClassVar[int]
    URLS_IN_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    NEEDS_GRANT_FIELD_NUMBER: _ClassVar[int]
    STAFF_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    OPTIONAL_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    address_namespaces: _containers.RepeatedScalarFieldContainer[str]
    max_batch: int
    idempotent: bool
    receipts: bool
    max_variable_length: int
    urls_in_variables: bool
    needs_grant: bool
    staff_confirmed: bool
    required_settings: _containers.RepeatedScalarFieldContainer[str]
    optional_settings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, address_namespaces: _Optional[_Iterable[str]] = ..., max_batch: _Optional[int] = ..., idempotent: bool = ..., receipts: bool = ..., max_variable_length: _Optional[int] = ..., urls_in_variables: bool = ..., needs_grant: bool = ..., staff_confirmed: bool = ..., required_settings: _Optional[_Iterable[str]] = ..., optional_settings: _Optional[_Iterable[str]] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("account_id", "channel", "adapter", "display_name", "settings", "rate", "brands", "call_timeout", "max_in_flight", "settle_after", "state", "state_reason", "etag", "create_time", "update_time")
    class SettingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
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
    account_id: str
    channel: str
    adapter: str
    display_name: str
    settings: _containers.ScalarMap[str, str]
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
    def __init__(self, account_id: _Optional[str] = ..., channel: _Optional[str] = ..., adapter: _Optional[str] = ..., display_name: _Optional[str] = ..., settings: _Optional[_Mapping[str, str]] = ..., rate: _Optional[_Union[AccountRate, _Mapping]] = ..., brands: _Optional[_Iterable[str]] = ..., call_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_in_flight: _Optional[int] = ..., settle_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., state: _Optional[_Union[AccountState, str]] = ..., state_reason: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AccountRate(_message.Message):
    __slots__ = ("messages_per_second", "burst")
    MESSAGES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    messages_per_second: float
    burst: int
    def __init__(self, messages_per_second: _Optional[float] = ..., burst: _Optional[int] = ...) -> None: ...
