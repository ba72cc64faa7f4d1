import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from tidegate.api.journey.v1 import conditions_pb2 as _conditions_pb2
from tidegate.api.segmentation.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResolveOn(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESOLVE_ON_UNSPECIFIED: _ClassVar[ResolveOn]
    RESOLVE_ON_ACCEPTED: _ClassVar[ResolveOn]
    RESOLVE_ON_SENT: _ClassVar[ResolveOn]
    RESOLVE_ON_DELIVERED: _ClassVar[ResolveOn]

class ControlTreatment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTROL_TREATMENT_UNSPECIFIED: _ClassVar[ControlTreatment]
    CONTROL_TREATMENT_HELD_OUT: _ClassVar[ControlTreatment]
    CONTROL_TREATMENT_SENT_TO: _ClassVar[ControlTreatment]
RESOLVE_ON_UNSPECIFIED: ResolveOn
RESOLVE_ON_ACCEPTED: ResolveOn
RESOLVE_ON_SENT: ResolveOn
RESOLVE_ON_DELIVERED: ResolveOn
CONTROL_TREATMENT_UNSPECIFIED: ControlTreatment
CONTROL_TREATMENT_HELD_OUT: ControlTreatment
CONTROL_TREATMENT_SENT_TO: ControlTreatment

class Canvas(_message.Message):
    __slots__ = ("start_node_id", "nodes", "edges")
    START_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    EDGES_FIELD_NUMBER: _ClassVar[int]
    start_node_id: str
    nodes: _containers.RepeatedCompositeFieldContainer[Node]
    edges: _containers.RepeatedCompositeFieldContainer[Edge]
    def __init__(self, start_node_id: _Optional[str] = ..., nodes: _Optional[_Iterable[_Union[Node, _Mapping]]] = ..., edges: _Optional[_Iterable[_Union[Edge, _Mapping]]] = ...) -> None: ...

class Edge(_message.Message):
    __slots__ = ("from_node_id", "label", "to_node_id")
    FROM_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    TO_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    from_node_id: str
    label: str
    to_node_id: str
    def __init__(self, from_node_id: _Optional[str] = ..., label: _Optional[str] = ..., to_node_id: _Optional[str] = ...) -> None: ...

class Node(_message.Message):
    __slots__ = ("node_id", "title", "send", "wait", "wait_for", "branch", "split", "set_profile", "allocate", "call_out", "enter_journey", "leave_journey", "goal", "exit")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SEND_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    SET_PROFILE_FIELD_NUMBER: _ClassVar[int]
    ALLOCATE_FIELD_NUMBER: _ClassVar[int]
    CALL_OUT_FIELD_NUMBER: _ClassVar[int]
    ENTER_JOURNEY_FIELD_NUMBER: _ClassVar[int]
    LEAVE_JOURNEY_FIELD_NUMBER: _ClassVar[int]
    GOAL_FIELD_NUMBER: _ClassVar[int]
    EXIT_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    title: str
    send: SendNode
    wait: WaitNode
    wait_for: WaitForNode
    branch: BranchNode
    split: SplitNode
    set_profile: SetProfileNode
    allocate: AllocateNode
    call_out: CallOutNode
    enter_journey: EnterJourneyNode
    leave_journey: LeaveJourneyNode
    goal: GoalNode
    exit: ExitNode
    def __init__(self, node_id: _Optional[str] = ..., title: _Optional[str] = ..., send: _Optional[_Union[SendNode, _Mapping]] = ..., wait: _Optional[_Union[WaitNode, _Mapping]] = ..., wait_for: _Optional[_Union[WaitForNode, _Mapping]] = ..., branch: _Optional[_Union[BranchNode, _Mapping]] = ..., split: _Optional[_Union[SplitNode, _Mapping]] = ..., set_profile: _Optional[_Union[SetProfileNode, _Mapping]] = ..., allocate: _Optional[_Union[AllocateNode, _Mapping]] = ..., call_out: _Optional[_Union[CallOutNode, _Mapping]] = ..., enter_journey: _Optional[_Union[EnterJourneyNode, _Mapping]] = ..., leave_journey: _Optional[_Union[LeaveJourneyNode, _Mapping]] = ..., goal: _Optional[_Union[GoalNode, _Mapping]] = ..., exit: _Optional[_Union[ExitNode, _Mapping]] = ...) -> None: ...

class SendNode(_message.Message):
    __slots__ = ("template_id", "channels", "variables", "message_class", "purpose", "brand", "campaign_id", "phase_id", "tier", "priority", "expires_after", "resolve_on", "receipt_timeout", "confirm_timeout", "override")
    class VariablesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _conditions_pb2.Binding
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_conditions_pb2.Binding, _Mapping]] = ...) -> None: ...
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_CLASS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AFTER_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_ON_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    variables: _containers.MessageMap[str, _conditions_pb2.Binding]
    message_class: _messages_pb2.MessageClass
    purpose: str
    brand: str
    campaign_id: str
    phase_id: str
    tier: str
    priority: int
    expires_after: _duration_pb2.Duration
    resolve_on: ResolveOn
    receipt_timeout: _duration_pb2.Duration
    confirm_timeout: _duration_pb2.Duration
    override: _messages_pb2.Override
    def __init__(self, template_id: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., variables: _Optional[_Mapping[str, _conditions_pb2.Binding]] = ..., message_class: _Optional[_Union[_messages_pb2.MessageClass, str]] = ..., purpose: _Optional[str] = ..., brand: _Optional[str] = ..., campaign_id: _Optional[str] = ..., phase_id: _Optional[str] = ..., tier: _Optional[str] = ..., priority: _Optional[int] = ..., expires_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., resolve_on: _Optional[_Union[ResolveOn, str]] = ..., receipt_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., confirm_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., override: _Optional[_Union[_messages_pb2.Override, _Mapping]] = ...) -> None: ...

class WaitNode(_message.Message):
    __slots__ = ("duration", "instant", "local_time", "attribute_date")
    DURATION_FIELD_NUMBER: _ClassVar[int]
    INSTANT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_DATE_FIELD_NUMBER: _ClassVar[int]
    duration: _duration_pb2.Duration
    instant: _timestamp_pb2.Timestamp
    local_time: LocalTime
    attribute_date: AttributeDate
    def __init__(self, duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., instant: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., local_time: _Optional[_Union[LocalTime, _Mapping]] = ..., attribute_date: _Optional[_Union[AttributeDate, _Mapping]] = ...) -> None: ...

class LocalTime(_message.Message):
    __slots__ = ("hour", "minute", "weekdays", "after_days")
    HOUR_FIELD_NUMBER: _ClassVar[int]
    MINUTE_FIELD_NUMBER: _ClassVar[int]
    WEEKDAYS_FIELD_NUMBER: _ClassVar[int]
    AFTER_DAYS_FIELD_NUMBER: _ClassVar[int]
    hour: int
    minute: int
    weekdays: _containers.RepeatedScalarFieldContainer[int]
    after_days: int
    def __init__(self, hour: _Optional[int] = ..., minute: _Optional[int] = ..., weekdays: _Optional[_Iterable[int]] = ..., after_days: _Optional[int] = ...) -> None: ...

class AttributeDate(_message.Message):
    __slots__ = ("attribute", "offset")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    offset: _duration_pb2.Duration
    def __init__(self, attribute: _Optional[str] = ..., offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WaitForNode(_message.Message):
    __slots__ = ("cases", "timeout", "since_node_id")
    CASES_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    SINCE_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[WaitCase]
    timeout: _duration_pb2.Duration
    since_node_id: str
    def __init__(self, cases: _Optional[_Iterable[_Union[WaitCase, _Mapping]]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., since_node_id: _Optional[str] = ...) -> None: ...

class WaitCase(_message.Message):
    __slots__ = ("label", "happening", "matching_property")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    HAPPENING_FIELD_NUMBER: _ClassVar[int]
    MATCHING_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    label: str
    happening: _conditions_pb2.Happening
    matching_property: str
    def __init__(self, label: _Optional[str] = ..., happening: _Optional[_Union[_conditions_pb2.Happening, _Mapping]] = ..., matching_property: _Optional[str] = ...) -> None: ...

class BranchNode(_message.Message):
    __slots__ = ("cases",)
    CASES_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[BranchCase]
    def __init__(self, cases: _Optional[_Iterable[_Union[BranchCase, _Mapping]]] = ...) -> None: ...

class BranchCase(_message.Message):
    __slots__ = ("label", "rule", "segment_id", "entry_property")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    label: str
    rule: _rules_pb2.Rule
    segment_id: str
    entry_property: _conditions_pb2.PropertyCondition
    def __init__(self, label: _Optional[str] = ..., rule: _Optional[_Union[_rules_pb2.Rule, _Mapping]] = ..., segment_id: _Optional[str] = ..., entry_property: _Optional[_Union[_conditions_pb2.PropertyCondition, _Mapping]] = ...) -> None: ...

class SplitNode(_message.Message):
    __slots__ = ("experiment_id", "control_treatment", "arms", "eligible_for_node_id")
    EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTROL_TREATMENT_FIELD_NUMBER: _ClassVar[int]
    ARMS_FIELD_NUMBER: _ClassVar[int]
    ELIGIBLE_FOR_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    experiment_id: str
    control_treatment: ControlTreatment
    arms: _containers.RepeatedScalarFieldContainer[str]
    eligible_for_node_id: str
    def __init__(self, experiment_id: _Optional[str] = ..., control_treatment: _Optional[_Union[ControlTreatment, str]] = ..., arms: _Optional[_Iterable[str]] = ..., eligible_for_node_id: _Optional[str] = ...) -> None: ...

class SetProfileNode(_message.Message):
    __slots__ = ("attributes", "add_tags", "remove_tags")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _conditions_pb2.Binding
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_conditions_pb2.Binding, _Mapping]] = ...) -> None: ...
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ADD_TAGS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_TAGS_FIELD_NUMBER: _ClassVar[int]
    attributes: _containers.MessageMap[str, _conditions_pb2.Binding]
    add_tags: _containers.RepeatedScalarFieldContainer[str]
    remove_tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, attributes: _Optional[_Mapping[str, _conditions_pb2.Binding]] = ..., add_tags: _Optional[_Iterable[str]] = ..., remove_tags: _Optional[_Iterable[str]] = ...) -> None: ...

class AllocateNode(_message.Message):
    __slots__ = ("score_model_id", "entity_type", "daily_capacity", "relation")
    SCORE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    ENTITY_TYPE_FIELD_NUMBER: _ClassVar[int]
    DAILY_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    score_model_id: str
    entity_type: str
    daily_capacity: int
    relation: str
    def __init__(self, score_model_id: _Optional[str] = ..., entity_type: _Optional[str] = ..., daily_capacity: _Optional[int] = ..., relation: _Optional[str] = ...) -> None: ...

class CallOutNode(_message.Message):
    __slots__ = ("endpoint", "body", "timeout")
    class BodyEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _conditions_pb2.Binding
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_conditions_pb2.Binding, _Mapping]] = ...) -> None: ...
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    body: _containers.MessageMap[str, _conditions_pb2.Binding]
    timeout: _duration_pb2.Duration
    def __init__(self, endpoint: _Optional[str] = ..., body: _Optional[_Mapping[str, _conditions_pb2.Binding]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class EnterJourneyNode(_message.Message):
    __slots__ = ("journey_id", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _conditions_pb2.Binding
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_conditions_pb2.Binding, _Mapping]] = ...) -> None: ...
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    properties: _containers.MessageMap[str, _conditions_pb2.Binding]
    def __init__(self, journey_id: _Optional[str] = ..., properties: _Optional[_Mapping[str, _conditions_pb2.Binding]] = ...) -> None: ...

class LeaveJourneyNode(_message.Message):
    __slots__ = ("journey_id",)
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    def __init__(self, journey_id: _Optional[str] = ...) -> None: ...

class GoalNode(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ExitNode(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...
