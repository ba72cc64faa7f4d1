import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.identity.v1 import consents_pb2 as _consents_pb2
from tidegate.api.identity.v1 import entities_pb2 as _entities_pb2
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
    __slots__ = ("position", "time", "customer_id", "event_recorded", "customer_created", "customer_merged", "customer_split", "attributes_changed", "tags_changed", "consents_changed", "contact_points_changed", "identifiers_changed", "relations_changed", "entity_changed", "entity_event_recorded", "erasure_requested", "erasure_completed", "conflict_filed")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_RECORDED_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_CREATED_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_MERGED_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_SPLIT_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_CHANGED_FIELD_NUMBER: _ClassVar[int]
    TAGS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CONTACT_POINTS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    RELATIONS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ENTITY_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ENTITY_EVENT_RECORDED_FIELD_NUMBER: _ClassVar[int]
    ERASURE_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    ERASURE_COMPLETED_FIELD_NUMBER: _ClassVar[int]
    CONFLICT_FILED_FIELD_NUMBER: _ClassVar[int]
    position: int
    time: _timestamp_pb2.Timestamp
    customer_id: int
    event_recorded: EventRecorded
    customer_created: CustomerCreated
    customer_merged: CustomerMerged
    customer_split: CustomerSplit
    attributes_changed: AttributesChanged
    tags_changed: TagsChanged
    consents_changed: ConsentsChanged
    contact_points_changed: ContactPointsChanged
    identifiers_changed: IdentifiersChanged
    relations_changed: RelationsChanged
    entity_changed: EntityChanged
    entity_event_recorded: EntityEventRecorded
    erasure_requested: ErasureRequested
    erasure_completed: ErasureCompleted
    conflict_filed: ConflictFiled
    def __init__(self, position: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., customer_id: _Optional[int] = ..., event_recorded: _Optional[_Union[EventRecorded, _Mapping]] = ..., customer_created: _Optional[_Union[CustomerCreated, _Mapping]] = ..., customer_merged: _Optional[_Union[CustomerMerged, _Mapping]] = ..., customer_split: _Optional[_Union[CustomerSplit, _Mapping]] = ..., attributes_changed: _Optional[_Union[AttributesChanged, _Mapping]] = ..., tags_changed: _Optional[_Union[TagsChanged, _Mapping]] = ..., consents_changed: _Optional[_Union[ConsentsChanged, _Mapping]] = ..., contact_points_changed: _Optional[_Union[ContactPointsChanged, _Mapping]] = ..., identifiers_changed: _Optional[_Union[IdentifiersChanged, _Mapping]] = ..., relations_changed: _Optional[_Union[RelationsChanged, _Mapping]] = ..., entity_changed: _Optional[_Union[EntityChanged, _Mapping]] = ..., entity_event_recorded: _Optional[_Union[EntityEventRecorded, _Mapping]] = ..., erasure_requested: _Optional[_Union[ErasureRequested, _Mapping]] = ..., erasure_completed: _Optional[_Union[ErasureCompleted, _Mapping]] = ..., conflict_filed: _Optional[_Union[ConflictFiled, _Mapping]] = ...) -> None: ...

class EventRecorded(_message.Message):
    __slots__ = ("source", "event_id", "name", "time", "received_time", "properties", "original_customer_id", "from_future")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FUTURE_FIELD_NUMBER: _ClassVar[int]
    source: str
    event_id: str
    name: str
    time: _timestamp_pb2.Timestamp
    received_time: _timestamp_pb2.Timestamp
    properties: _containers.MessageMap[str, _common_pb2.Value]
    original_customer_id: int
    from_future: bool
    def __init__(self, source: _Optional[str] = ..., event_id: _Optional[str] = ..., name: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, _common_pb2.Value]] = ..., original_customer_id: _Optional[int] = ..., from_future: bool = ...) -> None: ...

class CustomerCreated(_message.Message):
    __slots__ = ("first_seen_time", "namespaces")
    FIRST_SEEN_TIME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    first_seen_time: _timestamp_pb2.Timestamp
    namespaces: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, first_seen_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., namespaces: _Optional[_Iterable[str]] = ...) -> None: ...

class CustomerMerged(_message.Message):
    __slots__ = ("survivor_id", "merged_id")
    SURVIVOR_ID_FIELD_NUMBER: _ClassVar[int]
    MERGED_ID_FIELD_NUMBER: _ClassVar[int]
    survivor_id: int
    merged_id: int
    def __init__(self, survivor_id: _Optional[int] = ..., merged_id: _Optional[int] = ...) -> None: ...

class CustomerSplit(_message.Message):
    __slots__ = ("remaining_id", "separated")
    REMAINING_ID_FIELD_NUMBER: _ClassVar[int]
    SEPARATED_FIELD_NUMBER: _ClassVar[int]
    remaining_id: int
    separated: _containers.RepeatedCompositeFieldContainer[SeparatedCustomer]
    def __init__(self, remaining_id: _Optional[int] = ..., separated: _Optional[_Iterable[_Union[SeparatedCustomer, _Mapping]]] = ...) -> None: ...

class SeparatedCustomer(_message.Message):
    __slots__ = ("customer_id", "original_customer_ids")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    original_customer_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, customer_id: _Optional[int] = ..., original_customer_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class AttributesChanged(_message.Message):
    __slots__ = ("changed", "value_time")
    class ChangedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    VALUE_TIME_FIELD_NUMBER: _ClassVar[int]
    changed: _containers.MessageMap[str, _common_pb2.Value]
    value_time: _timestamp_pb2.Timestamp
    def __init__(self, changed: _Optional[_Mapping[str, _common_pb2.Value]] = ..., value_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TagsChanged(_message.Message):
    __slots__ = ("added", "removed", "time")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    added: _containers.RepeatedScalarFieldContainer[str]
    removed: _containers.RepeatedScalarFieldContainer[str]
    time: _timestamp_pb2.Timestamp
    def __init__(self, added: _Optional[_Iterable[str]] = ..., removed: _Optional[_Iterable[str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConsentsChanged(_message.Message):
    __slots__ = ("consents",)
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[_consents_pb2.Consent]
    def __init__(self, consents: _Optional[_Iterable[_Union[_consents_pb2.Consent, _Mapping]]] = ...) -> None: ...

class ContactPointsChanged(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class IdentifiersChanged(_message.Message):
    __slots__ = ("namespaces",)
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    namespaces: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, namespaces: _Optional[_Iterable[str]] = ...) -> None: ...

class RelationsChanged(_message.Message):
    __slots__ = ("set", "ended")
    SET_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    set: _containers.RepeatedScalarFieldContainer[str]
    ended: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, set: _Optional[_Iterable[str]] = ..., ended: _Optional[_Iterable[str]] = ...) -> None: ...

class EntityChanged(_message.Message):
    __slots__ = ("entity", "attributes", "archived", "store_id")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    STORE_ID_FIELD_NUMBER: _ClassVar[int]
    entity: _entities_pb2.EntityReference
    attributes: _containers.MessageMap[str, _common_pb2.Value]
    archived: bool
    store_id: str
    def __init__(self, entity: _Optional[_Union[_entities_pb2.EntityReference, _Mapping]] = ..., attributes: _Optional[_Mapping[str, _common_pb2.Value]] = ..., archived: bool = ..., store_id: _Optional[str] = ...) -> None: ...

class EntityEventRecorded(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: _entities_pb2.EntityEvent
    def __init__(self, event: _Optional[_Union[_entities_pb2.EntityEvent, _Mapping]] = ...) -> None: ...

class ErasureRequested(_message.Message):
    __slots__ = ("erasure_id", "customer_ids")
    ERASURE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    erasure_id: str
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, erasure_id: _Optional[str] = ..., customer_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class ErasureCompleted(_message.Message):
    __slots__ = ("erasure_id",)
    ERASURE_ID_FIELD_NUMBER: _ClassVar[int]
    erasure_id: str
    def __init__(self, erasure_id: _Optional[str] = ...) -> None: ...

class ConflictFiled(_message.Message):
    __slots__ = ("conflict_id", "customer_ids")
    CONFLICT_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    conflict_id: str
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, conflict_id: _Optional[str] = ..., customer_ids: _Optional[_Iterable[int]] = ...) -> None: ...
