import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Weekday(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WEEKDAY_UNSPECIFIED: _ClassVar[Weekday]
    WEEKDAY_MONDAY: _ClassVar[Weekday]
    WEEKDAY_TUESDAY: _ClassVar[Weekday]
    WEEKDAY_WEDNESDAY: _ClassVar[Weekday]
    WEEKDAY_THURSDAY: _ClassVar[Weekday]
    WEEKDAY_FRIDAY: _ClassVar[Weekday]
    WEEKDAY_SATURDAY: _ClassVar[Weekday]
    WEEKDAY_SUNDAY: _ClassVar[Weekday]

class QuietAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUIET_ACTION_UNSPECIFIED: _ClassVar[QuietAction]
    QUIET_ACTION_DEFER: _ClassVar[QuietAction]
    QUIET_ACTION_DROP: _ClassVar[QuietAction]
    QUIET_ACTION_NEXT_CHANNEL: _ClassVar[QuietAction]

class SuppressionCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPPRESSION_CAUSE_UNSPECIFIED: _ClassVar[SuppressionCause]
    SUPPRESSION_CAUSE_MANUAL: _ClassVar[SuppressionCause]
    SUPPRESSION_CAUSE_IMPORT: _ClassVar[SuppressionCause]
    SUPPRESSION_CAUSE_HARD_BOUNCE: _ClassVar[SuppressionCause]
    SUPPRESSION_CAUSE_COMPLAINT: _ClassVar[SuppressionCause]
    SUPPRESSION_CAUSE_UNSUBSCRIBE: _ClassVar[SuppressionCause]
    SUPPRESSION_CAUSE_RISK: _ClassVar[SuppressionCause]

class GuardrailMetric(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUARDRAIL_METRIC_UNSPECIFIED: _ClassVar[GuardrailMetric]
    GUARDRAIL_METRIC_COMPLAINTS: _ClassVar[GuardrailMetric]
    GUARDRAIL_METRIC_UNSUBSCRIBES: _ClassVar[GuardrailMetric]
    GUARDRAIL_METRIC_BOUNCES: _ClassVar[GuardrailMetric]
    GUARDRAIL_METRIC_FAILURES: _ClassVar[GuardrailMetric]

class GuardrailAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUARDRAIL_ACTION_UNSPECIFIED: _ClassVar[GuardrailAction]
    GUARDRAIL_ACTION_PAUSE: _ClassVar[GuardrailAction]
    GUARDRAIL_ACTION_ALERT: _ClassVar[GuardrailAction]
WEEKDAY_UNSPECIFIED: Weekday
WEEKDAY_MONDAY: Weekday
WEEKDAY_TUESDAY: Weekday
WEEKDAY_WEDNESDAY: Weekday
WEEKDAY_THURSDAY: Weekday
WEEKDAY_FRIDAY: Weekday
WEEKDAY_SATURDAY: Weekday
WEEKDAY_SUNDAY: Weekday
QUIET_ACTION_UNSPECIFIED: QuietAction
QUIET_ACTION_DEFER: QuietAction
QUIET_ACTION_DROP: QuietAction
QUIET_ACTION_NEXT_CHANNEL: QuietAction
SUPPRESSION_CAUSE_UNSPECIFIED: SuppressionCause
SUPPRESSION_CAUSE_MANUAL: SuppressionCause
SUPPRESSION_CAUSE_IMPORT: SuppressionCause
SUPPRESSION_CAUSE_HARD_BOUNCE: SuppressionCause
SUPPRESSION_CAUSE_COMPLAINT: SuppressionCause
SUPPRESSION_CAUSE_UNSUBSCRIBE: SuppressionCause
SUPPRESSION_CAUSE_RISK: SuppressionCause
GUARDRAIL_METRIC_UNSPECIFIED: GuardrailMetric
GUARDRAIL_METRIC_COMPLAINTS: GuardrailMetric
GUARDRAIL_METRIC_UNSUBSCRIBES: GuardrailMetric
GUARDRAIL_METRIC_BOUNCES: GuardrailMetric
GUARDRAIL_METRIC_FAILURES: GuardrailMetric
GUARDRAIL_ACTION_UNSPECIFIED: GuardrailAction
GUARDRAIL_ACTION_PAUSE: GuardrailAction
GUARDRAIL_ACTION_ALERT: GuardrailAction

class LocalWindow(_message.Message):
    __slots__ = ("start", "end", "weekdays")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    WEEKDAYS_FIELD_NUMBER: _ClassVar[int]
    start: str
    end: str
    weekdays: _containers.RepeatedScalarFieldContainer[Weekday]
    def __init__(self, start: _Optional[str] = ..., end: _Optional[str] = ..., weekdays: _Optional[_Iterable[_Union[Weekday, str]]] = ...) -> None: ...

class QuietHours(_message.Message):
    __slots__ = ("quiet_hours_id", "display_name", "brand", "channels", "classes", "windows", "holidays", "action", "spread", "version", "etag", "create_time", "update_time")
    QUIET_HOURS_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    HOLIDAYS_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    quiet_hours_id: str
    display_name: str
    brand: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    classes: _containers.RepeatedScalarFieldContainer[_messages_pb2.MessageClass]
    windows: _containers.RepeatedCompositeFieldContainer[LocalWindow]
    holidays: _containers.RepeatedScalarFieldContainer[str]
    action: QuietAction
    spread: _duration_pb2.Duration
    version: int
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, quiet_hours_id: _Optional[str] = ..., display_name: _Optional[str] = ..., brand: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., classes: _Optional[_Iterable[_Union[_messages_pb2.MessageClass, str]]] = ..., windows: _Optional[_Iterable[_Union[LocalWindow, _Mapping]]] = ..., holidays: _Optional[_Iterable[str]] = ..., action: _Optional[_Union[QuietAction, str]] = ..., spread: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., version: _Optional[int] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomerList(_message.Message):
    __slots__ = ("customer_ids",)
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, customer_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class Exemption(_message.Message):
    __slots__ = ("exemption_id", "rule_ids", "customers", "segment_id", "reason", "start_time", "end_time", "granted_by", "etag", "create_time", "update_time")
    EXEMPTION_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_IDS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    GRANTED_BY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    exemption_id: str
    rule_ids: _containers.RepeatedScalarFieldContainer[str]
    customers: CustomerList
    segment_id: str
    reason: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    granted_by: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, exemption_id: _Optional[str] = ..., rule_ids: _Optional[_Iterable[str]] = ..., customers: _Optional[_Union[CustomerList, _Mapping]] = ..., segment_id: _Optional[str] = ..., reason: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., granted_by: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Suppression(_message.Message):
    __slots__ = ("suppression_id", "customer_id", "address", "segment_id", "channels", "purpose", "brand", "cause", "note", "expire_time", "create_time", "etag")
    SUPPRESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    suppression_id: str
    customer_id: int
    address: _common_pb2.Identifier
    segment_id: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    purpose: str
    brand: str
    cause: SuppressionCause
    note: str
    expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, suppression_id: _Optional[str] = ..., customer_id: _Optional[int] = ..., address: _Optional[_Union[_common_pb2.Identifier, _Mapping]] = ..., segment_id: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., purpose: _Optional[str] = ..., brand: _Optional[str] = ..., cause: _Optional[_Union[SuppressionCause, str]] = ..., note: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class OwnershipPolicy(_message.Message):
    __slots__ = ("ownership_policy_id", "sender_unit", "segment_id", "note", "etag", "create_time", "update_time")
    OWNERSHIP_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_UNIT_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ownership_policy_id: str
    sender_unit: str
    segment_id: str
    note: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, ownership_policy_id: _Optional[str] = ..., sender_unit: _Optional[str] = ..., segment_id: _Optional[str] = ..., note: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Hold(_message.Message):
    __slots__ = ("hold_id", "campaign_id", "segment_id", "slots", "channels", "priority", "interval", "etag", "create_time", "update_time")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    campaign_id: str
    segment_id: str
    slots: int
    channels: _containers.RepeatedScalarFieldContainer[str]
    priority: int
    interval: _common_pb2.Interval
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, hold_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., segment_id: _Optional[str] = ..., slots: _Optional[int] = ..., channels: _Optional[_Iterable[str]] = ..., priority: _Optional[int] = ..., interval: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Guardrail(_message.Message):
    __slots__ = ("guardrail_id", "campaign_id", "metric", "threshold", "min_sent", "action", "trip_time", "etag", "create_time", "update_time")
    GUARDRAIL_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MIN_SENT_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    TRIP_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    guardrail_id: str
    campaign_id: str
    metric: GuardrailMetric
    threshold: float
    min_sent: int
    action: GuardrailAction
    trip_time: _timestamp_pb2.Timestamp
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, guardrail_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., metric: _Optional[_Union[GuardrailMetric, str]] = ..., threshold: _Optional[float] = ..., min_sent: _Optional[int] = ..., action: _Optional[_Union[GuardrailAction, str]] = ..., trip_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
