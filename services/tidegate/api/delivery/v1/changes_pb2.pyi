import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from tidegate.api.delivery.v1 import receipts_pb2 as _receipts_pb2
from tidegate.api.delivery.v1 import templates_pb2 as _templates_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InteractionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERACTION_KIND_UNSPECIFIED: _ClassVar[InteractionKind]
    INTERACTION_KIND_OPENED: _ClassVar[InteractionKind]
    INTERACTION_KIND_CLICKED: _ClassVar[InteractionKind]
    INTERACTION_KIND_UNSUBSCRIBED: _ClassVar[InteractionKind]
INTERACTION_KIND_UNSPECIFIED: InteractionKind
INTERACTION_KIND_OPENED: InteractionKind
INTERACTION_KIND_CLICKED: InteractionKind
INTERACTION_KIND_UNSUBSCRIBED: InteractionKind

class Change(_message.Message):
    __slots__ = ("position", "time", "customer_id", "message_changed", "receipt_recorded", "interaction", "consent_withdrawn", "address_invalidated", "policy_changed", "account_changed", "customer_erased", "template_changed")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_RECORDED_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_FIELD_NUMBER: _ClassVar[int]
    CONSENT_WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_INVALIDATED_FIELD_NUMBER: _ClassVar[int]
    POLICY_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ERASED_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    position: int
    time: _timestamp_pb2.Timestamp
    customer_id: int
    message_changed: MessageChanged
    receipt_recorded: ReceiptRecorded
    interaction: MessageInteraction
    consent_withdrawn: ConsentWithdrawn
    address_invalidated: AddressInvalidated
    policy_changed: PolicyChanged
    account_changed: AccountChanged
    customer_erased: CustomerErased
    template_changed: TemplateChanged
    def __init__(self, position: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., customer_id: _Optional[int] = ..., message_changed: _Optional[_Union[MessageChanged, _Mapping]] = ..., receipt_recorded: _Optional[_Union[ReceiptRecorded, _Mapping]] = ..., interaction: _Optional[_Union[MessageInteraction, _Mapping]] = ..., consent_withdrawn: _Optional[_Union[ConsentWithdrawn, _Mapping]] = ..., address_invalidated: _Optional[_Union[AddressInvalidated, _Mapping]] = ..., policy_changed: _Optional[_Union[PolicyChanged, _Mapping]] = ..., account_changed: _Optional[_Union[AccountChanged, _Mapping]] = ..., customer_erased: _Optional[_Union[CustomerErased, _Mapping]] = ..., template_changed: _Optional[_Union[TemplateChanged, _Mapping]] = ...) -> None: ...

class MessageChanged(_message.Message):
    __slots__ = ("message_id", "idempotency_key", "caller", "customer_id", "channel", "account_id", "state", "drop_reason", "outcome", "campaign_id", "phase_id", "journey_id", "enrollment_id", "node_id", "template_id", "tier", "brand", "message_class", "time", "wake_time", "rule_id", "cost_micros", "holdout_experiment_id")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DROP_REASON_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_CLASS_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    WAKE_TIME_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    idempotency_key: str
    caller: str
    customer_id: int
    channel: str
    account_id: str
    state: _messages_pb2.MessageState
    drop_reason: _messages_pb2.DropReason
    outcome: _messages_pb2.Outcome
    campaign_id: str
    phase_id: str
    journey_id: str
    enrollment_id: str
    node_id: str
    template_id: str
    tier: str
    brand: str
    message_class: _messages_pb2.MessageClass
    time: _timestamp_pb2.Timestamp
    wake_time: _timestamp_pb2.Timestamp
    rule_id: str
    cost_micros: int
    holdout_experiment_id: str
    def __init__(self, message_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., caller: _Optional[str] = ..., customer_id: _Optional[int] = ..., channel: _Optional[str] = ..., account_id: _Optional[str] = ..., state: _Optional[_Union[_messages_pb2.MessageState, str]] = ..., drop_reason: _Optional[_Union[_messages_pb2.DropReason, str]] = ..., outcome: _Optional[_Union[_messages_pb2.Outcome, str]] = ..., campaign_id: _Optional[str] = ..., phase_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., enrollment_id: _Optional[str] = ..., node_id: _Optional[str] = ..., template_id: _Optional[str] = ..., tier: _Optional[str] = ..., brand: _Optional[str] = ..., message_class: _Optional[_Union[_messages_pb2.MessageClass, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., wake_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rule_id: _Optional[str] = ..., cost_micros: _Optional[int] = ..., holdout_experiment_id: _Optional[str] = ...) -> None: ...

class ReceiptRecorded(_message.Message):
    __slots__ = ("receipt_id", "message_id", "account_id", "kind", "provider_code", "time", "channel", "campaign_id", "phase_id", "journey_id", "enrollment_id", "node_id", "template_id", "tier", "brand")
    RECEIPT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_CODE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    receipt_id: str
    message_id: str
    account_id: str
    kind: _receipts_pb2.ReceiptKind
    provider_code: str
    time: _timestamp_pb2.Timestamp
    channel: str
    campaign_id: str
    phase_id: str
    journey_id: str
    enrollment_id: str
    node_id: str
    template_id: str
    tier: str
    brand: str
    def __init__(self, receipt_id: _Optional[str] = ..., message_id: _Optional[str] = ..., account_id: _Optional[str] = ..., kind: _Optional[_Union[_receipts_pb2.ReceiptKind, str]] = ..., provider_code: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channel: _Optional[str] = ..., campaign_id: _Optional[str] = ..., phase_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., enrollment_id: _Optional[str] = ..., node_id: _Optional[str] = ..., template_id: _Optional[str] = ..., tier: _Optional[str] = ..., brand: _Optional[str] = ...) -> None: ...

class MessageInteraction(_message.Message):
    __slots__ = ("message_id", "kind", "link_code", "scanner", "campaign_id", "journey_id", "enrollment_id", "node_id", "channel", "template_id", "time", "link_label", "phase_id", "tier", "brand")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LINK_CODE_FIELD_NUMBER: _ClassVar[int]
    SCANNER_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LINK_LABEL_FIELD_NUMBER: _ClassVar[int]
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    kind: InteractionKind
    link_code: str
    scanner: bool
    campaign_id: str
    journey_id: str
    enrollment_id: str
    node_id: str
    channel: str
    template_id: str
    time: _timestamp_pb2.Timestamp
    link_label: str
    phase_id: str
    tier: str
    brand: str
    def __init__(self, message_id: _Optional[str] = ..., kind: _Optional[_Union[InteractionKind, str]] = ..., link_code: _Optional[str] = ..., scanner: bool = ..., campaign_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., enrollment_id: _Optional[str] = ..., node_id: _Optional[str] = ..., channel: _Optional[str] = ..., template_id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., link_label: _Optional[str] = ..., phase_id: _Optional[str] = ..., tier: _Optional[str] = ..., brand: _Optional[str] = ...) -> None: ...

class ConsentWithdrawn(_message.Message):
    __slots__ = ("purpose", "channel", "brand", "message_id", "source")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    purpose: str
    channel: str
    brand: str
    message_id: str
    source: str
    def __init__(self, purpose: _Optional[str] = ..., channel: _Optional[str] = ..., brand: _Optional[str] = ..., message_id: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class AddressInvalidated(_message.Message):
    __slots__ = ("namespace", "channel", "message_id", "address_digest")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    channel: str
    message_id: str
    address_digest: bytes
    def __init__(self, namespace: _Optional[str] = ..., channel: _Optional[str] = ..., message_id: _Optional[str] = ..., address_digest: _Optional[bytes] = ...) -> None: ...

class PolicyChanged(_message.Message):
    __slots__ = ("kind", "policy_id", "policy_version", "segment_ids", "score_model_ids")
    KIND_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    SCORE_MODEL_IDS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    policy_id: str
    policy_version: int
    segment_ids: _containers.RepeatedScalarFieldContainer[str]
    score_model_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kind: _Optional[str] = ..., policy_id: _Optional[str] = ..., policy_version: _Optional[int] = ..., segment_ids: _Optional[_Iterable[str]] = ..., score_model_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class AccountChanged(_message.Message):
    __slots__ = ("account_id", "channel", "reason")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    channel: str
    reason: str
    def __init__(self, account_id: _Optional[str] = ..., channel: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class TemplateChanged(_message.Message):
    __slots__ = ("template_id", "version", "state", "reason", "account_id")
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    version: int
    state: _templates_pb2.TemplateState
    reason: str
    account_id: str
    def __init__(self, template_id: _Optional[str] = ..., version: _Optional[int] = ..., state: _Optional[_Union[_templates_pb2.TemplateState, str]] = ..., reason: _Optional[str] = ..., account_id: _Optional[str] = ...) -> None: ...

class CustomerErased(_message.Message):
    __slots__ = ("erasure_id", "rows")
    ERASURE_ID_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    erasure_id: str
    rows: int
    def __init__(self, erasure_id: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...
