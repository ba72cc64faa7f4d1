import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LinkForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINK_FORM_UNSPECIFIED: _ClassVar[LinkForm]
    LINK_FORM_FULL: _ClassVar[LinkForm]
    LINK_FORM_SHORT: _ClassVar[LinkForm]
LINK_FORM_UNSPECIFIED: LinkForm
LINK_FORM_FULL: LinkForm
LINK_FORM_SHORT: LinkForm

class TrackedLink(_message.Message):
    __slots__ = ("code", "target_url", "url", "form", "message_id", "customer_id", "campaign_id", "label", "expire_time", "create_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TARGET_URL_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    target_url: str
    url: str
    form: LinkForm
    message_id: str
    customer_id: int
    campaign_id: str
    label: str
    expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., target_url: _Optional[str] = ..., url: _Optional[str] = ..., form: _Optional[_Union[LinkForm, str]] = ..., message_id: _Optional[str] = ..., customer_id: _Optional[int] = ..., campaign_id: _Optional[str] = ..., label: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
