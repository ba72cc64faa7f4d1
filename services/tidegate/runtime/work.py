"""Durable work: jobs that are done at least once, by whichever replica claims them, whatever is killed.

    available ──claim──▶ running ──complete──▶ (gone)
        ▲                  │ │
        │  retry, snooze,  │ └──bury, last attempt──▶ dead ──revive──▶ available
        └──── rescue ──────┘

A claim is a lease, measured by the database's real clock. Its holder extends it by heartbeats; when it ends,
rescue() gives the job to somebody else. Whoever lost the lease can no longer complete the job: completion
asks for the lease's token, in the transaction that holds the job's effect.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from tidegate.runtime.db import Database, after_commit, insert, real_now, row_source
from tidegate.runtime.errors import TidegateError
from tidegate.runtime.ids import new_id
from tidegate.runtime.loops import Activity, Loop

LEASE = timedelta(seconds=60)
_FIRST_BACKOFF = timedelta(seconds=1)
_LONGEST_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done: ``payload`` means something to the queue's handler only.

    Where a queue has a job with the same ``key``, waiting, running or dead, no second one is made.
    ``delay`` is real time.
    """

    queue: str
    payload: bytes
    key: str | None = None
    delay: timedelta = timedelta(0)
    max_attempts: int = 25


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this process holds until its lease ends; ``attempt`` counts from 1."""

    id: str
    queue: str
    payload: bytes
    attempt: int
    max_attempts: int
    lease_token: str


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that was given up, with the error that ended it."""

    id: str
    queue: str
    payload: bytes
    attempts: int
    last_error: str


class LeaseLost(Exception):
    """The lease has ended and somebody else may have the job: the transaction must not commit."""


class Snooze(Exception):
    """Raised by a handler: not now, again after ``delay``; no attempt is spent."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"again in {delay}")
        self.delay = delay


def work_table(metadata: sa.MetaData) -> sa.Table:
    """Declares a service's durable work in its metadata."""
    return sa.Table(
        "work",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("available_at", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("lease_token", sa.Text),
        sa.Column("leased_until", sa.BigInteger),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('available', 'running', 'dead')", name="state"),
        sa.CheckConstraint(
            "(state = 'running') = (lease_token IS NOT NULL) AND (state = 'running') = (leased_until IS NOT NULL)",
            name="leased_iff_running",
        ),
        sa.UniqueConstraint("queue", "key"),
        sa.Index(
            "ix_work_available",
            "queue",
            "available_at",
            postgresql_where=sa.text("state = 'available'"),
            sqlite_where=sa.text("state = 'available'"),
        ),
        sa.Index(
            "ix_work_leased",
            "leased_until",
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        ),
    )


class WorkQueue:
    """One service's durable work."""

    def __init__(self, database: Database, table: sa.Table) -> None:
        self._database = database
        self._table = table
        self._anything = sa.select(
            sa.exists().where(self._is_available(sa.bindparam("queue"))) | sa.exists().where(self._is_abandoned())
        )
        self._listeners: list[Callable[[], None]] = []

    def enqueue(self, connection: sa.Connection, jobs: Sequence[Job]) -> None:
        """Makes ``jobs`` known when the write transaction of ``connection`` commits."""
        if not jobs:
            return
        rows: list[dict[str, Any]] = [
            {
                "id": new_id(),
                "queue": job.queue,
                "key": job.key,
                "payload": job.payload,
                "state": "available",
                "available_at": sa.bindparam(None, _span(job.delay)) + real_now(),
                "attempt": 0,
                "max_attempts": job.max_attempts,
                "last_error": "",
            }
            for job in jobs
        ]
        statement = insert(connection, self._table).values(rows)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["queue", "key"]))
        after_commit(connection, self._tell)

    def anything_to_do(self, queue: str) -> bool:
        """Whether ``queue`` has a job to claim, or a lease has ended: asked without keeping other writers out."""
        with self._database.read() as connection:
            return bool(connection.scalar(self._anything, {"queue": queue}))

    def claim(self, queue: str, *, limit: int, lease: timedelta = LEASE) -> list[Claimed]:
        """Takes up to ``limit`` available jobs of ``queue``, those waiting longest first.

        They are chosen once, by a CTE: a plan may run a subquery again and again, and each run locks further jobs.
        """
        table = self._table
        token = new_id()
        due = (
            sa.select(table.c.id)
            .where(self._is_available(queue))
            .order_by(table.c.available_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        statement = (
            sa.update(table)
            .where(table.c.id.in_(sa.select(due.c.id)))
            .values(
                state="running",
                attempt=table.c.attempt + 1,
                lease_token=token,
                leased_until=real_now() + _span(lease),
            )
            .returning(table.c.id, table.c.payload, table.c.attempt, table.c.max_attempts)
        )
        with self._database.write() as connection:
            rows = connection.execute(statement).all()
        return [Claimed(id_, queue, payload, attempt, most, token) for id_, payload, attempt, most in sorted(rows)]

    def heartbeat(self, jobs: Sequence[Claimed], *, lease: timedelta = LEASE) -> set[str]:
        """Extends the leases that are still held and returns the ids of those jobs."""
        with self._database.write() as connection:
            statement = (
                sa.update(self._table)
                .where(self._held(connection, jobs))
                .values(leased_until=real_now() + _span(lease))
                .returning(self._table.c.id)
            )
            return set(connection.scalars(statement))

    def complete(self, connection: sa.Connection, jobs: Sequence[Claimed]) -> None:
        """Ends ``jobs`` in the transaction that holds their effect; LeaseLost when one is no longer held."""
        gone = connection.execute(sa.delete(self._table).where(self._held(connection, jobs)))
        if gone.rowcount != len(jobs):
            raise LeaseLost

    def retry(self, job: Claimed, error: str) -> None:
        """Gives ``job`` back after a failure: each time later, with jitter; at last to the dead letters."""
        if job.attempt >= job.max_attempts:
            self.bury(job, error)
            return
        self._release(job, delay=backoff(job.attempt), last_error=error)

    def snooze(self, job: Claimed, delay: timedelta) -> None:
        """Gives ``job`` back for ``delay`` without spending an attempt."""
        self._release(job, delay=delay, attempt=job.attempt - 1)

    def bury(self, job: Claimed, error: str) -> None:
        """Moves ``job`` to the dead letters: no attempt can help before somebody has looked at it."""
        values = {"state": "dead", "lease_token": None, "leased_until": None, "last_error": error}
        with self._database.write() as connection:
            connection.execute(sa.update(self._table).where(self._held(connection, [job])).values(values))

    def rescue(self) -> int:
        """Makes jobs whose lease has ended available again, or dead when that was their last attempt."""
        table = self._table.c
        spent = table.attempt >= table.max_attempts
        statement = (
            sa.update(self._table)
            .where(self._is_abandoned())
            .values(
                state=sa.case((spent, "dead"), else_="available"),
                lease_token=None,
                leased_until=None,
                last_error=sa.case((spent, "the lease of the last attempt ended"), else_=table.last_error),
            )
        )
        with self._database.write() as connection:
            return connection.execute(statement).rowcount

    def dead(self, *, limit: int = 100) -> list[DeadJob]:
        """The dead letters, oldest first."""
        table = self._table.c
        columns = (table.id, table.queue, table.payload, table.attempt, table.last_error)
        query = sa.select(*columns).where(table.state == "dead").order_by(table.id).limit(limit)
        with self._database.read() as connection:
            return [DeadJob(*row) for row in connection.execute(query)]

    def revive(self, ids: Sequence[str]) -> int:
        """Gives dead jobs a new set of attempts and returns how many there were."""
        table = self._table.c
        statement = (
            sa.update(self._table)
            .where(table.id.in_(ids), table.state == "dead")
            .values(state="available", attempt=0, available_at=real_now())
        )
        with self._database.write() as connection:
            revived = connection.execute(statement).rowcount
            after_commit(connection, self._tell)
        return revived

    def listen(self, callback: Callable[[], None]) -> None:
        """Calls ``callback`` whenever this process has made work available."""
        self._listeners.append(callback)

    def _release(self, job: Claimed, *, delay: timedelta, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(
                sa.update(self._table)
                .where(self._held(connection, [job]))
                .values(
                    state="available",
                    lease_token=None,
                    leased_until=None,
                    available_at=real_now() + _span(delay),
                    **values,
                )
            )

    def _is_available(self, queue: str | sa.BindParameter[str]) -> sa.ColumnElement[bool]:
        table = self._table.c
        return sa.and_(table.queue == queue, table.state == "available", table.available_at <= real_now())

    def _is_abandoned(self) -> sa.ColumnElement[bool]:
        table = self._table.c
        return sa.and_(table.state == "running", table.leased_until < real_now())

    def _held(self, connection: sa.Connection, jobs: Sequence[Claimed]) -> sa.ColumnElement[bool]:
        table = self._table.c
        held = row_source(
            connection, "held", [table.id, table.lease_token], [(job.id, job.lease_token) for job in jobs]
        )
        return sa.and_(
            sa.tuple_(table.id, table.lease_token).in_(sa.select(held.c.id, held.c.lease_token)),
            table.state == "running",
        )

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


class Worker:
    """Does the jobs of one queue: claims a few, hands each to ``handler``, keeps their leases meanwhile.

    ``handler(job)`` does the effect and calls WorkQueue.complete() in its transaction. Raising Snooze puts
    the job off; any other exception is a failed attempt; a TidegateError that no retry can mend
    (INVALID_ARGUMENT, DATA_LOSS) buries it.
    """

    def __init__(
        self,
        queue: WorkQueue,
        name: str,
        handler: Callable[[Claimed], None],
        *,
        activity: Activity,
        batch: int = 10,
        lease: timedelta = LEASE,
        rest: float = 1.0,
    ) -> None:
        self._queue = queue
        self._name = name
        self._handler = handler
        self._batch = batch
        self._lease = lease
        self.loop = Loop(f"work.{name}", self._step, activity=activity, rest=rest)
        queue.listen(self.loop.wake)

    def _step(self) -> bool:
        if not self._queue.anything_to_do(self._name):
            return False
        rescued = self._queue.rescue()
        jobs = self._queue.claim(self._name, limit=self._batch, lease=self._lease)
        if jobs:
            with self._keep(jobs):
                for job in jobs:
                    self._do(job)
        return bool(jobs or rescued)

    def _do(self, job: Claimed) -> None:
        if self.loop.stopping:
            self._queue.snooze(job, timedelta(0))
            return
        try:
            self._handler(job)
        except Snooze as snooze:
            self._queue.snooze(job, snooze.delay)
        except LeaseLost:
            structlog.get_logger().warning("job.lease_lost", queue=job.queue, job=job.id)
        except TidegateError as error:
            give_up = self._queue.bury if _is_hopeless(error) else self._queue.retry
            give_up(job, f"{error.reason}: {error.message}")
        except Exception as error:  # noqa: BLE001  (whatever a handler raises is a failed attempt)
            structlog.get_logger().exception("job.failed", queue=job.queue, job=job.id, attempt=job.attempt)
            self._queue.retry(job, f"{type(error).__name__}: {error}")

    @contextmanager
    def _keep(self, jobs: Sequence[Claimed]) -> Iterator[None]:
        done = threading.Event()
        thread = threading.Thread(target=self._beat, args=(jobs, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _beat(self, jobs: Sequence[Claimed], done: threading.Event) -> None:
        while not done.wait(self._lease.total_seconds() / 3):
            try:
                self._queue.heartbeat(jobs, lease=self._lease)
            except Exception:  # noqa: BLE001  (the next one may come in time)
                structlog.get_logger().exception("job.heartbeat_failed", queue=self._name, jobs=len(jobs))


def backoff(attempt: int) -> timedelta:
    """The wait after failure number ``attempt``: doubling from a second to an hour, half of it jitter."""
    longest: timedelta = min(_FIRST_BACKOFF * 2 ** min(attempt - 1, 20), _LONGEST_BACKOFF)
    share: float = random.uniform(0.5, 1.0)  # noqa: S311
    return longest * share


def _is_hopeless(error: TidegateError) -> bool:
    return error.code.name in {"INVALID_ARGUMENT", "DATA_LOSS", "UNIMPLEMENTED"}


def _span(delta: timedelta) -> int:
    return delta // timedelta(microseconds=1)
