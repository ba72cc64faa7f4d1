"""Collects what providers hold ready for accounts. It is kept like a callback, and read from there."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import sha256

import structlog

from tidegate.channels import Receipts, Report
from tidegate.delivery.callbacks import reports
from tidegate.delivery.callbacks.keeping import Keeper
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.model import Arrival
from tidegate.delivery.callbacks.reading import Begin
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import AccountState
from tidegate.delivery.store import following
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
_AT_ONCE = 100
_KEEP_SECONDS = 30.0


@dataclass(slots=True)
class Collecting:
    """Collects for each account in turn with other replicas, every so many seconds."""

    database: Database
    clock: Clock
    listeners: Listeners
    keeper: Keeper
    begin: Begin
    every: float
    _left: dict[str, list[Report]] = field(default_factory=dict)

    def wanted(self) -> list[Line]:
        """The accounts whose turn it is, and those of which something is left."""
        lines = [one for one in self.listeners.all() if Receipts.COLLECT in one.channel.manifest.receipts]
        lines = [one for one in lines if one.account.state is not AccountState.BROKEN]
        if not lines:
            return []
        with self.database.read() as connection:
            resting = following.resting(connection)
        return [one for one in lines if one.account.account_id in self._left or one.account.account_id not in resting]

    def flush(self) -> None:
        """Hands what is left to the keeper; called when the process ends, before the keeper's flush()."""
        for account_id in list(self._left):
            self._begin_keeping(account_id, self._left.pop(account_id))

    def collect(self, line: Line) -> bool:
        """Collects once for an account; True when anything was there. What is left is tried again in the next pass."""
        account_id = line.account.account_id
        if account_id not in self._left:
            lasting = int((self.every + line.call_timeout) * SECOND)
            if not self.database.run(lambda c: following.take_turn(c, account_id, lasting=lasting)):
                return False
            self._left[account_id] = list(_sound(account_id, self._ask(line)))
        left = self._left[account_id]
        self._keep(account_id, left)
        del self._left[account_id]
        pause = 0 if left else int(self.every * SECOND)
        self.database.run(lambda c: following.end_turn(c, account_id, pause=pause))
        return bool(left)

    def _ask(self, line: Line) -> list[Report]:
        call = self.begin(line, line.channel.collect(line.bound))
        try:
            told: object = call.result(line.call_timeout)
        except Exception as error:
            call.cancel()
            LOG.exception("adapter.not_collected", account_id=line.account.account_id, error=type(error).__name__)
            return []
        if not reports.are_reports(told):
            LOG.error("adapter.no_reports", account_id=line.account.account_id)
            return []
        assert isinstance(told, Sequence)
        return list(told)

    def _keep(self, account_id: str, collected: Sequence[Report]) -> None:
        """Returns when all is committed; what is not is kept here, and tried again in the next pass."""
        for one in self._begin_keeping(account_id, collected):
            one.result(_KEEP_SECONDS)

    def _begin_keeping(self, account_id: str, collected: Sequence[Report]) -> list[Future[None]]:
        now = self.clock.now()
        parts = [list(collected[start : start + _AT_ONCE]) for start in range(0, len(collected), _AT_ONCE)]
        return [self.keeper.keep(Arrival(account_id, _key(part), part, now)) for part in parts]


def _sound(account_id: str, collected: Sequence[Report]) -> Iterator[Report]:
    """Those that can be written down, and read again as they are."""
    for one in collected:
        try:
            reports.check(one)
        except Exception as error:
            kind = type(one).__name__
            LOG.exception("adapter.report_dropped", account_id=account_id, kind=kind, error=type(error).__name__)
        else:
            yield one


def _key(part: Sequence[Report]) -> str:
    return f"collected.{sha256(reports.written(part).encode()).hexdigest()}"
