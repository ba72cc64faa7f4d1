import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MessageClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MESSAGE_CLASS_UNSPECIFIED: _ClassVar[MessageClass]
    MESSAGE_CLASS_VERIFICATION: _ClassVar[MessageClass]
    MESSAGE_CLASS_TRANSACTIONAL: _ClassVar[MessageClass]
    MESSAGE_CLASS_SERVICE_REPLY: _ClassVar[MessageClass]
    MESSAGE_CLASS_MARKETING: _ClassVar[MessageClass]
    MESSAGE_CLASS_MARKETING_OVERRIDE: _ClassVar[MessageClass]

class MessageState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MESSAGE_STATE_UNSPECIFIED: _ClassVar[MessageState]
    MESSAGE_STATE_ACCEPTED: _ClassVar[MessageState]
    MESSAGE_STATE_DEFERRED: _ClassVar[MessageState]
    MESSAGE_STATE_CLAIMED: _ClassVar[MessageState]
    MESSAGE_STATE_CALLING: _ClassVar[MessageState]
    MESSAGE_STATE_SENT: _ClassVar[MessageState]
    MESSAGE_STATE_UNCERTAIN: _ClassVar[MessageState]
    MESSAGE_STATE_DELIVERED: _ClassVar[MessageState]
    MESSAGE_STATE_BOUNCED: _ClassVar[MessageState]
    MESSAGE_STATE_OPENED: _ClassVar[MessageState]
    MESSAGE_STATE_CLICKED: _ClassVar[MessageState]
    MESSAGE_STATE_DROPPED: _ClassVar[MessageState]
    MESSAGE_STATE_FAILED: _ClassVar[MessageState]

class DropReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DROP_REASON_UNSPECIFIED: _ClassVar[DropReason]
    DROP_REASON_EXPIRED: _ClassVar[DropReason]
    DROP_REASON_CANCELLED: _ClassVar[DropReason]
    DROP_REASON_NOT_ACTIVE: _ClassVar[DropReason]
    DROP_REASON_NOT_OWNER: _ClassVar[DropReason]
    DROP_REASON_NO_CONSENT: _ClassVar[DropReason]
    DROP_REASON_SUPPRESSED: _ClassVar[DropReason]
    DROP_REASON_NO_ADDRESS: _ClassVar[DropReason]
    DROP_REASON_WINDOW_CLOSED: _ClassVar[DropReason]
    DROP_REASON_NO_CREDIT: _ClassVar[DropReason]
    DROP_REASON_TEMPLATE_INVALID: _ClassVar[DropReason]
    DROP_REASON_HELD_OUT: _ClassVar[DropReason]
    DROP_REASON_FREQUENCY: _ClassVar[DropReason]
    DROP_REASON_QUIET: _ClassVar[DropReason]
    DROP_REASON_REPEATED: _ClassVar[DropReason]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_ACCEPTED: _ClassVar[Outcome]
    OUTCOME_UNCERTAIN: _ClassVar[Outcome]
    OUTCOME_RETRYABLE: _ClassVar[Outcome]
    OUTCOME_RATE_LIMITED: _ClassVar[Outcome]
    OUTCOME_INVALID_RECIPIENT: _ClassVar[Outcome]
    OUTCOME_NOT_SUBSCRIBED: _ClassVar[Outcome]
    OUTCOME_CONTENT_REJECTED: _ClassVar[Outcome]
    OUTCOME_AUTH_ERROR: _ClassVar[Outcome]
    OUTCOME_PERMANENT: _ClassVar[Outcome]

class OutcomeScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_SCOPE_UNSPECIFIED: _ClassVar[OutcomeScope]
    OUTCOME_SCOPE_MESSAGE: _ClassVar[OutcomeScope]
    OUTCOME_SCOPE_RECIPIENT: _ClassVar[OutcomeScope]
    OUTCOME_SCOPE_TEMPLATE: _ClassVar[OutcomeScope]
    OUTCOME_SCOPE_ACCOUNT: _ClassVar[OutcomeScope]
    OUTCOME_SCOPE_CALL: _ClassVar[OutcomeScope]
MESSAGE_CLASS_UNSPECIFIED: MessageClass
MESSAGE_CLASS_VERIFICATION: MessageClass
MESSAGE_CLASS_TRANSACTIONAL: MessageClass
MESSAGE_CLASS_SERVICE_REPLY: MessageClass
MESSAGE_CLASS_MARKETING: MessageClass
MESSAGE_CLASS_MARKETING_OVERRIDE: MessageClass
MESSAGE_STATE_UNSPECIFIED: MessageState
MESSAGE_STATE_ACCEPTED: MessageState
MESSAGE_STATE_DEFERRED: MessageState
MESSAGE_STATE_CLAIMED: MessageState
MESSAGE_STATE_CALLING: MessageState
MESSAGE_STATE_SENT: MessageState
MESSAGE_STATE_UNCERTAIN: MessageState
MESSAGE_STATE_DELIVERED: MessageState
MESSAGE_STATE_BOUNCED: MessageState
MESSAGE_STATE_OPENED: MessageState
MESSAGE_STATE_CLICKED: MessageState
MESSAGE_STATE_DROPPED: MessageState
MESSAGE_STATE_FAILED: MessageState
DROP_REASON_UNSPECIFIED: DropReason
DROP_REASON_EXPIRED: DropReason
DROP_REASON_CANCELLED: DropReason
DROP_REASON_NOT_ACTIVE: DropReason
DROP_REASON_NOT_OWNER: DropReason
DROP_REASON_NO_CONSENT: DropReason
DROP_REASON_SUPPRESSED: DropReason
DROP_REASON_NO_ADDRESS: DropReason
DROP_REASON_WINDOW_CLOSED: DropReason
DROP_REASON_NO_CREDIT: DropReason
DROP_REASON_TEMPLATE_INVALID: DropReason
DROP_REASON_HELD_OUT: DropReason
DROP_REASON_FREQUENCY: DropReason
DROP_REASON_QUIET: DropReason
DROP_REASON_REPEATED: DropReason
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_ACCEPTED: Outcome
OUTCOME_UNCERTAIN: Outcome
OUTCOME_RETRYABLE: Outcome
OUTCOME_RATE_LIMITED: Outcome
OUTCOME_INVALID_RECIPIENT: Outcome
OUTCOME_NOT_SUBSCRIBED: Outcome
OUTCOME_CONTENT_REJECTED: Outcome
OUTCOME_AUTH_ERROR: Outcome
OUTCOME_PERMANENT: Outcome
OUTCOME_SCOPE_UNSPECIFIED: OutcomeScope
OUTCOME_SCOPE_MESSAGE: OutcomeScope
OUTCOME_SCOPE_RECIPIENT: OutcomeScope
OUTCOME_SCOPE_TEMPLATE: OutcomeScope
OUTCOME_SCOPE_ACCOUNT: OutcomeScope
OUTCOME_SCOPE_CALL: OutcomeScope

class Recipient(_message.Message):
    __slots__ = ("customer_id", "identifier", "staff_id", "group_id")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    identifier: _common_pb2.Identifier
    staff_id: str
    group_id: str
    def __init__(self, customer_id: _Optional[int] = ..., identifier: _Optional[_Union[_common_pb2.Identifier, _Mapping]] = ..., staff_id: _Optional[str] = ..., group_id: _Optional[str] = ...) -> None: ...

class Holdout(_message.Message):
    __slots__ = ("experiment_id", "arm")
    EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ARM_FIELD_NUMBER: _ClassVar[int]
    experiment_id: str
    arm: str
    def __init__(self, experiment_id: _Optional[str] = ..., arm: _Optional[str] = ...) -> None: ...

class Override(_message.Message):
    __slots__ = ("reason", "end_time")
    REASON_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    reason: str
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OutgoingMessage(_message.Message):
    __slots__ = ("idempotency_key", "recipient", "channels", "template_id", "variables", "message_class", "purpose", "brand", "campaign_id", "phase_id", "journey_id", "enrollment_id", "node_id", "tier", "priority", "send_after", "expire_time", "holdout", "override", "sender_unit", "language", "content_key")
    class VariablesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_CLASS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    SEND_AFTER_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    SENDER_UNIT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_KEY_FIELD_NUMBER: _ClassVar[int]
    idempotency_key: str
    recipient: Recipient
    channels: _containers.RepeatedScalarFieldContainer[str]
    template_id: str
    variables: _containers.MessageMap[str, _common_pb2.Value]
    message_class: MessageClass
    purpose: str
    brand: str
    campaign_id: str
    phase_id: str
    journey_id: str
    enrollment_id: str
    node_id: str
    tier: str
    priority: int
    send_after: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    holdout: Holdout
    override: Override
    sender_unit: str
    language: str
    content_key: str
    def __init__(self, idempotency_key: _Optional[str] = ..., recipient: _Optional[_Union[Recipient, _Mapping]] = ..., channels: _Optional[_Iterable[str]] = ..., template_id: _Optional[str] = ..., variables: _Optional[_Mapping[str, _common_pb2.Value]] = ..., message_class: _Optional[_Union[MessageClass, str]] = ..., purpose: _Optional[str] = ..., brand: _Optional[str] = ..., campaign_id: _Optional[str] = ..., phase_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., enrollment_id: _Optional[str] = ..., node_id: _Optional[str] = ..., tier: _Optional[str] = ..., priority: _Optional[int] = ..., send_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., holdout: _Optional[_Union[Holdout, _Mapping]] = ..., override: _Optional[_Union[Override, _Mapping]] = ..., sender_unit: _Optional[str] = ..., language: _Optional[str] = ..., content_key: _Optional[str] = ...) -> None: ...

class SendResult(_message.Message):
    __slots__ = ("accepted", "error")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    accepted: AcceptedMessage
    error: _common_pb2.ItemError
    def __init__(self, accepted: _Optional[_Union[AcceptedMessage, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class AcceptedMessage(_message.Message):
    __slots__ = ("message_id", "state", "replayed", "customer_id")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    state: MessageState
    replayed: bool
    customer_id: int
    def __init__(self, message_id: _Optional[str] = ..., state: _Optional[_Union[MessageState, str]] = ..., replayed: bool = ..., customer_id: _Optional[int] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("message_id", "caller", "idempotency_key", "customer_id", "original_customer_id", "entity_id", "channels", "channel", "account_id", "template_id", "message_class", "purpose", "brand", "campaign_id", "phase_id", "journey_id", "enrollment_id", "node_id", "tier", "priority", "state", "drop_reason", "outcome", "accept_time", "send_after", "expire_time", "wake_time", "sent_time", "final_time", "holdout", "attempt_count", "attempts", "sender_unit")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_CLASS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DROP_REASON_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_AFTER_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    WAKE_TIME_FIELD_NUMBER: _ClassVar[int]
    SENT_TIME_FIELD_NUMBER: _ClassVar[int]
    FINAL_TIME_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    SENDER_UNIT_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    caller: str
    idempotency_key: str
    customer_id: int
    original_customer_id: int
    entity_id: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    channel: str
    account_id: str
    template_id: str
    message_class: MessageClass
    purpose: str
    brand: str
    campaign_id: str
    phase_id: str
    journey_id: str
    enrollment_id: str
    node_id: str
    tier: str
    priority: int
    state: MessageState
    drop_reason: DropReason
    outcome: Outcome
    accept_time: _timestamp_pb2.Timestamp
    send_after: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    wake_time: _timestamp_pb2.Timestamp
    sent_time: _timestamp_pb2.Timestamp
    final_time: _timestamp_pb2.Timestamp
    holdout: Holdout
    attempt_count: int
    attempts: _containers.RepeatedCompositeFieldContainer[Attempt]
    sender_unit: str
    def __init__(self, message_id: _Optional[str] = ..., caller: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., customer_id: _Optional[int] = ..., original_customer_id: _Optional[int] = ..., entity_id: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., channel: _Optional[str] = ..., account_id: _Optional[str] = ..., template_id: _Optional[str] = ..., message_class: _Optional[_Union[MessageClass, str]] = ..., purpose: _Optional[str] = ..., brand: _Optional[str] = ..., campaign_id: _Optional[str] = ..., phase_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., enrollment_id: _Optional[str] = ..., node_id: _Optional[str] = ..., tier: _Optional[str] = ..., priority: _Optional[int] = ..., state: _Optional[_Union[MessageState, str]] = ..., drop_reason: _Optional[_Union[DropReason, str]] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., accept_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., wake_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sent_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., final_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., holdout: _Optional[_Union[Holdout, _Mapping]] = ..., attempt_count: _Optional[int] = ..., attempts: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ..., sender_unit: _Optional[str] = ...) -> None: ...

class Attempt(_message.Message):
    __slots__ = ("number", "channel", "account_id", "start_time", "end_time", "outcome", "scope", "provider_code", "provider_message_id", "detail", "retry_after", "cost_micros")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_CODE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    number: int
    channel: str
    account_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    outcome: Outcome
    scope: OutcomeScope
    provider_code: str
    provider_message_id: str
    detail: str
    retry_after: _duration_pb2.Duration
    cost_micros: int
    def __init__(self, number: _Optional[int] = ..., channel: _Optional[str] = ..., account_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., scope: _Optional[_Union[OutcomeScope, str]] = ..., provider_code: _Optional[str] = ..., provider_message_id: _Optional[str] = ..., detail: _Optional[str] = ..., retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., cost_micros: _Optional[int] = ...) -> None: ...

class MessageFilter(_message.Message):
    __slots__ = ("customer_id", "caller", "campaign_id", "journey_id", "enrollment_id", "channel", "states", "accept_time")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_TIME_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    caller: str
    campaign_id: str
    journey_id: str
    enrollment_id: str
    channel: str
    states: _containers.RepeatedScalarFieldContainer[MessageState]
    accept_time: _common_pb2.Interval
    def __init__(self, customer_id: _Optional[int] = ..., caller: _Optional[str] = ..., campaign_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., enrollment_id: _Optional[str] = ..., channel: _Optional[str] = ..., states: _Optional[_Iterable[_Union[MessageState, str]]] = ..., accept_time: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ...) -> None: ...
