"""Putting everything that is sealed under the newest key, beside the writers.

Each part (a column, see sealed.py) is gone through in the order of its rows' keys, a stretch in a transaction
that also notes how far it came: who is killed goes on where it was, and nothing is done twice. Replicas share the
work, since a part is one transaction's at a time. Rows that a writer holds at the moment are passed over, and writers
that took up the key late may still have used an older one: a part is finished only once it was gone through from its
beginning to its end and nothing was found. What was stored plainly, before there were keys, is sealed alike.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
import structlog

from tidegate.runtime import sealed
from tidegate.runtime.cipher import Cipher
from tidegate.runtime.db import Database
from tidegate.runtime.errors import DataLoss
from tidegate.runtime.keyring import Keyring
from tidegate.runtime.loops import Activity, Loop
from tidegate.runtime.sealed import Part, Sealed, SealedRow, Standing

LOG = structlog.get_logger(__name__)
STRETCH = 500
_LOOKED_THROUGH = 10
"""How many stretches are looked through at once as long as everything is found under the newest key."""
_SETTLING_SECONDS = 2.5
"""How long a key is left to become known to all replicas, which look at the file once a second."""
_LOOK_AGAIN_SECONDS = 3600.0
_LONGEST_REST = 0.1


class Resealer:
    """Puts stretches of a service's rows under the newest key of ``keyring``."""

    def __init__(self, database: Database, all_sealed: Sealed, keyring: Keyring, *, stretch: int = STRETCH) -> None:
        self._database = database
        self._sealed = all_sealed
        self._keyring = keyring
        self._stretch = stretch

    def begin(self, *, again: bool = False) -> None:
        """Notes what there is to do for the newest key; ``again``: also what was finished once."""
        key_id = self._keyring.newest.key_id
        with self._database.read() as connection:
            is_begun = self._sealed.is_begun(connection, key_id)
        if again or not is_begun:
            self._database.run(lambda connection: self._begin(connection, key_id, again=again))

    def step(self) -> Standing | None:
        """Does the next stretch and says how far its part is; None when nothing is left, or others are at it.

        Raises DataLoss for a value that can't be unsealed: the part goes no further until it can.
        """
        return self._database.run(self._step)

    def is_finished(self) -> bool:
        """Whether everything is under the newest key."""
        with self._database.read() as connection:
            return self._sealed.is_finished(connection, self._keyring.newest.key_id)

    def _begin(self, connection: sa.Connection, key_id: str, *, again: bool) -> None:
        self._sealed.begin(connection, key_id)
        if again:
            self._sealed.begin_again(connection, key_id)

    def _step(self, connection: sa.Connection) -> Standing | None:
        newest = self._keyring.newest
        standing = self._sealed.claim(connection, newest.key_id)
        if standing is None:
            return None
        now = self._advance(connection, self._sealed.part(standing.part), standing, newest=newest)
        self._sealed.note(connection, newest.key_id, now)
        return now

    def _advance(self, connection: sa.Connection, part: Part, standing: Standing, *, newest: Cipher) -> Standing:
        head = newest.bytes_head if _is_binary(part) else newest.text_head
        rows, is_last = self._look_through(connection, part, head, standing)
        stale = [key for key, is_stale in rows if is_stale]
        held = sealed.lock(connection, part, stale) if stale else []
        if held:
            sealed.store(connection, part, list(self._resealed(part, held, newest)))
        changed = standing.changed or bool(stale)
        now = standing._replace(seen=standing.seen + len(rows), resealed=standing.resealed + len(held))
        if is_last:
            return now._replace(reached=None, changed=False, finished=not changed)
        return now._replace(reached=rows[-1][0], changed=changed)

    def _look_through(
        self, connection: sa.Connection, part: Part, head: str | bytes, standing: Standing
    ) -> tuple[list[tuple[sealed.Key, bool]], bool]:
        """The next rows, with at most a stretch of stale ones among them; and whether they are the last."""
        limit = self._stretch if standing.changed else self._stretch * _LOOKED_THROUGH
        rows = sealed.stretch(connection, part, head, after=standing.reached, limit=limit)
        stale = [place for place, (_, is_stale) in enumerate(rows) if is_stale]
        if len(stale) > self._stretch:
            return rows[: stale[self._stretch]], False
        return rows, len(rows) < limit

    def _resealed(self, part: Part, held: list[SealedRow], newest: Cipher) -> Iterator[tuple[sealed.Key, Any]]:
        for row in held:
            about = part.bound_to(row.by)
            try:
                if _is_binary(part):
                    value: Any = newest.seal_bytes(self._keyring.unseal_bytes(row.value, about), about)
                else:
                    value = newest.seal(self._keyring.unseal(row.value, about), about)
            except DataLoss as error:
                LOG.warning("keys.unreadable_row", part=part.name, row=list(row.key), reason=error.reason)
                raise
            yield row.key, value


class ResealingLoop:
    """Does in the background what a Resealer does, and leaves as much time as it takes to whoever calls."""

    def __init__(self, name: str, resealer: Resealer, keyring: Keyring, *, activity: Activity, rest: float) -> None:
        """``name`` is the loop's, such as `identity.resealing`."""
        self._resealer = resealer
        self._keyring = keyring
        self._key_id = ""
        self._begins_at = 0.0
        self._begun = False
        self.loop = Loop(name, self._pass, activity=activity, rest=rest)

    def _pass(self) -> bool:
        now, key_id = time.monotonic(), self._keyring.newest.key_id
        if key_id != self._key_id:
            self._key_id = key_id
            self._wait(now + _SETTLING_SECONDS)
        if now < self._begins_at:
            return False
        if not self._begun:
            self._resealer.begin()
            self._begun = True
        return self._advance(now)

    def _advance(self, began: float) -> bool:
        if self._resealer.step() is None:  # all is done, or others are at what is left
            if self._resealer.is_finished():
                LOG.info("keys.finished", key=self._key_id)
                self._wait(time.monotonic() + _LOOK_AGAIN_SECONDS)
            return False
        time.sleep(min(time.monotonic() - began, _LONGEST_REST))
        return True

    def _wait(self, until: float) -> None:
        self._begins_at, self._begun = until, False


def run_to_end(resealer: Resealer, tell: Callable[[Standing], None]) -> None:
    """Goes on until all is under the newest key, and tells of every stretch; ends early for nothing but an error."""
    while not resealer.is_finished():
        standing = resealer.step()
        if standing is None:
            time.sleep(_LONGEST_REST)  # others are at what is left
        else:
            tell(standing)


def _is_binary(part: Part) -> bool:
    return isinstance(part.column.type, sa.LargeBinary)
