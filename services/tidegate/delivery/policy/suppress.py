"""Suppressing customers and addresses, and letting them be written to again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.policy import naming
from tidegate.delivery.policy.model import Suppression, SuppressionCause
from tidegate.delivery.policy.store import policies
from tidegate.delivery.policy.store import suppressions as store
from tidegate.delivery.policy.suppressions import key_of, opened, prepared, sealed
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, AlreadyExists, NotFound

_EXPORTED_AT_ONCE = 1000


class Suppressing:
    """The operations on suppressions."""

    def __init__(self, database: Database, vault: Vault, announcer: Announcer, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._announcer = announcer
        self._clock = clock

    def create(self, wanted: Sequence[Suppression]) -> list[tuple[Suppression, bool]]:
        """The suppressions that hold now, in order, and whether each was there before."""
        now = micros(self._clock.now())

        def work(connection: sa.Connection) -> list[tuple[Suppression, bool]]:
            revision = _revision(connection, wanted)
            new = prepared(connection, self._vault, wanted, now)
            before = store.holding(connection, new)
            store.add(connection, new)
            held = store.holding(connection, new)
            changed = {one.suppression_id for key, one in held.items() if before.get(key) != one}
            self._announce(connection, sorted(changed), revision)
            holding = [held[store.scope(*one)] for one in new]
            return [
                (opened(self._vault, now_held), now_held.suppression_id != one.suppression_id)
                for now_held, (one, _) in zip(holding, new, strict=True)
            ]

        return self._database.run(work)

    def update(self, suppression_id: str, etag: str, change: Callable[[Suppression], Suppression]) -> Suppression:
        """Puts what ``change`` makes of it in its place.

        Raises NotFound, AlreadyExists, and Aborted by its etag.
        """

        def work(connection: sa.Connection) -> Suppression:
            revision = policies.hold_version(connection)
            before = opened(self._vault, _find(connection, suppression_id, etag))
            changed = replace(change(before), version=before.version + 1)
            for same in store.holding(connection, [(changed, key_of(self._vault, changed))]).values():
                if same.suppression_id != suppression_id:
                    raise AlreadyExists("suppression", same.suppression_id)
            store.replace(connection, *sealed(self._vault, [changed]))
            revision = policies.raise_version(connection) if changed.segment_id else revision
            self._announce(connection, [suppression_id], revision)
            return changed

        return self._database.run(work)

    def delete(self, suppression_id: str, etag: str) -> None:
        """Deletes it. Raises NotFound, and Aborted by its etag."""

        def work(connection: sa.Connection) -> None:
            revision = policies.hold_version(connection)
            before = _find(connection, suppression_id, etag)
            store.delete(connection, suppression_id)
            revision = policies.raise_version(connection) if before.segment_id else revision
            self._announce(connection, [suppression_id], revision)

        self._database.run(work)

    def get(self, suppression_id: str) -> Suppression:
        """The suppression. Raises NotFound."""
        with self._database.read() as connection:
            return opened(self._vault, _find(connection, suppression_id, ""))

    def page(
        self, *, after: str, limit: int, customer_id: int = 0, cause: SuppressionCause | None = None
    ) -> Sequence[Suppression]:
        """Up to ``limit`` suppressions behind an id, of one customer (aliases followed) or of all."""
        with self._database.read() as connection:
            survivors = store.canonical(connection, [customer_id]) if customer_id else {}
            found = store.page(
                connection,
                after=after,
                limit=limit,
                customer_id=survivors.get(customer_id, customer_id),
                cause=cause,
            )
        return [opened(self._vault, one) for one in found]

    def export(self, cause: SuppressionCause | None) -> Iterator[Sequence[Suppression]]:
        """All suppressions, a thousand at a time."""
        after = ""
        while found := self.page(after=after, limit=_EXPORTED_AT_ONCE, cause=cause):
            yield found
            after = found[-1].suppression_id

    def _announce(self, connection: sa.Connection, suppression_ids: list[str], revision: int) -> None:
        now = micros(self._clock.now())
        naming.announce(
            connection,
            self._announcer,
            kind="suppression",
            policy_ids=suppression_ids,
            revision=revision,
            now=now,
        )


def _revision(connection: sa.Connection, wanted: Sequence[Suppression]) -> int:
    """The version of all policies, which are changed by suppressions of segments and held by others."""
    if any(one.segment_id for one in wanted):
        return policies.raise_version(connection)
    return policies.hold_version(connection)


def _find(connection: sa.Connection, suppression_id: str, etag: str) -> Suppression:
    found = store.get(connection, suppression_id)
    if found is None:
        raise NotFound("suppression", suppression_id)
    if etag and etag != found.etag:
        raise Aborted("suppression", suppression_id)
    return found
