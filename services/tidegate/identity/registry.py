"""The definitions in force: what is built in, overlaid by what is stored.

Every call needs them and they change seldom: they are read anew at most once a second, and at once after a
change that this process made.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.identity import attributes, normalise
from tidegate.identity.keys import KeyMaker
from tidegate.identity.model import AttributeDefinition, D, Defined, TagGroup
from tidegate.identity.store import definitions
from tidegate.identity.store.definitions import StoredDefinitions
from tidegate.identity.vault import Vault
from tidegate.runtime.db import Database

_FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Definitions:
    """One state of the definitions. ``personal`` are the names of attributes that stay off the feed."""

    stored: StoredDefinitions
    keys: KeyMaker
    attributes: Mapping[str, AttributeDefinition]
    tag_groups: Mapping[str, TagGroup]
    personal: frozenset[str]


class Registry:
    """Gives the definitions in force."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._lock = threading.Lock()
        self._current: Definitions | None = None
        self._read_at = 0.0

    def current(self) -> Definitions:
        """The definitions, at most a second old."""
        with self._lock:
            now = time.monotonic()
            if self._current is None or now - self._read_at > _FRESH_SECONDS:
                self._current = self._read()
                self._read_at = now
            return self._current

    def forget(self) -> None:
        """They changed: the next look reads them anew."""
        with self._lock:
            self._read_at = -_FRESH_SECONDS

    def _read(self) -> Definitions:
        with self._database.read() as connection:
            stored = overlaid(definitions.load(connection))
        if self._current is not None and self._current.stored == stored:
            return self._current
        return _definitions(stored, self._vault)


def overlaid(stored: StoredDefinitions) -> StoredDefinitions:
    """``stored`` with what is built in and was never changed."""
    return StoredDefinitions(
        {name: Defined(rules) for name, rules in normalise.BUILT_IN.items()} | dict(stored.namespaces),
        {name: Defined(rules) for name, rules in attributes.BUILT_IN.items()} | dict(stored.attributes),
        stored.tag_groups,
    )


def _definitions(stored: StoredDefinitions, vault: Vault) -> Definitions:
    known = _plain(stored.attributes)
    return Definitions(
        stored,
        KeyMaker(_plain(stored.namespaces), vault.lookup),
        known,
        _plain(stored.tag_groups),
        frozenset(name for name, definition in known.items() if definition.personal),
    )


def _plain(defined: Mapping[str, Defined[D]]) -> dict[str, D]:
    return {name: entry.definition for name, entry in defined.items()}
