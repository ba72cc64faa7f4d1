import datetime

from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetActivityRequest(_message.Message):
    __slots__ = ("nudge",)
    NUDGE_FIELD_NUMBER: _ClassVar[int]
    nudge: bool
    def __init__(self, nudge: bool = ...) -> None: ...

class GetActivityResponse(_message.Message):
    __slots__ = ("service", "now", "loops")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    LOOPS_FIELD_NUMBER: _ClassVar[int]
    service: str
    now: _timestamp_pb2.Timestamp
    loops: _containers.RepeatedCompositeFieldContainer[LoopActivity]
    def __init__(self, service: _Optional[str] = ..., now: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., loops: _Optional[_Iterable[_Union[LoopActivity, _Mapping]]] = ...) -> None: ...

class LoopActivity(_message.Message):
    __slots__ = ("name", "passes", "busy_passes", "busy", "last_error")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    BUSY_PASSES_FIELD_NUMBER: _ClassVar[int]
    BUSY_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    name: str
    passes: int
    busy_passes: int
    busy: bool
    last_error: str
    def __init__(self, name: _Optional[str] = ..., passes: _Optional[int] = ..., busy_passes: _Optional[int] = ..., busy: bool = ..., last_error: _Optional[str] = ...) -> None: ...
