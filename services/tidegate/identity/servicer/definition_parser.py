"""Definitions on the wire ↔ in the model."""

import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.duration_pb2 import Duration

from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.identity.v1 import definitions_pb2, tags_pb2
from tidegate.identity import normalise, tags, values
from tidegate.identity.attributes import LISTABLE, LONGEST_LIST_TEXT, LONGEST_TEXT
from tidegate.identity.deriving import FITTING
from tidegate.identity.model import (
    DAY,
    AttributeDefinition,
    AttributeType,
    Defined,
    Derivation,
    DerivedAttribute,
    MergePolicy,
    Namespace,
    NormalForm,
    ScopeRule,
    Strength,
    TagGroup,
)
from tidegate.identity.servicer.messages import timestamp
from tidegate.identity.servicer.parse import text
from tidegate.runtime.errors import Violations

E = TypeVar("E", bound=StrEnum)

_ID = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_LONGEST_NAME = 128
_HIGHEST_PRIORITY = 1000
_MOST_BLOCKED = 1000
_MOST_PATTERNS = 20
_LONGEST_PATTERN = 200
_MOST_SOURCES = 50
_MOST_ALLOWED = 1000
_MOST_PARENTS = 1000
_MOST_DERIVED = 5
_SECOND = 1_000_000
_LONGEST_LIFETIME = 36_500 * DAY
_FIELDS = {str: "string_value", int: "int_value"}
_NUMBERS = (AttributeType.INT, AttributeType.DOUBLE)


def read_namespace(given: definitions_pb2.Namespace) -> Namespace:
    """The namespace. Raises InvalidArgument."""
    faults = Violations()
    path = "namespace"
    _identity(given.namespace_id, f"{path}.namespace_id", faults)
    text(given.display_name, f"{path}.display_name", faults, longest=_LONGEST_NAME)
    _between(given.priority, 0, _HIGHEST_PRIORITY, path=f"{path}.priority", faults=faults)
    _between(given.max_per_customer, 0, None, path=f"{path}.max_per_customer", faults=faults)
    _at_most(given.blocked_values, _MOST_BLOCKED, path=f"{path}.blocked_values", faults=faults)
    _patterns(given.blocked_patterns, f"{path}.blocked_patterns", faults)
    if given.default_region and given.default_region not in normalise.REGIONS:
        faults.add(f"{path}.default_region", "is no region of ISO 3166-1, such as `CN`")
    if given.entity_only and not given.address:
        faults.add(f"{path}.address", "must be true with entity_only: entities have addresses alone")
    lifetime = _lifetime(given.lifetime, f"{path}.lifetime", faults) if given.HasField("lifetime") else 0
    if lifetime and given.entity_only:
        faults.add(f"{path}.lifetime", "must be absent with entity_only: entities' addresses do not expire")
    faults.raise_if_any()
    return Namespace(
        namespace_id=given.namespace_id,
        display_name=given.display_name,
        scope_rule=_enum(ScopeRule, definitions_pb2.ScopeRule, given.scope_rule) or ScopeRule.NONE,
        priority=given.priority,
        max_per_customer=given.max_per_customer,
        strength=_enum(Strength, definitions_pb2.Strength, given.strength) or Strength.WEAK,
        normal_form=_enum(NormalForm, definitions_pb2.NormalForm, given.normal_form) or NormalForm.TEXT,
        default_region=given.default_region,
        blocked_values=tuple(given.blocked_values),
        blocked_patterns=tuple(given.blocked_patterns),
        address=given.address,
        entity_only=given.entity_only,
        lifetime=lifetime,
    )


def namespace_message(defined: Defined[Namespace]) -> definitions_pb2.Namespace:
    """The namespace on the wire."""
    rules = defined.definition
    return definitions_pb2.Namespace(
        namespace_id=rules.namespace_id,
        display_name=rules.display_name,
        scope_rule=_wire(definitions_pb2.ScopeRule, rules.scope_rule),
        priority=rules.priority,
        max_per_customer=rules.max_per_customer,
        strength=_wire(definitions_pb2.Strength, rules.strength),
        normal_form=_wire(definitions_pb2.NormalForm, rules.normal_form),
        default_region=rules.default_region,
        blocked_values=rules.blocked_values,
        blocked_patterns=rules.blocked_patterns,
        address=rules.address,
        entity_only=rules.entity_only,
        lifetime=_duration(rules.lifetime) if rules.lifetime else None,
        **_origin(defined),
    )


def read_attribute(given: definitions_pb2.AttributeDefinition) -> AttributeDefinition:
    """The attribute. Raises InvalidArgument."""
    faults = Violations()
    path = "attribute_definition"
    _identity(given.name, f"{path}.name", faults)
    text(given.display_name, f"{path}.display_name", faults, longest=_LONGEST_NAME)
    _at_most(given.trusted_sources, _MOST_SOURCES, path=f"{path}.trusted_sources", faults=faults)
    kind = _enum(AttributeType, definitions_pb2.AttributeType, given.type)
    policy = _enum(MergePolicy, definitions_pb2.MergePolicy, given.merge_policy) or MergePolicy.LATEST
    if kind is None:
        faults.add(f"{path}.type", "is required")
    if policy is MergePolicy.SUM and kind not in _NUMBERS:
        faults.add(f"{path}.merge_policy", "MERGE_POLICY_SUM is for int and double attributes")
    derived = _derived(given, kind, f"{path}.derived", faults)
    allowed = _allowed_values(given.allowed_values, kind, f"{path}.allowed_values", faults)
    faults.raise_if_any()
    assert kind is not None
    return AttributeDefinition(
        name=given.name,
        type=kind,
        display_name=given.display_name,
        personal=given.personal,
        merge_policy=policy,
        trusted_sources=tuple(given.trusted_sources),
        allowed_values=allowed,
        derived=derived,
    )


def attribute_message(defined: Defined[AttributeDefinition]) -> definitions_pb2.AttributeDefinition:
    """The attribute on the wire."""
    definition = defined.definition
    return definitions_pb2.AttributeDefinition(
        name=definition.name,
        display_name=definition.display_name,
        type=_wire(definitions_pb2.AttributeType, definition.type),
        personal=definition.personal,
        merge_policy=_wire(definitions_pb2.MergePolicy, definition.merge_policy),
        trusted_sources=definition.trusted_sources,
        derived=[
            definitions_pb2.DerivedAttribute(
                name=each.name, derivation=_wire(definitions_pb2.Derivation, each.derivation)
            )
            for each in definition.derived
        ],
        allowed_values=[values.value_of(None, value) for value in definition.allowed_values],
        **_origin(defined),
    )


def _derived(
    given: definitions_pb2.AttributeDefinition, kind: AttributeType | None, path: str, faults: Violations
) -> tuple[DerivedAttribute, ...]:
    """What travels in the place of a personal attribute."""
    if given.derived and not given.personal:
        faults.add(path, "is for personal attributes; others travel themselves")
    _at_most(given.derived, _MOST_DERIVED, path=path, faults=faults)
    derived: dict[str, DerivedAttribute] = {}
    for place, each in enumerate(given.derived):
        _identity(each.name, f"{path}[{place}].name", faults)
        if each.name in derived:
            faults.add(f"{path}[{place}].name", "stands twice")
        derivation = _enum(Derivation, definitions_pb2.Derivation, each.derivation)
        if derivation is None:
            faults.add(f"{path}[{place}].derivation", "is required")
        elif kind not in (None, FITTING[derivation]):
            faults.add(f"{path}[{place}].derivation", f"is for attributes of type {FITTING[derivation]}")
        else:
            derived[each.name] = DerivedAttribute(each.name, derivation)
    return tuple(derived.values())


def _allowed_values(
    given: Sequence[Value], kind: AttributeType | None, path: str, faults: Violations
) -> tuple[str | int, ...]:
    """The values that an attribute may have, each once."""
    if not given:
        return ()
    wanted = None if kind is None else LISTABLE.get(kind)
    if wanted is None:
        faults.add(path, "is for string, int, and list attributes")
        return ()
    _at_most(given, _MOST_ALLOWED, path=path, faults=faults)
    longest = LONGEST_LIST_TEXT if kind is AttributeType.LIST else LONGEST_TEXT
    allowed: dict[str | int, None] = {}
    for place, value in enumerate(given):
        plain = getattr(value, _FIELDS[wanted])
        if value.WhichOneof("kind") != _FIELDS[wanted]:
            faults.add(f"{path}[{place}]", f"must be a {_FIELDS[wanted]}")
        elif isinstance(plain, str):
            text(plain, f"{path}[{place}]", faults, longest=longest)
        allowed[plain] = None
    return tuple(allowed)


def read_tag_group(given: tags_pb2.TagGroup) -> TagGroup:
    """The tag group. Raises InvalidArgument."""
    faults = Violations()
    _identity(given.group_id, "tag_group.group_id", faults)
    text(given.display_name, "tag_group.display_name", faults, longest=_LONGEST_NAME)
    _at_most(given.names, _MOST_BLOCKED, path="tag_group.names", faults=faults)
    for place, name in enumerate(given.names):
        try:
            tags.check(f"{given.group_id}={name}", {})
        except tags.WrongTag as error:
            faults.add(f"tag_group.names[{place}]", str(error))
    _parents(given, "tag_group.parents", faults)
    lifetime = _lifetime(given.lifetime, "tag_group.lifetime", faults) if given.HasField("lifetime") else None
    faults.raise_if_any()
    return TagGroup(
        group_id=given.group_id,
        display_name=given.display_name,
        exclusive=given.exclusive,
        closed=given.closed,
        names=tuple(given.names),
        parents=dict(given.parents),
        lifetime=lifetime,
    )


def _parents(given: tags_pb2.TagGroup, path: str, faults: Violations) -> None:
    """Refuses a hierarchy with a circle, too many levels, or tags that the group cannot have."""
    _at_most(given.parents, _MOST_PARENTS, path=path, faults=faults)
    rules = {given.group_id: TagGroup(group_id=given.group_id, closed=given.closed, names=tuple(given.names))}
    for name, parent in given.parents.items():
        at = f'{path}["{name}"]'
        try:
            for each in (name, parent):
                tags.check(f"{given.group_id}={each}", rules)
        except tags.WrongTag as error:
            faults.add(at, str(error))
        if obstacle := tags.obstacle(name, given.parents):
            faults.add(at, obstacle)


def tag_group_message(defined: Defined[TagGroup]) -> tags_pb2.TagGroup:
    """The tag group on the wire."""
    group = defined.definition
    return tags_pb2.TagGroup(
        group_id=group.group_id,
        display_name=group.display_name,
        exclusive=group.exclusive,
        closed=group.closed,
        names=group.names,
        parents=group.parents,
        lifetime=None if group.lifetime is None else _duration(group.lifetime),
        **_origin(defined),
    )


def _origin(defined: Defined[Any]) -> dict[str, Any]:
    return {
        "etag": str(defined.version),
        "create_time": None if defined.created is None else timestamp(defined.created),
        "update_time": None if defined.updated is None else timestamp(defined.updated),
    }


def _identity(given: str, path: str, faults: Violations) -> None:
    if not _ID.fullmatch(given):
        faults.add(path, "must be a lower-case letter, then up to 62 of a-z, 0-9, `_`, `.`, and `-`")


def _lifetime(given: Duration, path: str, faults: Violations) -> int:
    """In microseconds."""
    lifetime = given.seconds * _SECOND + given.nanos // 1000
    if not _SECOND <= lifetime <= _LONGEST_LIFETIME:
        faults.add(path, "must be from 1 second to 36,500 days; leave it out where nothing ends")
    return lifetime


def _duration(lifetime: int) -> Duration:
    message = Duration()
    message.FromMicroseconds(lifetime)
    return message


def _between(given: int, low: int, high: int | None, *, path: str, faults: Violations) -> None:
    if given < low or (high is not None and given > high):
        faults.add(path, f"must be from {low}" + (f" to {high}" if high is not None else " up"))


def _at_most(given: Collection[Any], most: int, *, path: str, faults: Violations) -> None:
    if len(given) > most:
        faults.add(path, f"the limit is {most}")


def _patterns(given: Collection[str], path: str, faults: Violations) -> None:
    _at_most(given, _MOST_PATTERNS, path=path, faults=faults)
    for place, pattern in enumerate(given):
        text(pattern, f"{path}[{place}]", faults, longest=_LONGEST_PATTERN)
        try:
            re.compile(pattern)
        except re.error as error:
            faults.add(f"{path}[{place}]", f"is no regular expression: {error}")


def _enum(model: type[E], wire: Any, given: int) -> E | None:
    """The model's member for a number on the wire; None for 0 and for numbers nobody knows."""
    names = {value: name for name, value in wire.items()}
    prefix = names[0].removesuffix("UNSPECIFIED")
    name = names.get(given, names[0]).removeprefix(prefix)
    return None if name == "UNSPECIFIED" else model[name]


def _wire(wire: Any, member: StrEnum) -> Any:
    prefix = wire.Name(0).removesuffix("UNSPECIFIED")
    return wire.Value(f"{prefix}{member.name}")
