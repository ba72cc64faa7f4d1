"""Telling anew what another definition makes of customers: which tags stand above theirs, what is derived of them.

That there is something to tell is noted in the transaction that changes the definition. A loop goes through the
customers concerned by rising id, a stretch in a transaction that also notes how far it came: who is killed goes on
there, and of several replicas one at a time does it. Writers go by the definition from before for as long as their
replica keeps it, so the loop waits until none does.
"""

import time
from collections.abc import Collection, Iterator, Mapping

import sqlalchemy as sa

from tidegate.identity import announce, tags
from tidegate.identity.deriving import derive, turns
from tidegate.identity.folding import Folder
from tidegate.identity.model import AttributeDefinition, DefinitionKind, Held, TagGroup
from tidegate.identity.profile import State
from tidegate.identity.registry import Definitions, Registry
from tidegate.identity.store import links, profiles, retelling
from tidegate.identity.store.retelling import Retelling
from tidegate.identity.vault import Vault
from tidegate.identity.writing import tell
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Entry, Feed

SETTLING_SECONDS = 2.5
"""How long another definition is left to become known to all replicas, which look once a second."""
_TOGETHER = 500


class Reteller:
    """Tells what is noted, once that is ``settling`` seconds of real time ago."""

    def __init__(
        self,
        database: Database,
        *,
        registry: Registry,
        vault: Vault,
        feed: Feed,
        clock: Clock,
        settling: float,
    ) -> None:
        self._database = database
        self._registry = registry
        self._vault = vault
        self._feed = feed
        self._clock = clock
        self._settling = settling
        self._noted: Mapping[str, float] = {}

    def step(self) -> bool:
        """Tells the next customers; returns whether there was anything to tell."""
        with self._database.read() as connection:
            waiting = retelling.changes(connection)
        now = time.monotonic()
        self._noted = {change: self._noted.get(change, now) for change in waiting}
        settled = [change for change in waiting if now - self._noted[change] >= self._settling]
        if not settled:
            return False
        definitions = self._registry.renew()
        return self._database.run(lambda connection: self._advance(connection, settled[0], definitions))

    def _advance(self, connection: sa.Connection, change: str, definitions: Definitions) -> bool:
        todo = retelling.claim(connection, change)
        if todo is None:
            return False
        find = retelling.tagged if todo.kind == DefinitionKind.TAG_GROUP else retelling.having
        concerned = find(connection, todo.identity, after=todo.reached, limit=_TOGETHER)
        self._tell(connection, todo, concerned, definitions)
        if len(concerned) < _TOGETHER:
            retelling.finish(connection, change)
        else:
            retelling.reach(connection, change, concerned[-1])
        return True

    def _tell(
        self, connection: sa.Connection, todo: Retelling, customer_ids: Collection[int], definitions: Definitions
    ) -> None:
        held = {i: row for i, row in links.lock(connection, customer_ids).items() if not row.is_alias}
        now = micros(self._clock.now())
        states = Folder(connection, definitions, self._vault, now=now).states(held)
        if todo.kind == DefinitionKind.TAG_GROUP:
            tell(connection, self._feed, list(_tags(todo, states, definitions.tag_groups, now=now)), held)
            return
        name, definition = todo.identity, definitions.attributes[todo.identity]
        values = {i: state.attributes[name] for i, state in states.items() if name in state.attributes}
        tell(connection, self._feed, list(_derived(todo, values, definition, now=now)), held)
        profiles.set_turns(connection, [(i, name, turns(definition, each.value, now)) for i, each in values.items()])


def _tags(todo: Retelling, states: Mapping[int, State], groups: Mapping[str, TagGroup], *, now: int) -> Iterator[Entry]:
    for customer_id, state in states.items():
        on = [tag for tag in tags.present(state.marks) if tags.group_of(tag) == todo.identity]
        holds = tags.with_those_above(on, groups)
        if holds or todo.names:
            yield announce.tags_told(customer_id, holds, {*todo.names} - holds, now=now)


def _derived(
    todo: Retelling, held_by: Mapping[int, Held], definition: AttributeDefinition, *, now: int
) -> Iterator[Entry]:
    for customer_id, held in held_by.items():
        values: dict[str, str | None] = dict.fromkeys(todo.names)
        values |= {each.name: derive(each.derivation, held.value, now) for each in definition.derived}
        yield announce.derived_told(customer_id, values, value_time=held.time, now=now)
