import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GateCheck(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GATE_CHECK_UNSPECIFIED: _ClassVar[GateCheck]
    GATE_CHECK_STATE: _ClassVar[GateCheck]
    GATE_CHECK_OWNERSHIP: _ClassVar[GateCheck]
    GATE_CHECK_CONSENT: _ClassVar[GateCheck]
    GATE_CHECK_ADDRESS: _ClassVar[GateCheck]
    GATE_CHECK_HOLDOUT: _ClassVar[GateCheck]
    GATE_CHECK_FREQUENCY: _ClassVar[GateCheck]
    GATE_CHECK_QUIET_HOURS: _ClassVar[GateCheck]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_GRANTED: _ClassVar[Verdict]
    VERDICT_DEFERRED: _ClassVar[Verdict]
    VERDICT_DROPPED: _ClassVar[Verdict]
    VERDICT_NEXT_CHANNEL: _ClassVar[Verdict]
GATE_CHECK_UNSPECIFIED: GateCheck
GATE_CHECK_STATE: GateCheck
GATE_CHECK_OWNERSHIP: GateCheck
GATE_CHECK_CONSENT: GateCheck
GATE_CHECK_ADDRESS: GateCheck
GATE_CHECK_HOLDOUT: GateCheck
GATE_CHECK_FREQUENCY: GateCheck
GATE_CHECK_QUIET_HOURS: GateCheck
VERDICT_UNSPECIFIED: Verdict
VERDICT_GRANTED: Verdict
VERDICT_DEFERRED: Verdict
VERDICT_DROPPED: Verdict
VERDICT_NEXT_CHANNEL: Verdict

class Decision(_message.Message):
    __slots__ = ("time", "verdict", "check", "reason", "channel", "account_id", "findings", "wake_time", "policy_version", "identity_position", "facts", "text")
    class FactsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TIME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    WAKE_TIME_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    verdict: Verdict
    check: GateCheck
    reason: _messages_pb2.DropReason
    channel: str
    account_id: str
    findings: _containers.RepeatedCompositeFieldContainer[RuleFinding]
    wake_time: _timestamp_pb2.Timestamp
    policy_version: int
    identity_position: int
    facts: _containers.ScalarMap[str, str]
    text: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., check: _Optional[_Union[GateCheck, str]] = ..., reason: _Optional[_Union[_messages_pb2.DropReason, str]] = ..., channel: _Optional[str] = ..., account_id: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[RuleFinding, _Mapping]]] = ..., wake_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., policy_version: _Optional[int] = ..., identity_position: _Optional[int] = ..., facts: _Optional[_Mapping[str, str]] = ..., text: _Optional[str] = ...) -> None: ...

class RuleFinding(_message.Message):
    __slots__ = ("rule_id", "rule_version", "counted", "limit", "free_time")
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    FREE_TIME_FIELD_NUMBER: _ClassVar[int]
    rule_id: str
    rule_version: int
    counted: int
    limit: int
    free_time: _timestamp_pb2.Timestamp
    def __init__(self, rule_id: _Optional[str] = ..., rule_version: _Optional[int] = ..., counted: _Optional[int] = ..., limit: _Optional[int] = ..., free_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
