"""Definitions: namespaces, attributes, and tag groups as documents with a version."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import (
    AttributeDefinition,
    AttributeType,
    Defined,
    Definition,
    DefinitionKind,
    Derivation,
    DerivedAttribute,
    MergePolicy,
    Namespace,
    NormalForm,
    ScopeRule,
    Strength,
    TagGroup,
)
from tidegate.identity.store.tables import DEFINITION
from tidegate.runtime.clock import micros

AnyDefined = Defined[Namespace] | Defined[AttributeDefinition] | Defined[TagGroup]


@dataclasses.dataclass(frozen=True, slots=True)
class StoredDefinitions:
    """All definitions that are stored, by id."""

    namespaces: Mapping[str, Defined[Namespace]]
    attributes: Mapping[str, Defined[AttributeDefinition]]
    tag_groups: Mapping[str, Defined[TagGroup]]


def load(connection: sa.Connection) -> StoredDefinitions:
    """Reads all definitions."""
    rows = connection.execute(sa.select(DEFINITION)).all()
    of_kind = {kind: [row for row in rows if row.kind == kind] for kind in DefinitionKind}
    return StoredDefinitions(
        {row.id: _defined(row, _namespace(row.document)) for row in of_kind[DefinitionKind.NAMESPACE]},
        {row.id: _defined(row, _attribute(row.document)) for row in of_kind[DefinitionKind.ATTRIBUTE]},
        {row.id: _defined(row, _tag_group(row.document)) for row in of_kind[DefinitionKind.TAG_GROUP]},
    )


def insert(connection: sa.Connection, kind: DefinitionKind, identity: str, *, defined: AnyDefined) -> None:
    """Stores a new definition; an id that is taken is an IntegrityError."""
    connection.execute(sa.insert(DEFINITION).values(kind=kind, id=identity, **_columns(defined)))


def update(connection: sa.Connection, kind: DefinitionKind, identity: str, *, defined: AnyDefined) -> bool:
    """Replaces a definition, if its stored version is one less than the new one; says whether it was."""
    changed = connection.execute(
        sa.update(DEFINITION)
        .where(
            DEFINITION.c.kind == kind,
            DEFINITION.c.id == identity,
            DEFINITION.c.version == defined.version - 1,
        )
        .values(**_columns(defined))
    )
    return changed.rowcount == 1


def delete(connection: sa.Connection, kind: DefinitionKind, identity: str, *, version: int) -> bool:
    """Deletes a definition of this version and says whether it was there."""
    gone = connection.execute(
        sa.delete(DEFINITION).where(
            DEFINITION.c.kind == kind, DEFINITION.c.id == identity, DEFINITION.c.version == version
        )
    )
    return gone.rowcount == 1


def _columns(defined: AnyDefined) -> dict[str, Any]:
    return {
        "document": _document(defined.definition),
        "version": defined.version,
        "created": defined.created,
        "updated": defined.updated,
    }


def _document(definition: Definition) -> dict[str, Any]:
    return dataclasses.asdict(definition)


def _defined(row: Any, definition: Any) -> Defined[Any]:
    return Defined(definition, row.version, micros(row.created), micros(row.updated))


def _namespace(document: dict[str, Any]) -> Namespace:
    enums = {
        "scope_rule": ScopeRule(document["scope_rule"]),
        "strength": Strength(document["strength"]),
        "normal_form": NormalForm(document["normal_form"]),
    }
    return Namespace(**_tuples(document) | enums)


def _attribute(document: dict[str, Any]) -> AttributeDefinition:
    enums = {
        "type": AttributeType(document["type"]),
        "merge_policy": MergePolicy(document["merge_policy"]),
    }
    derived = tuple(
        DerivedAttribute(each["name"], Derivation(each["derivation"])) for each in document.get("derived", ())
    )
    return AttributeDefinition(**_tuples(document) | enums | {"derived": derived})


def _tag_group(document: dict[str, Any]) -> TagGroup:
    return TagGroup(**_tuples(document))


def _tuples(document: dict[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for key, value in document.items()
    }
