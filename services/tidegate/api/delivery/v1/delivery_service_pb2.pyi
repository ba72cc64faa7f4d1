import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import changes_pb2 as _changes_pb2
from tidegate.api.delivery.v1 import channels_pb2 as _channels_pb2
from tidegate.api.delivery.v1 import decisions_pb2 as _decisions_pb2
from tidegate.api.delivery.v1 import links_pb2 as _links_pb2
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

class MessageOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MESSAGE_ORDER_UNSPECIFIED: _ClassVar[MessageOrder]
    MESSAGE_ORDER_ACCEPT_TIME: _ClassVar[MessageOrder]

class LedgerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEDGER_STATE_UNSPECIFIED: _ClassVar[LedgerState]
    LEDGER_STATE_RESERVED: _ClassVar[LedgerState]
    LEDGER_STATE_COMMITTED: _ClassVar[LedgerState]
    LEDGER_STATE_RELEASED: _ClassVar[LedgerState]
MESSAGE_ORDER_UNSPECIFIED: MessageOrder
MESSAGE_ORDER_ACCEPT_TIME: MessageOrder
LEDGER_STATE_UNSPECIFIED: LedgerState
LEDGER_STATE_RESERVED: LedgerState
LEDGER_STATE_COMMITTED: LedgerState
LEDGER_STATE_RELEASED: LedgerState

class SendRequest(_message.Message):
    __slots__ = ("messages",)
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[_messages_pb2.OutgoingMessage]
    def __init__(self, messages: _Optional[_Iterable[_Union[_messages_pb2.OutgoingMessage, _Mapping]]] = ...) -> None: ...

class SendResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_messages_pb2.SendResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_messages_pb2.SendResult, _Mapping]]] = ...) -> None: ...

class CheckEligibilityRequest(_message.Message):
    __slots__ = ("messages", "time")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[_messages_pb2.OutgoingMessage]
    time: _timestamp_pb2.Timestamp
    def __init__(self, messages: _Optional[_Iterable[_Union[_messages_pb2.OutgoingMessage, _Mapping]]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CheckEligibilityResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EligibilityResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EligibilityResult, _Mapping]]] = ...) -> None: ...

class EligibilityResult(_message.Message):
    __slots__ = ("decision", "error")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    decision: _decisions_pb2.Decision
    error: _common_pb2.ItemError
    def __init__(self, decision: _Optional[_Union[_decisions_pb2.Decision, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class CancelMessagesRequest(_message.Message):
    __slots__ = ("message_ids", "enrollment_id", "campaign_id")
    MESSAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    message_ids: _containers.RepeatedScalarFieldContainer[str]
    enrollment_id: str
    campaign_id: str
    def __init__(self, message_ids: _Optional[_Iterable[str]] = ..., enrollment_id: _Optional[str] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class CancelMessagesResponse(_message.Message):
    __slots__ = ("results", "cancelled_count")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CancelResult]
    cancelled_count: int
    def __init__(self, results: _Optional[_Iterable[_Union[CancelResult, _Mapping]]] = ..., cancelled_count: _Optional[int] = ...) -> None: ...

class CancelResult(_message.Message):
    __slots__ = ("state", "error")
    STATE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    state: _messages_pb2.MessageState
    error: _common_pb2.ItemError
    def __init__(self, state: _Optional[_Union[_messages_pb2.MessageState, str]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class GetMessageRequest(_message.Message):
    __slots__ = ("message_id", "idempotency_key")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    idempotency_key: str
    def __init__(self, message_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class GetMessageResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: _messages_pb2.Message
    def __init__(self, message: _Optional[_Union[_messages_pb2.Message, _Mapping]] = ...) -> None: ...

class ListMessagesRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token", "order", "behind")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    BEHIND_FIELD_NUMBER: _ClassVar[int]
    filter: _messages_pb2.MessageFilter
    page_size: int
    page_token: str
    order: MessageOrder
    behind: _common_pb2.Place
    def __init__(self, filter: _Optional[_Union[_messages_pb2.MessageFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., order: _Optional[_Union[MessageOrder, str]] = ..., behind: _Optional[_Union[_common_pb2.Place, _Mapping]] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages", "next_page_token")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[_messages_pb2.Message]
    next_page_token: str
    def __init__(self, messages: _Optional[_Iterable[_Union[_messages_pb2.Message, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExplainMessageRequest(_message.Message):
    __slots__ = ("message_id",)
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    def __init__(self, message_id: _Optional[str] = ...) -> None: ...

class ExplainMessageResponse(_message.Message):
    __slots__ = ("message", "decisions", "receipts", "ledger_entry", "summary")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_ENTRY_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    message: _messages_pb2.Message
    decisions: _containers.RepeatedCompositeFieldContainer[_decisions_pb2.Decision]
    receipts: _containers.RepeatedCompositeFieldContainer[_receipts_pb2.Receipt]
    ledger_entry: LedgerEntry
    summary: str
    def __init__(self, message: _Optional[_Union[_messages_pb2.Message, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[_decisions_pb2.Decision, _Mapping]]] = ..., receipts: _Optional[_Iterable[_Union[_receipts_pb2.Receipt, _Mapping]]] = ..., ledger_entry: _Optional[_Union[LedgerEntry, _Mapping]] = ..., summary: _Optional[str] = ...) -> None: ...

class LedgerEntry(_message.Message):
    __slots__ = ("state", "counted_time", "channel", "customer_id", "original_customer_id", "tier")
    STATE_FIELD_NUMBER: _ClassVar[int]
    COUNTED_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    state: LedgerState
    counted_time: _timestamp_pb2.Timestamp
    channel: str
    customer_id: int
    original_customer_id: int
    tier: str
    def __init__(self, state: _Optional[_Union[LedgerState, str]] = ..., counted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channel: _Optional[str] = ..., customer_id: _Optional[int] = ..., original_customer_id: _Optional[int] = ..., tier: _Optional[str] = ...) -> None: ...

class WatchMessagesRequest(_message.Message):
    __slots__ = ("filter", "after_position")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    AFTER_POSITION_FIELD_NUMBER: _ClassVar[int]
    filter: _messages_pb2.MessageFilter
    after_position: int
    def __init__(self, filter: _Optional[_Union[_messages_pb2.MessageFilter, _Mapping]] = ..., after_position: _Optional[int] = ...) -> None: ...

class WatchMessagesResponse(_message.Message):
    __slots__ = ("changes", "next_position")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_POSITION_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_changes_pb2.MessageChanged]
    next_position: int
    def __init__(self, changes: _Optional[_Iterable[_Union[_changes_pb2.MessageChanged, _Mapping]]] = ..., next_position: _Optional[int] = ...) -> None: ...

class CreateTemplateRequest(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _templates_pb2.Template
    def __init__(self, template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ...) -> None: ...

class CreateTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _templates_pb2.Template
    def __init__(self, template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ...) -> None: ...

class UpdateTemplateRequest(_message.Message):
    __slots__ = ("template", "update_mask")
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    template: _templates_pb2.Template
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _templates_pb2.Template
    def __init__(self, template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ...) -> None: ...

class GetTemplateRequest(_message.Message):
    __slots__ = ("template_id", "version")
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    version: int
    def __init__(self, template_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _templates_pb2.Template
    def __init__(self, template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ...) -> None: ...

class ListTemplatesRequest(_message.Message):
    __slots__ = ("state", "page_size", "page_token")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    state: _templates_pb2.TemplateState
    page_size: int
    page_token: str
    def __init__(self, state: _Optional[_Union[_templates_pb2.TemplateState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTemplatesResponse(_message.Message):
    __slots__ = ("templates", "next_page_token")
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    templates: _containers.RepeatedCompositeFieldContainer[_templates_pb2.Template]
    next_page_token: str
    def __init__(self, templates: _Optional[_Iterable[_Union[_templates_pb2.Template, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SetTemplateStateRequest(_message.Message):
    __slots__ = ("template_id", "state")
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    state: _templates_pb2.TemplateState
    def __init__(self, template_id: _Optional[str] = ..., state: _Optional[_Union[_templates_pb2.TemplateState, str]] = ...) -> None: ...

class SetTemplateStateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _templates_pb2.Template
    def __init__(self, template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ...) -> None: ...

class RenderPreviewRequest(_message.Message):
    __slots__ = ("template_id", "template", "variables", "language", "channels", "customer_id", "signature")
    class VariablesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    template: _templates_pb2.Template
    variables: _containers.MessageMap[str, _common_pb2.Value]
    language: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    customer_id: int
    signature: str
    def __init__(self, template_id: _Optional[str] = ..., template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ..., variables: _Optional[_Mapping[str, _common_pb2.Value]] = ..., language: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., customer_id: _Optional[int] = ..., signature: _Optional[str] = ...) -> None: ...

class RenderPreviewResponse(_message.Message):
    __slots__ = ("contents",)
    CONTENTS_FIELD_NUMBER: _ClassVar[int]
    contents: _containers.RepeatedCompositeFieldContainer[_templates_pb2.RenderedContent]
    def __init__(self, contents: _Optional[_Iterable[_Union[_templates_pb2.RenderedContent, _Mapping]]] = ...) -> None: ...

class SetProviderTemplateRequest(_message.Message):
    __slots__ = ("template_id", "provider_template")
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template_id: str
    provider_template: _templates_pb2.ProviderTemplate
    def __init__(self, template_id: _Optional[str] = ..., provider_template: _Optional[_Union[_templates_pb2.ProviderTemplate, _Mapping]] = ...) -> None: ...

class SetProviderTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: _templates_pb2.Template
    def __init__(self, template: _Optional[_Union[_templates_pb2.Template, _Mapping]] = ...) -> None: ...

class ListChannelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListChannelsResponse(_message.Message):
    __slots__ = ("channels",)
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    channels: _containers.RepeatedCompositeFieldContainer[_channels_pb2.Channel]
    def __init__(self, channels: _Optional[_Iterable[_Union[_channels_pb2.Channel, _Mapping]]] = ...) -> None: ...

class CreateAccountRequest(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: _channels_pb2.Account
    def __init__(self, account: _Optional[_Union[_channels_pb2.Account, _Mapping]] = ...) -> None: ...

class CreateAccountResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: _channels_pb2.Account
    def __init__(self, account: _Optional[_Union[_channels_pb2.Account, _Mapping]] = ...) -> None: ...

class UpdateAccountRequest(_message.Message):
    __slots__ = ("account", "update_mask")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    account: _channels_pb2.Account
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, account: _Optional[_Union[_channels_pb2.Account, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateAccountResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: _channels_pb2.Account
    def __init__(self, account: _Optional[_Union[_channels_pb2.Account, _Mapping]] = ...) -> None: ...

class GetAccountRequest(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    def __init__(self, account_id: _Optional[str] = ...) -> None: ...

class GetAccountResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: _channels_pb2.Account
    def __init__(self, account: _Optional[_Union[_channels_pb2.Account, _Mapping]] = ...) -> None: ...

class ListAccountsRequest(_message.Message):
    __slots__ = ("channel", "page_size", "page_token")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    channel: str
    page_size: int
    page_token: str
    def __init__(self, channel: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAccountsResponse(_message.Message):
    __slots__ = ("accounts", "next_page_token")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[_channels_pb2.Account]
    next_page_token: str
    def __init__(self, accounts: _Optional[_Iterable[_Union[_channels_pb2.Account, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PauseAccountRequest(_message.Message):
    __slots__ = ("account_id", "reason")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    reason: str
    def __init__(self, account_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PauseAccountResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: _channels_pb2.Account
    def __init__(self, account: _Optional[_Union[_channels_pb2.Account, _Mapping]] = ...) -> None: ...

class ResumeAccountRequest(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    def __init__(self, account_id: _Optional[str] = ...) -> None: ...

class ResumeAccountResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: _channels_pb2.Account
    def __init__(self, account: _Optional[_Union[_channels_pb2.Account, _Mapping]] = ...) -> None: ...

class TestAccountRequest(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    def __init__(self, account_id: _Optional[str] = ...) -> None: ...

class TestAccountResponse(_message.Message):
    __slots__ = ("outcome", "provider_code", "detail", "elapsed")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_FIELD_NUMBER: _ClassVar[int]
    outcome: _messages_pb2.Outcome
    provider_code: str
    detail: str
    elapsed: _duration_pb2.Duration
    def __init__(self, outcome: _Optional[_Union[_messages_pb2.Outcome, str]] = ..., provider_code: _Optional[str] = ..., detail: _Optional[str] = ..., elapsed: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CreateContactWayRequest(_message.Message):
    __slots__ = ("account_id", "source_code", "staff_ids", "remark")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_CODE_FIELD_NUMBER: _ClassVar[int]
    STAFF_IDS_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    source_code: str
    staff_ids: _containers.RepeatedScalarFieldContainer[str]
    remark: str
    def __init__(self, account_id: _Optional[str] = ..., source_code: _Optional[str] = ..., staff_ids: _Optional[_Iterable[str]] = ..., remark: _Optional[str] = ...) -> None: ...

class CreateContactWayResponse(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class ListAccountCostsRequest(_message.Message):
    __slots__ = ("account_id", "first_day", "last_day", "page_size", "page_token")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_DAY_FIELD_NUMBER: _ClassVar[int]
    LAST_DAY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    first_day: str
    last_day: str
    page_size: int
    page_token: str
    def __init__(self, account_id: _Optional[str] = ..., first_day: _Optional[str] = ..., last_day: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAccountCostsResponse(_message.Message):
    __slots__ = ("costs", "next_page_token")
    COSTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    costs: _containers.RepeatedCompositeFieldContainer[_channels_pb2.AccountCost]
    next_page_token: str
    def __init__(self, costs: _Optional[_Iterable[_Union[_channels_pb2.AccountCost, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RecordReceiptsRequest(_message.Message):
    __slots__ = ("receipts",)
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[_receipts_pb2.Receipt]
    def __init__(self, receipts: _Optional[_Iterable[_Union[_receipts_pb2.Receipt, _Mapping]]] = ...) -> None: ...

class RecordReceiptsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_receipts_pb2.RecordReceiptResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_receipts_pb2.RecordReceiptResult, _Mapping]]] = ...) -> None: ...

class ListReceiptsRequest(_message.Message):
    __slots__ = ("message_id", "account_id", "state", "page_size", "page_token")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    account_id: str
    state: _receipts_pb2.ReceiptState
    page_size: int
    page_token: str
    def __init__(self, message_id: _Optional[str] = ..., account_id: _Optional[str] = ..., state: _Optional[_Union[_receipts_pb2.ReceiptState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReceiptsResponse(_message.Message):
    __slots__ = ("receipts", "next_page_token")
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[_receipts_pb2.Receipt]
    next_page_token: str
    def __init__(self, receipts: _Optional[_Iterable[_Union[_receipts_pb2.Receipt, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RecordInteractionsRequest(_message.Message):
    __slots__ = ("interactions",)
    INTERACTIONS_FIELD_NUMBER: _ClassVar[int]
    interactions: _containers.RepeatedCompositeFieldContainer[_receipts_pb2.Interaction]
    def __init__(self, interactions: _Optional[_Iterable[_Union[_receipts_pb2.Interaction, _Mapping]]] = ...) -> None: ...

class RecordInteractionsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_receipts_pb2.RecordInteractionResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_receipts_pb2.RecordInteractionResult, _Mapping]]] = ...) -> None: ...

class GetCreditsRequest(_message.Message):
    __slots__ = ("customer_ids", "account_id", "template_id")
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    account_id: str
    template_id: str
    def __init__(self, customer_ids: _Optional[_Iterable[int]] = ..., account_id: _Optional[str] = ..., template_id: _Optional[str] = ...) -> None: ...

class GetCreditsResponse(_message.Message):
    __slots__ = ("credits",)
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    credits: _containers.RepeatedCompositeFieldContainer[_receipts_pb2.Credits]
    def __init__(self, credits: _Optional[_Iterable[_Union[_receipts_pb2.Credits, _Mapping]]] = ...) -> None: ...

class CreateTrackedLinkRequest(_message.Message):
    __slots__ = ("link",)
    LINK_FIELD_NUMBER: _ClassVar[int]
    link: _links_pb2.TrackedLink
    def __init__(self, link: _Optional[_Union[_links_pb2.TrackedLink, _Mapping]] = ...) -> None: ...

class CreateTrackedLinkResponse(_message.Message):
    __slots__ = ("link",)
    LINK_FIELD_NUMBER: _ClassVar[int]
    link: _links_pb2.TrackedLink
    def __init__(self, link: _Optional[_Union[_links_pb2.TrackedLink, _Mapping]] = ...) -> None: ...

class ListChangesRequest(_message.Message):
    __slots__ = ("after_position", "page_size", "wait", "kinds")
    AFTER_POSITION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    after_position: int
    page_size: int
    wait: _duration_pb2.Duration
    kinds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, after_position: _Optional[int] = ..., page_size: _Optional[int] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., kinds: _Optional[_Iterable[str]] = ...) -> None: ...

class ListChangesResponse(_message.Message):
    __slots__ = ("changes", "next_position", "head_position")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_POSITION_FIELD_NUMBER: _ClassVar[int]
    HEAD_POSITION_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_changes_pb2.Change]
    next_position: int
    head_position: int
    def __init__(self, changes: _Optional[_Iterable[_Union[_changes_pb2.Change, _Mapping]]] = ..., next_position: _Optional[int] = ..., head_position: _Optional[int] = ...) -> None: ...

class ExportCustomerRequest(_message.Message):
    __slots__ = ("customer_id",)
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    def __init__(self, customer_id: _Optional[int] = ...) -> None: ...

class ExportCustomerResponse(_message.Message):
    __slots__ = ("json",)
    JSON_FIELD_NUMBER: _ClassVar[int]
    json: str
    def __init__(self, json: _Optional[str] = ...) -> None: ...
