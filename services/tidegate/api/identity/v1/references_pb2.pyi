from tidegate.api.common.v1 import common_pb2 as _common_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CustomerReference(_message.Message):
    __slots__ = ("customer_id", "identifier")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    identifier: _common_pb2.Identifier
    def __init__(self, customer_id: _Optional[int] = ..., identifier: _Optional[_Union[_common_pb2.Identifier, _Mapping]] = ...) -> None: ...

class CustomerChangeResult(_message.Message):
    __slots__ = ("customer_id", "changed", "error")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    changed: bool
    error: _common_pb2.ItemError
    def __init__(self, customer_id: _Optional[int] = ..., changed: bool = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...
