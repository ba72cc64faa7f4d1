"""Reads the callbacks that are kept, and applies what they say.

A batch is taken under a lease: two replicas read different ones, and those of one that dies are read again. What an
adapter can't read rests and is tried again with growing pauses for seven days. Accounts whose adapters are slow are
left out until they have read what they were given.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import grpc
import structlog

from tidegate.delivery.callbacks import store
from tidegate.delivery.callbacks.applying import NOBODY, Applying, Known, Reading
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.model import CallbackState
from tidegate.delivery.callbacks.reading import MOST_ACCOUNTS, READ_SECONDS, Batch, Begin, Readers
from tidegate.delivery.instants import DAY, SECOND
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.ids import new_id
from tidegate.runtime.log import summary
from tidegate.runtime.loops import Activity, Loop

LOG = structlog.get_logger(__name__)
GIVEN_UP_AFTER = 7 * DAY
LEASE = 120 * SECOND
"""So long a batch is nobody else's."""
_MOST = 500
_FIRST_PAUSE = 5 * SECOND
_LONGEST_PAUSE = 3_600 * SECOND

Count = Callable[[str, str, int], None]


class Handling:
    """Handles callbacks."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        listeners: Listeners,
        applying: Applying,
        begin: Begin,
        *,
        count: Count,
        activity: Activity,
        rest: float,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """``count`` is told how many of an account ended, were put off, or failed."""
        self._database = database
        self._clock = clock
        self._applying = applying
        self._count = count
        self.loop = Loop("delivery.callbacks", self._step, activity=activity, rest=rest)
        self._readers = Readers(vault, listeners, begin, ended=self.loop.wake, seconds=read_seconds)

    def stop(self) -> None:
        """What adapters still read is left to whoever comes next; called when the loop has ended."""
        for token, called in self._readers.give_up():
            self._put_off([(one.callback_id, 0) for one in called], token)

    def _step(self) -> bool:
        """Takes one batch, and applies what adapters have read by now; False when there was neither."""
        before = len(self._readers.busy)
        try:
            batch = self._take()
            if batch is not None:
                self._readers.begin(batch)
            read = self._readers.finish(batch)
        finally:
            self._hold(len(self._readers.busy) - before)
        found = dict.fromkeys(([] if batch is None else [batch]) + read)
        for one in found:
            self._apply(one, one.readings)
            self._rest(one)
        return bool(found)

    def _hold(self, more: int) -> None:
        """The loop is at work as long as adapters read."""
        if more > 0:
            self.loop.meter.hold(more)
        elif more < 0:
            self.loop.meter.release(-more)

    def _take(self) -> Batch | None:
        """What is due of accounts whose adapters are free; None when nothing is."""
        busy, token = self._readers.busy, new_id()
        if len(busy) >= MOST_ACCOUNTS:
            return None
        with self._database.read() as connection:
            if not store.is_due(connection, without=busy):
                return None
        taken = self._database.run(lambda c: store.take(c, token=token, lease=LEASE, limit=_MOST, without=busy))
        return Batch(token, {one.callback_id: one for one in taken}) if taken else None

    def _apply(self, batch: Batch, readings: Sequence[Reading]) -> None:
        """While identity is away, what it has to do with waits.

        One of which identity can't be told, whatever is wrong with it, is found by halving, and holds up no other.
        """
        asking = [one for one in readings if one.needs_identity]
        try:
            known = self._applying.ask(asking) if asking else NOBODY
        except Exception as error:  # noqa: BLE001  (told of below, or when it is put off)
            self._write(batch, [one for one in readings if not one.needs_identity], NOBODY)
            if _is_away(error):
                LOG.warning("callbacks.wait_for_identity", count=len(asking), error=summary(error))
                for one in asking:
                    batch.leave(one.callback_id, "identity is away")
            elif len(asking) == 1:
                batch.leave(asking[0].callback_id, type(error).__name__)
            else:
                middle = len(asking) // 2
                self._apply(batch, asking[:middle])
                self._apply(batch, asking[middle:])
        else:
            self._write(batch, readings, known)

    def _write(self, batch: Batch, readings: Sequence[Reading], known: Known) -> None:
        """Applies them together; one that can't be applied is found by halving, and holds up no other."""
        if not readings:
            return
        try:
            ended = self._applying.apply(readings, known, token=batch.token)
        except Exception as error:
            if len(readings) == 1:
                LOG.exception("callback.not_applied", callback_id=readings[0].callback_id)
                batch.leave(readings[0].callback_id, type(error).__name__)
                return
            middle = len(readings) // 2
            self._write(batch, readings[:middle], known)
            self._write(batch, readings[middle:], known)
        else:
            of = batch.taken
            for (account_id, state), number in Counter((of[key].account_id, state) for key, state in ended).items():
                self._count(account_id, state, number)

    def _rest(self, batch: Batch) -> None:
        """Puts off what could not be read, and gives up what could not be read for too long."""
        unread, token = batch.unread, batch.token
        batch.readings, batch.unread = [], []
        given_up = [one for one, _ in unread if one.age >= GIVEN_UP_AFTER]
        waiting = [one for one, _ in unread if one.age < GIVEN_UP_AFTER]
        for one, why in unread:
            tell = LOG.error if one in given_up else LOG.warning
            what = "callback.given_up" if one in given_up else "callback.not_read"
            tell(what, account_id=one.account_id, callback_id=one.callback_id, tries=one.tries, error=why)
        if given_up:
            now, ids = micros(self._clock.now()), [one.callback_id for one in given_up]
            self._database.run(lambda c: store.give_up(c, ids, now, token=token))
        if waiting:
            self._put_off([(one.callback_id, _pause(one.tries)) for one in waiting], token)
        for one in given_up:
            self._count(one.account_id, CallbackState.FAILED, 1)
        for one in waiting:
            self._count(one.account_id, "put_off", 1)

    def _put_off(self, pauses: Sequence[tuple[str, int]], token: str) -> None:
        self._database.run(lambda connection: store.put_off(connection, pauses, token=token))


def _is_away(error: Exception) -> bool:
    """Whether identity can't be asked at all, rather than not that."""
    return isinstance(error, grpc.RpcError) and not (
        isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.INVALID_ARGUMENT
    )


def _pause(tries: int) -> int:
    return min(_FIRST_PAUSE << min(tries - 1, 20), _LONGEST_PAUSE)
