import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import frequency_pb2 as _frequency_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CampaignState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMPAIGN_STATE_UNSPECIFIED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_DRAFT: _ClassVar[CampaignState]
    CAMPAIGN_STATE_ACTIVE: _ClassVar[CampaignState]
    CAMPAIGN_STATE_PAUSED: _ClassVar[CampaignState]
    CAMPAIGN_STATE_ENDED: _ClassVar[CampaignState]

class BudgetPeriod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BUDGET_PERIOD_UNSPECIFIED: _ClassVar[BudgetPeriod]
    BUDGET_PERIOD_PHASE: _ClassVar[BudgetPeriod]
    BUDGET_PERIOD_DAY: _ClassVar[BudgetPeriod]
    BUDGET_PERIOD_WEEK: _ClassVar[BudgetPeriod]
    BUDGET_PERIOD_MONTH: _ClassVar[BudgetPeriod]
    BUDGET_PERIOD_CAMPAIGN: _ClassVar[BudgetPeriod]

class ForecastState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORECAST_STATE_UNSPECIFIED: _ClassVar[ForecastState]
    FORECAST_STATE_RUNNING: _ClassVar[ForecastState]
    FORECAST_STATE_DONE: _ClassVar[ForecastState]
    FORECAST_STATE_FAILED: _ClassVar[ForecastState]
    FORECAST_STATE_CANCELLED: _ClassVar[ForecastState]
CAMPAIGN_STATE_UNSPECIFIED: CampaignState
CAMPAIGN_STATE_DRAFT: CampaignState
CAMPAIGN_STATE_ACTIVE: CampaignState
CAMPAIGN_STATE_PAUSED: CampaignState
CAMPAIGN_STATE_ENDED: CampaignState
BUDGET_PERIOD_UNSPECIFIED: BudgetPeriod
BUDGET_PERIOD_PHASE: BudgetPeriod
BUDGET_PERIOD_DAY: BudgetPeriod
BUDGET_PERIOD_WEEK: BudgetPeriod
BUDGET_PERIOD_MONTH: BudgetPeriod
BUDGET_PERIOD_CAMPAIGN: BudgetPeriod
FORECAST_STATE_UNSPECIFIED: ForecastState
FORECAST_STATE_RUNNING: ForecastState
FORECAST_STATE_DONE: ForecastState
FORECAST_STATE_FAILED: ForecastState
FORECAST_STATE_CANCELLED: ForecastState

class Campaign(_message.Message):
    __slots__ = ("campaign_id", "display_name", "description", "brand", "state", "audience_segment_id", "score_model_id", "phases", "budgets", "journey_ids", "etag", "create_time", "update_time")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    BUDGETS_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_IDS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    display_name: str
    description: str
    brand: str
    state: CampaignState
    audience_segment_id: str
    score_model_id: str
    phases: _containers.RepeatedCompositeFieldContainer[Phase]
    budgets: _containers.RepeatedCompositeFieldContainer[Budget]
    journey_ids: _containers.RepeatedScalarFieldContainer[str]
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, campaign_id: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., brand: _Optional[str] = ..., state: _Optional[_Union[CampaignState, str]] = ..., audience_segment_id: _Optional[str] = ..., score_model_id: _Optional[str] = ..., phases: _Optional[_Iterable[_Union[Phase, _Mapping]]] = ..., budgets: _Optional[_Iterable[_Union[Budget, _Mapping]]] = ..., journey_ids: _Optional[_Iterable[str]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Phase(_message.Message):
    __slots__ = ("phase_id", "display_name", "days", "precedence", "waves", "budgets", "state")
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    PRECEDENCE_FIELD_NUMBER: _ClassVar[int]
    WAVES_FIELD_NUMBER: _ClassVar[int]
    BUDGETS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    phase_id: str
    display_name: str
    days: _containers.RepeatedCompositeFieldContainer[DateSpan]
    precedence: int
    waves: _containers.RepeatedCompositeFieldContainer[Wave]
    budgets: _containers.RepeatedCompositeFieldContainer[Budget]
    state: CampaignState
    def __init__(self, phase_id: _Optional[str] = ..., display_name: _Optional[str] = ..., days: _Optional[_Iterable[_Union[DateSpan, _Mapping]]] = ..., precedence: _Optional[int] = ..., waves: _Optional[_Iterable[_Union[Wave, _Mapping]]] = ..., budgets: _Optional[_Iterable[_Union[Budget, _Mapping]]] = ..., state: _Optional[_Union[CampaignState, str]] = ...) -> None: ...

class DateSpan(_message.Message):
    __slots__ = ("first_day", "last_day")
    FIRST_DAY_FIELD_NUMBER: _ClassVar[int]
    LAST_DAY_FIELD_NUMBER: _ClassVar[int]
    first_day: str
    last_day: str
    def __init__(self, first_day: _Optional[str] = ..., last_day: _Optional[str] = ...) -> None: ...

class Wave(_message.Message):
    __slots__ = ("name", "days")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    name: str
    days: DateSpan
    def __init__(self, name: _Optional[str] = ..., days: _Optional[_Union[DateSpan, _Mapping]] = ...) -> None: ...

class Budget(_message.Message):
    __slots__ = ("tier", "segment_id", "channels", "target", "max", "period", "measure", "on_exceed")
    TIER_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    ON_EXCEED_FIELD_NUMBER: _ClassVar[int]
    tier: str
    segment_id: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    target: int
    max: int
    period: BudgetPeriod
    measure: _frequency_pb2.Measure
    on_exceed: _frequency_pb2.ExceedPolicy
    def __init__(self, tier: _Optional[str] = ..., segment_id: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., target: _Optional[int] = ..., max: _Optional[int] = ..., period: _Optional[_Union[BudgetPeriod, str]] = ..., measure: _Optional[_Union[_frequency_pb2.Measure, str]] = ..., on_exceed: _Optional[_Union[_frequency_pb2.ExceedPolicy, str]] = ...) -> None: ...

class CalendarDay(_message.Message):
    __slots__ = ("day", "phase_ids", "waves", "planned_sends")
    DAY_FIELD_NUMBER: _ClassVar[int]
    PHASE_IDS_FIELD_NUMBER: _ClassVar[int]
    WAVES_FIELD_NUMBER: _ClassVar[int]
    PLANNED_SENDS_FIELD_NUMBER: _ClassVar[int]
    day: str
    phase_ids: _containers.RepeatedScalarFieldContainer[str]
    waves: _containers.RepeatedScalarFieldContainer[str]
    planned_sends: _containers.RepeatedCompositeFieldContainer[PlannedSend]
    def __init__(self, day: _Optional[str] = ..., phase_ids: _Optional[_Iterable[str]] = ..., waves: _Optional[_Iterable[str]] = ..., planned_sends: _Optional[_Iterable[_Union[PlannedSend, _Mapping]]] = ...) -> None: ...

class PlannedSend(_message.Message):
    __slots__ = ("journey_id", "node_id", "channels", "customers")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    node_id: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    customers: int
    def __init__(self, journey_id: _Optional[str] = ..., node_id: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., customers: _Optional[int] = ...) -> None: ...

class Forecast(_message.Message):
    __slots__ = ("forecast_id", "campaign_id", "campaign_etag", "state", "progress", "span", "cells", "create_time", "error")
    FORECAST_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    forecast_id: str
    campaign_id: str
    campaign_etag: str
    state: ForecastState
    progress: float
    span: _common_pb2.Interval
    cells: _containers.RepeatedCompositeFieldContainer[ForecastCell]
    create_time: _timestamp_pb2.Timestamp
    error: str
    def __init__(self, forecast_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., campaign_etag: _Optional[str] = ..., state: _Optional[_Union[ForecastState, str]] = ..., progress: _Optional[float] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., cells: _Optional[_Iterable[_Union[ForecastCell, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., error: _Optional[str] = ...) -> None: ...

class ForecastCell(_message.Message):
    __slots__ = ("phase_id", "tier", "channel", "day", "planned", "sent", "stops", "customers", "customers_on_target")
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    PLANNED_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    STOPS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_ON_TARGET_FIELD_NUMBER: _ClassVar[int]
    phase_id: str
    tier: str
    channel: str
    day: str
    planned: int
    sent: int
    stops: _containers.RepeatedCompositeFieldContainer[ForecastStop]
    customers: int
    customers_on_target: int
    def __init__(self, phase_id: _Optional[str] = ..., tier: _Optional[str] = ..., channel: _Optional[str] = ..., day: _Optional[str] = ..., planned: _Optional[int] = ..., sent: _Optional[int] = ..., stops: _Optional[_Iterable[_Union[ForecastStop, _Mapping]]] = ..., customers: _Optional[int] = ..., customers_on_target: _Optional[int] = ...) -> None: ...

class ForecastStop(_message.Message):
    __slots__ = ("reason", "rule_id", "count")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    rule_id: str
    count: int
    def __init__(self, reason: _Optional[str] = ..., rule_id: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
