import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.segmentation.v1 import experiments_pb2 as _experiments_pb2
from tidegate.api.segmentation.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Sufficiency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUFFICIENCY_UNSPECIFIED: _ClassVar[Sufficiency]
    SUFFICIENCY_ENOUGH: _ClassVar[Sufficiency]
    SUFFICIENCY_NOT_ENOUGH: _ClassVar[Sufficiency]

class AttributionModel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTRIBUTION_MODEL_UNSPECIFIED: _ClassVar[AttributionModel]
    ATTRIBUTION_MODEL_LAST_TOUCH: _ClassVar[AttributionModel]
    ATTRIBUTION_MODEL_FIRST_TOUCH: _ClassVar[AttributionModel]
    ATTRIBUTION_MODEL_POSITION_BASED: _ClassVar[AttributionModel]
    ATTRIBUTION_MODEL_LINEAR: _ClassVar[AttributionModel]

class TimeStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_STEP_UNSPECIFIED: _ClassVar[TimeStep]
    TIME_STEP_HOUR: _ClassVar[TimeStep]
    TIME_STEP_DAY: _ClassVar[TimeStep]
    TIME_STEP_WEEK: _ClassVar[TimeStep]
    TIME_STEP_MONTH: _ClassVar[TimeStep]
SUFFICIENCY_UNSPECIFIED: Sufficiency
SUFFICIENCY_ENOUGH: Sufficiency
SUFFICIENCY_NOT_ENOUGH: Sufficiency
ATTRIBUTION_MODEL_UNSPECIFIED: AttributionModel
ATTRIBUTION_MODEL_LAST_TOUCH: AttributionModel
ATTRIBUTION_MODEL_FIRST_TOUCH: AttributionModel
ATTRIBUTION_MODEL_POSITION_BASED: AttributionModel
ATTRIBUTION_MODEL_LINEAR: AttributionModel
TIME_STEP_UNSPECIFIED: TimeStep
TIME_STEP_HOUR: TimeStep
TIME_STEP_DAY: TimeStep
TIME_STEP_WEEK: TimeStep
TIME_STEP_MONTH: TimeStep

class Outcome(_message.Message):
    __slots__ = ("outcome_id", "events", "revenue_property", "horizon")
    OUTCOME_ID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    REVENUE_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    HORIZON_FIELD_NUMBER: _ClassVar[int]
    outcome_id: str
    events: _rules_pb2.EventSelection
    revenue_property: str
    horizon: _duration_pb2.Duration
    def __init__(self, outcome_id: _Optional[str] = ..., events: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ..., revenue_property: _Optional[str] = ..., horizon: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ConfidenceInterval(_message.Message):
    __slots__ = ("lower", "upper", "level")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    level: float
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ..., level: _Optional[float] = ...) -> None: ...

class Estimate(_message.Message):
    __slots__ = ("value", "interval", "method")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    value: float
    interval: ConfidenceInterval
    method: str
    def __init__(self, value: _Optional[float] = ..., interval: _Optional[_Union[ConfidenceInterval, _Mapping]] = ..., method: _Optional[str] = ...) -> None: ...

class GetUpliftRequest(_message.Message):
    __slots__ = ("experiment_id", "epoch", "control_arm_id", "outcomes", "assigned", "as_of", "confidence_level", "min_identity_position")
    EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CONTROL_ARM_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    MIN_IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    experiment_id: str
    epoch: int
    control_arm_id: str
    outcomes: _containers.RepeatedCompositeFieldContainer[Outcome]
    assigned: _common_pb2.Interval
    as_of: _timestamp_pb2.Timestamp
    confidence_level: float
    min_identity_position: int
    def __init__(self, experiment_id: _Optional[str] = ..., epoch: _Optional[int] = ..., control_arm_id: _Optional[str] = ..., outcomes: _Optional[_Iterable[_Union[Outcome, _Mapping]]] = ..., assigned: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confidence_level: _Optional[float] = ..., min_identity_position: _Optional[int] = ...) -> None: ...

class GetUpliftResponse(_message.Message):
    __slots__ = ("arms", "uplifts", "sample_ratio", "contaminated_customers", "warnings", "identity_position")
    ARMS_FIELD_NUMBER: _ClassVar[int]
    UPLIFTS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATIO_FIELD_NUMBER: _ClassVar[int]
    CONTAMINATED_CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    arms: _containers.RepeatedCompositeFieldContainer[ArmSummary]
    uplifts: _containers.RepeatedCompositeFieldContainer[Uplift]
    sample_ratio: SampleRatioCheck
    contaminated_customers: int
    warnings: _containers.RepeatedCompositeFieldContainer[ReportWarning]
    identity_position: int
    def __init__(self, arms: _Optional[_Iterable[_Union[ArmSummary, _Mapping]]] = ..., uplifts: _Optional[_Iterable[_Union[Uplift, _Mapping]]] = ..., sample_ratio: _Optional[_Union[SampleRatioCheck, _Mapping]] = ..., contaminated_customers: _Optional[int] = ..., warnings: _Optional[_Iterable[_Union[ReportWarning, _Mapping]]] = ..., identity_position: _Optional[int] = ...) -> None: ...

class ArmSummary(_message.Message):
    __slots__ = ("arm_id", "role", "customers", "outcomes")
    ARM_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    arm_id: str
    role: _experiments_pb2.ArmRole
    customers: int
    outcomes: _containers.RepeatedCompositeFieldContainer[OutcomeSummary]
    def __init__(self, arm_id: _Optional[str] = ..., role: _Optional[_Union[_experiments_pb2.ArmRole, str]] = ..., customers: _Optional[int] = ..., outcomes: _Optional[_Iterable[_Union[OutcomeSummary, _Mapping]]] = ...) -> None: ...

class OutcomeSummary(_message.Message):
    __slots__ = ("outcome_id", "conversions", "rate", "revenue", "revenue_per_head", "revenue_variance")
    OUTCOME_ID_FIELD_NUMBER: _ClassVar[int]
    CONVERSIONS_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    REVENUE_FIELD_NUMBER: _ClassVar[int]
    REVENUE_PER_HEAD_FIELD_NUMBER: _ClassVar[int]
    REVENUE_VARIANCE_FIELD_NUMBER: _ClassVar[int]
    outcome_id: str
    conversions: int
    rate: float
    revenue: float
    revenue_per_head: float
    revenue_variance: float
    def __init__(self, outcome_id: _Optional[str] = ..., conversions: _Optional[int] = ..., rate: _Optional[float] = ..., revenue: _Optional[float] = ..., revenue_per_head: _Optional[float] = ..., revenue_variance: _Optional[float] = ...) -> None: ...

class Uplift(_message.Message):
    __slots__ = ("arm_id", "outcome_id", "difference", "ratio", "revenue_per_head", "smallest_detectable_difference", "sufficiency")
    ARM_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_ID_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    RATIO_FIELD_NUMBER: _ClassVar[int]
    REVENUE_PER_HEAD_FIELD_NUMBER: _ClassVar[int]
    SMALLEST_DETECTABLE_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    SUFFICIENCY_FIELD_NUMBER: _ClassVar[int]
    arm_id: str
    outcome_id: str
    difference: Estimate
    ratio: Estimate
    revenue_per_head: Estimate
    smallest_detectable_difference: float
    sufficiency: Sufficiency
    def __init__(self, arm_id: _Optional[str] = ..., outcome_id: _Optional[str] = ..., difference: _Optional[_Union[Estimate, _Mapping]] = ..., ratio: _Optional[_Union[Estimate, _Mapping]] = ..., revenue_per_head: _Optional[_Union[Estimate, _Mapping]] = ..., smallest_detectable_difference: _Optional[float] = ..., sufficiency: _Optional[_Union[Sufficiency, str]] = ...) -> None: ...

class SampleRatioCheck(_message.Message):
    __slots__ = ("checked", "chi_squared", "p_value")
    CHECKED_FIELD_NUMBER: _ClassVar[int]
    CHI_SQUARED_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    checked: bool
    chi_squared: float
    p_value: float
    def __init__(self, checked: bool = ..., chi_squared: _Optional[float] = ..., p_value: _Optional[float] = ...) -> None: ...

class ReportWarning(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class FunnelStep(_message.Message):
    __slots__ = ("step_id", "events")
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    step_id: str
    events: _rules_pb2.EventSelection
    def __init__(self, step_id: _Optional[str] = ..., events: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ...) -> None: ...

class GetFunnelRequest(_message.Message):
    __slots__ = ("steps", "span", "within", "segment_id", "group_by_property")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[FunnelStep]
    span: _common_pb2.Interval
    within: _duration_pb2.Duration
    segment_id: str
    group_by_property: str
    def __init__(self, steps: _Optional[_Iterable[_Union[FunnelStep, _Mapping]]] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., within: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., segment_id: _Optional[str] = ..., group_by_property: _Optional[str] = ...) -> None: ...

class GetFunnelResponse(_message.Message):
    __slots__ = ("groups", "identity_position")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[FunnelGroup]
    identity_position: int
    def __init__(self, groups: _Optional[_Iterable[_Union[FunnelGroup, _Mapping]]] = ..., identity_position: _Optional[int] = ...) -> None: ...

class FunnelGroup(_message.Message):
    __slots__ = ("group", "steps")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    group: str
    steps: _containers.RepeatedCompositeFieldContainer[FunnelStepCount]
    def __init__(self, group: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[FunnelStepCount, _Mapping]]] = ...) -> None: ...

class FunnelStepCount(_message.Message):
    __slots__ = ("step_id", "persons", "rate_of_previous", "rate_of_first", "messages", "events")
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    RATE_OF_PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    RATE_OF_FIRST_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    step_id: str
    persons: int
    rate_of_previous: float
    rate_of_first: float
    messages: int
    events: int
    def __init__(self, step_id: _Optional[str] = ..., persons: _Optional[int] = ..., rate_of_previous: _Optional[float] = ..., rate_of_first: _Optional[float] = ..., messages: _Optional[int] = ..., events: _Optional[int] = ...) -> None: ...

class GetCohortComparisonRequest(_message.Message):
    __slots__ = ("cohorts", "outcomes", "span")
    COHORTS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    cohorts: _containers.RepeatedCompositeFieldContainer[Cohort]
    outcomes: _containers.RepeatedCompositeFieldContainer[Outcome]
    span: _common_pb2.Interval
    def __init__(self, cohorts: _Optional[_Iterable[_Union[Cohort, _Mapping]]] = ..., outcomes: _Optional[_Iterable[_Union[Outcome, _Mapping]]] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ...) -> None: ...

class Cohort(_message.Message):
    __slots__ = ("cohort_id", "rule")
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    cohort_id: str
    rule: _rules_pb2.Rule
    def __init__(self, cohort_id: _Optional[str] = ..., rule: _Optional[_Union[_rules_pb2.Rule, _Mapping]] = ...) -> None: ...

class GetCohortComparisonResponse(_message.Message):
    __slots__ = ("cohorts", "overlapping_customers", "warnings")
    COHORTS_FIELD_NUMBER: _ClassVar[int]
    OVERLAPPING_CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    cohorts: _containers.RepeatedCompositeFieldContainer[CohortSummary]
    overlapping_customers: int
    warnings: _containers.RepeatedCompositeFieldContainer[ReportWarning]
    def __init__(self, cohorts: _Optional[_Iterable[_Union[CohortSummary, _Mapping]]] = ..., overlapping_customers: _Optional[int] = ..., warnings: _Optional[_Iterable[_Union[ReportWarning, _Mapping]]] = ...) -> None: ...

class CohortSummary(_message.Message):
    __slots__ = ("cohort_id", "customers", "outcomes")
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    cohort_id: str
    customers: int
    outcomes: _containers.RepeatedCompositeFieldContainer[OutcomeSummary]
    def __init__(self, cohort_id: _Optional[str] = ..., customers: _Optional[int] = ..., outcomes: _Optional[_Iterable[_Union[OutcomeSummary, _Mapping]]] = ...) -> None: ...

class GetAttributionRequest(_message.Message):
    __slots__ = ("outcome", "touches", "window", "model", "group_by_properties", "costs", "span")
    class CostsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    touches: _rules_pb2.EventSelection
    window: _duration_pb2.Duration
    model: AttributionModel
    group_by_properties: _containers.RepeatedScalarFieldContainer[str]
    costs: _containers.ScalarMap[str, float]
    span: _common_pb2.Interval
    def __init__(self, outcome: _Optional[_Union[Outcome, _Mapping]] = ..., touches: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ..., window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., model: _Optional[_Union[AttributionModel, str]] = ..., group_by_properties: _Optional[_Iterable[str]] = ..., costs: _Optional[_Mapping[str, float]] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ...) -> None: ...

class GetAttributionResponse(_message.Message):
    __slots__ = ("groups", "unattributed_conversions", "unattributed_revenue")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    UNATTRIBUTED_CONVERSIONS_FIELD_NUMBER: _ClassVar[int]
    UNATTRIBUTED_REVENUE_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[AttributedGroup]
    unattributed_conversions: float
    unattributed_revenue: float
    def __init__(self, groups: _Optional[_Iterable[_Union[AttributedGroup, _Mapping]]] = ..., unattributed_conversions: _Optional[float] = ..., unattributed_revenue: _Optional[float] = ...) -> None: ...

class AttributedGroup(_message.Message):
    __slots__ = ("values", "touches", "conversions", "revenue", "cost", "return_on_cost")
    VALUES_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    CONVERSIONS_FIELD_NUMBER: _ClassVar[int]
    REVENUE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    RETURN_ON_COST_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    touches: int
    conversions: float
    revenue: float
    cost: float
    return_on_cost: float
    def __init__(self, values: _Optional[_Iterable[str]] = ..., touches: _Optional[int] = ..., conversions: _Optional[float] = ..., revenue: _Optional[float] = ..., cost: _Optional[float] = ..., return_on_cost: _Optional[float] = ...) -> None: ...

class GetTierCoverageRequest(_message.Message):
    __slots__ = ("model_id", "touches", "span", "group_by_property")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    touches: _rules_pb2.EventSelection
    span: _common_pb2.Interval
    group_by_property: str
    def __init__(self, model_id: _Optional[str] = ..., touches: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., group_by_property: _Optional[str] = ...) -> None: ...

class GetTierCoverageResponse(_message.Message):
    __slots__ = ("tiers",)
    TIERS_FIELD_NUMBER: _ClassVar[int]
    tiers: _containers.RepeatedCompositeFieldContainer[TierCoverage]
    def __init__(self, tiers: _Optional[_Iterable[_Union[TierCoverage, _Mapping]]] = ...) -> None: ...

class TierCoverage(_message.Message):
    __slots__ = ("tier", "group", "customers", "touched_customers", "touches")
    TIER_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    TOUCHED_CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    tier: str
    group: str
    customers: int
    touched_customers: int
    touches: int
    def __init__(self, tier: _Optional[str] = ..., group: _Optional[str] = ..., customers: _Optional[int] = ..., touched_customers: _Optional[int] = ..., touches: _Optional[int] = ...) -> None: ...

class GetIntervalDistributionRequest(_message.Message):
    __slots__ = ("first", "second", "span", "bar_width")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    BAR_WIDTH_FIELD_NUMBER: _ClassVar[int]
    first: _rules_pb2.EventSelection
    second: _rules_pb2.EventSelection
    span: _common_pb2.Interval
    bar_width: _duration_pb2.Duration
    def __init__(self, first: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ..., second: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., bar_width: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetIntervalDistributionResponse(_message.Message):
    __slots__ = ("started", "finished", "quantiles", "bars")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    started: int
    finished: int
    quantiles: _containers.RepeatedCompositeFieldContainer[DurationQuantile]
    bars: _containers.RepeatedCompositeFieldContainer[DurationBar]
    def __init__(self, started: _Optional[int] = ..., finished: _Optional[int] = ..., quantiles: _Optional[_Iterable[_Union[DurationQuantile, _Mapping]]] = ..., bars: _Optional[_Iterable[_Union[DurationBar, _Mapping]]] = ...) -> None: ...

class DurationQuantile(_message.Message):
    __slots__ = ("probability", "duration")
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    probability: float
    duration: _duration_pb2.Duration
    def __init__(self, probability: _Optional[float] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class DurationBar(_message.Message):
    __slots__ = ("start", "customers")
    START_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    start: _duration_pb2.Duration
    customers: int
    def __init__(self, start: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., customers: _Optional[int] = ...) -> None: ...

class GetTimeSeriesRequest(_message.Message):
    __slots__ = ("events", "aggregate", "property", "span", "step", "group_by_property")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    AGGREGATE_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    events: _rules_pb2.EventSelection
    aggregate: _rules_pb2.Aggregate
    property: str
    span: _common_pb2.Interval
    step: TimeStep
    group_by_property: str
    def __init__(self, events: _Optional[_Union[_rules_pb2.EventSelection, _Mapping]] = ..., aggregate: _Optional[_Union[_rules_pb2.Aggregate, str]] = ..., property: _Optional[str] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., step: _Optional[_Union[TimeStep, str]] = ..., group_by_property: _Optional[str] = ...) -> None: ...

class GetTimeSeriesResponse(_message.Message):
    __slots__ = ("series",)
    SERIES_FIELD_NUMBER: _ClassVar[int]
    series: _containers.RepeatedCompositeFieldContainer[TimeSeries]
    def __init__(self, series: _Optional[_Iterable[_Union[TimeSeries, _Mapping]]] = ...) -> None: ...

class TimeSeries(_message.Message):
    __slots__ = ("group", "points")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    group: str
    points: _containers.RepeatedCompositeFieldContainer[TimePoint]
    def __init__(self, group: _Optional[str] = ..., points: _Optional[_Iterable[_Union[TimePoint, _Mapping]]] = ...) -> None: ...

class TimePoint(_message.Message):
    __slots__ = ("start_time", "value", "customers")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    value: float
    customers: int
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value: _Optional[float] = ..., customers: _Optional[int] = ...) -> None: ...

class GetReferralTreeRequest(_message.Message):
    __slots__ = ("customer_id", "generations", "span", "page_size", "page_token", "segment_id")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATIONS_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    generations: int
    span: _common_pb2.Interval
    page_size: int
    page_token: str
    segment_id: str
    def __init__(self, customer_id: _Optional[int] = ..., generations: _Optional[int] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., segment_id: _Optional[str] = ...) -> None: ...

class GetReferralTreeResponse(_message.Message):
    __slots__ = ("nodes", "next_page_token")
    NODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[ReferralNode]
    next_page_token: str
    def __init__(self, nodes: _Optional[_Iterable[_Union[ReferralNode, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReferralNode(_message.Message):
    __slots__ = ("customer_id", "inviter_customer_id", "generation", "brought", "brought_in_all", "join_time")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    INVITER_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    BROUGHT_FIELD_NUMBER: _ClassVar[int]
    BROUGHT_IN_ALL_FIELD_NUMBER: _ClassVar[int]
    JOIN_TIME_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    inviter_customer_id: int
    generation: int
    brought: int
    brought_in_all: int
    join_time: _timestamp_pb2.Timestamp
    def __init__(self, customer_id: _Optional[int] = ..., inviter_customer_id: _Optional[int] = ..., generation: _Optional[int] = ..., brought: _Optional[int] = ..., brought_in_all: _Optional[int] = ..., join_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
