"""Lines: for each account that sends, its adapter, its limits, and the granted messages that wait for it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog

from tidegate.channels import Account as BoundAccount
from tidegate.channels import AnyChannel, Registry, SettingsError, read_settings
from tidegate.delivery.gatekeeper import Lane
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import Account, AccountState, Granted
from tidegate.delivery.outcomes import SETTLE_AFTER
from tidegate.delivery.store import accounts
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
_DEEPEST = 4_000
_SHALLOWEST = 64
_DEPTH_AT_FIRST = 1_000
_DEPTH_SECONDS = 2.0
_GROUP_SECONDS = 0.1
_LARGEST_GROUP = 500
_REFRESH_SECONDS = 1.0


class Waiting(NamedTuple):
    """A granted message with what its template is to be filled with, as JSON."""

    granted: Granted
    variables: str


@dataclass(frozen=True, slots=True)
class Line:
    """An account, ready to send."""

    account: Account
    channel: AnyChannel
    bound: BoundAccount[Any]
    lane: Lane
    queue: "Queue"

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
        return self.account.burst or max(int(self.account.per_second), 1)


class Queue:
    """The granted messages of one account, and how deep the queue may be.

    It holds what goes out within about two seconds, measured as it goes: a message in it has its slot, and its
    lease runs. Time in which nothing is on its way does not count. Until a second has been measured it takes a
    whole batch of the gate: of a line that turns out to be slow, the rest goes back when its lease ends.
    """

    def __init__(self, floor: int) -> None:
        self._lock = threading.Lock()
        self._messages: deque[Waiting] = deque()
        self._floor = max(floor, 1)
        self._promised = 0
        self._on_their_way = 0
        self._done = 0
        self._since = 0.0
        self._busy_seconds = 0.0
        self._per_second = 0.0

    @property
    def depth(self) -> int:
        """How many messages may wait or be on their way."""
        measured = self._per_second * _DEPTH_SECONDS or _DEPTH_AT_FIRST
        return int(min(max(measured, 2 * self._floor, _SHALLOWEST), _DEEPEST))

    @property
    def group(self) -> int:
        """How many calls are begun by one transaction: a crash leaves no more than these uncertain."""
        return int(min(max(self._per_second * _GROUP_SECONDS, self._floor), _LARGEST_GROUP))

    @property
    def on_their_way(self) -> int:
        """How many messages were taken and are not done."""
        return self._on_their_way

    def promise(self, most: int) -> int:
        """Room for up to ``most`` messages, kept until arrive(); 0 while a good part of the room is taken."""
        with self._lock:
            taken = len(self._messages) + self._promised + self._on_their_way
            room = min(self.depth - taken, most)
            if room < min(self.depth // 4, most):
                return 0
            self._promised += room
            return room

    def arrive(self, promised: int, messages: Sequence[Waiting]) -> None:
        """Puts messages in, in place of what was promised."""
        with self._lock:
            self._promised -= promised
            self._messages += messages

    def take(self) -> list[Waiting]:
        """The next group; they are on their way until done()."""
        with self._lock:
            count = min(self.group, len(self._messages))
            if not self._on_their_way:
                self._since = time.monotonic()
            self._on_their_way += count
            return [self._messages.popleft() for _ in range(count)]

    def done(self, count: int) -> None:
        """``count`` messages are no longer on their way."""
        with self._lock:
            self._on_their_way -= count
            self._done += count
            now = time.monotonic()
            self._busy_seconds += now - self._since
            self._since = now
            if self._busy_seconds >= 1.0:
                self._per_second = self._done / self._busy_seconds
                self._done, self._busy_seconds = 0, 0.0

    def empty(self) -> list[Waiting]:
        """Takes all that waits, at the end."""
        with self._lock:
            left = list(self._messages)
            self._messages.clear()
            return left


class Lines:
    """The lines of this process, kept in step with the accounts in the database."""

    def __init__(self, database: Database, registry: Registry, secret: Callable[[str], str]) -> None:
        self._database = database
        self._registry = registry
        self._secret = secret
        self._lock = threading.Lock()
        self._lines: dict[str, Line] = {}
        self._unusable: dict[str, int] = {}
        self._next_look = 0.0

    def forget(self) -> None:
        """Accounts have changed: looks again at the next occasion."""
        self._next_look = 0.0

    def active(self) -> list[Line]:
        """The lines that send now."""
        with self._lock:
            if time.monotonic() >= self._next_look:
                self._refresh()
                self._next_look = time.monotonic() + _REFRESH_SECONDS
            return list(self._lines.values())

    def line(self, account: Account) -> Line:
        """A line for ``account``. Raises UnknownChannel or SettingsError when it can't send as it stands."""
        channel = self._registry.channel(account.adapter)
        settings = read_settings(channel.settings_type, account.settings, secrets=self._secret)
        bound = BoundAccount(account.account_id, account.channel, settings)
        namespace = channel.address_namespace(bound)
        lane = Lane(account.account_id, account.channel, account.brands, namespace)
        manifest = channel.manifest
        in_flight = min(account.max_in_flight or manifest.concurrency, manifest.concurrency)
        return Line(account, channel, bound, lane, Queue(in_flight * manifest.max_batch))

    def _refresh(self) -> None:
        with self._database.read() as connection:
            found = accounts.find(connection)
        sending = {one.account_id: one for one in found if one.state is AccountState.ACTIVE}
        kept = {
            account_id: line
            for account_id, line in self._lines.items()
            if account_id in sending and sending[account_id].version == line.account.version
        }
        for account_id, account in sending.items():
            if account_id not in kept and self._unusable.get(account_id) != account.version:
                self._open(account, kept)
        self._lines = kept

    def _open(self, account: Account, lines: dict[str, Line]) -> None:
        try:
            lines[account.account_id] = self.line(account)
        except (LookupError, SettingsError) as error:
            self._unusable[account.account_id] = account.version
            LOG.exception("account.unusable", account_id=account.account_id, reason=type(error).__name__)
