import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.identity.v1 import customers_pb2 as _customers_pb2
from tidegate.api.identity.v1 import references_pb2 as _references_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConflictReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFLICT_REASON_UNSPECIFIED: _ClassVar[ConflictReason]
    CONFLICT_REASON_STRONG_IDENTIFIER: _ClassVar[ConflictReason]
    CONFLICT_REASON_CARDINALITY: _ClassVar[ConflictReason]
    CONFLICT_REASON_NEVER_MERGE: _ClassVar[ConflictReason]

class ConflictState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFLICT_STATE_UNSPECIFIED: _ClassVar[ConflictState]
    CONFLICT_STATE_OPEN: _ClassVar[ConflictState]
    CONFLICT_STATE_MERGED: _ClassVar[ConflictState]
    CONFLICT_STATE_KEPT_APART: _ClassVar[ConflictState]
CONFLICT_REASON_UNSPECIFIED: ConflictReason
CONFLICT_REASON_STRONG_IDENTIFIER: ConflictReason
CONFLICT_REASON_CARDINALITY: ConflictReason
CONFLICT_REASON_NEVER_MERGE: ConflictReason
CONFLICT_STATE_UNSPECIFIED: ConflictState
CONFLICT_STATE_OPEN: ConflictState
CONFLICT_STATE_MERGED: ConflictState
CONFLICT_STATE_KEPT_APART: ConflictState

class IdentifierLink(_message.Message):
    __slots__ = ("customer", "identifiers", "source")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    identifiers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Identifier]
    source: str
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., identifiers: _Optional[_Iterable[_Union[_common_pb2.Identifier, _Mapping]]] = ..., source: _Optional[str] = ...) -> None: ...

class LinkIdentifiersRequest(_message.Message):
    __slots__ = ("links",)
    LINKS_FIELD_NUMBER: _ClassVar[int]
    links: _containers.RepeatedCompositeFieldContainer[IdentifierLink]
    def __init__(self, links: _Optional[_Iterable[_Union[IdentifierLink, _Mapping]]] = ...) -> None: ...

class LinkIdentifiersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_customers_pb2.UpsertResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_customers_pb2.UpsertResult, _Mapping]]] = ...) -> None: ...

class UnlinkIdentifierRequest(_message.Message):
    __slots__ = ("identifier", "reason")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    identifier: _common_pb2.Identifier
    reason: str
    def __init__(self, identifier: _Optional[_Union[_common_pb2.Identifier, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class UnlinkIdentifierResponse(_message.Message):
    __slots__ = ("customer",)
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    customer: _customers_pb2.Customer
    def __init__(self, customer: _Optional[_Union[_customers_pb2.Customer, _Mapping]] = ...) -> None: ...

class MergeCustomersRequest(_message.Message):
    __slots__ = ("customers", "reason", "override_rules")
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_RULES_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerReference]
    reason: str
    override_rules: bool
    def __init__(self, customers: _Optional[_Iterable[_Union[_references_pb2.CustomerReference, _Mapping]]] = ..., reason: _Optional[str] = ..., override_rules: bool = ...) -> None: ...

class MergeCustomersResponse(_message.Message):
    __slots__ = ("customer", "merges")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    MERGES_FIELD_NUMBER: _ClassVar[int]
    customer: _customers_pb2.Customer
    merges: _containers.RepeatedCompositeFieldContainer[Merge]
    def __init__(self, customer: _Optional[_Union[_customers_pb2.Customer, _Mapping]] = ..., merges: _Optional[_Iterable[_Union[Merge, _Mapping]]] = ...) -> None: ...

class PreviewMergeRequest(_message.Message):
    __slots__ = ("customers",)
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerReference]
    def __init__(self, customers: _Optional[_Iterable[_Union[_references_pb2.CustomerReference, _Mapping]]] = ...) -> None: ...

class PreviewMergeResponse(_message.Message):
    __slots__ = ("customer", "obstacles")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    OBSTACLES_FIELD_NUMBER: _ClassVar[int]
    customer: _customers_pb2.Customer
    obstacles: _containers.RepeatedCompositeFieldContainer[MergeObstacle]
    def __init__(self, customer: _Optional[_Union[_customers_pb2.Customer, _Mapping]] = ..., obstacles: _Optional[_Iterable[_Union[MergeObstacle, _Mapping]]] = ...) -> None: ...

class MergeObstacle(_message.Message):
    __slots__ = ("reason", "namespace", "customer_ids")
    REASON_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    reason: ConflictReason
    namespace: str
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, reason: _Optional[_Union[ConflictReason, str]] = ..., namespace: _Optional[str] = ..., customer_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class SplitCustomerRequest(_message.Message):
    __slots__ = ("customer_id", "original_customer_ids", "reason")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    original_customer_ids: _containers.RepeatedScalarFieldContainer[int]
    reason: str
    def __init__(self, customer_id: _Optional[int] = ..., original_customer_ids: _Optional[_Iterable[int]] = ..., reason: _Optional[str] = ...) -> None: ...

class SplitCustomerResponse(_message.Message):
    __slots__ = ("remaining", "separated", "kept_edits")
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    SEPARATED_FIELD_NUMBER: _ClassVar[int]
    KEPT_EDITS_FIELD_NUMBER: _ClassVar[int]
    remaining: _customers_pb2.Customer
    separated: _containers.RepeatedCompositeFieldContainer[_customers_pb2.Customer]
    kept_edits: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, remaining: _Optional[_Union[_customers_pb2.Customer, _Mapping]] = ..., separated: _Optional[_Iterable[_Union[_customers_pb2.Customer, _Mapping]]] = ..., kept_edits: _Optional[_Iterable[str]] = ...) -> None: ...

class Conflict(_message.Message):
    __slots__ = ("conflict_id", "state", "reason", "namespace", "customer_ids", "identifiers", "source", "event_id", "create_time", "resolve_time", "resolution_note")
    CONFLICT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_NOTE_FIELD_NUMBER: _ClassVar[int]
    conflict_id: str
    state: ConflictState
    reason: ConflictReason
    namespace: str
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    identifiers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Identifier]
    source: str
    event_id: str
    create_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    resolution_note: str
    def __init__(self, conflict_id: _Optional[str] = ..., state: _Optional[_Union[ConflictState, str]] = ..., reason: _Optional[_Union[ConflictReason, str]] = ..., namespace: _Optional[str] = ..., customer_ids: _Optional[_Iterable[int]] = ..., identifiers: _Optional[_Iterable[_Union[_common_pb2.Identifier, _Mapping]]] = ..., source: _Optional[str] = ..., event_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolution_note: _Optional[str] = ...) -> None: ...

class ListConflictsRequest(_message.Message):
    __slots__ = ("state", "customer_id", "page_size", "page_token")
    STATE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    state: ConflictState
    customer_id: int
    page_size: int
    page_token: str
    def __init__(self, state: _Optional[_Union[ConflictState, str]] = ..., customer_id: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConflictsResponse(_message.Message):
    __slots__ = ("conflicts", "next_page_token")
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    conflicts: _containers.RepeatedCompositeFieldContainer[Conflict]
    next_page_token: str
    def __init__(self, conflicts: _Optional[_Iterable[_Union[Conflict, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ResolveConflictRequest(_message.Message):
    __slots__ = ("conflict_id", "decision", "note")
    CONFLICT_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    conflict_id: str
    decision: ConflictState
    note: str
    def __init__(self, conflict_id: _Optional[str] = ..., decision: _Optional[_Union[ConflictState, str]] = ..., note: _Optional[str] = ...) -> None: ...

class ResolveConflictResponse(_message.Message):
    __slots__ = ("conflict",)
    CONFLICT_FIELD_NUMBER: _ClassVar[int]
    conflict: Conflict
    def __init__(self, conflict: _Optional[_Union[Conflict, _Mapping]] = ...) -> None: ...

class Merge(_message.Message):
    __slots__ = ("merge_id", "survivor_id", "merged_id", "source", "event_id", "reason", "time")
    MERGE_ID_FIELD_NUMBER: _ClassVar[int]
    SURVIVOR_ID_FIELD_NUMBER: _ClassVar[int]
    MERGED_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    merge_id: str
    survivor_id: int
    merged_id: int
    source: str
    event_id: str
    reason: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, merge_id: _Optional[str] = ..., survivor_id: _Optional[int] = ..., merged_id: _Optional[int] = ..., source: _Optional[str] = ..., event_id: _Optional[str] = ..., reason: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListMergesRequest(_message.Message):
    __slots__ = ("customer_id", "page_size", "page_token")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    page_size: int
    page_token: str
    def __init__(self, customer_id: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMergesResponse(_message.Message):
    __slots__ = ("merges", "next_page_token")
    MERGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    merges: _containers.RepeatedCompositeFieldContainer[Merge]
    next_page_token: str
    def __init__(self, merges: _Optional[_Iterable[_Union[Merge, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
