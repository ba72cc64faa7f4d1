import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.segmentation.v1 import experiments_pb2 as _experiments_pb2
from tidegate.api.segmentation.v1 import score_models_pb2 as _score_models_pb2
from tidegate.api.segmentation.v1 import segments_pb2 as _segments_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListChangesRequest(_message.Message):
    __slots__ = ("after_position", "page_size", "wait", "kinds")
    AFTER_POSITION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    after_position: int
    page_size: int
    wait: _duration_pb2.Duration
    kinds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, after_position: _Optional[int] = ..., page_size: _Optional[int] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., kinds: _Optional[_Iterable[str]] = ...) -> None: ...

class ListChangesResponse(_message.Message):
    __slots__ = ("changes", "next_position", "head_position")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_POSITION_FIELD_NUMBER: _ClassVar[int]
    HEAD_POSITION_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    next_position: int
    head_position: int
    def __init__(self, changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ..., next_position: _Optional[int] = ..., head_position: _Optional[int] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("position", "time", "customer_id", "membership_changed", "tier_changed", "stage_changed", "arm_assigned", "segment_changed", "customer_erased", "memberships_told", "tiers_told")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_CHANGED_FIELD_NUMBER: _ClassVar[int]
    TIER_CHANGED_FIELD_NUMBER: _ClassVar[int]
    STAGE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ARM_ASSIGNED_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ERASED_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIPS_TOLD_FIELD_NUMBER: _ClassVar[int]
    TIERS_TOLD_FIELD_NUMBER: _ClassVar[int]
    position: int
    time: _timestamp_pb2.Timestamp
    customer_id: int
    membership_changed: MembershipChanged
    tier_changed: TierChanged
    stage_changed: StageChanged
    arm_assigned: ArmAssigned
    segment_changed: SegmentChanged
    customer_erased: CustomerErased
    memberships_told: MembershipsTold
    tiers_told: TiersTold
    def __init__(self, position: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., customer_id: _Optional[int] = ..., membership_changed: _Optional[_Union[MembershipChanged, _Mapping]] = ..., tier_changed: _Optional[_Union[TierChanged, _Mapping]] = ..., stage_changed: _Optional[_Union[StageChanged, _Mapping]] = ..., arm_assigned: _Optional[_Union[ArmAssigned, _Mapping]] = ..., segment_changed: _Optional[_Union[SegmentChanged, _Mapping]] = ..., customer_erased: _Optional[_Union[CustomerErased, _Mapping]] = ..., memberships_told: _Optional[_Union[MembershipsTold, _Mapping]] = ..., tiers_told: _Optional[_Union[TiersTold, _Mapping]] = ...) -> None: ...

class MembershipChanged(_message.Message):
    __slots__ = ("segment_id", "version", "customer_id", "transition", "seq", "cause", "identity_position")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    version: int
    customer_id: int
    transition: _segments_pb2.Transition
    seq: int
    cause: _segments_pb2.Cause
    identity_position: int
    def __init__(self, segment_id: _Optional[str] = ..., version: _Optional[int] = ..., customer_id: _Optional[int] = ..., transition: _Optional[_Union[_segments_pb2.Transition, str]] = ..., seq: _Optional[int] = ..., cause: _Optional[_Union[_segments_pb2.Cause, str]] = ..., identity_position: _Optional[int] = ...) -> None: ...

class MembershipsTold(_message.Message):
    __slots__ = ("segment_id", "version", "customer_ids", "telling_id", "first", "last")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    TELLING_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    version: int
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    telling_id: str
    first: bool
    last: bool
    def __init__(self, segment_id: _Optional[str] = ..., version: _Optional[int] = ..., customer_ids: _Optional[_Iterable[int]] = ..., telling_id: _Optional[str] = ..., first: bool = ..., last: bool = ...) -> None: ...

class TiersTold(_message.Message):
    __slots__ = ("model_id", "run_id", "tiers", "telling_id", "first", "last")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    TELLING_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    run_id: str
    tiers: _containers.RepeatedCompositeFieldContainer[CustomerTier]
    telling_id: str
    first: bool
    last: bool
    def __init__(self, model_id: _Optional[str] = ..., run_id: _Optional[str] = ..., tiers: _Optional[_Iterable[_Union[CustomerTier, _Mapping]]] = ..., telling_id: _Optional[str] = ..., first: bool = ..., last: bool = ...) -> None: ...

class CustomerTier(_message.Message):
    __slots__ = ("customer_id", "tier")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    tier: str
    def __init__(self, customer_id: _Optional[int] = ..., tier: _Optional[str] = ...) -> None: ...

class TierChanged(_message.Message):
    __slots__ = ("model_id", "run_id", "customer_id", "tier", "previous_tier", "score", "subject", "entity_id")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_TIER_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    run_id: str
    customer_id: int
    tier: str
    previous_tier: str
    score: float
    subject: _score_models_pb2.Subject
    entity_id: str
    def __init__(self, model_id: _Optional[str] = ..., run_id: _Optional[str] = ..., customer_id: _Optional[int] = ..., tier: _Optional[str] = ..., previous_tier: _Optional[str] = ..., score: _Optional[float] = ..., subject: _Optional[_Union[_score_models_pb2.Subject, str]] = ..., entity_id: _Optional[str] = ...) -> None: ...

class StageChanged(_message.Message):
    __slots__ = ("stage_model_id", "run_id", "customer_id", "stage", "previous_stage", "subject", "entity_id")
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_STAGE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    run_id: str
    customer_id: int
    stage: str
    previous_stage: str
    subject: _score_models_pb2.Subject
    entity_id: str
    def __init__(self, stage_model_id: _Optional[str] = ..., run_id: _Optional[str] = ..., customer_id: _Optional[int] = ..., stage: _Optional[str] = ..., previous_stage: _Optional[str] = ..., subject: _Optional[_Union[_score_models_pb2.Subject, str]] = ..., entity_id: _Optional[str] = ...) -> None: ...

class ArmAssigned(_message.Message):
    __slots__ = ("experiment_id", "epoch", "customer_id", "arm_id", "role", "source", "assign_time")
    EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ARM_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ASSIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    experiment_id: str
    epoch: int
    customer_id: int
    arm_id: str
    role: _experiments_pb2.ArmRole
    source: _experiments_pb2.AssignmentSource
    assign_time: _timestamp_pb2.Timestamp
    def __init__(self, experiment_id: _Optional[str] = ..., epoch: _Optional[int] = ..., customer_id: _Optional[int] = ..., arm_id: _Optional[str] = ..., role: _Optional[_Union[_experiments_pb2.ArmRole, str]] = ..., source: _Optional[_Union[_experiments_pb2.AssignmentSource, str]] = ..., assign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SegmentChanged(_message.Message):
    __slots__ = ("segment_id", "version", "state")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    version: int
    state: _segments_pb2.SegmentState
    def __init__(self, segment_id: _Optional[str] = ..., version: _Optional[int] = ..., state: _Optional[_Union[_segments_pb2.SegmentState, str]] = ...) -> None: ...

class CustomerErased(_message.Message):
    __slots__ = ("customer_id", "erasure_id", "rows")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ERASURE_ID_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    erasure_id: str
    rows: int
    def __init__(self, customer_id: _Optional[int] = ..., erasure_id: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...

class ExportCustomerRequest(_message.Message):
    __slots__ = ("customer_id",)
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    def __init__(self, customer_id: _Optional[int] = ...) -> None: ...

class ExportCustomerResponse(_message.Message):
    __slots__ = ("json",)
    JSON_FIELD_NUMBER: _ClassVar[int]
    json: str
    def __init__(self, json: _Optional[str] = ...) -> None: ...
