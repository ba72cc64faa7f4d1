"""One service within a process, from its building to its end."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import structlog

from tidegate.api.control.v1 import control_pb2_grpc
from tidegate.runtime.callers import Callers
from tidegate.runtime.client import Credentials, Peers
from tidegate.runtime.clock import Clock
from tidegate.runtime.config import DeliverySettings, Settings, variable
from tidegate.runtime.control import ControlServicer
from tidegate.runtime.db import Database
from tidegate.runtime.db.statements import count_statements
from tidegate.runtime.edge.server import ServiceServer
from tidegate.runtime.forwarded import is_in
from tidegate.runtime.http import HttpLimits, HttpServer
from tidegate.runtime.loops import Activity, Loop
from tidegate.runtime.metrics import Metrics
from tidegate.runtime.opening import open_database, reach
from tidegate.runtime.provision import Provision
from tidegate.runtime.pruning import pruning
from tidegate.runtime.service import Builder, Context, Service

LOG = structlog.get_logger(__name__)
Prepare = Callable[[Database, str], None]
_PASS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the services of one process share. ``addresses``: where each service is reached."""

    settings: Settings
    provision: Provision
    callers: Callers
    clock: Clock
    metrics: Metrics
    addresses: dict[str, str]
    prepare: Prepare


class Runner:
    """Builds, starts and ends one service."""

    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self.name = name
        self.activity = Activity()
        self._around = surroundings
        self._resources = ExitStack()
        self._http: HttpServer | None = None
        self._peers = Peers(
            surroundings.addresses,
            Credentials(surroundings.provision.peer_token, service=name),
            max_message_bytes=surroundings.settings.limits.max_message_bytes,
        )
        self._resources.callback(self._peers.close)
        self._service: Service | None = None
        self._loops: Sequence[Loop] = ()
        self._server: ServiceServer | None = None

    def build(self, build: Builder) -> None:
        """Opens the database, takes the ports, and makes the service."""
        around, settings = self._around, self._around.settings
        context = Context(
            name=self.name,
            settings=settings,
            clock=around.clock,
            database=self._open_database(),
            peers=self._peers,
            activity=self.activity,
            metrics=around.metrics,
            secrets=around.provision.secrets,
            public_url=self._take_http_port(),
        )
        self._service = service = build(context)
        self._loops = [*service.loops, *pruning(context)]
        control = ControlServicer(self.name, clock=around.clock, activity=self.activity)
        servicers = [*service.servicers, (control_pb2_grpc.add_ControlServiceServicer_to_server, control)]
        self._server = ServiceServer(
            self.name, servicers, settings=settings, callers=around.callers, metrics=around.metrics
        )
        self._resources.callback(self._server.close)
        port = self._server.bind()
        around.addresses[self.name] = settings.address_of(self.name, port=port)

    def answer(self) -> None:
        """Begins to answer calls; health says NOT_SERVING still."""
        assert self._service is not None
        assert self._server is not None
        self._server.start()
        if self._http is not None and self._service.http is not None:
            self._http.start(self._service.http())

    def begin(self) -> None:
        """Begins the background work; health says SERVING from now on."""
        assert self._service is not None
        assert self._server is not None
        self._service.start()
        for loop in self._loops:
            loop.start()
        self._server.ready()
        LOG.info("service.ready", service=self.name, at=self._around.addresses[self.name])

    def announce_end(self) -> None:
        """Refuses new calls, and tells what waits not to."""
        with self._told():
            if self._server is not None:
                self._server.announce_end()
            if self._service is not None:
                for loop in self._loops:
                    loop.expect_end()
                self._service.drain()

    def end(self, deadline: float) -> bool:
        """Ends the service by ``deadline`` (time.monotonic()); returns whether all it began was finished.

        What fails on the way is told, and keeps neither the rest nor other services from ending.
        """
        service, self._service = self._service, None
        server, self._server = self._server, None
        finished = []
        if service is not None and server is not None:
            finished = [
                self._attempt(lambda: self._end_calls(server, deadline)),
                self._attempt(lambda: self._end_loops(deadline)),
                self._attempt(service.stop),
            ]
        finished.append(self._attempt(self._resources.close))
        LOG.info("service.ended", service=self.name, finished=all(finished))
        return all(finished)

    def _attempt(self, step: Callable[[], bool | None]) -> bool:
        """Whether ``step`` came to its end, unless it says by itself."""
        with self._told():
            return step() is not False
        return False

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception:  # the end goes on, whatever it was
            LOG.exception("service.end_failed", service=self.name)

    def _end_calls(self, server: ServiceServer, deadline: float) -> bool:
        """Answers what is under way, last the HTTP edge: what it was told is kept by the loops and by stop()."""
        finished = server.drain(_left(deadline))
        finished = server.finish(_left(deadline)) and finished
        if self._http is not None:
            self._http.stop()
        return finished

    def _end_loops(self, deadline: float) -> bool:
        """Lets passes end, but for those that wait for a peer's news: nothing is lost by cutting them short.

        A peer that does not answer would keep the others: after a while all channels are closed.
        """
        _stop(self._loops, time.monotonic())
        self._peers.stop_waiting()
        self.activity.nudge()
        if not _stop(self._loops, min(deadline, time.monotonic() + _PASS_SECONDS)):
            self._peers.close()
        return _stop(self._loops, deadline)

    def _open_database(self) -> Database:
        settings = self._around.settings
        database = open_database(settings, self.name)
        self._resources.callback(database.close)
        reach(database, self.name, seconds=settings.start_seconds)
        self._around.prepare(database, self.name)
        statements = self._around.metrics.counter(
            "tidegate_sql_statements_total", "SQL statements sent to the service's database.", ["service"]
        )
        count_statements(database, statements.labels(self.name))
        return database

    def _take_http_port(self) -> str:
        own = self._around.settings.service(self.name)
        if not isinstance(own, DeliverySettings):
            return ""
        trusted = own.trusted_proxies
        limits = HttpLimits(exempt=lambda peer: is_in(peer, trusted))
        self._http = HttpServer(own.http_host, own.http_port, setting=variable(self.name, "http_port"), limits=limits)
        self._resources.callback(self._http.stop)
        return (own.public_url or f"http://{own.http_host}:{self._http.port}").rstrip("/")


def _stop(loops: Sequence[Loop], deadline: float) -> bool:
    """Tells all loops to stop, and returns whether they had by ``deadline``."""
    ended = [loop.stop(timeout=_left(deadline)) for loop in loops]
    return all(ended)


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.0)
