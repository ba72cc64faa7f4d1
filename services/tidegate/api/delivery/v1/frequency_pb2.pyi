import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScopeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_KIND_UNSPECIFIED: _ClassVar[ScopeKind]
    SCOPE_KIND_ALL: _ClassVar[ScopeKind]
    SCOPE_KIND_BRAND: _ClassVar[ScopeKind]
    SCOPE_KIND_CAMPAIGN: _ClassVar[ScopeKind]
    SCOPE_KIND_PHASE: _ClassVar[ScopeKind]
    SCOPE_KIND_JOURNEY: _ClassVar[ScopeKind]
    SCOPE_KIND_CALLER: _ClassVar[ScopeKind]

class CalendarUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALENDAR_UNIT_UNSPECIFIED: _ClassVar[CalendarUnit]
    CALENDAR_UNIT_DAY: _ClassVar[CalendarUnit]
    CALENDAR_UNIT_WEEK: _ClassVar[CalendarUnit]
    CALENDAR_UNIT_MONTH: _ClassVar[CalendarUnit]

class ZoneSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ZONE_SOURCE_UNSPECIFIED: _ClassVar[ZoneSource]
    ZONE_SOURCE_COMPANY: _ClassVar[ZoneSource]
    ZONE_SOURCE_CUSTOMER: _ClassVar[ZoneSource]

class Measure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEASURE_UNSPECIFIED: _ClassVar[Measure]
    MEASURE_MESSAGES: _ClassVar[Measure]
    MEASURE_DISTINCT_CHANNELS: _ClassVar[Measure]

class ExceedPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXCEED_POLICY_UNSPECIFIED: _ClassVar[ExceedPolicy]
    EXCEED_POLICY_DROP: _ClassVar[ExceedPolicy]
    EXCEED_POLICY_DEFER: _ClassVar[ExceedPolicy]
    EXCEED_POLICY_NEXT_CHANNEL: _ClassVar[ExceedPolicy]
SCOPE_KIND_UNSPECIFIED: ScopeKind
SCOPE_KIND_ALL: ScopeKind
SCOPE_KIND_BRAND: ScopeKind
SCOPE_KIND_CAMPAIGN: ScopeKind
SCOPE_KIND_PHASE: ScopeKind
SCOPE_KIND_JOURNEY: ScopeKind
SCOPE_KIND_CALLER: ScopeKind
CALENDAR_UNIT_UNSPECIFIED: CalendarUnit
CALENDAR_UNIT_DAY: CalendarUnit
CALENDAR_UNIT_WEEK: CalendarUnit
CALENDAR_UNIT_MONTH: CalendarUnit
ZONE_SOURCE_UNSPECIFIED: ZoneSource
ZONE_SOURCE_COMPANY: ZoneSource
ZONE_SOURCE_CUSTOMER: ZoneSource
MEASURE_UNSPECIFIED: Measure
MEASURE_MESSAGES: Measure
MEASURE_DISTINCT_CHANNELS: Measure
EXCEED_POLICY_UNSPECIFIED: ExceedPolicy
EXCEED_POLICY_DROP: ExceedPolicy
EXCEED_POLICY_DEFER: ExceedPolicy
EXCEED_POLICY_NEXT_CHANNEL: ExceedPolicy

class RuleScope(_message.Message):
    __slots__ = ("kind", "id")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    kind: ScopeKind
    id: str
    def __init__(self, kind: _Optional[_Union[ScopeKind, str]] = ..., id: _Optional[str] = ...) -> None: ...

class RuleAudience(_message.Message):
    __slots__ = ("segment_id", "tier")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    tier: TierAudience
    def __init__(self, segment_id: _Optional[str] = ..., tier: _Optional[_Union[TierAudience, _Mapping]] = ...) -> None: ...

class TierAudience(_message.Message):
    __slots__ = ("tier", "model_id")
    TIER_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    tier: str
    model_id: str
    def __init__(self, tier: _Optional[str] = ..., model_id: _Optional[str] = ...) -> None: ...

class RollingWindow(_message.Message):
    __slots__ = ("duration",)
    DURATION_FIELD_NUMBER: _ClassVar[int]
    duration: _duration_pb2.Duration
    def __init__(self, duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CalendarWindow(_message.Message):
    __slots__ = ("unit", "zone")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    unit: CalendarUnit
    zone: ZoneSource
    def __init__(self, unit: _Optional[_Union[CalendarUnit, str]] = ..., zone: _Optional[_Union[ZoneSource, str]] = ...) -> None: ...

class DatedWindow(_message.Message):
    __slots__ = ("interval",)
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    interval: _common_pb2.Interval
    def __init__(self, interval: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ...) -> None: ...

class LifetimeWindow(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MinimumGap(_message.Message):
    __slots__ = ("duration",)
    DURATION_FIELD_NUMBER: _ClassVar[int]
    duration: _duration_pb2.Duration
    def __init__(self, duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RuleWindow(_message.Message):
    __slots__ = ("rolling", "calendar", "dated", "lifetime", "min_gap")
    ROLLING_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    DATED_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_FIELD_NUMBER: _ClassVar[int]
    MIN_GAP_FIELD_NUMBER: _ClassVar[int]
    rolling: RollingWindow
    calendar: CalendarWindow
    dated: DatedWindow
    lifetime: LifetimeWindow
    min_gap: MinimumGap
    def __init__(self, rolling: _Optional[_Union[RollingWindow, _Mapping]] = ..., calendar: _Optional[_Union[CalendarWindow, _Mapping]] = ..., dated: _Optional[_Union[DatedWindow, _Mapping]] = ..., lifetime: _Optional[_Union[LifetimeWindow, _Mapping]] = ..., min_gap: _Optional[_Union[MinimumGap, _Mapping]] = ...) -> None: ...

class FrequencyRule(_message.Message):
    __slots__ = ("rule_id", "display_name", "scope", "classes", "channels", "audience", "window", "max", "target", "measure", "on_exceed", "precedence", "replaces", "version", "etag", "create_time", "update_time")
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    ON_EXCEED_FIELD_NUMBER: _ClassVar[int]
    PRECEDENCE_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    rule_id: str
    display_name: str
    scope: RuleScope
    classes: _containers.RepeatedScalarFieldContainer[_messages_pb2.MessageClass]
    channels: _containers.RepeatedScalarFieldContainer[str]
    audience: RuleAudience
    window: RuleWindow
    max: int
    target: int
    measure: Measure
    on_exceed: ExceedPolicy
    precedence: int
    replaces: _containers.RepeatedScalarFieldContainer[str]
    version: int
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, rule_id: _Optional[str] = ..., display_name: _Optional[str] = ..., scope: _Optional[_Union[RuleScope, _Mapping]] = ..., classes: _Optional[_Iterable[_Union[_messages_pb2.MessageClass, str]]] = ..., channels: _Optional[_Iterable[str]] = ..., audience: _Optional[_Union[RuleAudience, _Mapping]] = ..., window: _Optional[_Union[RuleWindow, _Mapping]] = ..., max: _Optional[int] = ..., target: _Optional[int] = ..., measure: _Optional[_Union[Measure, str]] = ..., on_exceed: _Optional[_Union[ExceedPolicy, str]] = ..., precedence: _Optional[int] = ..., replaces: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
