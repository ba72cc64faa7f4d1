"""Changing definitions: namespaces, attributes, and tag groups.

What is built in is stored at its first change. What another definition makes different for customers is told in the
background (see retelling.py). An etag is the version it was read at; a change that carries
another one is refused, and so is one that loses against a change made at the same time (AIP-154).
"""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tidegate.identity.model import (
    AttributeDefinition,
    Defined,
    Definition,
    DefinitionKind,
    Namespace,
    TagGroup,
)
from tidegate.identity.registry import Registry, overlaid
from tidegate.identity.store import definitions, retelling
from tidegate.identity.store.definitions import AnyDefined, StoredDefinitions
from tidegate.identity.told import names_told, rules_told
from tidegate.identity.writing import racing
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.db.holds import be_alone
from tidegate.runtime.errors import Aborted, AlreadyExists, NotFound, Violations

_KINDS: Mapping[type, DefinitionKind] = {
    Namespace: DefinitionKind.NAMESPACE,
    AttributeDefinition: DefinitionKind.ATTRIBUTE,
    TagGroup: DefinitionKind.TAG_GROUP,
}


_CHANGES = "definitions"
"""Under this name changes of definitions are alone, so that no two of them take the same name."""


class Definer:
    """Creates, changes, and deletes definitions."""

    def __init__(self, database: Database, *, registry: Registry, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock

    def create(self, definition: Definition) -> AnyDefined:
        """Stores a new definition. Raises AlreadyExists."""
        kind, identity = _KINDS[type(definition)], identity_of(definition)
        now = micros(self._clock.now())
        defined: AnyDefined = Defined(definition, 1, now, now)  # type: ignore[type-var, assignment]
        try:
            with self._database.write() as connection:
                be_alone(connection, _CHANGES)
                stored = overlaid(definitions.load(connection))
                if identity in of_kind(stored, kind):
                    raise AlreadyExists(noun(kind), identity)
                _check_names(connection, stored, definition)
                definitions.insert(connection, kind, identity, defined=defined)
                if kind is DefinitionKind.TAG_GROUP:  # tags need no definition, other than values of attributes
                    _note(connection, kind, identity, None, definition)
        except IntegrityError as error:
            raise AlreadyExists(noun(kind), identity) from error
        self._registry.renew()
        return defined

    def update(
        self, kind: DefinitionKind, identity: str, change: Callable[[AnyDefined], Definition], *, etag: str
    ) -> AnyDefined:
        """Puts what ``change`` makes of a definition in its place.

        Raises NotFound, Aborted when ``etag`` is set and not the current one, and what ``change`` raises.
        """
        try:
            return self._database.run(lambda connection: self._update(connection, kind, identity, change, etag))
        except LostRace as error:
            raise Aborted(noun(kind), identity) from error
        finally:
            self._registry.renew()

    def _update(
        self,
        connection: sa.Connection,
        kind: DefinitionKind,
        identity: str,
        change: Callable[[AnyDefined], Definition],
        etag: str,
    ) -> AnyDefined:
        be_alone(connection, _CHANGES)
        stored = overlaid(definitions.load(connection))
        current = self._current(stored, kind, identity, etag=etag)
        now = micros(self._clock.now())
        created = now if current.created is None else current.created
        changed: Any = Defined(change(current), current.version + 1, created, now)
        _check_names(connection, stored, changed.definition)
        if current.version == 0:
            with racing():
                definitions.insert(connection, kind, identity, defined=changed)
        elif not definitions.update(connection, kind, identity, defined=changed):
            raise LostRace("the definition was changed meanwhile")
        _note(connection, kind, identity, current.definition, changed.definition)
        result: AnyDefined = changed
        return result

    def delete(self, kind: DefinitionKind, identity: str, *, etag: str) -> None:
        """Deletes a definition. Raises NotFound, or Aborted when ``etag`` is set and not the current one."""
        with self._database.write() as connection:
            current = self._current(definitions.load(connection), kind, identity, etag=etag)
            if not definitions.delete(connection, kind, identity, version=current.version):
                raise Aborted(noun(kind), identity)
            _note(connection, kind, identity, current.definition, None)
        self._registry.renew()

    def get(self, kind: DefinitionKind, identity: str) -> AnyDefined:
        """The definition in force. Raises NotFound."""
        return self._current(self._registry.current().stored, kind, identity, etag="")

    def page(self, kind: DefinitionKind, *, after: str, limit: int) -> list[AnyDefined]:
        """Definitions in force behind ``after``, by id."""
        found = of_kind(self._registry.current().stored, kind)
        return [found[identity] for identity in sorted(found) if identity > after][:limit]

    def _current(self, stored: StoredDefinitions, kind: DefinitionKind, identity: str, *, etag: str) -> AnyDefined:
        current = of_kind(stored, kind).get(identity)
        if current is None:
            raise NotFound(noun(kind), identity)
        if etag and etag != str(current.version):
            raise Aborted(noun(kind), identity)
        return current


def _check_names(connection: sa.Connection, stored: StoredDefinitions, definition: Definition) -> None:
    """Refuses a name that is told of something else. Raises InvalidArgument."""
    if not isinstance(definition, AttributeDefinition):
        return
    attributes = {each.definition.name: each.definition for each in stored.attributes.values()}
    derived_from = retelling.names_waiting(connection, DefinitionKind.ATTRIBUTE)
    derived_from |= {each.name: name for name, other in attributes.items() for each in other.derived}
    taken = {name: source for name, source in derived_from.items() if source != definition.name}
    faults = Violations()
    if definition.name in derived_from:
        faults.add(
            "attribute_definition.name",
            f"is the name of what is derived from `{derived_from[definition.name]}`, or was until a moment ago",
        )
    for place, each in enumerate(definition.derived):
        path = f"attribute_definition.derived[{place}].name"
        if each.name in attributes or each.name == definition.name:
            faults.add(path, "is the name of an attribute; choose another one")
        elif each.name in taken:
            faults.add(path, f"is the name of what is derived from `{taken[each.name]}`; choose another one")
    faults.raise_if_any()


def _note(
    connection: sa.Connection,
    kind: DefinitionKind,
    identity: str,
    before: Definition | None,
    after: Definition | None,
) -> None:
    """Has customers be told anew, where one definition in the place of another makes something different for them."""
    if rules_told(before) != rules_told(after):
        retelling.note(connection, kind, identity, names_told(before))


def identity_of(definition: Definition) -> str:
    """What a definition is called."""
    if isinstance(definition, Namespace):
        return definition.namespace_id
    return definition.name if isinstance(definition, AttributeDefinition) else definition.group_id


def of_kind(stored: StoredDefinitions, kind: DefinitionKind) -> Mapping[str, AnyDefined]:
    """The definitions of one kind, by id."""
    if kind is DefinitionKind.NAMESPACE:
        return stored.namespaces
    return stored.attributes if kind is DefinitionKind.ATTRIBUTE else stored.tag_groups


def noun(kind: DefinitionKind) -> str:
    """What errors call it."""
    return "attribute definition" if kind is DefinitionKind.ATTRIBUTE else kind.replace("_", " ")
