"""What delivery finds out about customers: who wants no more of something, and which addresses are dead.

A withdrawal is kept as a denial, like any other decision: the newest counts, so that a later grant stays in force. A
dead address is marked where it leads to a customer, which by the feed is known by a digest alone. Whom nobody knows any
more is passed over.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.identity import announce
from tidegate.identity.model import Consent, Decision, Fact, Link, Profile
from tidegate.identity.record import Recorder
from tidegate.identity.situation import lock
from tidegate.identity.store import identifiers, links
from tidegate.identity.store.identifiers import DeadAddress
from tidegate.identity.vault import Vault, about_identifier
from tidegate.identity.writing import tell
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.feed import Feed
from tidegate.runtime.secret import digest

KINDS = ("consent_withdrawn", "address_invalidated")
SOURCE = "delivery"


class FromDelivery:
    """Takes over what delivery announces. ``address_key`` is the one that it tells addresses by."""

    def __init__(self, recorder: Recorder, *, vault: Vault, feed: Feed, clock: Clock, address_key: bytes) -> None:
        self._recorder = recorder
        self._vault = vault
        self._feed = feed
        self._clock = clock
        self._address_key = address_key

    def apply(self, connection: sa.Connection, changes: Sequence[changes_pb2.Change]) -> None:
        """Records what of ``changes`` is of KINDS; said again it changes nothing. Raises LostRace."""
        now = micros(self._clock.now())
        told = [change for change in changes if change.customer_id]
        denials = [_denial(change, now) for change in told if change.HasField("consent_withdrawn")]
        self._recorder.record_within(connection, denials)
        self._mark(connection, [change for change in told if change.HasField("address_invalidated")], now)

    def _mark(self, connection: sa.Connection, changes: Sequence[changes_pb2.Change], now: int) -> None:
        named = links.customers(connection, {change.customer_id for change in changes})
        locked = lock(connection, {row.canonical_id for row in named.values()})
        held = links.of_customers(connection, locked, now=now)
        dead: dict[str, DeadAddress] = {}
        owners: set[int] = set()
        for change in changes:
            owner = named[change.customer_id].canonical_id if change.customer_id in named else 0
            link = self._meant(change.address_invalidated, held.get(owner, ()))
            if link is not None and link.invalid_since is None and link.lookup not in dead:
                since = min(change.time.ToMicroseconds(), now)
                dead[link.lookup] = DeadAddress(link.lookup, since, change.address_invalidated.channel)
                owners.add(owner)
        if not dead:
            return
        identifiers.mark_dead(connection, list(dead.values()))
        entries = [announce.contact_points_changed(owner, now=now) for owner in sorted(owners)]
        tell(connection, self._feed, entries, locked)

    def _meant(self, told: changes_pb2.AddressInvalidated, held: Iterable[Link]) -> Link | None:
        """The identifier that a digest tells; None when the customer does not have it any more."""
        for link in held:
            if link.namespace == told.namespace:
                value = self._vault.unseal(link.value, about_identifier(link.namespace))
                if digest(self._address_key, link.namespace, value, told.message_id) == told.address_digest:
                    return link
        return None


def _denial(change: changes_pb2.Change, now: int) -> Fact:
    withdrawn, time = change.consent_withdrawn, min(change.time.ToMicroseconds(), now)
    proof = f"{withdrawn.source} of message {withdrawn.message_id}" if withdrawn.message_id else withdrawn.source
    consent = Consent(withdrawn.purpose, withdrawn.channel, withdrawn.brand, Decision.DENIED, time, SOURCE, proof)
    return Fact((), change.customer_id, SOURCE, time, profile=Profile(consents=(consent,)))
