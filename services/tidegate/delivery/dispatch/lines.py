"""Lines: for each account that sends, its adapter, its limits, and the granted messages that wait for it."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import structlog

from tidegate.channels import Account as BoundAccount
from tidegate.channels import AnyChannel, Manifest, Outcome, Receipts, Registry, read_settings
from tidegate.delivery.allowances.rules import Platform, span_of
from tidegate.delivery.breaker import succeeded
from tidegate.delivery.dispatch.codes import CodeReader, UnknownCodes
from tidegate.delivery.dispatch.queue import Queue
from tidegate.delivery.gate import Fellow
from tidegate.delivery.gatekeeper import Lane
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import Account, AccountState
from tidegate.delivery.reminders import OF_OTHERS, OF_TASKS
from tidegate.delivery.steps import SETTLE_AFTER, FollowUp
from tidegate.delivery.store import accounts, breakers
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
_REFRESH_SECONDS = 1.0
_TRY_AGAIN_SECONDS = 30.0
_PACED_SECONDS = 2.0


@dataclass(slots=True)
class Pulse:
    """How the calls of a line go. ``is_watched`` while any are known to have failed, in whichever process."""

    is_watched: bool = True
    failed: int = 0

    def ended(self, outcomes: Iterable[Outcome]) -> None:
        """A call has ended; ``failed`` counts those that failed one after another."""
        match succeeded((one.kind, one.scope) for one in outcomes):
            case True:
                self.failed = 0
            case False:
                self.failed += 1
                self.is_watched = True


@dataclass(frozen=True, slots=True)
class Line:
    """An account, ready to send.

    ``reader`` reads what its adapter says; ``follow_up`` is how what it has sent is followed up (None: nobody can be
    asked).
    """

    account: Account
    channel: AnyChannel
    bound: BoundAccount[Any]
    lane: Lane
    queue: Queue
    pulse: Pulse
    reader: CodeReader
    follow_up: FollowUp | None = None

    @property
    def max_in_flight(self) -> int:
        """How many calls may be open at once."""
        return min(self.account.max_in_flight or 1 << 30, self.channel.manifest.concurrency)

    @property
    def max_batch(self) -> int:
        """How many messages one call takes."""
        return self.channel.manifest.max_batch

    @property
    def call_timeout(self) -> float:
        """Seconds until a call is cut off."""
        longest = self.channel.manifest.call_timeout.total_seconds()
        return min(self.account.call_timeout / SECOND or longest, longest)

    @property
    def settle_after(self) -> int:
        """How long an uncertain message waits for a receipt, in µs."""
        return self.account.settle_after or SETTLE_AFTER

    @property
    def burst(self) -> int:
        """How many messages may go at once after a rest."""
        return _burst(self.account)


class Lines:
    """The lines of this process, kept in step with the accounts in the database."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        secret: Callable[[str], str],
        unknown: UnknownCodes,
        *,
        remind: int = 0,
    ) -> None:
        """``remind`` is how many µs before a task expires staff are reminded of it; 0: never."""
        self._remind = remind
        self._unknown = unknown
        self._database = database
        self._registry = registry
        self._secret = secret
        self._lock = threading.Lock()
        self._lines: dict[str, Line] = {}
        self._lanes: dict[str, tuple[int, Lane]] = {}
        self._standing: dict[str, str] = {}
        self._unusable: dict[str, tuple[int, float]] = {}
        self._next_look = 0.0
        self.changes = 0

    def forget(self) -> None:
        """Accounts have changed: looks again at the next occasion."""
        self.changes += 1
        self._next_look = 0.0

    def active(self) -> list[Line]:
        """The lines that send now."""
        with self._lock:
            if time.monotonic() >= self._next_look:
                self._look()
            return list(self._lines.values())

    def others(self, lane: Lane) -> Sequence[Fellow]:
        """The accounts that are active on the lane's channel beside its own, held by breakers or not."""
        return [
            Fellow(one.account_id, one.brands, one.namespace)
            for _, one in self._lanes.values()
            if one.channel == lane.channel and one.account_id != lane.account_id
        ]

    def among(self, channel: str) -> str:
        """How the accounts of a channel stand: the same words as long as none of them has changed."""
        return self._standing.get(channel, "")

    @property
    def hasty(self) -> frozenset[str]:
        """The channels by whose accounts messages have to go at once."""
        return frozenset(lane.channel for _, lane in self._lanes.values() if lane.deadline)

    def is_current(self, line: Line) -> bool:
        """Whether the line is the one by which its account sends now."""
        return self._lines.get(line.account.account_id) is line

    def renew(self, line: Line) -> None:
        """The line can't be served any more: its account gets another at the next occasion."""
        with self._lock:
            if self.is_current(line):
                del self._lines[line.account.account_id]
                self._next_look = 0.0

    def line(self, account: Account) -> Line:
        """A line for ``account``. Raises UnknownChannel or SettingsError when it can't send as it stands."""
        channel = self._registry.channel(account.adapter)
        settings = read_settings(channel.settings_type, account.settings, secrets=self._secret)
        bound = BoundAccount(account.account_id, account.channel, settings)
        namespace = channel.address_namespace(bound)
        manifest = channel.manifest
        deadline = 0 if manifest.deadline is None else span_of(manifest.deadline)
        platform = Platform.of(manifest)
        lane = Lane(account.account_id, account.channel, account.brands, namespace, platform, deadline)
        in_flight = min(account.max_in_flight or manifest.concurrency, manifest.concurrency)
        most = max(int(account.per_second * _PACED_SECONDS), _burst(account)) if account.per_second else None
        queue = Queue(calls=in_flight, max_batch=manifest.max_batch, most=most)
        adapter = self._registry.adapter(account.adapter)
        reader = CodeReader(account.account_id, adapter.name, adapter.codes, self._unknown)
        return Line(account, channel, bound, lane, queue, Pulse(), reader, self._follow_up(manifest))

    def _follow_up(self, manifest: Manifest) -> FollowUp | None:
        """How what is sent is followed up; None where its provider can't be asked."""
        if manifest.staff_confirmed:
            return FollowUp(OF_TASKS[0], is_task=True, remind=self._remind)
        return FollowUp(OF_OTHERS[0]) if Receipts.FOLLOW_UP in manifest.receipts else None

    def _look(self) -> None:
        """What is forgotten while it looks is looked at again at the next occasion."""
        self._next_look = time.monotonic() + _REFRESH_SECONDS
        try:
            self._refresh()
        except BaseException:
            self._next_look = 0.0
            raise

    def _refresh(self) -> None:
        with self._database.read() as connection:
            found = accounts.find(connection)
            held = breakers.open_accounts(connection)
        active = {one.account_id: one for one in found if one.state is AccountState.ACTIVE}
        sending = {key: one for key, one in active.items() if key not in held}
        kept = {
            account_id: line
            for account_id, line in self._lines.items()
            if account_id in sending and sending[account_id].version == line.account.version
        }
        for account_id, account in sending.items():
            if account_id not in kept and self._is_worth_a_try(account):
                self._open(account, kept)
        self._lines = kept
        self._lanes = self._lanes_of(active)
        self._standing = _standing(active.values())

    def _lanes_of(self, active: Mapping[str, Account]) -> dict[str, tuple[int, Lane]]:
        """The lanes by their accounts, each with the version of its account."""
        lanes: dict[str, tuple[int, Lane]] = {}
        for account_id, account in active.items():
            line, known = self._lines.get(account_id), self._lanes.get(account_id)
            if line is not None:
                lanes[account_id] = account.version, line.lane
            elif known is not None and known[0] == account.version:
                lanes[account_id] = known
            elif self._is_worth_a_try(account):
                with suppress(Exception):  # an adapter's; it is told of when the account is to send
                    lanes[account_id] = account.version, self.line(account).lane
        return lanes

    def _is_worth_a_try(self, account: Account) -> bool:
        """What an account lacks may lie outside of it, such as a secret: a failed one is tried again in a while."""
        version, again = self._unusable.get(account.account_id, (-1, 0.0))
        return version != account.version or time.monotonic() >= again

    def _open(self, account: Account, lines: dict[str, Line]) -> None:
        try:
            lines[account.account_id] = self.line(account)
        except Exception as error:
            self._unusable[account.account_id] = account.version, time.monotonic() + _TRY_AGAIN_SECONDS
            LOG.exception("account.unusable", account_id=account.account_id, reason=type(error).__name__)


def _standing(active: Iterable[Account]) -> dict[str, str]:
    """The same in all processes, which need not be able to send by the same accounts."""
    found: dict[str, list[str]] = {}
    for one in sorted(active, key=lambda one: one.account_id):
        found.setdefault(one.channel, []).append(f"{one.account_id}:{one.version}")
    return {
        channel: blake2b(" ".join(several).encode(), digest_size=8).hexdigest() for channel, several in found.items()
    }


def _burst(account: Account) -> int:
    return account.burst or max(int(account.per_second), 1)
