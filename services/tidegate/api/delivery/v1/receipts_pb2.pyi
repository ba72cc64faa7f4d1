import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReceiptKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIPT_KIND_UNSPECIFIED: _ClassVar[ReceiptKind]
    RECEIPT_KIND_ACCEPTED: _ClassVar[ReceiptKind]
    RECEIPT_KIND_DELIVERED: _ClassVar[ReceiptKind]
    RECEIPT_KIND_HARD_BOUNCE: _ClassVar[ReceiptKind]
    RECEIPT_KIND_SOFT_BOUNCE: _ClassVar[ReceiptKind]
    RECEIPT_KIND_REFUSED: _ClassVar[ReceiptKind]
    RECEIPT_KIND_COMPLAINT: _ClassVar[ReceiptKind]
    RECEIPT_KIND_UNSUBSCRIBED: _ClassVar[ReceiptKind]
    RECEIPT_KIND_OPENED: _ClassVar[ReceiptKind]
    RECEIPT_KIND_CLICKED: _ClassVar[ReceiptKind]

class ReceiptState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIPT_STATE_UNSPECIFIED: _ClassVar[ReceiptState]
    RECEIPT_STATE_APPLIED: _ClassVar[ReceiptState]
    RECEIPT_STATE_WAITING: _ClassVar[ReceiptState]
    RECEIPT_STATE_SUPERSEDED: _ClassVar[ReceiptState]

class WindowTrigger(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WINDOW_TRIGGER_UNSPECIFIED: _ClassVar[WindowTrigger]
    WINDOW_TRIGGER_MESSAGE: _ClassVar[WindowTrigger]
    WINDOW_TRIGGER_MENU_CLICK: _ClassVar[WindowTrigger]
    WINDOW_TRIGGER_FOLLOW: _ClassVar[WindowTrigger]
    WINDOW_TRIGGER_SCAN: _ClassVar[WindowTrigger]
    WINDOW_TRIGGER_SESSION: _ClassVar[WindowTrigger]
RECEIPT_KIND_UNSPECIFIED: ReceiptKind
RECEIPT_KIND_ACCEPTED: ReceiptKind
RECEIPT_KIND_DELIVERED: ReceiptKind
RECEIPT_KIND_HARD_BOUNCE: ReceiptKind
RECEIPT_KIND_SOFT_BOUNCE: ReceiptKind
RECEIPT_KIND_REFUSED: ReceiptKind
RECEIPT_KIND_COMPLAINT: ReceiptKind
RECEIPT_KIND_UNSUBSCRIBED: ReceiptKind
RECEIPT_KIND_OPENED: ReceiptKind
RECEIPT_KIND_CLICKED: ReceiptKind
RECEIPT_STATE_UNSPECIFIED: ReceiptState
RECEIPT_STATE_APPLIED: ReceiptState
RECEIPT_STATE_WAITING: ReceiptState
RECEIPT_STATE_SUPERSEDED: ReceiptState
WINDOW_TRIGGER_UNSPECIFIED: WindowTrigger
WINDOW_TRIGGER_MESSAGE: WindowTrigger
WINDOW_TRIGGER_MENU_CLICK: WindowTrigger
WINDOW_TRIGGER_FOLLOW: WindowTrigger
WINDOW_TRIGGER_SCAN: WindowTrigger
WINDOW_TRIGGER_SESSION: WindowTrigger

class Receipt(_message.Message):
    __slots__ = ("receipt_id", "account_id", "provider_message_id", "message_id", "kind", "provider_code", "time", "dedupe_key", "state", "record_time", "address")
    RECEIPT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_CODE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DEDUPE_KEY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    receipt_id: str
    account_id: str
    provider_message_id: str
    message_id: str
    kind: ReceiptKind
    provider_code: str
    time: _timestamp_pb2.Timestamp
    dedupe_key: str
    state: ReceiptState
    record_time: _timestamp_pb2.Timestamp
    address: str
    def __init__(self, receipt_id: _Optional[str] = ..., account_id: _Optional[str] = ..., provider_message_id: _Optional[str] = ..., message_id: _Optional[str] = ..., kind: _Optional[_Union[ReceiptKind, str]] = ..., provider_code: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dedupe_key: _Optional[str] = ..., state: _Optional[_Union[ReceiptState, str]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., address: _Optional[str] = ...) -> None: ...

class RecordReceiptResult(_message.Message):
    __slots__ = ("recorded", "error")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    recorded: RecordedReceipt
    error: _common_pb2.ItemError
    def __init__(self, recorded: _Optional[_Union[RecordedReceipt, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class RecordedReceipt(_message.Message):
    __slots__ = ("receipt_id", "message_id", "state", "duplicate", "message_state")
    RECEIPT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_STATE_FIELD_NUMBER: _ClassVar[int]
    receipt_id: str
    message_id: str
    state: ReceiptState
    duplicate: bool
    message_state: _messages_pb2.MessageState
    def __init__(self, receipt_id: _Optional[str] = ..., message_id: _Optional[str] = ..., state: _Optional[_Union[ReceiptState, str]] = ..., duplicate: bool = ..., message_state: _Optional[_Union[_messages_pb2.MessageState, str]] = ...) -> None: ...

class WindowOpening(_message.Message):
    __slots__ = ("trigger",)
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    trigger: WindowTrigger
    def __init__(self, trigger: _Optional[_Union[WindowTrigger, str]] = ...) -> None: ...

class SubscriptionAccept(_message.Message):
    __slots__ = ("template_id", "credits")
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    credits: int
    def __init__(self, template_id: _Optional[str] = ..., credits: _Optional[int] = ...) -> None: ...

class SubscriptionRefusal(_message.Message):
    __slots__ = ("template_id",)
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    def __init__(self, template_id: _Optional[str] = ...) -> None: ...

class Interaction(_message.Message):
    __slots__ = ("interaction_id", "account_id", "identifier", "time", "window_opening", "subscription_accept", "subscription_refusal")
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    WINDOW_OPENING_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIPTION_ACCEPT_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIPTION_REFUSAL_FIELD_NUMBER: _ClassVar[int]
    interaction_id: str
    account_id: str
    identifier: _common_pb2.Identifier
    time: _timestamp_pb2.Timestamp
    window_opening: WindowOpening
    subscription_accept: SubscriptionAccept
    subscription_refusal: SubscriptionRefusal
    def __init__(self, interaction_id: _Optional[str] = ..., account_id: _Optional[str] = ..., identifier: _Optional[_Union[_common_pb2.Identifier, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., window_opening: _Optional[_Union[WindowOpening, _Mapping]] = ..., subscription_accept: _Optional[_Union[SubscriptionAccept, _Mapping]] = ..., subscription_refusal: _Optional[_Union[SubscriptionRefusal, _Mapping]] = ...) -> None: ...

class RecordInteractionResult(_message.Message):
    __slots__ = ("recorded", "error")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    recorded: RecordedInteraction
    error: _common_pb2.ItemError
    def __init__(self, recorded: _Optional[_Union[RecordedInteraction, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class RecordedInteraction(_message.Message):
    __slots__ = ("customer_id", "duplicate")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    duplicate: bool
    def __init__(self, customer_id: _Optional[int] = ..., duplicate: bool = ...) -> None: ...

class Credits(_message.Message):
    __slots__ = ("customer_id", "account_id", "template_id", "remaining", "lapse_time")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    LAPSE_TIME_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    account_id: str
    template_id: str
    remaining: int
    lapse_time: _timestamp_pb2.Timestamp
    def __init__(self, customer_id: _Optional[int] = ..., account_id: _Optional[str] = ..., template_id: _Optional[str] = ..., remaining: _Optional[int] = ..., lapse_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
