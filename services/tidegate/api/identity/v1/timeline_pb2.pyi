import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from tidegate.api.identity.v1 import changes_pb2 as _changes_pb2
from tidegate.api.identity.v1 import consents_pb2 as _consents_pb2
from tidegate.api.identity.v1 import events_pb2 as _events_pb2
from tidegate.api.identity.v1 import merges_pb2 as _merges_pb2
from tidegate.api.identity.v1 import references_pb2 as _references_pb2
from tidegate.api.journey.v1 import enrollments_pb2 as _enrollments_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TimelineKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMELINE_KIND_UNSPECIFIED: _ClassVar[TimelineKind]
    TIMELINE_KIND_JOURNEY_END: _ClassVar[TimelineKind]
    TIMELINE_KIND_MESSAGE: _ClassVar[TimelineKind]
    TIMELINE_KIND_JOURNEY_ENTRY: _ClassVar[TimelineKind]
    TIMELINE_KIND_SPLIT: _ClassVar[TimelineKind]
    TIMELINE_KIND_MERGE: _ClassVar[TimelineKind]
    TIMELINE_KIND_CONSENT: _ClassVar[TimelineKind]
    TIMELINE_KIND_EVENT: _ClassVar[TimelineKind]
TIMELINE_KIND_UNSPECIFIED: TimelineKind
TIMELINE_KIND_JOURNEY_END: TimelineKind
TIMELINE_KIND_MESSAGE: TimelineKind
TIMELINE_KIND_JOURNEY_ENTRY: TimelineKind
TIMELINE_KIND_SPLIT: TimelineKind
TIMELINE_KIND_MERGE: TimelineKind
TIMELINE_KIND_CONSENT: TimelineKind
TIMELINE_KIND_EVENT: TimelineKind

class ListCustomerTimelineRequest(_message.Message):
    __slots__ = ("customer", "kinds", "interval", "page_size", "page_token")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    kinds: _containers.RepeatedScalarFieldContainer[TimelineKind]
    interval: _common_pb2.Interval
    page_size: int
    page_token: str
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., kinds: _Optional[_Iterable[_Union[TimelineKind, str]]] = ..., interval: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCustomerTimelineResponse(_message.Message):
    __slots__ = ("entries", "next_page_token", "missing_services")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MISSING_SERVICES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[TimelineEntry]
    next_page_token: str
    missing_services: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, entries: _Optional[_Iterable[_Union[TimelineEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., missing_services: _Optional[_Iterable[str]] = ...) -> None: ...

class TimelineEntry(_message.Message):
    __slots__ = ("time", "kind", "event", "message", "enrollment", "merge", "split", "consent")
    TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_FIELD_NUMBER: _ClassVar[int]
    MERGE_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    kind: TimelineKind
    event: _events_pb2.StoredEvent
    message: _messages_pb2.Message
    enrollment: _enrollments_pb2.Enrollment
    merge: _merges_pb2.Merge
    split: Split
    consent: _consents_pb2.Consent
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[TimelineKind, str]] = ..., event: _Optional[_Union[_events_pb2.StoredEvent, _Mapping]] = ..., message: _Optional[_Union[_messages_pb2.Message, _Mapping]] = ..., enrollment: _Optional[_Union[_enrollments_pb2.Enrollment, _Mapping]] = ..., merge: _Optional[_Union[_merges_pb2.Merge, _Mapping]] = ..., split: _Optional[_Union[Split, _Mapping]] = ..., consent: _Optional[_Union[_consents_pb2.Consent, _Mapping]] = ...) -> None: ...

class Split(_message.Message):
    __slots__ = ("split_id", "remaining_id", "separated", "source", "reason")
    SPLIT_ID_FIELD_NUMBER: _ClassVar[int]
    REMAINING_ID_FIELD_NUMBER: _ClassVar[int]
    SEPARATED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    split_id: str
    remaining_id: int
    separated: _containers.RepeatedCompositeFieldContainer[_changes_pb2.SeparatedCustomer]
    source: str
    reason: str
    def __init__(self, split_id: _Optional[str] = ..., remaining_id: _Optional[int] = ..., separated: _Optional[_Iterable[_Union[_changes_pb2.SeparatedCustomer, _Mapping]]] = ..., source: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
