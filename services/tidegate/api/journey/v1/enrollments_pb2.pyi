import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EnrollmentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENROLLMENT_STATE_UNSPECIFIED: _ClassVar[EnrollmentState]
    ENROLLMENT_STATE_OPEN: _ClassVar[EnrollmentState]
    ENROLLMENT_STATE_FINISHED: _ClassVar[EnrollmentState]
    ENROLLMENT_STATE_EXITED: _ClassVar[EnrollmentState]
    ENROLLMENT_STATE_MERGED: _ClassVar[EnrollmentState]

class WaitingFor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WAITING_FOR_UNSPECIFIED: _ClassVar[WaitingFor]
    WAITING_FOR_NOTHING: _ClassVar[WaitingFor]
    WAITING_FOR_WORKER: _ClassVar[WaitingFor]
    WAITING_FOR_TIME: _ClassVar[WaitingFor]
    WAITING_FOR_HAPPENING: _ClassVar[WaitingFor]
    WAITING_FOR_MESSAGE: _ClassVar[WaitingFor]

class EntryDecision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTRY_DECISION_UNSPECIFIED: _ClassVar[EntryDecision]
    ENTRY_DECISION_ENTERED: _ClassVar[EntryDecision]
    ENTRY_DECISION_REPLAYED: _ClassVar[EntryDecision]
    ENTRY_DECISION_POLICY: _ClassVar[EntryDecision]
    ENTRY_DECISION_MAX_CONCURRENT: _ClassVar[EntryDecision]
    ENTRY_DECISION_EXCLUDED: _ClassVar[EntryDecision]
ENROLLMENT_STATE_UNSPECIFIED: EnrollmentState
ENROLLMENT_STATE_OPEN: EnrollmentState
ENROLLMENT_STATE_FINISHED: EnrollmentState
ENROLLMENT_STATE_EXITED: EnrollmentState
ENROLLMENT_STATE_MERGED: EnrollmentState
WAITING_FOR_UNSPECIFIED: WaitingFor
WAITING_FOR_NOTHING: WaitingFor
WAITING_FOR_WORKER: WaitingFor
WAITING_FOR_TIME: WaitingFor
WAITING_FOR_HAPPENING: WaitingFor
WAITING_FOR_MESSAGE: WaitingFor
ENTRY_DECISION_UNSPECIFIED: EntryDecision
ENTRY_DECISION_ENTERED: EntryDecision
ENTRY_DECISION_REPLAYED: EntryDecision
ENTRY_DECISION_POLICY: EntryDecision
ENTRY_DECISION_MAX_CONCURRENT: EntryDecision
ENTRY_DECISION_EXCLUDED: EntryDecision

class Enrollment(_message.Message):
    __slots__ = ("enrollment_id", "journey_id", "version", "customer_id", "original_customer_id", "entry_key", "entry_cause", "entry_properties", "entry_time", "state", "node_id", "waiting_for", "due_time", "end_time", "end_reason", "goals", "arms", "held_out", "merged_into_enrollment_id", "attempts", "last_error")
    class EntryPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    class ArmsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_KEY_FIELD_NUMBER: _ClassVar[int]
    ENTRY_CAUSE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    END_REASON_FIELD_NUMBER: _ClassVar[int]
    GOALS_FIELD_NUMBER: _ClassVar[int]
    ARMS_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_FIELD_NUMBER: _ClassVar[int]
    MERGED_INTO_ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    enrollment_id: str
    journey_id: str
    version: int
    customer_id: int
    original_customer_id: int
    entry_key: str
    entry_cause: EntryCause
    entry_properties: _containers.MessageMap[str, _common_pb2.Value]
    entry_time: _timestamp_pb2.Timestamp
    state: EnrollmentState
    node_id: str
    waiting_for: WaitingFor
    due_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    end_reason: str
    goals: _containers.RepeatedCompositeFieldContainer[GoalReached]
    arms: _containers.ScalarMap[str, str]
    held_out: bool
    merged_into_enrollment_id: str
    attempts: int
    last_error: str
    def __init__(self, enrollment_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., version: _Optional[int] = ..., customer_id: _Optional[int] = ..., original_customer_id: _Optional[int] = ..., entry_key: _Optional[str] = ..., entry_cause: _Optional[_Union[EntryCause, _Mapping]] = ..., entry_properties: _Optional[_Mapping[str, _common_pb2.Value]] = ..., entry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[EnrollmentState, str]] = ..., node_id: _Optional[str] = ..., waiting_for: _Optional[_Union[WaitingFor, str]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_reason: _Optional[str] = ..., goals: _Optional[_Iterable[_Union[GoalReached, _Mapping]]] = ..., arms: _Optional[_Mapping[str, str]] = ..., held_out: bool = ..., merged_into_enrollment_id: _Optional[str] = ..., attempts: _Optional[int] = ..., last_error: _Optional[str] = ...) -> None: ...

class EntryCause(_message.Message):
    __slots__ = ("event", "segment", "schedule", "call")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    event: EventCause
    segment: SegmentCause
    schedule: ScheduleCause
    call: CallCause
    def __init__(self, event: _Optional[_Union[EventCause, _Mapping]] = ..., segment: _Optional[_Union[SegmentCause, _Mapping]] = ..., schedule: _Optional[_Union[ScheduleCause, _Mapping]] = ..., call: _Optional[_Union[CallCause, _Mapping]] = ...) -> None: ...

class EventCause(_message.Message):
    __slots__ = ("source", "event_id", "event_name")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_NAME_FIELD_NUMBER: _ClassVar[int]
    source: str
    event_id: str
    event_name: str
    def __init__(self, source: _Optional[str] = ..., event_id: _Optional[str] = ..., event_name: _Optional[str] = ...) -> None: ...

class SegmentCause(_message.Message):
    __slots__ = ("segment_id", "sequence")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    sequence: int
    def __init__(self, segment_id: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class ScheduleCause(_message.Message):
    __slots__ = ("segment_id", "start_time")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    start_time: _timestamp_pb2.Timestamp
    def __init__(self, segment_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CallCause(_message.Message):
    __slots__ = ("caller", "entry_id")
    CALLER_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    caller: str
    entry_id: str
    def __init__(self, caller: _Optional[str] = ..., entry_id: _Optional[str] = ...) -> None: ...

class GoalReached(_message.Message):
    __slots__ = ("name", "time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("visit", "node_id", "enter_time", "leave_time", "edge_label", "reason", "message_id")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ENTER_TIME_FIELD_NUMBER: _ClassVar[int]
    LEAVE_TIME_FIELD_NUMBER: _ClassVar[int]
    EDGE_LABEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    visit: int
    node_id: str
    enter_time: _timestamp_pb2.Timestamp
    leave_time: _timestamp_pb2.Timestamp
    edge_label: str
    reason: str
    message_id: str
    def __init__(self, visit: _Optional[int] = ..., node_id: _Optional[str] = ..., enter_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., leave_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., edge_label: _Optional[str] = ..., reason: _Optional[str] = ..., message_id: _Optional[str] = ...) -> None: ...

class EnrollmentOutcome(_message.Message):
    __slots__ = ("decision", "enrollment_id", "customer_id")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    decision: EntryDecision
    enrollment_id: str
    customer_id: int
    def __init__(self, decision: _Optional[_Union[EntryDecision, str]] = ..., enrollment_id: _Optional[str] = ..., customer_id: _Optional[int] = ...) -> None: ...

class ExitOutcome(_message.Message):
    __slots__ = ("customer_id", "exited")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    EXITED_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    exited: int
    def __init__(self, customer_id: _Optional[int] = ..., exited: _Optional[int] = ...) -> None: ...
