import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.identity.v1 import references_pb2 as _references_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_UNSPECIFIED: _ClassVar[Decision]
    DECISION_GRANTED: _ClassVar[Decision]
    DECISION_DENIED: _ClassVar[Decision]
DECISION_UNSPECIFIED: Decision
DECISION_GRANTED: Decision
DECISION_DENIED: Decision

class Consent(_message.Message):
    __slots__ = ("purpose", "channel", "brand", "decision", "time", "source", "proof")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    purpose: str
    channel: str
    brand: str
    decision: Decision
    time: _timestamp_pb2.Timestamp
    source: str
    proof: str
    def __init__(self, purpose: _Optional[str] = ..., channel: _Optional[str] = ..., brand: _Optional[str] = ..., decision: _Optional[_Union[Decision, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[str] = ..., proof: _Optional[str] = ...) -> None: ...

class CustomerConsents(_message.Message):
    __slots__ = ("customer", "consents")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    consents: _containers.RepeatedCompositeFieldContainer[Consent]
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., consents: _Optional[_Iterable[_Union[Consent, _Mapping]]] = ...) -> None: ...

class SetConsentsRequest(_message.Message):
    __slots__ = ("customers",)
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[CustomerConsents]
    def __init__(self, customers: _Optional[_Iterable[_Union[CustomerConsents, _Mapping]]] = ...) -> None: ...

class SetConsentsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerChangeResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_references_pb2.CustomerChangeResult, _Mapping]]] = ...) -> None: ...

class ListConsentsRequest(_message.Message):
    __slots__ = ("customer", "include_history", "page_size", "page_token")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_HISTORY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    include_history: bool
    page_size: int
    page_token: str
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., include_history: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConsentsResponse(_message.Message):
    __slots__ = ("consents", "next_page_token")
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[Consent]
    next_page_token: str
    def __init__(self, consents: _Optional[_Iterable[_Union[Consent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
