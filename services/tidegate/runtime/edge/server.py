"""A service's gRPC server: its methods behind the edge, health and reflection open to all."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Never, cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from tidegate.runtime.callers import Callers
from tidegate.runtime.config import ConfigError, Settings, variable
from tidegate.runtime.edge import status
from tidegate.runtime.edge.gatekeeper import Gatekeeper
from tidegate.runtime.edge.handlers import Handler, wrap
from tidegate.runtime.edge.methods import Method, methods_of
from tidegate.runtime.edge.passage import CallMetrics, Guard
from tidegate.runtime.errors import Unimplemented
from tidegate.runtime.ids import new_id
from tidegate.runtime.metrics import Metrics
from tidegate.runtime.service import Servicers

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_LOOK_AGAIN = 0.02
_PARTING_SECONDS = 0.5


class ServiceServer:
    """The gRPC server of one service, with a thread pool of its own."""

    def __init__(
        self, name: str, servicers: Servicers, *, settings: Settings, callers: Callers, metrics: Metrics
    ) -> None:
        self._name = name
        self._settings = settings
        self._gatekeeper = Gatekeeper(callers, settings.limits, settings.pools)
        calls = CallMetrics.of(metrics, name)
        self._under_way = calls.under_way
        self._registrar = _Registrar(self._gatekeeper, settings=settings, metrics=calls)
        self._pool = ThreadPoolExecutor(settings.pools.workers, thread_name_prefix=f"{name}-call")
        self._server = grpc.server(
            self._pool, options=_options(settings), maximum_concurrent_rpcs=settings.limits.in_flight
        )
        for add, servicer in servicers:
            import_module(add.__module__.removesuffix("_grpc"))  # only that makes the service's options known
            add(servicer, cast("grpc.Server", self._registrar))
        self._health = health.HealthServicer()
        self._register()
        self._tell(_NOT_SERVING)

    def bind(self) -> int:
        """Takes the port and returns which it is; calls are answered from start() on. Raises ConfigError."""
        own = self._settings.service(self._name)
        try:
            return self._server.add_insecure_port(f"{own.host}:{own.port}")
        except RuntimeError as error:
            raise ConfigError(
                f"{self._name}: {own.host}:{own.port} can't be listened on; "
                f"set {variable(self._name, 'port')} to a free port, or to 0"
            ) from error

    def start(self) -> None:
        """Begins to answer; health says NOT_SERVING until ready()."""
        self._server.start()

    def ready(self) -> None:
        """Health says SERVING from now on."""
        self._tell(_SERVING)

    def announce_end(self) -> None:
        """Health says NOT_SERVING for good, and new calls from outside the suite are UNAVAILABLE."""
        self._gatekeeper.close()
        self._health.enter_graceful_shutdown()

    def drain(self, seconds: float) -> bool:
        """Takes no more calls, and returns whether those under way were answered within ``seconds``.

        Connections on which nothing is asked any more are left a moment to be closed by their callers, who may have
        gone without saying so. Then they are closed from here, and with them the calls that wait for a change of
        health, which have no end of their own.
        """
        all_gone = self._server.stop(seconds)
        now = time.monotonic()
        deadline, answering = now + seconds, now
        while not all_gone.wait(_LOOK_AGAIN):
            now = time.monotonic()
            if self._under_way.count:
                answering = now
            if now > deadline or now - answering > _PARTING_SECONDS:
                break
        answered = self._under_way.count == 0
        self._server.stop(None).wait(1)
        return answered

    def finish(self, seconds: float) -> bool:
        """Gives the threads back, and returns whether all were free within ``seconds``.

        A call whose caller has gone away is over for grpc, while the thread that answers it goes on.
        """
        ending = threading.Thread(target=self._pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        ending.start()
        ending.join(seconds)
        return not ending.is_alive()

    def close(self) -> None:
        """Lets threads that still answer be."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _register(self) -> None:
        services = self._registrar.services
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection((*services, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        for service, handlers in services.items():
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
            self._server.add_registered_method_handlers(service, handlers)
        self._server.add_generic_rpc_handlers((_Unknown(),))

    def _tell(self, state: Any) -> None:
        for service in ("", *self._registrar.services):
            self._health.set(service, state)


class _Registrar:
    """Stands where the generated code expects the server, and wraps what it registers."""

    def __init__(self, gatekeeper: Gatekeeper, *, settings: Settings, metrics: CallMetrics) -> None:
        self.services: dict[str, dict[str, Handler]] = {}
        self._gatekeeper = gatekeeper
        self._limits = settings.limits
        self._metrics = metrics

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """The same handlers come by name as well."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Wraps the handlers of the service with this full name."""
        methods = methods_of(service)
        self.services[service] = {name: wrap(handler, self._guard(methods[name])) for name, handler in handlers.items()}

    def _guard(self, method: Method) -> Guard:
        return Guard(method, self._gatekeeper, limits=self._limits, metrics=self._metrics)


class _Unknown(grpc.GenericRpcHandler):
    """Answers calls to methods that no contract names; asked when nobody else knows the method."""

    def service(self, details: grpc.HandlerCallDetails) -> Handler:
        method = details.method.lstrip("/")

        def refuse(_request: bytes, context: grpc.ServicerContext) -> Never:
            context.abort_with_status(status.ending(Unimplemented(method), new_id()))

        return grpc.unary_unary_rpc_method_handler(refuse)


def _options(settings: Settings) -> list[tuple[str, int]]:
    limit = settings.limits.max_message_bytes
    return [
        ("grpc.max_receive_message_length", limit),
        ("grpc.max_send_message_length", limit),
        ("grpc.so_reuseport", 0),  # a port that is taken is an error, not a share
    ]
