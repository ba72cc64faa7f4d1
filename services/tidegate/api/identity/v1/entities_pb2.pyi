import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EntityKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTITY_KIND_UNSPECIFIED: _ClassVar[EntityKind]
    ENTITY_KIND_STAFF: _ClassVar[EntityKind]
    ENTITY_KIND_STORE: _ClassVar[EntityKind]
    ENTITY_KIND_CHAT_GROUP: _ClassVar[EntityKind]
ENTITY_KIND_UNSPECIFIED: EntityKind
ENTITY_KIND_STAFF: EntityKind
ENTITY_KIND_STORE: EntityKind
ENTITY_KIND_CHAT_GROUP: EntityKind

class Entity(_message.Message):
    __slots__ = ("kind", "entity_id", "display_name", "attributes", "addresses", "store_id", "archived", "create_time", "update_time")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    STORE_ID_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: EntityKind
    entity_id: str
    display_name: str
    attributes: _containers.MessageMap[str, _common_pb2.Value]
    addresses: _containers.RepeatedCompositeFieldContainer[_common_pb2.Identifier]
    store_id: str
    archived: bool
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[EntityKind, str]] = ..., entity_id: _Optional[str] = ..., display_name: _Optional[str] = ..., attributes: _Optional[_Mapping[str, _common_pb2.Value]] = ..., addresses: _Optional[_Iterable[_Union[_common_pb2.Identifier, _Mapping]]] = ..., store_id: _Optional[str] = ..., archived: bool = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpsertEntitiesRequest(_message.Message):
    __slots__ = ("entities",)
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[Entity]
    def __init__(self, entities: _Optional[_Iterable[_Union[Entity, _Mapping]]] = ...) -> None: ...

class UpsertEntitiesResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EntityResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EntityResult, _Mapping]]] = ...) -> None: ...

class EntityResult(_message.Message):
    __slots__ = ("entity", "error")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    entity: Entity
    error: _common_pb2.ItemError
    def __init__(self, entity: _Optional[_Union[Entity, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class EntityReference(_message.Message):
    __slots__ = ("kind", "entity_id")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    kind: EntityKind
    entity_id: str
    def __init__(self, kind: _Optional[_Union[EntityKind, str]] = ..., entity_id: _Optional[str] = ...) -> None: ...

class BatchGetEntitiesRequest(_message.Message):
    __slots__ = ("entities",)
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[EntityReference]
    def __init__(self, entities: _Optional[_Iterable[_Union[EntityReference, _Mapping]]] = ...) -> None: ...

class BatchGetEntitiesResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EntityResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EntityResult, _Mapping]]] = ...) -> None: ...

class ListEntitiesRequest(_message.Message):
    __slots__ = ("kind", "store_id", "page_size", "page_token")
    KIND_FIELD_NUMBER: _ClassVar[int]
    STORE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    kind: EntityKind
    store_id: str
    page_size: int
    page_token: str
    def __init__(self, kind: _Optional[_Union[EntityKind, str]] = ..., store_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntitiesResponse(_message.Message):
    __slots__ = ("entities", "next_page_token")
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[Entity]
    next_page_token: str
    def __init__(self, entities: _Optional[_Iterable[_Union[Entity, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class EntityEvent(_message.Message):
    __slots__ = ("entity", "source", "event_id", "name", "time", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    entity: EntityReference
    source: str
    event_id: str
    name: str
    time: _timestamp_pb2.Timestamp
    properties: _containers.MessageMap[str, _common_pb2.Value]
    def __init__(self, entity: _Optional[_Union[EntityReference, _Mapping]] = ..., source: _Optional[str] = ..., event_id: _Optional[str] = ..., name: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, _common_pb2.Value]] = ...) -> None: ...

class IngestEntityEventsRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[EntityEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[EntityEvent, _Mapping]]] = ...) -> None: ...

class IngestEntityEventsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EntityEventResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EntityEventResult, _Mapping]]] = ...) -> None: ...

class EntityEventResult(_message.Message):
    __slots__ = ("duplicate", "error")
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    duplicate: bool
    error: _common_pb2.ItemError
    def __init__(self, duplicate: bool = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ListEntityEventsRequest(_message.Message):
    __slots__ = ("entity", "interval", "page_size", "page_token")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entity: EntityReference
    interval: _common_pb2.Interval
    page_size: int
    page_token: str
    def __init__(self, entity: _Optional[_Union[EntityReference, _Mapping]] = ..., interval: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntityEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[EntityEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[EntityEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
