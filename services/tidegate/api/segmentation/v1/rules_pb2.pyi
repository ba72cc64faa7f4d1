import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Operator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATOR_UNSPECIFIED: _ClassVar[Operator]
    OPERATOR_EQUAL: _ClassVar[Operator]
    OPERATOR_NOT_EQUAL: _ClassVar[Operator]
    OPERATOR_LESS: _ClassVar[Operator]
    OPERATOR_LESS_OR_EQUAL: _ClassVar[Operator]
    OPERATOR_GREATER: _ClassVar[Operator]
    OPERATOR_GREATER_OR_EQUAL: _ClassVar[Operator]
    OPERATOR_BETWEEN: _ClassVar[Operator]
    OPERATOR_IN: _ClassVar[Operator]
    OPERATOR_NOT_IN: _ClassVar[Operator]
    OPERATOR_STARTS_WITH: _ClassVar[Operator]
    OPERATOR_CONTAINS: _ClassVar[Operator]
    OPERATOR_PRESENT: _ClassVar[Operator]
    OPERATOR_ABSENT: _ClassVar[Operator]
    OPERATOR_WITHIN: _ClassVar[Operator]

class ConsentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_STATE_UNSPECIFIED: _ClassVar[ConsentState]
    CONSENT_STATE_GRANTED: _ClassVar[ConsentState]
    CONSENT_STATE_DENIED: _ClassVar[ConsentState]
    CONSENT_STATE_UNKNOWN: _ClassVar[ConsentState]

class Aggregate(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGGREGATE_UNSPECIFIED: _ClassVar[Aggregate]
    AGGREGATE_COUNT: _ClassVar[Aggregate]
    AGGREGATE_SUM: _ClassVar[Aggregate]
    AGGREGATE_MIN: _ClassVar[Aggregate]
    AGGREGATE_MAX: _ClassVar[Aggregate]
    AGGREGATE_FIRST: _ClassVar[Aggregate]
    AGGREGATE_LAST: _ClassVar[Aggregate]
    AGGREGATE_DISTINCT: _ClassVar[Aggregate]
    AGGREGATE_MEAN: _ClassVar[Aggregate]

class SequenceOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEQUENCE_OUTCOME_UNSPECIFIED: _ClassVar[SequenceOutcome]
    SEQUENCE_OUTCOME_FOLLOWED: _ClassVar[SequenceOutcome]
    SEQUENCE_OUTCOME_NOT_FOLLOWED: _ClassVar[SequenceOutcome]
OPERATOR_UNSPECIFIED: Operator
OPERATOR_EQUAL: Operator
OPERATOR_NOT_EQUAL: Operator
OPERATOR_LESS: Operator
OPERATOR_LESS_OR_EQUAL: Operator
OPERATOR_GREATER: Operator
OPERATOR_GREATER_OR_EQUAL: Operator
OPERATOR_BETWEEN: Operator
OPERATOR_IN: Operator
OPERATOR_NOT_IN: Operator
OPERATOR_STARTS_WITH: Operator
OPERATOR_CONTAINS: Operator
OPERATOR_PRESENT: Operator
OPERATOR_ABSENT: Operator
OPERATOR_WITHIN: Operator
CONSENT_STATE_UNSPECIFIED: ConsentState
CONSENT_STATE_GRANTED: ConsentState
CONSENT_STATE_DENIED: ConsentState
CONSENT_STATE_UNKNOWN: ConsentState
AGGREGATE_UNSPECIFIED: Aggregate
AGGREGATE_COUNT: Aggregate
AGGREGATE_SUM: Aggregate
AGGREGATE_MIN: Aggregate
AGGREGATE_MAX: Aggregate
AGGREGATE_FIRST: Aggregate
AGGREGATE_LAST: Aggregate
AGGREGATE_DISTINCT: Aggregate
AGGREGATE_MEAN: Aggregate
SEQUENCE_OUTCOME_UNSPECIFIED: SequenceOutcome
SEQUENCE_OUTCOME_FOLLOWED: SequenceOutcome
SEQUENCE_OUTCOME_NOT_FOLLOWED: SequenceOutcome

class Rule(_message.Message):
    __slots__ = ("all_of", "any_of", "negation", "attribute", "tag", "consent", "identifier", "event", "sequence", "segment", "score", "tier", "stage", "arm")
    ALL_OF_FIELD_NUMBER: _ClassVar[int]
    ANY_OF_FIELD_NUMBER: _ClassVar[int]
    NEGATION_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    ARM_FIELD_NUMBER: _ClassVar[int]
    all_of: RuleList
    any_of: RuleList
    negation: Rule
    attribute: AttributeRule
    tag: TagRule
    consent: ConsentRule
    identifier: IdentifierRule
    event: EventRule
    sequence: SequenceRule
    segment: SegmentRule
    score: ScoreRule
    tier: TierRule
    stage: StageRule
    arm: ArmRule
    def __init__(self, all_of: _Optional[_Union[RuleList, _Mapping]] = ..., any_of: _Optional[_Union[RuleList, _Mapping]] = ..., negation: _Optional[_Union[Rule, _Mapping]] = ..., attribute: _Optional[_Union[AttributeRule, _Mapping]] = ..., tag: _Optional[_Union[TagRule, _Mapping]] = ..., consent: _Optional[_Union[ConsentRule, _Mapping]] = ..., identifier: _Optional[_Union[IdentifierRule, _Mapping]] = ..., event: _Optional[_Union[EventRule, _Mapping]] = ..., sequence: _Optional[_Union[SequenceRule, _Mapping]] = ..., segment: _Optional[_Union[SegmentRule, _Mapping]] = ..., score: _Optional[_Union[ScoreRule, _Mapping]] = ..., tier: _Optional[_Union[TierRule, _Mapping]] = ..., stage: _Optional[_Union[StageRule, _Mapping]] = ..., arm: _Optional[_Union[ArmRule, _Mapping]] = ...) -> None: ...

class RuleList(_message.Message):
    __slots__ = ("rules",)
    RULES_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[Rule]
    def __init__(self, rules: _Optional[_Iterable[_Union[Rule, _Mapping]]] = ...) -> None: ...

class Comparison(_message.Message):
    __slots__ = ("operator", "values", "span")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    operator: Operator
    values: _containers.RepeatedCompositeFieldContainer[_common_pb2.Value]
    span: RelativeSpan
    def __init__(self, operator: _Optional[_Union[Operator, str]] = ..., values: _Optional[_Iterable[_Union[_common_pb2.Value, _Mapping]]] = ..., span: _Optional[_Union[RelativeSpan, _Mapping]] = ...) -> None: ...

class RelativeSpan(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: _duration_pb2.Duration
    end: _duration_pb2.Duration
    def __init__(self, start: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., end: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class AttributeRule(_message.Message):
    __slots__ = ("attribute", "comparison")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    comparison: Comparison
    def __init__(self, attribute: _Optional[str] = ..., comparison: _Optional[_Union[Comparison, _Mapping]] = ...) -> None: ...

class TagRule(_message.Message):
    __slots__ = ("tags",)
    TAGS_FIELD_NUMBER: _ClassVar[int]
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tags: _Optional[_Iterable[str]] = ...) -> None: ...

class ConsentRule(_message.Message):
    __slots__ = ("purpose", "channel", "brand", "state")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    purpose: str
    channel: str
    brand: str
    state: ConsentState
    def __init__(self, purpose: _Optional[str] = ..., channel: _Optional[str] = ..., brand: _Optional[str] = ..., state: _Optional[_Union[ConsentState, str]] = ...) -> None: ...

class IdentifierRule(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    def __init__(self, namespace: _Optional[str] = ...) -> None: ...

class PropertyFilter(_message.Message):
    __slots__ = ("property", "comparison")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    property: str
    comparison: Comparison
    def __init__(self, property: _Optional[str] = ..., comparison: _Optional[_Union[Comparison, _Mapping]] = ...) -> None: ...

class Window(_message.Message):
    __slots__ = ("rolling", "interval", "dates")
    ROLLING_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    DATES_FIELD_NUMBER: _ClassVar[int]
    rolling: _duration_pb2.Duration
    interval: _common_pb2.Interval
    dates: DateSpan
    def __init__(self, rolling: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., interval: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., dates: _Optional[_Union[DateSpan, _Mapping]] = ...) -> None: ...

class DateSpan(_message.Message):
    __slots__ = ("first_date", "last_date")
    FIRST_DATE_FIELD_NUMBER: _ClassVar[int]
    LAST_DATE_FIELD_NUMBER: _ClassVar[int]
    first_date: str
    last_date: str
    def __init__(self, first_date: _Optional[str] = ..., last_date: _Optional[str] = ...) -> None: ...

class EventSelection(_message.Message):
    __slots__ = ("names", "filters", "window")
    NAMES_FIELD_NUMBER: _ClassVar[int]
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    filters: _containers.RepeatedCompositeFieldContainer[PropertyFilter]
    window: Window
    def __init__(self, names: _Optional[_Iterable[str]] = ..., filters: _Optional[_Iterable[_Union[PropertyFilter, _Mapping]]] = ..., window: _Optional[_Union[Window, _Mapping]] = ...) -> None: ...

class EventRule(_message.Message):
    __slots__ = ("events", "aggregate", "property", "comparison")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    AGGREGATE_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    events: EventSelection
    aggregate: Aggregate
    property: str
    comparison: Comparison
    def __init__(self, events: _Optional[_Union[EventSelection, _Mapping]] = ..., aggregate: _Optional[_Union[Aggregate, str]] = ..., property: _Optional[str] = ..., comparison: _Optional[_Union[Comparison, _Mapping]] = ...) -> None: ...

class SequenceRule(_message.Message):
    __slots__ = ("first", "second", "within", "outcome")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    first: EventSelection
    second: EventSelection
    within: _duration_pb2.Duration
    outcome: SequenceOutcome
    def __init__(self, first: _Optional[_Union[EventSelection, _Mapping]] = ..., second: _Optional[_Union[EventSelection, _Mapping]] = ..., within: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., outcome: _Optional[_Union[SequenceOutcome, str]] = ...) -> None: ...

class SegmentRule(_message.Message):
    __slots__ = ("segment_id",)
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    def __init__(self, segment_id: _Optional[str] = ...) -> None: ...

class ScoreRule(_message.Message):
    __slots__ = ("model_id", "component_id", "comparison")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    component_id: str
    comparison: Comparison
    def __init__(self, model_id: _Optional[str] = ..., component_id: _Optional[str] = ..., comparison: _Optional[_Union[Comparison, _Mapping]] = ...) -> None: ...

class TierRule(_message.Message):
    __slots__ = ("model_id", "tiers")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    tiers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model_id: _Optional[str] = ..., tiers: _Optional[_Iterable[str]] = ...) -> None: ...

class StageRule(_message.Message):
    __slots__ = ("stage_model_id", "stages")
    STAGE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    stage_model_id: str
    stages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stage_model_id: _Optional[str] = ..., stages: _Optional[_Iterable[str]] = ...) -> None: ...

class ArmRule(_message.Message):
    __slots__ = ("experiment_id", "arm_ids", "epoch")
    EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ARM_IDS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    experiment_id: str
    arm_ids: _containers.RepeatedScalarFieldContainer[str]
    epoch: int
    def __init__(self, experiment_id: _Optional[str] = ..., arm_ids: _Optional[_Iterable[str]] = ..., epoch: _Optional[int] = ...) -> None: ...

class EvaluateRuleRequest(_message.Message):
    __slots__ = ("customer_ids", "rule", "min_identity_position")
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    MIN_IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    rule: Rule
    min_identity_position: int
    def __init__(self, customer_ids: _Optional[_Iterable[int]] = ..., rule: _Optional[_Union[Rule, _Mapping]] = ..., min_identity_position: _Optional[int] = ...) -> None: ...

class EvaluateRuleResponse(_message.Message):
    __slots__ = ("results", "identity_position")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[RuleResult]
    identity_position: int
    def __init__(self, results: _Optional[_Iterable[_Union[RuleResult, _Mapping]]] = ..., identity_position: _Optional[int] = ...) -> None: ...

class RuleResult(_message.Message):
    __slots__ = ("customer_id", "canonical_customer_id", "matched")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    canonical_customer_id: int
    matched: bool
    def __init__(self, customer_id: _Optional[int] = ..., canonical_customer_id: _Optional[int] = ..., matched: bool = ...) -> None: ...

class ValidateRuleRequest(_message.Message):
    __slots__ = ("rule", "segment_id")
    RULE_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    rule: Rule
    segment_id: str
    def __init__(self, rule: _Optional[_Union[Rule, _Mapping]] = ..., segment_id: _Optional[str] = ...) -> None: ...

class ValidateRuleResponse(_message.Message):
    __slots__ = ("violations", "inputs")
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    violations: _containers.RepeatedCompositeFieldContainer[_common_pb2.FieldViolation]
    inputs: RuleInputs
    def __init__(self, violations: _Optional[_Iterable[_Union[_common_pb2.FieldViolation, _Mapping]]] = ..., inputs: _Optional[_Union[RuleInputs, _Mapping]] = ...) -> None: ...

class RuleInputs(_message.Message):
    __slots__ = ("event_names", "attributes", "segment_ids", "time_dependent")
    EVENT_NAMES_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    TIME_DEPENDENT_FIELD_NUMBER: _ClassVar[int]
    event_names: _containers.RepeatedScalarFieldContainer[str]
    attributes: _containers.RepeatedScalarFieldContainer[str]
    segment_ids: _containers.RepeatedScalarFieldContainer[str]
    time_dependent: bool
    def __init__(self, event_names: _Optional[_Iterable[str]] = ..., attributes: _Optional[_Iterable[str]] = ..., segment_ids: _Optional[_Iterable[str]] = ..., time_dependent: bool = ...) -> None: ...

class DescribeRuleRequest(_message.Message):
    __slots__ = ("rule", "language")
    RULE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    rule: Rule
    language: str
    def __init__(self, rule: _Optional[_Union[Rule, _Mapping]] = ..., language: _Optional[str] = ...) -> None: ...

class DescribeRuleResponse(_message.Message):
    __slots__ = ("sentence", "clauses")
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    sentence: str
    clauses: _containers.RepeatedCompositeFieldContainer[ClauseText]
    def __init__(self, sentence: _Optional[str] = ..., clauses: _Optional[_Iterable[_Union[ClauseText, _Mapping]]] = ...) -> None: ...

class ClauseText(_message.Message):
    __slots__ = ("path", "text")
    PATH_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    path: str
    text: str
    def __init__(self, path: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...
