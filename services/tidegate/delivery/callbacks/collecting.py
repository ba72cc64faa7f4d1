"""Collects what providers hold ready for accounts. It is kept like a callback, and read from there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import structlog

from tidegate.channels import Receipts, Report
from tidegate.delivery.callbacks import reports
from tidegate.delivery.callbacks.handling import Begin
from tidegate.delivery.callbacks.keeping import Keeper
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.model import Arrival
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

    def step(self) -> bool:
        """Collects once for each account; True when anything was there."""
        lines = [one for one in self.listeners.all() if Receipts.COLLECT in one.channel.manifest.receipts]
        found = [self._collect(line) for line in lines if line.account.state is not AccountState.BROKEN]
        return any(found)

    def _collect(self, line: Line) -> bool:
        account_id = line.account.account_id
        if account_id not in self._left:
            lasting = int((self.every + line.call_timeout) * SECOND)
            if not self.database.run(lambda c: following.take_turn(c, account_id, lasting=lasting)):
                return False
            collected = self._ask(line)
            if collected:
                self._left[account_id] = collected
            pause = 0 if collected else int(self.every * SECOND)
            self.database.run(lambda c: following.end_turn(c, account_id, pause=pause))
        left = self._left.get(account_id, [])
        if left:
            self._keep(account_id, left)
            del self._left[account_id]
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
        now = self.clock.now()
        parts = [list(collected[start : start + _AT_ONCE]) for start in range(0, len(collected), _AT_ONCE)]
        kept = [self.keeper.keep(Arrival(account_id, _key(part), part, now)) for part in parts]
        for one in kept:
            one.result(_KEEP_SECONDS)


def _key(part: Sequence[Report]) -> str:
    return f"collected.{sha256(reports.written(part).encode()).hexdigest()}"
