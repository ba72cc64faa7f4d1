import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NormalForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NORMAL_FORM_UNSPECIFIED: _ClassVar[NormalForm]
    NORMAL_FORM_TEXT: _ClassVar[NormalForm]
    NORMAL_FORM_LOWER_CASE: _ClassVar[NormalForm]
    NORMAL_FORM_PHONE: _ClassVar[NormalForm]
    NORMAL_FORM_EMAIL: _ClassVar[NormalForm]
    NORMAL_FORM_DIGITS: _ClassVar[NormalForm]

class Strength(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRENGTH_UNSPECIFIED: _ClassVar[Strength]
    STRENGTH_STRONG: _ClassVar[Strength]
    STRENGTH_WEAK: _ClassVar[Strength]

class ScopeRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_RULE_UNSPECIFIED: _ClassVar[ScopeRule]
    SCOPE_RULE_NONE: _ClassVar[ScopeRule]
    SCOPE_RULE_REQUIRED: _ClassVar[ScopeRule]
    SCOPE_RULE_OPTIONAL: _ClassVar[ScopeRule]

class AttributeType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTRIBUTE_TYPE_UNSPECIFIED: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_STRING: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_INT: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_DOUBLE: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_BOOL: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_TIMESTAMP: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_LIST: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_DATE: _ClassVar[AttributeType]

class MergePolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MERGE_POLICY_UNSPECIFIED: _ClassVar[MergePolicy]
    MERGE_POLICY_LATEST: _ClassVar[MergePolicy]
    MERGE_POLICY_EARLIEST: _ClassVar[MergePolicy]
    MERGE_POLICY_MAX: _ClassVar[MergePolicy]
    MERGE_POLICY_MIN: _ClassVar[MergePolicy]
    MERGE_POLICY_SUM: _ClassVar[MergePolicy]
    MERGE_POLICY_SURVIVOR: _ClassVar[MergePolicy]
    MERGE_POLICY_TRUSTED: _ClassVar[MergePolicy]

class Derivation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DERIVATION_UNSPECIFIED: _ClassVar[Derivation]
    DERIVATION_MONTH_DAY: _ClassVar[Derivation]
    DERIVATION_AGE_BAND: _ClassVar[Derivation]
    DERIVATION_DOMAIN: _ClassVar[Derivation]
NORMAL_FORM_UNSPECIFIED: NormalForm
NORMAL_FORM_TEXT: NormalForm
NORMAL_FORM_LOWER_CASE: NormalForm
NORMAL_FORM_PHONE: NormalForm
NORMAL_FORM_EMAIL: NormalForm
NORMAL_FORM_DIGITS: NormalForm
STRENGTH_UNSPECIFIED: Strength
STRENGTH_STRONG: Strength
STRENGTH_WEAK: Strength
SCOPE_RULE_UNSPECIFIED: ScopeRule
SCOPE_RULE_NONE: ScopeRule
SCOPE_RULE_REQUIRED: ScopeRule
SCOPE_RULE_OPTIONAL: ScopeRule
ATTRIBUTE_TYPE_UNSPECIFIED: AttributeType
ATTRIBUTE_TYPE_STRING: AttributeType
ATTRIBUTE_TYPE_INT: AttributeType
ATTRIBUTE_TYPE_DOUBLE: AttributeType
ATTRIBUTE_TYPE_BOOL: AttributeType
ATTRIBUTE_TYPE_TIMESTAMP: AttributeType
ATTRIBUTE_TYPE_LIST: AttributeType
ATTRIBUTE_TYPE_DATE: AttributeType
MERGE_POLICY_UNSPECIFIED: MergePolicy
MERGE_POLICY_LATEST: MergePolicy
MERGE_POLICY_EARLIEST: MergePolicy
MERGE_POLICY_MAX: MergePolicy
MERGE_POLICY_MIN: MergePolicy
MERGE_POLICY_SUM: MergePolicy
MERGE_POLICY_SURVIVOR: MergePolicy
MERGE_POLICY_TRUSTED: MergePolicy
DERIVATION_UNSPECIFIED: Derivation
DERIVATION_MONTH_DAY: Derivation
DERIVATION_AGE_BAND: Derivation
DERIVATION_DOMAIN: Derivation

class Namespace(_message.Message):
    __slots__ = ("namespace_id", "display_name", "scope_rule", "priority", "max_per_customer", "strength", "normal_form", "default_region", "blocked_values", "blocked_patterns", "address", "lifetime", "etag", "create_time", "update_time", "entity_only")
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SCOPE_RULE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    MAX_PER_CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    NORMAL_FORM_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_REGION_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_VALUES_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_PATTERNS_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ONLY_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    display_name: str
    scope_rule: ScopeRule
    priority: int
    max_per_customer: int
    strength: Strength
    normal_form: NormalForm
    default_region: str
    blocked_values: _containers.RepeatedScalarFieldContainer[str]
    blocked_patterns: _containers.RepeatedScalarFieldContainer[str]
    address: bool
    lifetime: _duration_pb2.Duration
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    entity_only: bool
    def __init__(self, namespace_id: _Optional[str] = ..., display_name: _Optional[str] = ..., scope_rule: _Optional[_Union[ScopeRule, str]] = ..., priority: _Optional[int] = ..., max_per_customer: _Optional[int] = ..., strength: _Optional[_Union[Strength, str]] = ..., normal_form: _Optional[_Union[NormalForm, str]] = ..., default_region: _Optional[str] = ..., blocked_values: _Optional[_Iterable[str]] = ..., blocked_patterns: _Optional[_Iterable[str]] = ..., address: bool = ..., lifetime: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entity_only: bool = ...) -> None: ...

class CreateNamespaceRequest(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: Namespace
    def __init__(self, namespace: _Optional[_Union[Namespace, _Mapping]] = ...) -> None: ...

class CreateNamespaceResponse(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: Namespace
    def __init__(self, namespace: _Optional[_Union[Namespace, _Mapping]] = ...) -> None: ...

class UpdateNamespaceRequest(_message.Message):
    __slots__ = ("namespace", "update_mask")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    namespace: Namespace
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, namespace: _Optional[_Union[Namespace, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateNamespaceResponse(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: Namespace
    def __init__(self, namespace: _Optional[_Union[Namespace, _Mapping]] = ...) -> None: ...

class GetNamespaceRequest(_message.Message):
    __slots__ = ("namespace_id",)
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    def __init__(self, namespace_id: _Optional[str] = ...) -> None: ...

class GetNamespaceResponse(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: Namespace
    def __init__(self, namespace: _Optional[_Union[Namespace, _Mapping]] = ...) -> None: ...

class ListNamespacesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListNamespacesResponse(_message.Message):
    __slots__ = ("namespaces", "next_page_token")
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespaces: _containers.RepeatedCompositeFieldContainer[Namespace]
    next_page_token: str
    def __init__(self, namespaces: _Optional[_Iterable[_Union[Namespace, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DerivedAttribute(_message.Message):
    __slots__ = ("name", "derivation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DERIVATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    derivation: Derivation
    def __init__(self, name: _Optional[str] = ..., derivation: _Optional[_Union[Derivation, str]] = ...) -> None: ...

class AttributeDefinition(_message.Message):
    __slots__ = ("name", "display_name", "type", "personal", "merge_policy", "trusted_sources", "derived", "etag", "create_time", "update_time", "allowed_values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PERSONAL_FIELD_NUMBER: _ClassVar[int]
    MERGE_POLICY_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_SOURCES_FIELD_NUMBER: _ClassVar[int]
    DERIVED_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    type: AttributeType
    personal: bool
    merge_policy: MergePolicy
    trusted_sources: _containers.RepeatedScalarFieldContainer[str]
    derived: _containers.RepeatedCompositeFieldContainer[DerivedAttribute]
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    allowed_values: _containers.RepeatedCompositeFieldContainer[_common_pb2.Value]
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., type: _Optional[_Union[AttributeType, str]] = ..., personal: bool = ..., merge_policy: _Optional[_Union[MergePolicy, str]] = ..., trusted_sources: _Optional[_Iterable[str]] = ..., derived: _Optional[_Iterable[_Union[DerivedAttribute, _Mapping]]] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., allowed_values: _Optional[_Iterable[_Union[_common_pb2.Value, _Mapping]]] = ...) -> None: ...

class CreateAttributeDefinitionRequest(_message.Message):
    __slots__ = ("attribute_definition",)
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: AttributeDefinition
    def __init__(self, attribute_definition: _Optional[_Union[AttributeDefinition, _Mapping]] = ...) -> None: ...

class CreateAttributeDefinitionResponse(_message.Message):
    __slots__ = ("attribute_definition",)
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: AttributeDefinition
    def __init__(self, attribute_definition: _Optional[_Union[AttributeDefinition, _Mapping]] = ...) -> None: ...

class UpdateAttributeDefinitionRequest(_message.Message):
    __slots__ = ("attribute_definition", "update_mask")
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: AttributeDefinition
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, attribute_definition: _Optional[_Union[AttributeDefinition, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateAttributeDefinitionResponse(_message.Message):
    __slots__ = ("attribute_definition",)
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: AttributeDefinition
    def __init__(self, attribute_definition: _Optional[_Union[AttributeDefinition, _Mapping]] = ...) -> None: ...

class GetAttributeDefinitionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetAttributeDefinitionResponse(_message.Message):
    __slots__ = ("attribute_definition",)
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: AttributeDefinition
    def __init__(self, attribute_definition: _Optional[_Union[AttributeDefinition, _Mapping]] = ...) -> None: ...

class ListAttributeDefinitionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAttributeDefinitionsResponse(_message.Message):
    __slots__ = ("attribute_definitions", "next_page_token")
    ATTRIBUTE_DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    attribute_definitions: _containers.RepeatedCompositeFieldContainer[AttributeDefinition]
    next_page_token: str
    def __init__(self, attribute_definitions: _Optional[_Iterable[_Union[AttributeDefinition, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
