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

class SourceCodeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_CODE_KIND_UNSPECIFIED: _ClassVar[SourceCodeKind]
    SOURCE_CODE_KIND_POSTER: _ClassVar[SourceCodeKind]
    SOURCE_CODE_KIND_QR_CODE: _ClassVar[SourceCodeKind]
    SOURCE_CODE_KIND_CONTACT_WAY: _ClassVar[SourceCodeKind]
    SOURCE_CODE_KIND_LINK: _ClassVar[SourceCodeKind]
SOURCE_CODE_KIND_UNSPECIFIED: SourceCodeKind
SOURCE_CODE_KIND_POSTER: SourceCodeKind
SOURCE_CODE_KIND_QR_CODE: SourceCodeKind
SOURCE_CODE_KIND_CONTACT_WAY: SourceCodeKind
SOURCE_CODE_KIND_LINK: SourceCodeKind

class SourceCode(_message.Message):
    __slots__ = ("code", "kind", "channel", "inviter_customer_id", "staff_id", "campaign_id", "display_name", "create_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    INVITER_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    kind: SourceCodeKind
    channel: str
    inviter_customer_id: int
    staff_id: str
    campaign_id: str
    display_name: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., kind: _Optional[_Union[SourceCodeKind, str]] = ..., channel: _Optional[str] = ..., inviter_customer_id: _Optional[int] = ..., staff_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., display_name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateSourceCodesRequest(_message.Message):
    __slots__ = ("source_codes",)
    SOURCE_CODES_FIELD_NUMBER: _ClassVar[int]
    source_codes: _containers.RepeatedCompositeFieldContainer[SourceCode]
    def __init__(self, source_codes: _Optional[_Iterable[_Union[SourceCode, _Mapping]]] = ...) -> None: ...

class CreateSourceCodesResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[SourceCodeResult]
    def __init__(self, results: _Optional[_Iterable[_Union[SourceCodeResult, _Mapping]]] = ...) -> None: ...

class SourceCodeResult(_message.Message):
    __slots__ = ("source_code", "error")
    SOURCE_CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    source_code: SourceCode
    error: _common_pb2.ItemError
    def __init__(self, source_code: _Optional[_Union[SourceCode, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ListSourceCodesRequest(_message.Message):
    __slots__ = ("channel", "inviter_customer_id", "campaign_id", "page_size", "page_token")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    INVITER_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    channel: str
    inviter_customer_id: int
    campaign_id: str
    page_size: int
    page_token: str
    def __init__(self, channel: _Optional[str] = ..., inviter_customer_id: _Optional[int] = ..., campaign_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSourceCodesResponse(_message.Message):
    __slots__ = ("source_codes", "next_page_token")
    SOURCE_CODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    source_codes: _containers.RepeatedCompositeFieldContainer[SourceCode]
    next_page_token: str
    def __init__(self, source_codes: _Optional[_Iterable[_Union[SourceCode, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetSourceCodeStatisticsRequest(_message.Message):
    __slots__ = ("codes", "interval")
    CODES_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    codes: _containers.RepeatedScalarFieldContainer[str]
    interval: _common_pb2.Interval
    def __init__(self, codes: _Optional[_Iterable[str]] = ..., interval: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ...) -> None: ...

class GetSourceCodeStatisticsResponse(_message.Message):
    __slots__ = ("statistics",)
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    statistics: _containers.RepeatedCompositeFieldContainer[SourceCodeStatistics]
    def __init__(self, statistics: _Optional[_Iterable[_Union[SourceCodeStatistics, _Mapping]]] = ...) -> None: ...

class SourceCodeStatistics(_message.Message):
    __slots__ = ("code", "visits", "customers", "new_customers")
    CODE_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    NEW_CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    code: str
    visits: int
    customers: int
    new_customers: int
    def __init__(self, code: _Optional[str] = ..., visits: _Optional[int] = ..., customers: _Optional[int] = ..., new_customers: _Optional[int] = ...) -> None: ...
