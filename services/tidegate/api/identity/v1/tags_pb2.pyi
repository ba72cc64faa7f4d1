import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.identity.v1 import references_pb2 as _references_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TagGroup(_message.Message):
    __slots__ = ("group_id", "display_name", "exclusive", "closed", "names", "etag", "create_time", "update_time", "parents", "lifetime")
    class ParentsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_FIELD_NUMBER: _ClassVar[int]
    group_id: str
    display_name: str
    exclusive: bool
    closed: bool
    names: _containers.RepeatedScalarFieldContainer[str]
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    parents: _containers.ScalarMap[str, str]
    lifetime: _duration_pb2.Duration
    def __init__(self, group_id: _Optional[str] = ..., display_name: _Optional[str] = ..., exclusive: bool = ..., closed: bool = ..., names: _Optional[_Iterable[str]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., parents: _Optional[_Mapping[str, str]] = ..., lifetime: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CustomerTags(_message.Message):
    __slots__ = ("customer", "tags", "expire_time")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    customer: _references_pb2.CustomerReference
    tags: _containers.RepeatedScalarFieldContainer[str]
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, customer: _Optional[_Union[_references_pb2.CustomerReference, _Mapping]] = ..., tags: _Optional[_Iterable[str]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TagCustomersRequest(_message.Message):
    __slots__ = ("customers", "source", "time")
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[CustomerTags]
    source: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, customers: _Optional[_Iterable[_Union[CustomerTags, _Mapping]]] = ..., source: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TagCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerChangeResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_references_pb2.CustomerChangeResult, _Mapping]]] = ...) -> None: ...

class UntagCustomersRequest(_message.Message):
    __slots__ = ("customers", "source", "time")
    CUSTOMERS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    customers: _containers.RepeatedCompositeFieldContainer[CustomerTags]
    source: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, customers: _Optional[_Iterable[_Union[CustomerTags, _Mapping]]] = ..., source: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UntagCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_references_pb2.CustomerChangeResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_references_pb2.CustomerChangeResult, _Mapping]]] = ...) -> None: ...

class CreateTagGroupRequest(_message.Message):
    __slots__ = ("tag_group",)
    TAG_GROUP_FIELD_NUMBER: _ClassVar[int]
    tag_group: TagGroup
    def __init__(self, tag_group: _Optional[_Union[TagGroup, _Mapping]] = ...) -> None: ...

class CreateTagGroupResponse(_message.Message):
    __slots__ = ("tag_group",)
    TAG_GROUP_FIELD_NUMBER: _ClassVar[int]
    tag_group: TagGroup
    def __init__(self, tag_group: _Optional[_Union[TagGroup, _Mapping]] = ...) -> None: ...

class UpdateTagGroupRequest(_message.Message):
    __slots__ = ("tag_group", "update_mask")
    TAG_GROUP_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    tag_group: TagGroup
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, tag_group: _Optional[_Union[TagGroup, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateTagGroupResponse(_message.Message):
    __slots__ = ("tag_group",)
    TAG_GROUP_FIELD_NUMBER: _ClassVar[int]
    tag_group: TagGroup
    def __init__(self, tag_group: _Optional[_Union[TagGroup, _Mapping]] = ...) -> None: ...

class GetTagGroupRequest(_message.Message):
    __slots__ = ("group_id",)
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    group_id: str
    def __init__(self, group_id: _Optional[str] = ...) -> None: ...

class GetTagGroupResponse(_message.Message):
    __slots__ = ("tag_group",)
    TAG_GROUP_FIELD_NUMBER: _ClassVar[int]
    tag_group: TagGroup
    def __init__(self, tag_group: _Optional[_Union[TagGroup, _Mapping]] = ...) -> None: ...

class ListTagGroupsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTagGroupsResponse(_message.Message):
    __slots__ = ("tag_groups", "next_page_token")
    TAG_GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tag_groups: _containers.RepeatedCompositeFieldContainer[TagGroup]
    next_page_token: str
    def __init__(self, tag_groups: _Optional[_Iterable[_Union[TagGroup, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteTagGroupRequest(_message.Message):
    __slots__ = ("group_id", "etag")
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    group_id: str
    etag: str
    def __init__(self, group_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteTagGroupResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListTagsRequest(_message.Message):
    __slots__ = ("group_id", "page_size", "page_token")
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    group_id: str
    page_size: int
    page_token: str
    def __init__(self, group_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTagsResponse(_message.Message):
    __slots__ = ("tags", "next_page_token")
    TAGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tags: _containers.RepeatedCompositeFieldContainer[TagUsage]
    next_page_token: str
    def __init__(self, tags: _Optional[_Iterable[_Union[TagUsage, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class TagUsage(_message.Message):
    __slots__ = ("tag", "customer_count")
    TAG_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_COUNT_FIELD_NUMBER: _ClassVar[int]
    tag: str
    customer_count: int
    def __init__(self, tag: _Optional[str] = ..., customer_count: _Optional[int] = ...) -> None: ...
