import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.journey.v1 import enrollments_pb2 as _enrollments_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StuckReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUCK_REASON_UNSPECIFIED: _ClassVar[StuckReason]
    STUCK_REASON_NOTHING_PENDING: _ClassVar[StuckReason]
    STUCK_REASON_OVERDUE: _ClassVar[StuckReason]
    STUCK_REASON_FAILING: _ClassVar[StuckReason]
    STUCK_REASON_UNREADABLE: _ClassVar[StuckReason]

class SimulationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIMULATION_STATE_UNSPECIFIED: _ClassVar[SimulationState]
    SIMULATION_STATE_RUNNING: _ClassVar[SimulationState]
    SIMULATION_STATE_DONE: _ClassVar[SimulationState]
    SIMULATION_STATE_FAILED: _ClassVar[SimulationState]
    SIMULATION_STATE_CANCELLED: _ClassVar[SimulationState]
STUCK_REASON_UNSPECIFIED: StuckReason
STUCK_REASON_NOTHING_PENDING: StuckReason
STUCK_REASON_OVERDUE: StuckReason
STUCK_REASON_FAILING: StuckReason
STUCK_REASON_UNREADABLE: StuckReason
SIMULATION_STATE_UNSPECIFIED: SimulationState
SIMULATION_STATE_RUNNING: SimulationState
SIMULATION_STATE_DONE: SimulationState
SIMULATION_STATE_FAILED: SimulationState
SIMULATION_STATE_CANCELLED: SimulationState

class JourneyStats(_message.Message):
    __slots__ = ("entered", "open", "finished", "exited", "merged", "goals", "nodes")
    ENTERED_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    EXITED_FIELD_NUMBER: _ClassVar[int]
    MERGED_FIELD_NUMBER: _ClassVar[int]
    GOALS_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    entered: int
    open: int
    finished: int
    exited: int
    merged: int
    goals: _containers.RepeatedCompositeFieldContainer[GoalStats]
    nodes: _containers.RepeatedCompositeFieldContainer[NodeStats]
    def __init__(self, entered: _Optional[int] = ..., open: _Optional[int] = ..., finished: _Optional[int] = ..., exited: _Optional[int] = ..., merged: _Optional[int] = ..., goals: _Optional[_Iterable[_Union[GoalStats, _Mapping]]] = ..., nodes: _Optional[_Iterable[_Union[NodeStats, _Mapping]]] = ...) -> None: ...

class GoalStats(_message.Message):
    __slots__ = ("name", "reached")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REACHED_FIELD_NUMBER: _ClassVar[int]
    name: str
    reached: int
    def __init__(self, name: _Optional[str] = ..., reached: _Optional[int] = ...) -> None: ...

class NodeStats(_message.Message):
    __slots__ = ("node_id", "entered", "standing", "edges")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ENTERED_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    EDGES_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    entered: int
    standing: int
    edges: _containers.RepeatedCompositeFieldContainer[EdgeStats]
    def __init__(self, node_id: _Optional[str] = ..., entered: _Optional[int] = ..., standing: _Optional[int] = ..., edges: _Optional[_Iterable[_Union[EdgeStats, _Mapping]]] = ...) -> None: ...

class EdgeStats(_message.Message):
    __slots__ = ("label", "reason", "count")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    label: str
    reason: str
    count: int
    def __init__(self, label: _Optional[str] = ..., reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class StuckEnrollment(_message.Message):
    __slots__ = ("enrollment", "reason", "since_time")
    ENROLLMENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    enrollment: _enrollments_pb2.Enrollment
    reason: StuckReason
    since_time: _timestamp_pb2.Timestamp
    def __init__(self, enrollment: _Optional[_Union[_enrollments_pb2.Enrollment, _Mapping]] = ..., reason: _Optional[_Union[StuckReason, str]] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Simulation(_message.Message):
    __slots__ = ("simulation_id", "journey_id", "version", "segment_id", "span", "state", "progress", "stats", "gate_counts", "create_time", "error")
    SIMULATION_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    STATS_FIELD_NUMBER: _ClassVar[int]
    GATE_COUNTS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    simulation_id: str
    journey_id: str
    version: int
    segment_id: str
    span: _common_pb2.Interval
    state: SimulationState
    progress: float
    stats: JourneyStats
    gate_counts: _containers.RepeatedCompositeFieldContainer[GateCount]
    create_time: _timestamp_pb2.Timestamp
    error: str
    def __init__(self, simulation_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., version: _Optional[int] = ..., segment_id: _Optional[str] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., state: _Optional[_Union[SimulationState, str]] = ..., progress: _Optional[float] = ..., stats: _Optional[_Union[JourneyStats, _Mapping]] = ..., gate_counts: _Optional[_Iterable[_Union[GateCount, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., error: _Optional[str] = ...) -> None: ...

class GateCount(_message.Message):
    __slots__ = ("node_id", "channel", "decision", "rule_id", "count")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    channel: str
    decision: str
    rule_id: str
    count: int
    def __init__(self, node_id: _Optional[str] = ..., channel: _Optional[str] = ..., decision: _Optional[str] = ..., rule_id: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class SimulationRequest(_message.Message):
    __slots__ = ("segment_id", "span", "sample_size", "happening_rates", "happening_delay")
    class HappeningRatesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_SIZE_FIELD_NUMBER: _ClassVar[int]
    HAPPENING_RATES_FIELD_NUMBER: _ClassVar[int]
    HAPPENING_DELAY_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    span: _common_pb2.Interval
    sample_size: int
    happening_rates: _containers.ScalarMap[str, float]
    happening_delay: _duration_pb2.Duration
    def __init__(self, segment_id: _Optional[str] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., sample_size: _Optional[int] = ..., happening_rates: _Optional[_Mapping[str, float]] = ..., happening_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
