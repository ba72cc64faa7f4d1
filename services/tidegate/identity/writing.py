"""Writing what a transaction decided of customers: announcements first, then rows in the order of the locks.

The feed gives the position under which customers are noted as changed. All transactions take locks in the same
order (customers by id, then new identifiers, new conflicts, and new events, each by key).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from json import JSONEncoder

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tidegate.identity import attributing, lifetimes
from tidegate.identity import decision as decided
from tidegate.identity.attributing import Attributed
from tidegate.identity.decision import Decision
from tidegate.identity.folding import Folder
from tidegate.identity.model import Fact, Merge
from tidegate.identity.registry import Definitions
from tidegate.identity.resolve import Resolution
from tidegate.identity.store import conflicts, events, identifiers, links
from tidegate.identity.store.events import EventRow
from tidegate.identity.store.links import CustomerRow, LinkRow
from tidegate.identity.vault import EVENT, Vault, about_identifier
from tidegate.runtime.db import LostRace
from tidegate.runtime.feed import Entry, Feed
from tidegate.runtime.ids import new_id

_encode = JSONEncoder(ensure_ascii=False).encode


class Writer:
    """Writes decisions made at one instant."""

    def __init__(self, definitions: Definitions, vault: Vault, feed: Feed, *, now: int) -> None:
        self._definitions = definitions
        self._vault = vault
        self._feed = feed
        self._now = now

    def write(self, connection: sa.Connection, decision: Decision, folder: Folder) -> list[Merge]:
        """Announces, then writes, in the order in which all take their locks; returns the merges.

        Raises LostRace when another transaction was faster.
        """
        merges = self._merges(decision)
        attributed = attributing.attribute(connection, decision, now=self._now)
        self._write_customers(connection, decision, merges, attributed)
        with racing():
            folder.write(decision.folded, decision.survivors)
            events.add(connection, self._event_rows(decision))
            attributed.write(connection)
        return merges

    def _write_customers(
        self, connection: sa.Connection, decision: Decision, merges: Sequence[Merge], attributed: Attributed
    ) -> None:
        changes = decided.changes(decision, self._definitions.attributes, now=self._now)
        changes += attributed.entries
        position = self._feed.append(connection, [*changes, *decided.recorded(decision, now=self._now)])
        newest = (attributed.position, *(row.position for row in decision.situation.locked.values()))
        if changes and max(newest) > position:
            raise LostRace("a change with a higher position was faster")
        resolution = decision.resolution
        links.add_customers(connection, self._customer_rows(decision, position))
        links.redirect(connection, decision.survivors)
        links.see_earlier(connection, _earlier(resolution))
        touched = {entry.customer_id for entry in changes} | decision.survivors.keys()
        links.touch(connection, touched.difference(resolution.created), position=position)
        with racing():
            self._write_links(connection, decision)
            conflicts.add_merges(connection, merges)
            conflicts.file(connection, decision.filed.rows)
        conflicts.note_counts(connection, decision.filed.counts)

    def _write_links(self, connection: sa.Connection, decision: Decision) -> None:
        """Identifiers that have expired make room for new links of the same."""
        identifiers.take_off(
            connection,
            decision.situation.expired,
            source=lifetimes.SOURCE,
            reason=lifetimes.REASON,
            time=self._now,
            expired_by=self._now,
        )
        identifiers.renew(connection, decision.situation.renewals)
        links.add_links(connection, self._link_rows(decision))

    def _customer_rows(self, decision: Decision, position: int) -> list[CustomerRow]:
        first_seen = decision.resolution.first_seen
        return [
            CustomerRow(i, decision.final(i), first_seen[i], self._now, position) for i in decision.resolution.created
        ]

    def _link_rows(self, decision: Decision) -> list[LinkRow]:
        expiries = lifetimes.expiries(decision.facts, self._now)
        facts, found = decision.facts, decision.resolution.links
        values = self._vault.seal_all([(key.value, about_identifier(key.namespace)) for key, _, _ in found])
        return [
            LinkRow(
                key.lookup,
                key.namespace,
                value,
                original_id,
                facts[claim].source,
                facts[claim].time,
                expiries.get(key.lookup),
            )
            for (key, original_id, claim), value in zip(found, values, strict=True)
        ]

    def _merges(self, decision: Decision) -> list[Merge]:
        return [
            Merge(
                merge_id=new_id(),
                survivor_id=step.survivor_id,
                merged_id=step.merged_id,
                source=origin.source,
                event_id=origin.event_id,
                reason=origin.reason,
                time=self._now,
            )
            for step, origin in ((step, decision.origin(step)) for step in decision.resolution.merges)
        ]

    def _event_rows(self, decision: Decision) -> list[EventRow]:
        happened = [
            (fact, fact.occurrence, assignment.original_id)
            for fact, assignment in decision.settled
            if fact.occurrence is not None
        ]
        bodies = self._vault.seal_bodies([occurrence.full_body for _, occurrence, _ in happened])
        others = iter(self._vault.seal_all([(_others(fact), EVENT) for fact, _, _ in happened if len(fact.keys) > 1]))
        return [
            EventRow(
                fact.source,
                occurrence.event_id,
                original_id,
                occurrence.name,
                fact.time,
                self._now,
                fact.keys[0].lookup,
                next(others) if len(fact.keys) > 1 else None,
                body,
            )
            for (fact, occurrence, original_id), body in zip(happened, bodies, strict=True)
        ]


def _others(fact: Fact) -> str:
    """The identifiers of ``fact`` but the highest, as JSON."""
    return _encode([(key.namespace, key.value) for key in fact.keys[1:]])


def tell(connection: sa.Connection, feed: Feed, entries: Sequence[Entry], held: Mapping[int, CustomerRow]) -> None:
    """Announces changes to customers that are held. Raises LostRace when another transaction was faster."""
    if not entries:
        return
    position = feed.append(connection, entries)
    if max(row.position for row in held.values()) > position:
        raise LostRace("a change with a higher position was faster")
    links.touch(connection, {entry.customer_id for entry in entries}, position=position)


@contextmanager
def racing() -> Iterator[None]:
    """What another transaction stored meanwhile is found by its unique keys."""
    try:
        yield
    except IntegrityError as error:
        raise LostRace("something was stored meanwhile") from error


def _earlier(resolution: Resolution) -> dict[int, int]:
    """Customers that are stored and known from earlier now."""
    created = set(resolution.created)
    return {i: seen for i, seen in resolution.first_seen.items() if i not in created}
