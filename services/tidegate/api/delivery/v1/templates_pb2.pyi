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

class TemplateState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TEMPLATE_STATE_UNSPECIFIED: _ClassVar[TemplateState]
    TEMPLATE_STATE_ACTIVE: _ClassVar[TemplateState]
    TEMPLATE_STATE_PAUSED: _ClassVar[TemplateState]
    TEMPLATE_STATE_ARCHIVED: _ClassVar[TemplateState]

class VariableType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VARIABLE_TYPE_UNSPECIFIED: _ClassVar[VariableType]
    VARIABLE_TYPE_TEXT: _ClassVar[VariableType]
    VARIABLE_TYPE_NUMBER: _ClassVar[VariableType]
    VARIABLE_TYPE_TIMESTAMP: _ClassVar[VariableType]
    VARIABLE_TYPE_URL: _ClassVar[VariableType]
    VARIABLE_TYPE_BOOL: _ClassVar[VariableType]

class ProviderTemplateState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROVIDER_TEMPLATE_STATE_UNSPECIFIED: _ClassVar[ProviderTemplateState]
    PROVIDER_TEMPLATE_STATE_PENDING: _ClassVar[ProviderTemplateState]
    PROVIDER_TEMPLATE_STATE_APPROVED: _ClassVar[ProviderTemplateState]
    PROVIDER_TEMPLATE_STATE_REJECTED: _ClassVar[ProviderTemplateState]
TEMPLATE_STATE_UNSPECIFIED: TemplateState
TEMPLATE_STATE_ACTIVE: TemplateState
TEMPLATE_STATE_PAUSED: TemplateState
TEMPLATE_STATE_ARCHIVED: TemplateState
VARIABLE_TYPE_UNSPECIFIED: VariableType
VARIABLE_TYPE_TEXT: VariableType
VARIABLE_TYPE_NUMBER: VariableType
VARIABLE_TYPE_TIMESTAMP: VariableType
VARIABLE_TYPE_URL: VariableType
VARIABLE_TYPE_BOOL: VariableType
PROVIDER_TEMPLATE_STATE_UNSPECIFIED: ProviderTemplateState
PROVIDER_TEMPLATE_STATE_PENDING: ProviderTemplateState
PROVIDER_TEMPLATE_STATE_APPROVED: ProviderTemplateState
PROVIDER_TEMPLATE_STATE_REJECTED: ProviderTemplateState

class Template(_message.Message):
    __slots__ = ("template_id", "display_name", "contents", "variables", "default_language", "state", "version", "etag", "provider_templates", "create_time", "update_time", "state_reason")
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENTS_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_REASON_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    display_name: str
    contents: _containers.RepeatedCompositeFieldContainer[TemplateContent]
    variables: _containers.RepeatedCompositeFieldContainer[TemplateVariable]
    default_language: str
    state: TemplateState
    version: int
    etag: str
    provider_templates: _containers.RepeatedCompositeFieldContainer[ProviderTemplate]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    state_reason: str
    def __init__(self, template_id: _Optional[str] = ..., display_name: _Optional[str] = ..., contents: _Optional[_Iterable[_Union[TemplateContent, _Mapping]]] = ..., variables: _Optional[_Iterable[_Union[TemplateVariable, _Mapping]]] = ..., default_language: _Optional[str] = ..., state: _Optional[_Union[TemplateState, str]] = ..., version: _Optional[int] = ..., etag: _Optional[str] = ..., provider_templates: _Optional[_Iterable[_Union[ProviderTemplate, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state_reason: _Optional[str] = ...) -> None: ...

class TemplateContent(_message.Message):
    __slots__ = ("channel", "language", "parts")
    class PartsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    language: str
    parts: _containers.ScalarMap[str, str]
    def __init__(self, channel: _Optional[str] = ..., language: _Optional[str] = ..., parts: _Optional[_Mapping[str, str]] = ...) -> None: ...

class TemplateVariable(_message.Message):
    __slots__ = ("name", "type", "default_value", "max_length", "sample")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: VariableType
    default_value: _common_pb2.Value
    max_length: int
    sample: str
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[VariableType, str]] = ..., default_value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ..., max_length: _Optional[int] = ..., sample: _Optional[str] = ...) -> None: ...

class ProviderTemplate(_message.Message):
    __slots__ = ("account_id", "provider_template_id", "state", "detail", "update_time", "parameters")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    provider_template_id: str
    state: ProviderTemplateState
    detail: str
    update_time: _timestamp_pb2.Timestamp
    parameters: _containers.RepeatedCompositeFieldContainer[ProviderParameter]
    def __init__(self, account_id: _Optional[str] = ..., provider_template_id: _Optional[str] = ..., state: _Optional[_Union[ProviderTemplateState, str]] = ..., detail: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., parameters: _Optional[_Iterable[_Union[ProviderParameter, _Mapping]]] = ...) -> None: ...

class ProviderParameter(_message.Message):
    __slots__ = ("name", "part")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    name: str
    part: str
    def __init__(self, name: _Optional[str] = ..., part: _Optional[str] = ...) -> None: ...

class RenderedContent(_message.Message):
    __slots__ = ("channel", "language", "parts", "sms_part_count", "has_address")
    class PartsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    SMS_PART_COUNT_FIELD_NUMBER: _ClassVar[int]
    HAS_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    language: str
    parts: _containers.ScalarMap[str, str]
    sms_part_count: int
    has_address: bool
    def __init__(self, channel: _Optional[str] = ..., language: _Optional[str] = ..., parts: _Optional[_Mapping[str, str]] = ..., sms_part_count: _Optional[int] = ..., has_address: bool = ...) -> None: ...
