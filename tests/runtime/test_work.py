"""Durable work keeps its promises on both databases."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from support.patience import at_once, wait_until
from tidegate.runtime.db import NAMING, Database
from tidegate.runtime.loops import Activity
from tidegate.runtime.work import LEASE, Claimed, Job, LeaseLost, Snooze, Worker, WorkQueue, backoff, work_table

METADATA = sa.MetaData(naming_convention=NAMING)
WORK = work_table(METADATA)
EXPIRED = timedelta(microseconds=-1)


@pytest.fixture
def database(open_database: Callable[[sa.MetaData], Database]) -> Database:
    return open_database(METADATA)


@pytest.fixture
def queue(database: Database) -> WorkQueue:
    return WorkQueue(database, WORK)


def enqueue(database: Database, queue: WorkQueue, *jobs: Job) -> None:
    database.run(lambda connection: queue.enqueue(connection, jobs))


def complete(database: Database, queue: WorkQueue, *jobs: Claimed) -> None:
    database.run(lambda connection: queue.complete(connection, jobs))


def test_a_claimed_job_is_nobody_elses_until_its_lease_ends(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one"), Job("mail", b"two"), Job("other", b"three"))
    [first] = queue.claim("mail", limit=1)
    [second] = queue.claim("mail", limit=10)
    assert {first.payload, second.payload} == {b"one", b"two"}
    assert queue.claim("mail", limit=10) == []
    complete(database, queue, first, second)
    assert [job.payload for job in queue.claim("other", limit=10)] == [b"three"]


def test_a_job_of_a_rolled_back_transaction_never_was(database: Database, queue: WorkQueue) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        queue.enqueue(connection, [Job("mail", b"one")])
        raise ZeroDivisionError
    assert queue.claim("mail", limit=10) == []


def test_a_key_is_taken_once(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one", key="k"), Job("mail", b"two", key="k"))
    enqueue(database, queue, Job("mail", b"three", key="k"), Job("other", b"four", key="k"))
    assert [job.payload for job in queue.claim("mail", limit=10)] == [b"one"]
    assert [job.payload for job in queue.claim("other", limit=10)] == [b"four"]


def test_a_delayed_job_waits(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"later", delay=timedelta(hours=1)))
    assert queue.claim("mail", limit=10) == []


def test_who_lost_the_lease_cannot_complete(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one"))
    [lost] = queue.claim("mail", limit=1, lease=EXPIRED)
    assert queue.rescue() == 1
    [held] = queue.claim("mail", limit=1)
    assert (lost.id, lost.attempt, held.id, held.attempt) == (held.id, 1, lost.id, 2)
    assert queue.heartbeat([lost]) == set()
    assert queue.heartbeat([held]) == {held.id}
    with pytest.raises(LeaseLost):
        complete(database, queue, lost)
    complete(database, queue, held)
    assert queue.rescue() == 0


def test_a_heartbeat_keeps_the_lease(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one"))
    [job] = queue.claim("mail", limit=1, lease=EXPIRED)
    assert queue.heartbeat([job], lease=timedelta(minutes=1)) == {job.id}
    assert queue.rescue() == 0


def test_the_last_attempt_ends_among_the_dead_and_can_be_revived(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one", max_attempts=2))
    [job] = queue.claim("mail", limit=1)
    queue.retry(job, "first failure")
    assert queue.claim("mail", limit=1) == []  # it waits for its backoff
    with database.write() as connection:
        connection.execute(sa.update(WORK).values(available_at=0))
    [job] = queue.claim("mail", limit=1)
    queue.retry(job, "second failure")
    [dead] = queue.dead()
    assert (dead.payload, dead.attempts, dead.last_error) == (b"one", 2, "second failure")
    assert queue.revive([dead.id]) == 1
    [again] = queue.claim("mail", limit=1)
    assert again.attempt == 1


def test_a_lease_that_ends_on_the_last_attempt_buries(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one", max_attempts=1))
    queue.claim("mail", limit=1, lease=EXPIRED)
    assert queue.rescue() == 1
    [dead] = queue.dead()
    assert "lease" in dead.last_error


def test_snoozing_spends_no_attempt(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one"))
    [job] = queue.claim("mail", limit=1)
    queue.snooze(job, timedelta(0))
    [again] = queue.claim("mail", limit=1)
    assert again.attempt == job.attempt == 1


def test_the_database_refuses_a_running_job_without_a_lease(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, Job("mail", b"one"))
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(sa.update(WORK).values(state="running"))


def test_claimers_never_share_a_job(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, *(Job("mail", str(number).encode()) for number in range(200)))
    seen: list[bytes] = []

    def claim_all() -> None:
        while jobs := queue.claim("mail", limit=7):
            seen.extend(job.payload for job in jobs)
            complete(database, queue, *jobs)

    at_once(*[claim_all] * 4)
    assert sorted(map(int, seen)) == list(range(200))


def test_a_worker_does_retries_and_snoozes(database: Database, queue: WorkQueue) -> None:
    done = threading.Event()
    handled: list[tuple[bytes, int]] = []

    def handle(job: Claimed) -> None:
        handled.append((job.payload, job.attempt))
        if job.payload == b"snoozed" and len(handled) < 3:
            raise Snooze(timedelta(0))
        if job.payload == b"broken":
            raise ValueError("no")
        complete(database, queue, job)
        if job.payload == b"snoozed":
            done.set()

    worker = Worker(queue, "mail", handle, activity=Activity(), rest=0.01)
    worker.loop.start()
    enqueue(database, queue, Job("mail", b"good"), Job("mail", b"snoozed"), Job("mail", b"broken", max_attempts=1))
    assert done.wait(60)
    assert worker.loop.stop()
    assert {payload for payload, _ in handled} == {b"good", b"snoozed", b"broken"}
    assert (b"snoozed", 2) not in handled
    assert [dead.last_error for dead in queue.dead()] == ["ValueError: no"]


class Faltering(WorkQueue):
    """Its first heartbeat fails, as when the database is away for a moment."""

    beats = 0

    def heartbeat(self, jobs: Sequence[Claimed], *, lease: timedelta = LEASE) -> set[str]:
        self.beats += 1
        if self.beats == 1:
            raise ConnectionError("the database is away")
        return super().heartbeat(jobs, lease=lease)


def test_a_heartbeat_that_fails_is_not_the_last(database: Database) -> None:
    queue, done = Faltering(database, WORK), threading.Event()

    def handle(job: Claimed) -> None:
        wait_until(lambda: queue.beats >= 3)
        complete(database, queue, job)
        done.set()

    worker = Worker(queue, "mail", handle, activity=Activity(), lease=timedelta(seconds=1), rest=0.01)
    enqueue(database, queue, Job("mail", b"one"))
    with capture_logs() as lines:
        worker.loop.start()
        assert done.wait(60)
        assert worker.loop.stop()
    assert [line["event"] for line in lines] == ["job.heartbeat_failed"]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_claim_keeps_its_limit_whatever_the_planner_does(database: Database, queue: WorkQueue) -> None:
    enqueue(database, queue, *(Job("mail", str(number).encode()) for number in range(50)))
    with database.engine.connect() as connection:
        name = connection.scalar(sa.select(sa.func.current_database()))
        for choice in ("hashagg", "hashjoin", "mergejoin", "sort", "material", "memoize", "bitmapscan", "indexscan"):
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET enable_{choice} = off")
        connection.commit()
    database.engine.dispose()  # so that the next connection has these settings
    assert len(queue.claim("mail", limit=3)) == 3


def test_backoff_grows_to_an_hour() -> None:
    assert timedelta(seconds=0.5) <= backoff(1) <= timedelta(seconds=1)
    assert timedelta(minutes=30) <= backoff(40) <= timedelta(hours=1)
