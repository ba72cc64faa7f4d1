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
from tidegate.identity.model import AttributeDefinition, D, Defined, MergePolicy, TagGroup
from tidegate.identity.store import definitions
from tidegate.identity.store.definitions import StoredDefinitions
from tidegate.identity.vault import Vault
from tidegate.runtime.db import Database

_FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Definitions:
    """One state of the definitions.

    ``personal`` are the names of attributes that stay off the feed, ``added`` of those whose values add up.
    """

    stored: StoredDefinitions
    keys: KeyMaker
    attributes: Mapping[str, AttributeDefinition]
    tag_groups: Mapping[str, TagGroup]
    personal: frozenset[str]
    added: frozenset[str]


class Registry:
    """Gives the definitions in force."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._reading = threading.Lock()
        self._current: Definitions | None = None
        self._read_at = 0.0

    def current(self) -> Definitions:
        """The definitions, a second old at most, or somewhat more while one thread reads them anew.

        Nobody else waits for it: who holds a connection to the database would wait for one that needs another.
        """
        current = self._current
        if current is None:
            return self.renew()
        if time.monotonic() - self._read_at > _FRESH_SECONDS and self._reading.acquire(blocking=False):
            try:
                return self._renew()
            finally:
                self._reading.release()
        return current

    def latest(self) -> Definitions:
        """The definitions as they were read last, without reading: for who holds a connection, and asked before."""
        assert self._current is not None
        return self._current

    def renew(self) -> Definitions:
        """Reads them anew, such as after a change. Not to be called while holding a connection."""
        with self._reading:
            return self._renew()

    def _renew(self) -> Definitions:
        began = time.monotonic()
        self._current = current = self._read()
        self._read_at = began
        return current

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
        frozenset(name for name, definition in known.items() if definition.merge_policy is MergePolicy.SUM),
    )


def _plain(defined: Mapping[str, Defined[D]]) -> dict[str, D]:
    return {name: entry.definition for name, entry in defined.items()}
