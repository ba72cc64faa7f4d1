import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.journey.v1 import conditions_pb2 as _conditions_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AudienceMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIENCE_MODE_UNSPECIFIED: _ClassVar[AudienceMode]
    AUDIENCE_MODE_FROZEN: _ClassVar[AudienceMode]
    AUDIENCE_MODE_LIVE: _ClassVar[AudienceMode]

class EntryFrequency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTRY_FREQUENCY_UNSPECIFIED: _ClassVar[EntryFrequency]
    ENTRY_FREQUENCY_ONCE: _ClassVar[EntryFrequency]
    ENTRY_FREQUENCY_ONCE_PER_DURATION: _ClassVar[EntryFrequency]
    ENTRY_FREQUENCY_AFTER_EXIT: _ClassVar[EntryFrequency]
    ENTRY_FREQUENCY_ALWAYS: _ClassVar[EntryFrequency]

class TimerMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMER_MODE_UNSPECIFIED: _ClassVar[TimerMode]
    TIMER_MODE_HOLD: _ClassVar[TimerMode]
    TIMER_MODE_RUN: _ClassVar[TimerMode]

class OverdueMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERDUE_MODE_UNSPECIFIED: _ClassVar[OverdueMode]
    OVERDUE_MODE_SEND: _ClassVar[OverdueMode]
    OVERDUE_MODE_SKIP: _ClassVar[OverdueMode]
    OVERDUE_MODE_EXIT: _ClassVar[OverdueMode]
AUDIENCE_MODE_UNSPECIFIED: AudienceMode
AUDIENCE_MODE_FROZEN: AudienceMode
AUDIENCE_MODE_LIVE: AudienceMode
ENTRY_FREQUENCY_UNSPECIFIED: EntryFrequency
ENTRY_FREQUENCY_ONCE: EntryFrequency
ENTRY_FREQUENCY_ONCE_PER_DURATION: EntryFrequency
ENTRY_FREQUENCY_AFTER_EXIT: EntryFrequency
ENTRY_FREQUENCY_ALWAYS: EntryFrequency
TIMER_MODE_UNSPECIFIED: TimerMode
TIMER_MODE_HOLD: TimerMode
TIMER_MODE_RUN: TimerMode
OVERDUE_MODE_UNSPECIFIED: OverdueMode
OVERDUE_MODE_SEND: OverdueMode
OVERDUE_MODE_SKIP: OverdueMode
OVERDUE_MODE_EXIT: OverdueMode

class Entry(_message.Message):
    __slots__ = ("triggers", "key_property", "policy", "max_concurrent", "exclusion_segment_ids")
    TRIGGERS_FIELD_NUMBER: _ClassVar[int]
    KEY_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENT_FIELD_NUMBER: _ClassVar[int]
    EXCLUSION_SEGMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    triggers: _containers.RepeatedCompositeFieldContainer[Trigger]
    key_property: str
    policy: EntryPolicy
    max_concurrent: int
    exclusion_segment_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, triggers: _Optional[_Iterable[_Union[Trigger, _Mapping]]] = ..., key_property: _Optional[str] = ..., policy: _Optional[_Union[EntryPolicy, _Mapping]] = ..., max_concurrent: _Optional[int] = ..., exclusion_segment_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Trigger(_message.Message):
    __slots__ = ("event", "segment", "schedule")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    event: _conditions_pb2.EventCondition
    segment: SegmentTrigger
    schedule: ScheduleTrigger
    def __init__(self, event: _Optional[_Union[_conditions_pb2.EventCondition, _Mapping]] = ..., segment: _Optional[_Union[SegmentTrigger, _Mapping]] = ..., schedule: _Optional[_Union[ScheduleTrigger, _Mapping]] = ...) -> None: ...

class SegmentTrigger(_message.Message):
    __slots__ = ("segment_id", "include_merges", "exit_on_leave")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_MERGES_FIELD_NUMBER: _ClassVar[int]
    EXIT_ON_LEAVE_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    include_merges: bool
    exit_on_leave: bool
    def __init__(self, segment_id: _Optional[str] = ..., include_merges: bool = ..., exit_on_leave: bool = ...) -> None: ...

class ScheduleTrigger(_message.Message):
    __slots__ = ("segment_id", "start_time", "audience_mode", "end_time")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_MODE_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    start_time: _timestamp_pb2.Timestamp
    audience_mode: AudienceMode
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, segment_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., audience_mode: _Optional[_Union[AudienceMode, str]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EntryPolicy(_message.Message):
    __slots__ = ("frequency", "duration")
    FREQUENCY_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    frequency: EntryFrequency
    duration: _duration_pb2.Duration
    def __init__(self, frequency: _Optional[_Union[EntryFrequency, str]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ExitConditions(_message.Message):
    __slots__ = ("conditions",)
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    conditions: _containers.RepeatedCompositeFieldContainer[ExitCondition]
    def __init__(self, conditions: _Optional[_Iterable[_Union[ExitCondition, _Mapping]]] = ...) -> None: ...

class ExitCondition(_message.Message):
    __slots__ = ("happening", "matching_property", "reason")
    HAPPENING_FIELD_NUMBER: _ClassVar[int]
    MATCHING_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    happening: _conditions_pb2.Happening
    matching_property: str
    reason: str
    def __init__(self, happening: _Optional[_Union[_conditions_pb2.Happening, _Mapping]] = ..., matching_property: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Goal(_message.Message):
    __slots__ = ("name", "happening", "matching_property", "ends_walk")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HAPPENING_FIELD_NUMBER: _ClassVar[int]
    MATCHING_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    ENDS_WALK_FIELD_NUMBER: _ClassVar[int]
    name: str
    happening: _conditions_pb2.Happening
    matching_property: str
    ends_walk: bool
    def __init__(self, name: _Optional[str] = ..., happening: _Optional[_Union[_conditions_pb2.Happening, _Mapping]] = ..., matching_property: _Optional[str] = ..., ends_walk: bool = ...) -> None: ...

class PausePolicy(_message.Message):
    __slots__ = ("timer_mode", "overdue_mode", "max_lateness")
    TIMER_MODE_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_MODE_FIELD_NUMBER: _ClassVar[int]
    MAX_LATENESS_FIELD_NUMBER: _ClassVar[int]
    timer_mode: TimerMode
    overdue_mode: OverdueMode
    max_lateness: _duration_pb2.Duration
    def __init__(self, timer_mode: _Optional[_Union[TimerMode, str]] = ..., overdue_mode: _Optional[_Union[OverdueMode, str]] = ..., max_lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class EnrollmentItem(_message.Message):
    __slots__ = ("customer_id", "identifier", "properties", "entry_id")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    identifier: _common_pb2.Identifier
    properties: _containers.MessageMap[str, _common_pb2.Value]
    entry_id: str
    def __init__(self, customer_id: _Optional[int] = ..., identifier: _Optional[_Union[_common_pb2.Identifier, _Mapping]] = ..., properties: _Optional[_Mapping[str, _common_pb2.Value]] = ..., entry_id: _Optional[str] = ...) -> None: ...
