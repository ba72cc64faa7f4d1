import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.identity.v1 import references_pb2 as _references_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RelationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELATION_KIND_UNSPECIFIED: _ClassVar[RelationKind]
    RELATION_KIND_INVITER: _ClassVar[RelationKind]
    RELATION_KIND_HOUSEHOLD: _ClassVar[RelationKind]
    RELATION_KIND_ACCOUNT: _ClassVar[RelationKind]
    RELATION_KIND_OWNER_STAFF: _ClassVar[RelationKind]
    RELATION_KIND_OWNER_STORE: _ClassVar[RelationKind]
    RELATION_KIND_CHAT_GROUP: _ClassVar[RelationKind]
RELATION_KIND_UNSPECIFIED: RelationKind
RELATION_KIND_INVITER: RelationKind
RELATION_KIND_HOUSEHOLD: RelationKind
RELATION_KIND_ACCOUNT: RelationKind
RELATION_KIND_OWNER_STAFF: RelationKind
RELATION_KIND_OWNER_STORE: RelationKind
RELATION_KIND_CHAT_GROUP: RelationKind

class Relation(_message.Message):
    __slots__ = ("customer", "kind", "related_customer", "target_id", "role", "source", "start_time", "end_time")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RELATED_CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    kind: RelationKind
    related_customer: _references_pb2.CustomerReference
    target_id: str
    role: str
    source: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., kind: _Optional[_Union[RelationKind, str]] = ..., related_customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., target_id: _Optional[str] = ..., role: _Optional[str] = ..., source: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SetRelationsRequest(_message.Message):
    __slots__ = ("relations",)
    RELATIONS_FIELD_NUMBER: _ClassVar[int]
    relations: _containers.RepeatedCompositeFieldContainer[Relation]
    def __init__(self, relations: _Optional[_Iterable[_Union[Relation, _Mapping]]] = ...) -> None: ...

class SetRelationsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerChangeResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_references_pb2.CustomerChangeResult, _Mapping]]] = ...) -> None: ...

class RemoveRelationsRequest(_message.Message):
    __slots__ = ("relations",)
    RELATIONS_FIELD_NUMBER: _ClassVar[int]
    relations: _containers.RepeatedCompositeFieldContainer[Relation]
    def __init__(self, relations: _Optional[_Iterable[_Union[Relation, _Mapping]]] = ...) -> None: ...

class RemoveRelationsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerChangeResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_references_pb2.CustomerChangeResult, _Mapping]]] = ...) -> None: ...

class ListRelationsRequest(_message.Message):
    __slots__ = ("customer", "kind", "target_id", "page_size", "page_token")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    kind: RelationKind
    target_id: str
    page_size: int
    page_token: str
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., kind: _Optional[_Union[RelationKind, str]] = ..., target_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRelationsResponse(_message.Message):
    __slots__ = ("relations", "next_page_token")
    RELATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    relations: _containers.RepeatedCompositeFieldContainer[Relation]
    next_page_token: str
    def __init__(self, relations: _Optional[_Iterable[_Union[Relation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetInviterChainRequest(_message.Message):
    __slots__ = ("customer",)
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ...) -> None: ...

class GetInviterChainResponse(_message.Message):
    __slots__ = ("customer_ids", "truncated")
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    truncated: bool
    def __init__(self, customer_ids: _Optional[_Iterable[int]] = ..., truncated: bool = ...) -> None: ...

class Household(_message.Message):
    __slots__ = ("household_id", "kind", "attributes", "create_time", "update_time")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    HOUSEHOLD_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    household_id: str
    kind: RelationKind
    attributes: _containers.MessageMap[str, _common_pb2.Value]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, household_id: _Optional[str] = ..., kind: _Optional[_Union[RelationKind, str]] = ..., attributes: _Optional[_Mapping[str, _common_pb2.Value]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpsertHouseholdsRequest(_message.Message):
    __slots__ = ("households",)
    HOUSEHOLDS_FIELD_NUMBER: _ClassVar[int]
    households: _containers.RepeatedCompositeFieldContainer[Household]
    def __init__(self, households: _Optional[_Iterable[_Union[Household, _Mapping]]] = ...) -> None: ...

class UpsertHouseholdsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[HouseholdResult]
    def __init__(self, results: _Optional[_Iterable[_Union[HouseholdResult, _Mapping]]] = ...) -> None: ...

class HouseholdResult(_message.Message):
    __slots__ = ("created", "error")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    created: bool
    error: _common_pb2.ItemError
    def __init__(self, created: bool = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class HouseholdReference(_message.Message):
    __slots__ = ("kind", "household_id")
    KIND_FIELD_NUMBER: _ClassVar[int]
    HOUSEHOLD_ID_FIELD_NUMBER: _ClassVar[int]
    kind: RelationKind
    household_id: str
    def __init__(self, kind: _Optional[_Union[RelationKind, str]] = ..., household_id: _Optional[str] = ...) -> None: ...

class BatchGetHouseholdsRequest(_message.Message):
    __slots__ = ("households",)
    HOUSEHOLDS_FIELD_NUMBER: _ClassVar[int]
    households: _containers.RepeatedCompositeFieldContainer[HouseholdReference]
    def __init__(self, households: _Optional[_Iterable[_Union[HouseholdReference, _Mapping]]] = ...) -> None: ...

class BatchGetHouseholdsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[GetHouseholdResult]
    def __init__(self, results: _Optional[_Iterable[_Union[GetHouseholdResult, _Mapping]]] = ...) -> None: ...

class GetHouseholdResult(_message.Message):
    __slots__ = ("household", "error")
    HOUSEHOLD_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    household: Household
    error: _common_pb2.ItemError
    def __init__(self, household: _Optional[_Union[Household, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ListHouseholdsRequest(_message.Message):
    __slots__ = ("kind", "page_size", "page_token")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    kind: RelationKind
    page_size: int
    page_token: str
    def __init__(self, kind: _Optional[_Union[RelationKind, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHouseholdsResponse(_message.Message):
    __slots__ = ("households", "next_page_token")
    HOUSEHOLDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    households: _containers.RepeatedCompositeFieldContainer[Household]
    next_page_token: str
    def __init__(self, households: _Optional[_Iterable[_Union[Household, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
