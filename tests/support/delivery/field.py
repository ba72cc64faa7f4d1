"""A queue full of messages, workers in processes of their own that decide and send them, and a recount afterwards."""

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import sqlalchemy as sa
from tidegate.api.delivery.v1 import changes_pb2, messages_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery import machine
from tidegate.delivery.model import LedgerState, MessageState, Verdict
from tidegate.delivery.schema import FEED
from tidegate.delivery.service import build
from tidegate.delivery.store.tables import DECISIONS, KEYS, LEDGER, STATES
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import FileClock
from tidegate.runtime.db import Database

from support.delivery.adapter import Told
from support.delivery.journal import journal_counts, journal_registry, keyed_journal
from support.delivery.shop import Shop
from support.delivery.worker import Orders
from support.server import serving

CHANNELS = ("sms", "email", "push")
DAY = 86_400_000_000
_PATIENCE = 60.0


@dataclass
class Field:
    """Where workers compete. ``clock`` moves all of them."""

    orders: Orders
    clock: FileClock
    database: Database
    workers: list[ForkServerProcess] = field(default_factory=list)
    killed: int = 0

    def start_worker(self) -> None:
        """One more worker."""
        self.workers.append(self.orders.start())

    def kill_worker(self) -> None:
        """Kills one of the workers that have begun to work, as it is, and starts another one."""
        begun = [one for one in self.workers if (Path(self.orders.folder) / f"ready-{one.pid}").exists()]
        if not begun:
            return
        victim = random.choice(begun)
        self.workers.remove(victim)
        victim.kill()
        victim.join(_PATIENCE)
        self.killed += 1
        self.start_worker()

    def end_workers(self) -> None:
        """Lets the workers finish."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.join(_PATIENCE)
            ended = worker.exitcode is not None
            worker.kill()
            assert ended, f"a worker did not end within {_PATIENCE} s of being asked to"
        self.workers.clear()

    def open_messages(self) -> int:
        """How many messages are not settled."""
        is_open = STATES.c.state.in_(sorted(machine.OPEN))
        with self.database.read() as connection:
            return connection.scalars(sa.select(sa.func.count()).select_from(STATES).where(is_open)).one()

    def wait_until_settled(
        self, *, timeout: float, advance: timedelta, kill_every: float = 0.0, most_due: int | None = None
    ) -> None:
        """Moves the clock on until every message is settled, killing a worker now and then.

        With ``most_due`` it stands still while more messages than that could go. Between two kills something is
        settled, however slow the machine is.
        """
        began = told = time.monotonic()
        next_kill, at_kill = began + kill_every, sys.maxsize
        while left := self.open_messages():
            now = time.monotonic()
            assert now < began + timeout, f"{left} messages are still open: {self.ends()}"
            time.sleep(0.2)
            if most_due is None or self.due_messages() <= most_due:
                self.clock.advance(advance)
            if kill_every and now >= next_kill and left < at_kill:
                self.kill_worker()
                at_kill = left
                next_kill = now + kill_every * random.uniform(0.5, 1.5)
            if now >= told + _TOLD_EVERY:
                told = now
                sys.stderr.write(f"{now - began:.0f} s: {left} messages are open, {self.killed} workers were killed\n")

    def due_messages(self) -> int:
        """How many messages wait for no time."""
        due = STATES.c.state.in_(["accepted", "claimed", "calling"])
        with self.database.read() as connection:
            return connection.scalars(sa.select(sa.func.count()).select_from(STATES).where(due)).one()

    def ends(self) -> Counter[str]:
        """How many messages are in which state, with its reason or outcome."""
        reason = sa.case((STATES.c.state == "dropped", STATES.c.drop_reason), else_=STATES.c.outcome)
        query = sa.select(STATES.c.state, reason, sa.func.count()).group_by(STATES.c.state, reason)
        with self.database.read() as connection:
            return Counter({f"{state} {why}".strip(): count for state, why, count in connection.execute(query)})

    def most_within(self, window: int, *, per_channel: bool) -> int:
        """The most slots that any customer ever held within ``window`` µs, counted anew from the ledger."""
        with self.database.read() as connection:
            rows = connection.execute(
                sa.select(LEDGER.c.customer_id, LEDGER.c.channel, LEDGER.c.counted_at)
                .where(LEDGER.c.state != LedgerState.RELEASED)
                .order_by(LEDGER.c.counted_at)
            ).all()
        taken: dict[tuple[int, str], list[int]] = defaultdict(list)
        for customer_id, channel, counted_at in rows:
            taken[(customer_id, channel if per_channel else "")].append(counted_at)
        return max(
            (
                sum(1 for other in instants[: index + 1] if other > instant - window)
                for instants in taken.values()
                for index, instant in enumerate(instants)
            ),
            default=0,
        )

    def check_slots(self) -> None:
        """At any instant: who may be sent has a slot, and nobody else's slot is taken."""
        states, slots = self._states_and_slots()
        reserved = {key for key, state in slots.items() if state == LedgerState.RESERVED}
        committed = {key for key, state in slots.items() if state == LedgerState.COMMITTED}
        assert not {key for key in reserved if states[key] not in machine.OPEN}, "a slot has leaked"
        assert {key for key, state in states.items() if state in _HOLDING} <= reserved
        assert committed == {key for key, state in states.items() if state == MessageState.SENT}

    def check_accounts(self) -> None:
        """Nothing was sent twice but where that does no harm, everything has ended, every slot is of what was sent."""
        self.check_slots()
        states, slots = self._states_and_slots()
        journal = Path(self.orders.journal)
        seen, keyed = journal_counts(journal), journal_counts(keyed_journal(journal))
        assert max(seen.values(), default=0) <= 1, "a message reached its provider twice"
        assert not seen.keys() & keyed.keys(), "a message reached two providers"
        assert {MessageState(state) for state in states.values()} <= machine.FINAL
        held = {key for key, state in slots.items() if state != LedgerState.RELEASED}
        assert {*seen, *keyed} <= held, "what reached its provider is counted"
        self._check_ends(states)

    def _check_ends(self, states: dict[str, str]) -> None:
        """Each accepted message was told to end once, and why: the gate's decision is kept where it was the gate."""
        with self.database.read() as connection:
            accepted = set(connection.scalars(sa.select(KEYS.c.message_id)))
            told = connection.scalars(sa.select(FEED.entries.c.body).where(FEED.entries.c.kind == "message_changed"))
            changes = [changes_pb2.Change.FromString(body).message_changed for body in told]
            dropped = set(connection.scalars(_dropped_by_gate()))
            given = sa.select(STATES.c.message_id).where(STATES.c.drop_reason.not_in(["", "expired"]))
            by_gate = set(connection.scalars(given))
        assert accepted == states.keys()
        ends = Counter(one.message_id for one in changes if one.state in _ENDS)
        assert ends.keys() == accepted, "a message has not ended, or nobody was told"
        assert max(ends.values()) == 1, "a message has ended twice"
        assert by_gate <= dropped, "a message was dropped, and no decision says why"
        unexplained = [one for one in changes if one.state in _ENDS and not (one.drop_reason or one.outcome)]
        assert not unexplained, "a message has ended for no reason"

    def _states_and_slots(self) -> tuple[dict[str, str], dict[str, str]]:
        query = sa.select(STATES.c.message_id, STATES.c.state, LEDGER.c.state)
        joined = query.outerjoin(LEDGER, LEDGER.c.message_id == STATES.c.message_id)
        with self.database.read() as connection:
            rows = connection.execute(joined).all()
        return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows if row[2]}


def _dropped_by_gate() -> sa.Select[str]:
    return sa.select(DECISIONS.c.message_id).where(DECISIONS.c.verdict == Verdict.DROPPED)


_TOLD_EVERY = 10.0
_ENDS = (messages_pb2.MESSAGE_STATE_SENT, messages_pb2.MESSAGE_STATE_DROPPED, messages_pb2.MESSAGE_STATE_FAILED)
_HOLDING = frozenset({MessageState.CLAIMED, MessageState.CALLING, MessageState.UNCERTAIN})


@contextmanager
def field_of(
    folder: Path,
    database_url: str,
    *,
    customers: int,
    messages: int,
    start: datetime,
    crash_at: int = 0,
    rough: bool = False,
    gates: int = 0,
) -> Iterator[Field]:
    """A queue of ``messages`` for ``customers`` over three channels; limits: 1 a day per channel, 3 in 7 days.

    Providers are ``rough`` where their answers are not always clear: that of `push` is idempotent then. Each worker has
    so many ``gates``, 0 for as many as there usually are.
    """
    clock = FileClock.create(folder / "clock", start)
    journal = folder / "journal"
    with ExitStack() as stack:
        identity = stack.enter_context(
            serving(
                folder,
                clock=clock,
                database_url=database_url,
                builders={"identity": build_identity},
            )
        )
        address = identity.process.addresses["identity"]
        builders = {"delivery": partial(build, registry=journal_registry(journal))}
        with serving(
            folder,
            clock=clock,
            database_url=database_url,
            builders=builders,
            identity={"address": address},
        ) as suite:
            shop = Shop(suite, clock, Told(), channels=CHANNELS, keyed=("push",) if rough else ())
            fill(shop, customers, messages)
        url = database_url if database_url.startswith("postgresql") else delivery_file(folder)
        database = Database.open(url, schema="delivery")
        stack.callback(database.close)
        orders = Orders(
            folder=str(folder),
            database_url=database_url,
            identity=address,
            journal=str(journal),
            clock=str(folder / "clock"),
            crash_at=crash_at,
            rough=rough,
            gates=gates,
        )
        found = Field(orders, clock, database)
        stack.callback(found.end_workers)
        yield found


def delivery_file(folder: Path) -> str:
    """Where delivery's rows are on SQLite."""
    return f"sqlite:///{folder / 'data' / 'delivery.db'}"


def fill(shop: Shop, customers: int, messages: int) -> None:
    """Puts the messages in the queue, and lets it go at the end."""
    for channel in CHANNELS:
        shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id=f"{channel}-1"))
        shop.rule(f"{channel}-daily", 1, 1, channels=[channel])
    shop.rule("weekly", 3, 7)
    made = shop.customers(customers)
    for begin in range(0, messages, 1_000):
        batch: Sequence[int] = range(begin, min(begin + 1_000, messages))
        shop.send(*(shop.message(random.choice(made), *_chain(), priority=random.randint(0, 9)) for _ in batch))
    for channel in CHANNELS:
        shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id=f"{channel}-1"))


def _chain() -> list[str]:
    return random.sample(CHANNELS, random.randint(1, 2))
