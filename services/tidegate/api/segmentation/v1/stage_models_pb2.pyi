import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.segmentation.v1 import rules_pb2 as _rules_pb2
from tidegate.api.segmentation.v1 import score_models_pb2 as _score_models_pb2
from tidegate.api.segmentation.v1 import segments_pb2 as _segments_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StageModel(_message.Message):
    __slots__ = ("stage_model_id", "display_name", "stages", "version", "etag", "create_time", "update_time", "latest_run_id", "subject")
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LATEST_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    display_name: str
    stages: _containers.RepeatedCompositeFieldContainer[Stage]
    version: int
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    latest_run_id: str
    subject: _score_models_pb2.Subject
    def __init__(self, stage_model_id: _Optional[str] = ..., display_name: _Optional[str] = ..., stages: _Optional[_Iterable[_Union[Stage, _Mapping]]] = ..., version: _Optional[int] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., latest_run_id: _Optional[str] = ..., subject: _Optional[_Union[_score_models_pb2.Subject, str]] = ...) -> None: ...

class Stage(_message.Message):
    __slots__ = ("stage", "display_name", "rule")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    stage: str
    display_name: str
    rule: _rules_pb2.Rule
    def __init__(self, stage: _Optional[str] = ..., display_name: _Optional[str] = ..., rule: _Optional[_Union[_rules_pb2.Rule, _Mapping]] = ...) -> None: ...

class StageRun(_message.Message):
    __slots__ = ("run_id", "stage_model_id", "version", "as_of", "state", "stage_counts", "error", "start_time", "end_time")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STAGE_COUNTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    stage_model_id: str
    version: int
    as_of: _timestamp_pb2.Timestamp
    state: _score_models_pb2.RunState
    stage_counts: _containers.RepeatedCompositeFieldContainer[StageCount]
    error: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, run_id: _Optional[str] = ..., stage_model_id: _Optional[str] = ..., version: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[_score_models_pb2.RunState, str]] = ..., stage_counts: _Optional[_Iterable[_Union[StageCount, _Mapping]]] = ..., error: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StageCount(_message.Message):
    __slots__ = ("stage", "customers")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    stage: str
    customers: int
    def __init__(self, stage: _Optional[str] = ..., customers: _Optional[int] = ...) -> None: ...

class CreateStageModelRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: StageModel
    def __init__(self, model: _Optional[_Union[StageModel, _Mapping]] = ...) -> None: ...

class CreateStageModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: StageModel
    def __init__(self, model: _Optional[_Union[StageModel, _Mapping]] = ...) -> None: ...

class UpdateStageModelRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: StageModel
    def __init__(self, model: _Optional[_Union[StageModel, _Mapping]] = ...) -> None: ...

class UpdateStageModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: StageModel
    def __init__(self, model: _Optional[_Union[StageModel, _Mapping]] = ...) -> None: ...

class GetStageModelRequest(_message.Message):
    __slots__ = ("stage_model_id",)
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    def __init__(self, stage_model_id: _Optional[str] = ...) -> None: ...

class GetStageModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: StageModel
    def __init__(self, model: _Optional[_Union[StageModel, _Mapping]] = ...) -> None: ...

class ListStageModelsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListStageModelsResponse(_message.Message):
    __slots__ = ("models", "next_page_token")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[StageModel]
    next_page_token: str
    def __init__(self, models: _Optional[_Iterable[_Union[StageModel, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RunStageModelRequest(_message.Message):
    __slots__ = ("stage_model_id", "announcement", "wait", "min_identity_position")
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    MIN_IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    announcement: _segments_pb2.Announcement
    wait: _duration_pb2.Duration
    min_identity_position: int
    def __init__(self, stage_model_id: _Optional[str] = ..., announcement: _Optional[_Union[_segments_pb2.Announcement, str]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., min_identity_position: _Optional[int] = ...) -> None: ...

class RunStageModelResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: StageRun
    def __init__(self, run: _Optional[_Union[StageRun, _Mapping]] = ...) -> None: ...

class GetStageRunRequest(_message.Message):
    __slots__ = ("stage_model_id", "run_id")
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    run_id: str
    def __init__(self, stage_model_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class GetStageRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: StageRun
    def __init__(self, run: _Optional[_Union[StageRun, _Mapping]] = ...) -> None: ...

class GetStageRequest(_message.Message):
    __slots__ = ("stage_model_id", "customer_ids", "as_of", "entity_ids")
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ENTITY_IDS_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    as_of: _timestamp_pb2.Timestamp
    entity_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stage_model_id: _Optional[str] = ..., customer_ids: _Optional[_Iterable[int]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entity_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetStageResponse(_message.Message):
    __slots__ = ("stages",)
    STAGES_FIELD_NUMBER: _ClassVar[int]
    stages: _containers.RepeatedCompositeFieldContainer[CustomerStage]
    def __init__(self, stages: _Optional[_Iterable[_Union[CustomerStage, _Mapping]]] = ...) -> None: ...

class CustomerStage(_message.Message):
    __slots__ = ("customer_id", "stage", "since_time", "run_id", "entity_id")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    stage: str
    since_time: _timestamp_pb2.Timestamp
    run_id: str
    entity_id: str
    def __init__(self, customer_id: _Optional[int] = ..., stage: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., run_id: _Optional[str] = ..., entity_id: _Optional[str] = ...) -> None: ...

class GetStageFlowRequest(_message.Message):
    __slots__ = ("stage_model_id", "from_time", "to_time")
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    def __init__(self, stage_model_id: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetStageFlowResponse(_message.Message):
    __slots__ = ("flows",)
    FLOWS_FIELD_NUMBER: _ClassVar[int]
    flows: _containers.RepeatedCompositeFieldContainer[StageFlow]
    def __init__(self, flows: _Optional[_Iterable[_Union[StageFlow, _Mapping]]] = ...) -> None: ...

class StageFlow(_message.Message):
    __slots__ = ("from_stage", "to_stage", "customers")
    FROM_STAGE_FIELD_NUMBER: _ClassVar[int]
    TO_STAGE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    from_stage: str
    to_stage: str
    customers: int
    def __init__(self, from_stage: _Optional[str] = ..., to_stage: _Optional[str] = ..., customers: _Optional[int] = ...) -> None: ...
