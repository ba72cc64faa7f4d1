"""One service's database: transactions that commit or leave nothing behind."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from tidegate.runtime.db import copying

T = TypeVar("T")

_STATE = "tidegate.write"
_ATTEMPTS = 10
_RETRIED = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available


class LostRace(Exception):
    """Another transaction was faster, which only the operation could see: Database.run() runs it again."""


@dataclass(slots=True)
class WriteState:
    """What belongs to one write transaction: what to do once it is committed, and its feed's ordinal."""

    after_commit: list[Callable[[], None]] = field(default_factory=list)
    ordinal: int = 0


class Database:
    """Opens read and write transactions on SQLite (one file) or PostgreSQL (one schema)."""

    def __init__(self, engine: sa.Engine, *, schema: str) -> None:
        self.engine = engine
        self.schema = schema
        self.dialect = engine.dialect.name
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT") if self._is_postgresql else engine
        self._sqlite_writer = threading.Lock()

    @classmethod
    def open(cls, url: str, *, schema: str, pool_size: int = 8) -> "Database":
        """Opens ``url``; on PostgreSQL all names are looked up in ``schema``. Connects at first use."""
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite_engine(parsed, pool_size), schema=schema)
        return cls(_postgresql_engine(parsed, schema, pool_size), schema=schema)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """For statements that only read; on PostgreSQL each sees what is committed by then, and has no more to
        send than itself: most reads are of one statement, which BEGIN and ROLLBACK would make three.
        """
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A transaction that only reads and sees one state of everything: for answers of several statements.

        It ends with COMMIT: after a ROLLBACK the driver forgets the statements that the connection has prepared.
        """
        with self.engine.connect() as connection:
            if self._is_postgresql:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection
            connection.commit()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """A transaction that commits at the end, or rolls back when an exception leaves it.

        The commit of one that is not ``durable`` waits for no disk: if the server's power fails before the next
        durable commit, it has never been. It is for what then needs no undoing, such as leases, and announces nothing.
        """
        with self._one_writer(), self.engine.connect() as connection:
            writing = connection.execution_options(tidegate_begin="BEGIN IMMEDIATE", tidegate_durable=durable)
            info = writing.info  # asked for again after the connection was lost, it would be that of a new one
            state = info[_STATE] = WriteState()
            try:
                with writing.begin():
                    if self._is_postgresql and not durable:
                        writing.execute(_WITHOUT_WAITING)
                    yield writing
            finally:
                info.pop(_STATE, None)
        for callback in state.after_commit:
            callback()

    def run(self, operation: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        """Runs ``operation`` in a write transaction (see write()), again when the database asks for it.

        A deadlock or a serialization failure is the database's way of putting two transactions in order:
        the loser runs again from the start, so ``operation`` must have no effect but on the connection. An
        operation that finds by itself that it must run again raises LostRace.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self.write(durable=durable) as connection:
                    return operation(connection)
            except (DBAPIError, LostRace) as error:
                if attempt == _ATTEMPTS or not is_retryable(error):
                    raise
                time.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Closes the pooled connections."""
        self.engine.dispose()

    @property
    def _is_postgresql(self) -> bool:
        return self.dialect == "postgresql"

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """SQLite has one writer: waiting on a lock is fair, its own busy handler is not."""
        if self.dialect != "sqlite":
            yield
            return
        with self._sqlite_writer:
            yield


def after_commit(connection: sa.Connection, callback: Callable[[], None]) -> None:
    """Calls ``callback`` once the write transaction of ``connection`` is committed, never otherwise."""
    write_state(connection).after_commit.append(callback)


def write_state(connection: sa.Connection) -> WriteState:
    """The state of the write transaction that ``connection`` is in."""
    state = connection.info.get(_STATE)
    if not isinstance(state, WriteState):
        raise RuntimeError("this needs a transaction of Database.write()")
    return state


def is_retryable(error: DBAPIError | LostRace) -> bool:
    """Whether the transaction lost against another one and may simply run again."""
    if isinstance(error, LostRace):
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRIED or "database is locked" in str(error.orig)


def is_passing(error: BaseException) -> bool:
    """Whether the database was busy or out of reach, for which nothing that was to be stored is at fault."""
    return isinstance(error, OperationalError | InterfaceError | sa.exc.TimeoutError | LostRace)


_WITHOUT_WAITING = sa.text("SET LOCAL synchronous_commit = off")
_CONNECT_SECONDS = 10
_GONE = "-cclient_connection_check_interval=2000"
"""A replica that was killed while it waited for a lock leaves the queue after two seconds: its place would otherwise
keep the others waiting, and take the lock for nobody."""
_PLANNING = "-crandom_page_cost=1.1 -cjit=off"
"""Batches find their rows by index, a thousand of millions: on disks without arms that beats reading a whole table
from the start, which the server's default prices would have it do. Compiling statements as short as ours costs more
than it saves."""


def _postgresql_engine(url: sa.URL, schema: str, pool_size: int) -> sa.Engine:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        use_native_hstore=False,  # there is none, and each start would ask
        connect_args={
            "options": f"-csearch_path={schema} {_PLANNING} {_GONE}",
            "application_name": f"tidegate-{schema}",
            "connect_timeout": _CONNECT_SECONDS,
        },
    )
    copying.enable(engine)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _try_if_idle)
    return engine


_IDLE_SECONDS = 1.0
_USED = "tidegate.used"


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _try_if_idle(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Finds out whether a connection that nobody used for a while still works; if not, the pool makes another.

    One that was used a moment ago is taken as it is: asking each time would be a fifth of all that is sent.
    """
    used = record.info.get(_USED)
    if used is None or time.monotonic() - used < _IDLE_SECONDS:
        return
    try:
        _ping(connection)
    except Exception as error:
        raise DisconnectionError("the connection was lost while nobody used it") from error


def _ping(connection: Any) -> None:
    before, connection.autocommit = connection.autocommit, True
    try:
        connection.execute("")
    finally:
        if not connection.closed:
            connection.autocommit = before


_DURABLE, _NOT_DURABLE = "synchronous=FULL", "synchronous=NORMAL"
_SYNCHRONOUS = "tidegate.synchronous"


def _sqlite_engine(url: sa.URL, pool_size: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"check_same_thread": False, "timeout": 30},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL lets readers go on beside the writer; FULL means that what was answered survives a power cut."""
    connection.isolation_level = None  # the driver would otherwise begin transactions of its own
    for pragma in ("journal_mode=WAL", _DURABLE, "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if "tidegate_begin" in options:
        wanted = _DURABLE if options.get("tidegate_durable", True) else _NOT_DURABLE
        if connection.info.get(_SYNCHRONOUS, _DURABLE) != wanted:
            connection.exec_driver_sql(f"PRAGMA {wanted}")
            connection.info[_SYNCHRONOUS] = wanted
    connection.exec_driver_sql(options.get("tidegate_begin", "BEGIN"))
