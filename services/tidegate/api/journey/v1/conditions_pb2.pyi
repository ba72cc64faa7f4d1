from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import changes_pb2 as _changes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Operator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATOR_UNSPECIFIED: _ClassVar[Operator]
    OPERATOR_EQUAL: _ClassVar[Operator]
    OPERATOR_NOT_EQUAL: _ClassVar[Operator]
    OPERATOR_LESS: _ClassVar[Operator]
    OPERATOR_AT_MOST: _ClassVar[Operator]
    OPERATOR_GREATER: _ClassVar[Operator]
    OPERATOR_AT_LEAST: _ClassVar[Operator]
    OPERATOR_IN: _ClassVar[Operator]
    OPERATOR_NOT_IN: _ClassVar[Operator]
    OPERATOR_PRESENT: _ClassVar[Operator]
    OPERATOR_ABSENT: _ClassVar[Operator]

class MembershipDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEMBERSHIP_DIRECTION_UNSPECIFIED: _ClassVar[MembershipDirection]
    MEMBERSHIP_DIRECTION_ENTERED: _ClassVar[MembershipDirection]
    MEMBERSHIP_DIRECTION_LEFT: _ClassVar[MembershipDirection]
OPERATOR_UNSPECIFIED: Operator
OPERATOR_EQUAL: Operator
OPERATOR_NOT_EQUAL: Operator
OPERATOR_LESS: Operator
OPERATOR_AT_MOST: Operator
OPERATOR_GREATER: Operator
OPERATOR_AT_LEAST: Operator
OPERATOR_IN: Operator
OPERATOR_NOT_IN: Operator
OPERATOR_PRESENT: Operator
OPERATOR_ABSENT: Operator
MEMBERSHIP_DIRECTION_UNSPECIFIED: MembershipDirection
MEMBERSHIP_DIRECTION_ENTERED: MembershipDirection
MEMBERSHIP_DIRECTION_LEFT: MembershipDirection

class EventCondition(_message.Message):
    __slots__ = ("event_name", "properties")
    EVENT_NAME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    event_name: str
    properties: _containers.RepeatedCompositeFieldContainer[PropertyCondition]
    def __init__(self, event_name: _Optional[str] = ..., properties: _Optional[_Iterable[_Union[PropertyCondition, _Mapping]]] = ...) -> None: ...

class PropertyCondition(_message.Message):
    __slots__ = ("property", "operator", "values")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    property: str
    operator: Operator
    values: _containers.RepeatedCompositeFieldContainer[_common_pb2.Value]
    def __init__(self, property: _Optional[str] = ..., operator: _Optional[_Union[Operator, str]] = ..., values: _Optional[_Iterable[_Union[_common_pb2.Value, _Mapping]]] = ...) -> None: ...

class MembershipCondition(_message.Message):
    __slots__ = ("segment_id", "direction")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    direction: MembershipDirection
    def __init__(self, segment_id: _Optional[str] = ..., direction: _Optional[_Union[MembershipDirection, str]] = ...) -> None: ...

class InteractionCondition(_message.Message):
    __slots__ = ("send_node_id", "interaction")
    SEND_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    send_node_id: str
    interaction: _changes_pb2.InteractionKind
    def __init__(self, send_node_id: _Optional[str] = ..., interaction: _Optional[_Union[_changes_pb2.InteractionKind, str]] = ...) -> None: ...

class Happening(_message.Message):
    __slots__ = ("event", "membership", "interaction")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    event: EventCondition
    membership: MembershipCondition
    interaction: InteractionCondition
    def __init__(self, event: _Optional[_Union[EventCondition, _Mapping]] = ..., membership: _Optional[_Union[MembershipCondition, _Mapping]] = ..., interaction: _Optional[_Union[InteractionCondition, _Mapping]] = ...) -> None: ...

class Binding(_message.Message):
    __slots__ = ("constant", "entry_property", "wait_property", "attribute")
    CONSTANT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    WAIT_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    constant: _common_pb2.Value
    entry_property: str
    wait_property: WaitProperty
    attribute: str
    def __init__(self, constant: _Optional[_Union[_common_pb2.Value, _Mapping]] = ..., entry_property: _Optional[str] = ..., wait_property: _Optional[_Union[WaitProperty, _Mapping]] = ..., attribute: _Optional[str] = ...) -> None: ...

class WaitProperty(_message.Message):
    __slots__ = ("node_id", "property")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    property: str
    def __init__(self, node_id: _Optional[str] = ..., property: _Optional[str] = ...) -> None: ...
