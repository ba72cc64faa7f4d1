import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.segmentation.v1 import rules_pb2 as _rules_pb2
from tidegate.api.segmentation.v1 import segments_pb2 as _segments_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Subject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_UNSPECIFIED: _ClassVar[Subject]
    SUBJECT_STAFF: _ClassVar[Subject]
    SUBJECT_STORE: _ClassVar[Subject]
    SUBJECT_CHAT_GROUP: _ClassVar[Subject]

class Measure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEASURE_UNSPECIFIED: _ClassVar[Measure]
    MEASURE_RECENCY: _ClassVar[Measure]
    MEASURE_FREQUENCY: _ClassVar[Measure]
    MEASURE_MONETARY: _ClassVar[Measure]
    MEASURE_AGGREGATE: _ClassVar[Measure]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_HIGHER_IS_BETTER: _ClassVar[Direction]
    DIRECTION_LOWER_IS_BETTER: _ClassVar[Direction]

class TieBreak(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIE_BREAK_UNSPECIFIED: _ClassVar[TieBreak]
    TIE_BREAK_CUSTOMER_ID: _ClassVar[TieBreak]
    TIE_BREAK_LATEST_EVENT: _ClassVar[TieBreak]
    TIE_BREAK_HASH: _ClassVar[TieBreak]

class RunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATE_UNSPECIFIED: _ClassVar[RunState]
    RUN_STATE_RUNNING: _ClassVar[RunState]
    RUN_STATE_SUCCEEDED: _ClassVar[RunState]
    RUN_STATE_FAILED: _ClassVar[RunState]
SUBJECT_UNSPECIFIED: Subject
SUBJECT_STAFF: Subject
SUBJECT_STORE: Subject
SUBJECT_CHAT_GROUP: Subject
MEASURE_UNSPECIFIED: Measure
MEASURE_RECENCY: Measure
MEASURE_FREQUENCY: Measure
MEASURE_MONETARY: Measure
MEASURE_AGGREGATE: Measure
DIRECTION_UNSPECIFIED: Direction
DIRECTION_HIGHER_IS_BETTER: Direction
DIRECTION_LOWER_IS_BETTER: Direction
TIE_BREAK_UNSPECIFIED: TieBreak
TIE_BREAK_CUSTOMER_ID: TieBreak
TIE_BREAK_LATEST_EVENT: TieBreak
TIE_BREAK_HASH: TieBreak
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_RUNNING: RunState
RUN_STATE_SUCCEEDED: RunState
RUN_STATE_FAILED: RunState

class ScoreModel(_message.Message):
    __slots__ = ("model_id", "display_name", "components", "tiers", "segment_id", "version", "latest_run_id", "etag", "create_time", "update_time", "subject")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LATEST_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    display_name: str
    components: _containers.RepeatedCompositeFieldContainer[ScoreComponent]
    tiers: _containers.RepeatedCompositeFieldContainer[Tier]
    segment_id: str
    version: int
    latest_run_id: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    subject: Subject
    def __init__(self, model_id: _Optional[str] = ..., display_name: _Optional[str] = ..., components: _Optional[_Iterable[_Union[ScoreComponent, _Mapping]]] = ..., tiers: _Optional[_Iterable[_Union[Tier, _Mapping]]] = ..., segment_id: _Optional[str] = ..., version: _Optional[int] = ..., latest_run_id: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., subject: _Optional[_Union[Subject, str]] = ...) -> None: ...

class ScoreComponent(_message.Message):
    __slots__ = ("component_id", "measure", "events", "aggregate", "property", "direction", "quantile_edges", "ntile", "fixed_cuts", "weight")
    COMPONENT_ID_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    AGGREGATE_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    QUANTILE_EDGES_FIELD_NUMBER: _ClassVar[int]
    NTILE_FIELD_NUMBER: _ClassVar[int]
    FIXED_CUTS_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    component_id: str
    measure: Measure
    events: _rules_pb2.EventSelection
    aggregate: _rules_pb2.Aggregate
    property: str
    direction: Direction
    quantile_edges: QuantileEdges
    ntile: Ntile
    fixed_cuts: FixedCuts
    weight: float
    def __init__(self, component_id: _Optional[str] = ..., measure: _Optional[_Union[Measure, str]] = ..., events: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ..., aggregate: _Optional[_Union[_rules_pb2.Aggregate, str]] = ..., property: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., quantile_edges: _Optional[_Union[QuantileEdges, _Mapping]] = ..., ntile: _Optional[_Union[Ntile, _Mapping]] = ..., fixed_cuts: _Optional[_Union[FixedCuts, _Mapping]] = ..., weight: _Optional[float] = ...) -> None: ...

class QuantileEdges(_message.Message):
    __slots__ = ("classes",)
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    classes: int
    def __init__(self, classes: _Optional[int] = ...) -> None: ...

class Ntile(_message.Message):
    __slots__ = ("classes", "tie_break")
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    TIE_BREAK_FIELD_NUMBER: _ClassVar[int]
    classes: int
    tie_break: TieBreak
    def __init__(self, classes: _Optional[int] = ..., tie_break: _Optional[_Union[TieBreak, str]] = ...) -> None: ...

class FixedCuts(_message.Message):
    __slots__ = ("cuts",)
    CUTS_FIELD_NUMBER: _ClassVar[int]
    cuts: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, cuts: _Optional[_Iterable[float]] = ...) -> None: ...

class Tier(_message.Message):
    __slots__ = ("tier", "display_name", "minimum_score", "stay_score")
    TIER_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_SCORE_FIELD_NUMBER: _ClassVar[int]
    STAY_SCORE_FIELD_NUMBER: _ClassVar[int]
    tier: str
    display_name: str
    minimum_score: float
    stay_score: float
    def __init__(self, tier: _Optional[str] = ..., display_name: _Optional[str] = ..., minimum_score: _Optional[float] = ..., stay_score: _Optional[float] = ...) -> None: ...

class ScoreRun(_message.Message):
    __slots__ = ("run_id", "model_id", "version", "as_of", "state", "customers", "cuts", "tier_counts", "start_time", "end_time", "error")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    CUTS_FIELD_NUMBER: _ClassVar[int]
    TIER_COUNTS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    model_id: str
    version: int
    as_of: _timestamp_pb2.Timestamp
    state: RunState
    customers: int
    cuts: _containers.RepeatedCompositeFieldContainer[ComponentCuts]
    tier_counts: _containers.RepeatedCompositeFieldContainer[TierCount]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    error: str
    def __init__(self, run_id: _Optional[str] = ..., model_id: _Optional[str] = ..., version: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[RunState, str]] = ..., customers: _Optional[int] = ..., cuts: _Optional[_Iterable[_Union[ComponentCuts, _Mapping]]] = ..., tier_counts: _Optional[_Iterable[_Union[TierCount, _Mapping]]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., error: _Optional[str] = ...) -> None: ...

class ComponentCuts(_message.Message):
    __slots__ = ("component_id", "cuts", "class_sizes")
    COMPONENT_ID_FIELD_NUMBER: _ClassVar[int]
    CUTS_FIELD_NUMBER: _ClassVar[int]
    CLASS_SIZES_FIELD_NUMBER: _ClassVar[int]
    component_id: str
    cuts: _containers.RepeatedScalarFieldContainer[float]
    class_sizes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, component_id: _Optional[str] = ..., cuts: _Optional[_Iterable[float]] = ..., class_sizes: _Optional[_Iterable[int]] = ...) -> None: ...

class TierCount(_message.Message):
    __slots__ = ("tier", "customers")
    TIER_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    tier: str
    customers: int
    def __init__(self, tier: _Optional[str] = ..., customers: _Optional[int] = ...) -> None: ...

class CreateScoreModelRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: ScoreModel
    def __init__(self, model: _Optional[_Union[ScoreModel, _Mapping]] = ...) -> None: ...

class CreateScoreModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: ScoreModel
    def __init__(self, model: _Optional[_Union[ScoreModel, _Mapping]] = ...) -> None: ...

class UpdateScoreModelRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: ScoreModel
    def __init__(self, model: _Optional[_Union[ScoreModel, _Mapping]] = ...) -> None: ...

class UpdateScoreModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: ScoreModel
    def __init__(self, model: _Optional[_Union[ScoreModel, _Mapping]] = ...) -> None: ...

class GetScoreModelRequest(_message.Message):
    __slots__ = ("model_id",)
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    def __init__(self, model_id: _Optional[str] = ...) -> None: ...

class GetScoreModelResponse(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: ScoreModel
    def __init__(self, model: _Optional[_Union[ScoreModel, _Mapping]] = ...) -> None: ...

class ListScoreModelsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListScoreModelsResponse(_message.Message):
    __slots__ = ("models", "next_page_token")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[ScoreModel]
    next_page_token: str
    def __init__(self, models: _Optional[_Iterable[_Union[ScoreModel, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RunScoreModelRequest(_message.Message):
    __slots__ = ("model_id", "as_of", "announcement", "wait", "min_identity_position")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    MIN_IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    as_of: _timestamp_pb2.Timestamp
    announcement: _segments_pb2.Announcement
    wait: _duration_pb2.Duration
    min_identity_position: int
    def __init__(self, model_id: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., announcement: _Optional[_Union[_segments_pb2.Announcement, str]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., min_identity_position: _Optional[int] = ...) -> None: ...

class RunScoreModelResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: ScoreRun
    def __init__(self, run: _Optional[_Union[ScoreRun, _Mapping]] = ...) -> None: ...

class GetScoreRunRequest(_message.Message):
    __slots__ = ("model_id", "run_id")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    run_id: str
    def __init__(self, model_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class GetScoreRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: ScoreRun
    def __init__(self, run: _Optional[_Union[ScoreRun, _Mapping]] = ...) -> None: ...

class GetScoresRequest(_message.Message):
    __slots__ = ("model_id", "customer_ids", "entity_ids")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    ENTITY_IDS_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    entity_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model_id: _Optional[str] = ..., customer_ids: _Optional[_Iterable[int]] = ..., entity_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetScoresResponse(_message.Message):
    __slots__ = ("scores", "run_id")
    SCORES_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    scores: _containers.RepeatedCompositeFieldContainer[CustomerScore]
    run_id: str
    def __init__(self, scores: _Optional[_Iterable[_Union[CustomerScore, _Mapping]]] = ..., run_id: _Optional[str] = ...) -> None: ...

class CustomerScore(_message.Message):
    __slots__ = ("customer_id", "scored", "score", "tier", "components", "entity_id")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    SCORED_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    scored: bool
    score: float
    tier: str
    components: _containers.RepeatedCompositeFieldContainer[ComponentScore]
    entity_id: str
    def __init__(self, customer_id: _Optional[int] = ..., scored: bool = ..., score: _Optional[float] = ..., tier: _Optional[str] = ..., components: _Optional[_Iterable[_Union[ComponentScore, _Mapping]]] = ..., entity_id: _Optional[str] = ...) -> None: ...

class ComponentScore(_message.Message):
    __slots__ = ("component_id", "value", "class_number")
    COMPONENT_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CLASS_NUMBER_FIELD_NUMBER: _ClassVar[int]
    component_id: str
    value: float
    class_number: int
    def __init__(self, component_id: _Optional[str] = ..., value: _Optional[float] = ..., class_number: _Optional[int] = ...) -> None: ...
