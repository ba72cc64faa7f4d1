import datetime

from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.delivery.v1 import decisions_pb2 as _decisions_pb2
from tidegate.api.delivery.v1 import frequency_pb2 as _frequency_pb2
from tidegate.api.delivery.v1 import messages_pb2 as _messages_pb2
from tidegate.api.delivery.v1 import policies_pb2 as _policies_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateFrequencyRuleRequest(_message.Message):
    __slots__ = ("frequency_rule",)
    FREQUENCY_RULE_FIELD_NUMBER: _ClassVar[int]
    frequency_rule: _frequency_pb2.FrequencyRule
    def __init__(self, frequency_rule: _Optional[_Union[_frequency_pb2.FrequencyRule, _Mapping]] = ...) -> None: ...

class CreateFrequencyRuleResponse(_message.Message):
    __slots__ = ("frequency_rule",)
    FREQUENCY_RULE_FIELD_NUMBER: _ClassVar[int]
    frequency_rule: _frequency_pb2.FrequencyRule
    def __init__(self, frequency_rule: _Optional[_Union[_frequency_pb2.FrequencyRule, _Mapping]] = ...) -> None: ...

class UpdateFrequencyRuleRequest(_message.Message):
    __slots__ = ("frequency_rule", "update_mask")
    FREQUENCY_RULE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    frequency_rule: _frequency_pb2.FrequencyRule
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, frequency_rule: _Optional[_Union[_frequency_pb2.FrequencyRule, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateFrequencyRuleResponse(_message.Message):
    __slots__ = ("frequency_rule",)
    FREQUENCY_RULE_FIELD_NUMBER: _ClassVar[int]
    frequency_rule: _frequency_pb2.FrequencyRule
    def __init__(self, frequency_rule: _Optional[_Union[_frequency_pb2.FrequencyRule, _Mapping]] = ...) -> None: ...

class DeleteFrequencyRuleRequest(_message.Message):
    __slots__ = ("rule_id", "etag")
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    rule_id: str
    etag: str
    def __init__(self, rule_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteFrequencyRuleResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetFrequencyRuleRequest(_message.Message):
    __slots__ = ("rule_id",)
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    rule_id: str
    def __init__(self, rule_id: _Optional[str] = ...) -> None: ...

class GetFrequencyRuleResponse(_message.Message):
    __slots__ = ("frequency_rule",)
    FREQUENCY_RULE_FIELD_NUMBER: _ClassVar[int]
    frequency_rule: _frequency_pb2.FrequencyRule
    def __init__(self, frequency_rule: _Optional[_Union[_frequency_pb2.FrequencyRule, _Mapping]] = ...) -> None: ...

class ListFrequencyRulesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "campaign_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    campaign_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class ListFrequencyRulesResponse(_message.Message):
    __slots__ = ("frequency_rules", "next_page_token")
    FREQUENCY_RULES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    frequency_rules: _containers.RepeatedCompositeFieldContainer[_frequency_pb2.FrequencyRule]
    next_page_token: str
    def __init__(self, frequency_rules: _Optional[_Iterable[_Union[_frequency_pb2.FrequencyRule, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WriteFrequencyRulesRequest(_message.Message):
    __slots__ = ("frequency_rules", "delete_rule_ids")
    FREQUENCY_RULES_FIELD_NUMBER: _ClassVar[int]
    DELETE_RULE_IDS_FIELD_NUMBER: _ClassVar[int]
    frequency_rules: _containers.RepeatedCompositeFieldContainer[_frequency_pb2.FrequencyRule]
    delete_rule_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, frequency_rules: _Optional[_Iterable[_Union[_frequency_pb2.FrequencyRule, _Mapping]]] = ..., delete_rule_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class WriteFrequencyRulesResponse(_message.Message):
    __slots__ = ("frequency_rules", "policy_version")
    FREQUENCY_RULES_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    frequency_rules: _containers.RepeatedCompositeFieldContainer[_frequency_pb2.FrequencyRule]
    policy_version: int
    def __init__(self, frequency_rules: _Optional[_Iterable[_Union[_frequency_pb2.FrequencyRule, _Mapping]]] = ..., policy_version: _Optional[int] = ...) -> None: ...

class CreateQuietHoursRequest(_message.Message):
    __slots__ = ("quiet_hours",)
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    quiet_hours: _policies_pb2.QuietHours
    def __init__(self, quiet_hours: _Optional[_Union[_policies_pb2.QuietHours, _Mapping]] = ...) -> None: ...

class CreateQuietHoursResponse(_message.Message):
    __slots__ = ("quiet_hours",)
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    quiet_hours: _policies_pb2.QuietHours
    def __init__(self, quiet_hours: _Optional[_Union[_policies_pb2.QuietHours, _Mapping]] = ...) -> None: ...

class UpdateQuietHoursRequest(_message.Message):
    __slots__ = ("quiet_hours", "update_mask")
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    quiet_hours: _policies_pb2.QuietHours
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, quiet_hours: _Optional[_Union[_policies_pb2.QuietHours, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateQuietHoursResponse(_message.Message):
    __slots__ = ("quiet_hours",)
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    quiet_hours: _policies_pb2.QuietHours
    def __init__(self, quiet_hours: _Optional[_Union[_policies_pb2.QuietHours, _Mapping]] = ...) -> None: ...

class DeleteQuietHoursRequest(_message.Message):
    __slots__ = ("quiet_hours_id", "etag")
    QUIET_HOURS_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    quiet_hours_id: str
    etag: str
    def __init__(self, quiet_hours_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteQuietHoursResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetQuietHoursRequest(_message.Message):
    __slots__ = ("quiet_hours_id",)
    QUIET_HOURS_ID_FIELD_NUMBER: _ClassVar[int]
    quiet_hours_id: str
    def __init__(self, quiet_hours_id: _Optional[str] = ...) -> None: ...

class GetQuietHoursResponse(_message.Message):
    __slots__ = ("quiet_hours",)
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    quiet_hours: _policies_pb2.QuietHours
    def __init__(self, quiet_hours: _Optional[_Union[_policies_pb2.QuietHours, _Mapping]] = ...) -> None: ...

class ListQuietHoursRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListQuietHoursResponse(_message.Message):
    __slots__ = ("quiet_hours", "next_page_token")
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    quiet_hours: _containers.RepeatedCompositeFieldContainer[_policies_pb2.QuietHours]
    next_page_token: str
    def __init__(self, quiet_hours: _Optional[_Iterable[_Union[_policies_pb2.QuietHours, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateExemptionRequest(_message.Message):
    __slots__ = ("exemption",)
    EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    exemption: _policies_pb2.Exemption
    def __init__(self, exemption: _Optional[_Union[_policies_pb2.Exemption, _Mapping]] = ...) -> None: ...

class CreateExemptionResponse(_message.Message):
    __slots__ = ("exemption",)
    EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    exemption: _policies_pb2.Exemption
    def __init__(self, exemption: _Optional[_Union[_policies_pb2.Exemption, _Mapping]] = ...) -> None: ...

class UpdateExemptionRequest(_message.Message):
    __slots__ = ("exemption", "update_mask")
    EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    exemption: _policies_pb2.Exemption
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, exemption: _Optional[_Union[_policies_pb2.Exemption, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateExemptionResponse(_message.Message):
    __slots__ = ("exemption",)
    EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    exemption: _policies_pb2.Exemption
    def __init__(self, exemption: _Optional[_Union[_policies_pb2.Exemption, _Mapping]] = ...) -> None: ...

class DeleteExemptionRequest(_message.Message):
    __slots__ = ("exemption_id", "etag")
    EXEMPTION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    exemption_id: str
    etag: str
    def __init__(self, exemption_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteExemptionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetExemptionRequest(_message.Message):
    __slots__ = ("exemption_id",)
    EXEMPTION_ID_FIELD_NUMBER: _ClassVar[int]
    exemption_id: str
    def __init__(self, exemption_id: _Optional[str] = ...) -> None: ...

class GetExemptionResponse(_message.Message):
    __slots__ = ("exemption",)
    EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    exemption: _policies_pb2.Exemption
    def __init__(self, exemption: _Optional[_Union[_policies_pb2.Exemption, _Mapping]] = ...) -> None: ...

class ListExemptionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListExemptionsResponse(_message.Message):
    __slots__ = ("exemptions", "next_page_token")
    EXEMPTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    exemptions: _containers.RepeatedCompositeFieldContainer[_policies_pb2.Exemption]
    next_page_token: str
    def __init__(self, exemptions: _Optional[_Iterable[_Union[_policies_pb2.Exemption, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateSuppressionRequest(_message.Message):
    __slots__ = ("suppression",)
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    suppression: _policies_pb2.Suppression
    def __init__(self, suppression: _Optional[_Union[_policies_pb2.Suppression, _Mapping]] = ...) -> None: ...

class CreateSuppressionResponse(_message.Message):
    __slots__ = ("suppression",)
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    suppression: _policies_pb2.Suppression
    def __init__(self, suppression: _Optional[_Union[_policies_pb2.Suppression, _Mapping]] = ...) -> None: ...

class UpdateSuppressionRequest(_message.Message):
    __slots__ = ("suppression", "update_mask")
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    suppression: _policies_pb2.Suppression
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, suppression: _Optional[_Union[_policies_pb2.Suppression, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateSuppressionResponse(_message.Message):
    __slots__ = ("suppression",)
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    suppression: _policies_pb2.Suppression
    def __init__(self, suppression: _Optional[_Union[_policies_pb2.Suppression, _Mapping]] = ...) -> None: ...

class DeleteSuppressionRequest(_message.Message):
    __slots__ = ("suppression_id", "etag")
    SUPPRESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    suppression_id: str
    etag: str
    def __init__(self, suppression_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteSuppressionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetSuppressionRequest(_message.Message):
    __slots__ = ("suppression_id",)
    SUPPRESSION_ID_FIELD_NUMBER: _ClassVar[int]
    suppression_id: str
    def __init__(self, suppression_id: _Optional[str] = ...) -> None: ...

class GetSuppressionResponse(_message.Message):
    __slots__ = ("suppression",)
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    suppression: _policies_pb2.Suppression
    def __init__(self, suppression: _Optional[_Union[_policies_pb2.Suppression, _Mapping]] = ...) -> None: ...

class ListSuppressionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "customer_id", "cause")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    customer_id: int
    cause: _policies_pb2.SuppressionCause
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., customer_id: _Optional[int] = ..., cause: _Optional[_Union[_policies_pb2.SuppressionCause, str]] = ...) -> None: ...

class ListSuppressionsResponse(_message.Message):
    __slots__ = ("suppressions", "next_page_token")
    SUPPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    suppressions: _containers.RepeatedCompositeFieldContainer[_policies_pb2.Suppression]
    next_page_token: str
    def __init__(self, suppressions: _Optional[_Iterable[_Union[_policies_pb2.Suppression, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateOwnershipPolicyRequest(_message.Message):
    __slots__ = ("ownership_policy",)
    OWNERSHIP_POLICY_FIELD_NUMBER: _ClassVar[int]
    ownership_policy: _policies_pb2.OwnershipPolicy
    def __init__(self, ownership_policy: _Optional[_Union[_policies_pb2.OwnershipPolicy, _Mapping]] = ...) -> None: ...

class CreateOwnershipPolicyResponse(_message.Message):
    __slots__ = ("ownership_policy",)
    OWNERSHIP_POLICY_FIELD_NUMBER: _ClassVar[int]
    ownership_policy: _policies_pb2.OwnershipPolicy
    def __init__(self, ownership_policy: _Optional[_Union[_policies_pb2.OwnershipPolicy, _Mapping]] = ...) -> None: ...

class UpdateOwnershipPolicyRequest(_message.Message):
    __slots__ = ("ownership_policy", "update_mask")
    OWNERSHIP_POLICY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ownership_policy: _policies_pb2.OwnershipPolicy
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, ownership_policy: _Optional[_Union[_policies_pb2.OwnershipPolicy, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateOwnershipPolicyResponse(_message.Message):
    __slots__ = ("ownership_policy",)
    OWNERSHIP_POLICY_FIELD_NUMBER: _ClassVar[int]
    ownership_policy: _policies_pb2.OwnershipPolicy
    def __init__(self, ownership_policy: _Optional[_Union[_policies_pb2.OwnershipPolicy, _Mapping]] = ...) -> None: ...

class DeleteOwnershipPolicyRequest(_message.Message):
    __slots__ = ("ownership_policy_id", "etag")
    OWNERSHIP_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ownership_policy_id: str
    etag: str
    def __init__(self, ownership_policy_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteOwnershipPolicyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetOwnershipPolicyRequest(_message.Message):
    __slots__ = ("ownership_policy_id",)
    OWNERSHIP_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    ownership_policy_id: str
    def __init__(self, ownership_policy_id: _Optional[str] = ...) -> None: ...

class GetOwnershipPolicyResponse(_message.Message):
    __slots__ = ("ownership_policy",)
    OWNERSHIP_POLICY_FIELD_NUMBER: _ClassVar[int]
    ownership_policy: _policies_pb2.OwnershipPolicy
    def __init__(self, ownership_policy: _Optional[_Union[_policies_pb2.OwnershipPolicy, _Mapping]] = ...) -> None: ...

class ListOwnershipPoliciesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOwnershipPoliciesResponse(_message.Message):
    __slots__ = ("ownership_policies", "next_page_token")
    OWNERSHIP_POLICIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ownership_policies: _containers.RepeatedCompositeFieldContainer[_policies_pb2.OwnershipPolicy]
    next_page_token: str
    def __init__(self, ownership_policies: _Optional[_Iterable[_Union[_policies_pb2.OwnershipPolicy, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateHoldRequest(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _policies_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_policies_pb2.Hold, _Mapping]] = ...) -> None: ...

class CreateHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _policies_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_policies_pb2.Hold, _Mapping]] = ...) -> None: ...

class UpdateHoldRequest(_message.Message):
    __slots__ = ("hold", "update_mask")
    HOLD_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    hold: _policies_pb2.Hold
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, hold: _Optional[_Union[_policies_pb2.Hold, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _policies_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_policies_pb2.Hold, _Mapping]] = ...) -> None: ...

class DeleteHoldRequest(_message.Message):
    __slots__ = ("hold_id", "etag")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    etag: str
    def __init__(self, hold_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteHoldResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetHoldRequest(_message.Message):
    __slots__ = ("hold_id",)
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    def __init__(self, hold_id: _Optional[str] = ...) -> None: ...

class GetHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _policies_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_policies_pb2.Hold, _Mapping]] = ...) -> None: ...

class ListHoldsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHoldsResponse(_message.Message):
    __slots__ = ("holds", "next_page_token")
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    holds: _containers.RepeatedCompositeFieldContainer[_policies_pb2.Hold]
    next_page_token: str
    def __init__(self, holds: _Optional[_Iterable[_Union[_policies_pb2.Hold, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateGuardrailRequest(_message.Message):
    __slots__ = ("guardrail",)
    GUARDRAIL_FIELD_NUMBER: _ClassVar[int]
    guardrail: _policies_pb2.Guardrail
    def __init__(self, guardrail: _Optional[_Union[_policies_pb2.Guardrail, _Mapping]] = ...) -> None: ...

class CreateGuardrailResponse(_message.Message):
    __slots__ = ("guardrail",)
    GUARDRAIL_FIELD_NUMBER: _ClassVar[int]
    guardrail: _policies_pb2.Guardrail
    def __init__(self, guardrail: _Optional[_Union[_policies_pb2.Guardrail, _Mapping]] = ...) -> None: ...

class UpdateGuardrailRequest(_message.Message):
    __slots__ = ("guardrail", "update_mask")
    GUARDRAIL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    guardrail: _policies_pb2.Guardrail
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, guardrail: _Optional[_Union[_policies_pb2.Guardrail, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateGuardrailResponse(_message.Message):
    __slots__ = ("guardrail",)
    GUARDRAIL_FIELD_NUMBER: _ClassVar[int]
    guardrail: _policies_pb2.Guardrail
    def __init__(self, guardrail: _Optional[_Union[_policies_pb2.Guardrail, _Mapping]] = ...) -> None: ...

class DeleteGuardrailRequest(_message.Message):
    __slots__ = ("guardrail_id", "etag")
    GUARDRAIL_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    guardrail_id: str
    etag: str
    def __init__(self, guardrail_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteGuardrailResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetGuardrailRequest(_message.Message):
    __slots__ = ("guardrail_id",)
    GUARDRAIL_ID_FIELD_NUMBER: _ClassVar[int]
    guardrail_id: str
    def __init__(self, guardrail_id: _Optional[str] = ...) -> None: ...

class GetGuardrailResponse(_message.Message):
    __slots__ = ("guardrail",)
    GUARDRAIL_FIELD_NUMBER: _ClassVar[int]
    guardrail: _policies_pb2.Guardrail
    def __init__(self, guardrail: _Optional[_Union[_policies_pb2.Guardrail, _Mapping]] = ...) -> None: ...

class ListGuardrailsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListGuardrailsResponse(_message.Message):
    __slots__ = ("guardrails", "next_page_token")
    GUARDRAILS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    guardrails: _containers.RepeatedCompositeFieldContainer[_policies_pb2.Guardrail]
    next_page_token: str
    def __init__(self, guardrails: _Optional[_Iterable[_Union[_policies_pb2.Guardrail, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ImportSuppressionsRequest(_message.Message):
    __slots__ = ("suppressions",)
    SUPPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    suppressions: _containers.RepeatedCompositeFieldContainer[_policies_pb2.Suppression]
    def __init__(self, suppressions: _Optional[_Iterable[_Union[_policies_pb2.Suppression, _Mapping]]] = ...) -> None: ...

class ImportSuppressionsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ImportSuppressionResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ImportSuppressionResult, _Mapping]]] = ...) -> None: ...

class ImportSuppressionResult(_message.Message):
    __slots__ = ("suppression_id", "error", "existed")
    SUPPRESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    EXISTED_FIELD_NUMBER: _ClassVar[int]
    suppression_id: str
    error: _common_pb2.ItemError
    existed: bool
    def __init__(self, suppression_id: _Optional[str] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ..., existed: bool = ...) -> None: ...

class ExportSuppressionsRequest(_message.Message):
    __slots__ = ("cause",)
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    cause: _policies_pb2.SuppressionCause
    def __init__(self, cause: _Optional[_Union[_policies_pb2.SuppressionCause, str]] = ...) -> None: ...

class ExportSuppressionsResponse(_message.Message):
    __slots__ = ("suppressions",)
    SUPPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    suppressions: _containers.RepeatedCompositeFieldContainer[_policies_pb2.Suppression]
    def __init__(self, suppressions: _Optional[_Iterable[_Union[_policies_pb2.Suppression, _Mapping]]] = ...) -> None: ...

class DryRunRequest(_message.Message):
    __slots__ = ("frequency_rule", "quiet_hours", "days")
    FREQUENCY_RULE_FIELD_NUMBER: _ClassVar[int]
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    frequency_rule: _frequency_pb2.FrequencyRule
    quiet_hours: _policies_pb2.QuietHours
    days: int
    def __init__(self, frequency_rule: _Optional[_Union[_frequency_pb2.FrequencyRule, _Mapping]] = ..., quiet_hours: _Optional[_Union[_policies_pb2.QuietHours, _Mapping]] = ..., days: _Optional[int] = ...) -> None: ...

class DryRunResponse(_message.Message):
    __slots__ = ("message_count", "stopped_count", "customer_count", "groups", "sample_message_ids")
    MESSAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    STOPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_COUNT_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_MESSAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    message_count: int
    stopped_count: int
    customer_count: int
    groups: _containers.RepeatedCompositeFieldContainer[DryRunGroup]
    sample_message_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, message_count: _Optional[int] = ..., stopped_count: _Optional[int] = ..., customer_count: _Optional[int] = ..., groups: _Optional[_Iterable[_Union[DryRunGroup, _Mapping]]] = ..., sample_message_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class DryRunGroup(_message.Message):
    __slots__ = ("campaign_id", "channel", "message_count", "stopped_count")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    STOPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    channel: str
    message_count: int
    stopped_count: int
    def __init__(self, campaign_id: _Optional[str] = ..., channel: _Optional[str] = ..., message_count: _Optional[int] = ..., stopped_count: _Optional[int] = ...) -> None: ...

class PlannedMessage(_message.Message):
    __slots__ = ("message", "time")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    message: _messages_pb2.OutgoingMessage
    time: _timestamp_pb2.Timestamp
    def __init__(self, message: _Optional[_Union[_messages_pb2.OutgoingMessage, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SimulateGateRequest(_message.Message):
    __slots__ = ("messages",)
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[PlannedMessage]
    def __init__(self, messages: _Optional[_Iterable[_Union[PlannedMessage, _Mapping]]] = ...) -> None: ...

class SimulateGateResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[SimulatedMessage]
    def __init__(self, results: _Optional[_Iterable[_Union[SimulatedMessage, _Mapping]]] = ...) -> None: ...

class SimulatedMessage(_message.Message):
    __slots__ = ("decision", "error", "sent_time")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    SENT_TIME_FIELD_NUMBER: _ClassVar[int]
    decision: _decisions_pb2.Decision
    error: _common_pb2.ItemError
    sent_time: _timestamp_pb2.Timestamp
    def __init__(self, decision: _Optional[_Union[_decisions_pb2.Decision, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ..., sent_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
