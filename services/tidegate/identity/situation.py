"""What is stored about the customers that a batch of facts names, read and locked so that it stays true."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import sqlalchemy as sa

from tidegate.identity import lifetimes
from tidegate.identity.keys import KeyMaker
from tidegate.identity.model import Fact
from tidegate.identity.resolve import Known, KnownCustomer, KnownLink, Limit
from tidegate.identity.store import links
from tidegate.identity.store.links import CustomerRow, FoundLink
from tidegate.runtime.db import LostRace
from tidegate.runtime.errors import NotFound, TidegateError


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known before a batch is resolved.

    ``refused`` has the facts about customers that are not known, by place. ``locked`` are the customers whom
    the batch may change: nobody else changes them before it commits. ``namespaces`` has, of the locked ones,
    the namespaces, scope included, in which they have identifiers. ``owners`` maps the ids under which the
    batch's identifiers arrived to customers. ``expired`` has identifiers that lead nowhere any more and are not taken
    off yet, each with the locked customer it led to; ``renewals`` those that lead on for longer, until when.
    """

    known: Known
    refused: Mapping[int, TidegateError]
    locked: Mapping[int, CustomerRow]
    namespaces: Mapping[int, frozenset[str]]
    owners: Mapping[int, int]
    expired: Mapping[str, int] = field(default_factory=dict)
    renewals: Mapping[str, int | None] = field(default_factory=dict)

    def owner(self, original_id: int) -> int:
        """The customer that an id of the batch belonged to before it."""
        return self.owners.get(original_id, original_id)


def survey(connection: sa.Connection, facts: Mapping[int, Fact], keys: KeyMaker, *, now: int) -> Situation:
    """Reads what ``facts``, by place, need, and locks the customers that they may change.

    A fact that only adds an event to one known customer, and renews no identifier, locks nobody: whatever is merged
    meanwhile, the event stays with the id it arrived under. Raises LostRace when a customer was merged while its lock
    was awaited.
    """
    stored = links.stored(connection, {key.lookup for fact in facts.values() for key in fact.keys})
    found, expired = _parted(stored, now)
    named = links.customers(connection, {fact.customer_id for fact in facts.values() if fact.customer_id})
    refused = {place: error for place, fact in facts.items() if (error := _refusal(fact, named)) is not None}
    taken = [fact for place, fact in facts.items() if place not in refused]
    renewals = lifetimes.renewals(taken, {lookup: link.expires for lookup, link in found.items()}, now)
    locked = lock(connection, {*_to_lock(taken, found, named, renewals), *expired.values()})
    situation = _situation(connection, locked, keys, found=found, named=named, now=now)
    return replace(situation, refused=refused, expired=expired, renewals=renewals)


def survey_customers(
    connection: sa.Connection,
    named: Mapping[int, CustomerRow],
    keys: KeyMaker,
    *,
    now: int,
    stored: Mapping[str, FoundLink] = MappingProxyType({}),
) -> Situation:
    """Reads and locks what a decision of a person needs: over the customers ``named`` and those of ``stored`` links.

    Raises LostRace when a customer was merged while its lock was awaited.
    """
    found, expired = _parted(stored, now)
    concerned = {row.canonical_id for row in named.values()} | {link.customer_id for link in stored.values()}
    situation = _situation(connection, lock(connection, concerned), keys, found=found, named=named, now=now)
    return replace(situation, expired=expired)


def lock(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerRow]:
    """Holds customers, none of them an alias.

    Raises LostRace when one was merged or erased while its lock was awaited.
    """
    locked = links.lock(connection, customer_ids)
    if len(locked) < len(set(customer_ids)) or any(row.is_alias for row in locked.values()):
        raise LostRace("a customer was merged or erased meanwhile")
    return locked


def _parted(stored: Mapping[str, FoundLink], now: int) -> tuple[dict[str, FoundLink], dict[str, int]]:
    """Links that lead somewhere at ``now``, and where the others led."""
    found = {lookup: link for lookup, link in stored.items() if link.leads(now)}
    return found, {lookup: link.customer_id for lookup, link in stored.items() if lookup not in found}


def _situation(
    connection: sa.Connection,
    locked: Mapping[int, CustomerRow],
    keys: KeyMaker,
    *,
    found: Mapping[str, FoundLink],
    named: Mapping[int, CustomerRow],
    now: int,
) -> Situation:
    linked = links.linked(connection, locked, keys.limited(), now=now)
    return Situation(
        Known(
            links={lookup: KnownLink(link.customer_id, link.original_id) for lookup, link in found.items()},
            customers=_known_customers(found, locked, linked=linked, keys=keys),
            aliases={row.customer_id: row.canonical_id for row in named.values() if row.is_alias},
            limits=_limits(linked, keys),
            never_merge=links.never_merge(connection, locked),
        ),
        {},
        locked,
        {customer_id: frozenset(namespaces) for customer_id, namespaces in linked.items()},
        {link.original_id: link.customer_id for link in found.values()}
        | {row.customer_id: row.canonical_id for row in named.values()},
    )


def referred(connection: sa.Connection, facts: Mapping[int, Fact], *, now: int) -> dict[int, Fact]:
    """``facts``, those that refer to a customer by an identifier with the id under which it arrived."""
    wanted = {fact.referred.lookup for fact in facts.values() if fact.referred is not None}
    if not wanted:
        return dict(facts)
    found = links.find(connection, wanted, now=now)
    return {
        place: fact._replace(customer_id=found[fact.referred.lookup].original_id)
        if fact.referred is not None and fact.referred.lookup in found
        else fact
        for place, fact in facts.items()
    }


def _refusal(fact: Fact, named: Mapping[int, CustomerRow]) -> TidegateError | None:
    if fact.customer_id:
        return None if fact.customer_id in named else NotFound("customer", fact.customer_id)
    return None if fact.referred is None else NotFound("customer", f"with this {fact.referred.namespace}")


def _to_lock(
    facts: Iterable[Fact],
    found: Mapping[str, FoundLink],
    named: Mapping[int, CustomerRow],
    renewals: Mapping[str, int | None],
) -> set[int]:
    """The customers whom ``facts`` may change."""
    wanted: set[int] = set()
    for fact in facts:
        leads = [found.get(key.lookup) for key in fact.keys]
        roots = {link.customer_id for link in leads if link is not None}
        if fact.customer_id:
            roots.add(named[fact.customer_id].canonical_id)
        if fact.profile or not leads or None in leads or len(roots) > 1 or _earlier(fact, leads):
            wanted |= roots
    return wanted | {found[lookup].customer_id for lookup in renewals}


def _earlier(fact: Fact, leads: Iterable[FoundLink | None]) -> bool:
    return any(link is not None and fact.time < link.first_seen for link in leads)


def _known_customers(
    found: Mapping[str, FoundLink],
    locked: Mapping[int, CustomerRow],
    *,
    linked: Mapping[int, links.Linked],
    keys: KeyMaker,
) -> dict[int, KnownCustomer]:
    seen = {link.customer_id: KnownCustomer(link.first_seen) for link in found.values()}
    for customer_id, row in locked.items():
        namespaces = linked.get(customer_id, {})
        limited = {name: frozenset(lookups) for name, lookups in namespaces.items() if keys.limit(name)}
        seen[customer_id] = KnownCustomer(row.first_seen, limited)
    return seen


def _limits(linked: Mapping[int, links.Linked], keys: KeyMaker) -> dict[str, Limit]:
    names = {name for namespaces in linked.values() for name in namespaces if keys.limit(name)}
    return {name: Limit(keys.limit(name), keys.protected(name)) for name in names}
