import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.identity.v1 import consents_pb2 as _consents_pb2
from tidegate.api.identity.v1 import references_pb2 as _references_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Customer(_message.Message):
    __slots__ = ("customer_id", "alias_ids", "identifiers", "attributes", "tags", "consents", "zone", "locale", "first_seen_time", "create_time")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: AttributeValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AttributeValue, _Mapping]] = ...) -> None: ...
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ALIAS_IDS_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    alias_ids: _containers.RepeatedScalarFieldContainer[int]
    identifiers: _containers.RepeatedCompositeFieldContainer[LinkedIdentifier]
    attributes: _containers.MessageMap[str, AttributeValue]
    tags: _containers.RepeatedCompositeFieldContainer[AppliedTag]
    consents: _containers.RepeatedCompositeFieldContainer[_consents_pb2.Consent]
    zone: str
    locale: str
    first_seen_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, customer_id: _Optional[int] = ..., alias_ids: _Optional[_Iterable[int]] = ..., identifiers: _Optional[_Iterable[_Union[LinkedIdentifier, _Mapping]]] = ..., attributes: _Optional[_Mapping[str, AttributeValue]] = ..., tags: _Optional[_Iterable[_Union[AppliedTag, _Mapping]]] = ..., consents: _Optional[_Iterable[_Union[_consents_pb2.Consent, _Mapping]]] = ..., zone: _Optional[str] = ..., locale: _Optional[str] = ..., first_seen_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LinkedIdentifier(_message.Message):
    __slots__ = ("identifier", "original_customer_id", "source", "link_time", "expire_time", "invalid_time", "invalid_channel")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    LINK_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    INVALID_TIME_FIELD_NUMBER: _ClassVar[int]
    INVALID_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    identifier: _common_pb2.Identifier
    original_customer_id: int
    source: str
    link_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    invalid_time: _timestamp_pb2.Timestamp
    invalid_channel: str
    def __init__(self, identifier: _Optional[_Union[_common_pb2.Identifier, _Mapping]] = ..., original_customer_id: _Optional[int] = ..., source: _Optional[str] = ..., link_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., invalid_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., invalid_channel: _Optional[str] = ...) -> None: ...

class AttributeValue(_message.Message):
    __slots__ = ("value", "source", "time")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    value: _common_pb2.Value
    source: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ..., source: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AppliedTag(_message.Message):
    __slots__ = ("tag", "source", "time", "expire_time")
    TAG_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    tag: str
    source: str
    time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, tag: _Optional[str] = ..., source: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomerUpsert(_message.Message):
    __slots__ = ("identifiers", "customer_id", "attributes", "add_tags", "remove_tags", "consents", "zone", "locale", "source", "time", "returning", "add_tags_expire_time")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ADD_TAGS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_TAGS_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    RETURNING_FIELD_NUMBER: _ClassVar[int]
    ADD_TAGS_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    identifiers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Identifier]
    customer_id: int
    attributes: _containers.MessageMap[str, _common_pb2.Value]
    add_tags: _containers.RepeatedScalarFieldContainer[str]
    remove_tags: _containers.RepeatedScalarFieldContainer[str]
    consents: _containers.RepeatedCompositeFieldContainer[_consents_pb2.Consent]
    zone: str
    locale: str
    source: str
    time: _timestamp_pb2.Timestamp
    returning: bool
    add_tags_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, identifiers: _Optional[_Iterable[_Union[_common_pb2.Identifier, _Mapping]]] = ..., customer_id: _Optional[int] = ..., attributes: _Optional[_Mapping[str, _common_pb2.Value]] = ..., add_tags: _Optional[_Iterable[str]] = ..., remove_tags: _Optional[_Iterable[str]] = ..., consents: _Optional[_Iterable[_Union[_consents_pb2.Consent, _Mapping]]] = ..., zone: _Optional[str] = ..., locale: _Optional[str] = ..., source: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., returning: bool = ..., add_tags_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpsertCustomersRequest(_message.Message):
    __slots__ = ("customers",)
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[CustomerUpsert]
    def __init__(self, customers: _Optional[_Iterable[_Union[CustomerUpsert, _Mapping]]] = ...) -> None: ...

class UpsertCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[UpsertResult]
    def __init__(self, results: _Optional[_Iterable[_Union[UpsertResult, _Mapping]]] = ...) -> None: ...

class UpsertResult(_message.Message):
    __slots__ = ("customer_id", "created", "conflict_id", "error")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    CONFLICT_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    created: bool
    conflict_id: str
    error: _common_pb2.ItemError
    def __init__(self, customer_id: _Optional[int] = ..., created: bool = ..., conflict_id: _Optional[str] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ImportCustomersRequest(_message.Message):
    __slots__ = ("sequence", "customers")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    customers: _containers.RepeatedCompositeFieldContainer[CustomerUpsert]
    def __init__(self, sequence: _Optional[int] = ..., customers: _Optional[_Iterable[_Union[CustomerUpsert, _Mapping]]] = ...) -> None: ...

class ImportCustomersResponse(_message.Message):
    __slots__ = ("created", "updated", "refused", "refusals")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    created: int
    updated: int
    refused: int
    refusals: _containers.RepeatedCompositeFieldContainer[ImportRefusal]
    def __init__(self, created: _Optional[int] = ..., updated: _Optional[int] = ..., refused: _Optional[int] = ..., refusals: _Optional[_Iterable[_Union[ImportRefusal, _Mapping]]] = ...) -> None: ...

class ImportRefusal(_message.Message):
    __slots__ = ("sequence", "index", "error")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    index: int
    error: _common_pb2.ItemError
    def __init__(self, sequence: _Optional[int] = ..., index: _Optional[int] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ResolveIdentifiersRequest(_message.Message):
    __slots__ = ("identifiers",)
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    identifiers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Identifier]
    def __init__(self, identifiers: _Optional[_Iterable[_Union[_common_pb2.Identifier, _Mapping]]] = ...) -> None: ...

class ResolveIdentifiersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ResolveResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ResolveResult, _Mapping]]] = ...) -> None: ...

class ResolveResult(_message.Message):
    __slots__ = ("customer_id", "error")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    error: _common_pb2.ItemError
    def __init__(self, customer_id: _Optional[int] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class GetCustomerRequest(_message.Message):
    __slots__ = ("customer",)
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ...) -> None: ...

class GetCustomerResponse(_message.Message):
    __slots__ = ("customer",)
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    customer: Customer
    def __init__(self, customer: _Optional[_Union[Customer, _Mapping]] = ...) -> None: ...

class BatchGetCustomersRequest(_message.Message):
    __slots__ = ("customers",)
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerReference]
    def __init__(self, customers: _Optional[_Iterable[_Union[_references_pb2.CustomerReference, _Mapping]]] = ...) -> None: ...

class BatchGetCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CustomerResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CustomerResult, _Mapping]]] = ...) -> None: ...

class CustomerResult(_message.Message):
    __slots__ = ("customer", "error")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    customer: Customer
    error: _common_pb2.ItemError
    def __init__(self, customer: _Optional[_Union[Customer, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class SearchCustomersRequest(_message.Message):
    __slots__ = ("identifiers", "tags", "attributes", "page_size", "page_token", "first_seen_time", "create_time")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    identifiers: _containers.RepeatedCompositeFieldContainer[_common_pb2.Identifier]
    tags: _containers.RepeatedScalarFieldContainer[str]
    attributes: _containers.MessageMap[str, _common_pb2.Value]
    page_size: int
    page_token: str
    first_seen_time: _common_pb2.Interval
    create_time: _common_pb2.Interval
    def __init__(self, identifiers: _Optional[_Iterable[_Union[_common_pb2.Identifier, _Mapping]]] = ..., tags: _Optional[_Iterable[str]] = ..., attributes: _Optional[_Mapping[str, _common_pb2.Value]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., first_seen_time: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., create_time: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ...) -> None: ...

class SearchCustomersResponse(_message.Message):
    __slots__ = ("customers", "next_page_token")
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[Customer]
    next_page_token: str
    def __init__(self, customers: _Optional[_Iterable[_Union[Customer, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class BatchGetContactPointsRequest(_message.Message):
    __slots__ = ("customer_ids", "namespaces", "omit_consents")
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    OMIT_CONSENTS_FIELD_NUMBER: _ClassVar[int]
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    namespaces: _containers.RepeatedScalarFieldContainer[str]
    omit_consents: bool
    def __init__(self, customer_ids: _Optional[_Iterable[int]] = ..., namespaces: _Optional[_Iterable[str]] = ..., omit_consents: bool = ...) -> None: ...

class BatchGetContactPointsResponse(_message.Message):
    __slots__ = ("points", "position")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[ContactPoints]
    position: int
    def __init__(self, points: _Optional[_Iterable[_Union[ContactPoints, _Mapping]]] = ..., position: _Optional[int] = ...) -> None: ...

class ContactPoints(_message.Message):
    __slots__ = ("customer_id", "canonical_customer_id", "addresses", "consents", "zone", "locale", "error")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    canonical_customer_id: int
    addresses: _containers.RepeatedCompositeFieldContainer[_common_pb2.Identifier]
    consents: _containers.RepeatedCompositeFieldContainer[_consents_pb2.Consent]
    zone: str
    locale: str
    error: _common_pb2.ItemError
    def __init__(self, customer_id: _Optional[int] = ..., canonical_customer_id: _Optional[int] = ..., addresses: _Optional[_Iterable[_Union[_common_pb2.Identifier, _Mapping]]] = ..., consents: _Optional[_Iterable[_Union[_consents_pb2.Consent, _Mapping]]] = ..., zone: _Optional[str] = ..., locale: _Optional[str] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...
