"""Metrics: the registry of a process, and the side port on which it is read."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar, cast

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from tidegate.runtime.config import MetricsSettings, variable
from tidegate.runtime.http import HttpServer
from tidegate.runtime.loops import Activity

M = TypeVar("M", bound=MetricWrapperBase)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one process. Asking twice for one name gives the same metric: services share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._lock = threading.Lock()
        self._made: dict[str, MetricWrapperBase] = {}

    def counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        """A count that only grows; ``name`` ends in `_total`."""
        return self._get(name, lambda: Counter(name, meaning, labels, registry=self.registry))

    def gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        """A value that goes up and down."""
        return self._get(name, lambda: Gauge(name, meaning, labels, registry=self.registry))

    def histogram(
        self, name: str, meaning: str, labels: Sequence[str] = (), *, buckets: Sequence[float] = SECONDS
    ) -> Histogram:
        """A distribution; in seconds unless ``buckets`` say otherwise."""
        return self._get(name, lambda: Histogram(name, meaning, labels, registry=self.registry, buckets=buckets))

    def _get(self, name: str, make: Callable[[], M]) -> M:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return cast("M", self._made[name])


class LoopCollector(Collector):
    """Reads the meters of background loops whenever the metrics are read."""

    def __init__(self, activities: Mapping[str, Activity]) -> None:
        """``activities`` by service."""
        self._activities = activities

    def collect(self) -> Iterator[Metric]:
        """The passes of every loop, whether it fails, and how far it is behind the feed it follows."""
        labels = ("service", "loop")
        passes = CounterMetricFamily("tidegate_loop_passes", "Passes of background loops.", labels=labels)
        busy = CounterMetricFamily("tidegate_loop_busy_passes", "Passes that found work.", labels=labels)
        failing = GaugeMetricFamily("tidegate_loop_failing", "1: the newest pass failed.", labels=labels)
        lag = GaugeMetricFamily("tidegate_feed_lag", "Positions behind a feed's head; 0: none.", labels=labels)
        for service, activity in self._activities.items():
            for name, behind in activity.lags().items():
                lag.add_metric((service, name), behind)
            for status in activity.statuses():
                which = (service, status.name)
                passes.add_metric(which, status.passes)
                busy.add_metric(which, status.busy_passes)
                failing.add_metric(which, int(bool(status.last_error)))
        return iter((passes, busy, failing, lag))


class SidePort:
    """Serves /metrics, /healthz (the process lives) and /readyz (it takes calls)."""

    def __init__(self, settings: MetricsSettings, metrics: Metrics, *, ready: Callable[[], bool]) -> None:
        self._registry = metrics.registry
        self._ready = ready
        self._server = HttpServer(settings.host, settings.port, setting=variable("metrics", "port"))
        self.port = self._server.port

    def start(self) -> None:
        """Begins to answer."""
        app = web.Application()
        app.router.add_get("/metrics", self._expose)
        app.router.add_get("/healthz", self._tell_alive)
        app.router.add_get("/readyz", self._tell_ready)
        self._server.start(app)

    def stop(self) -> None:
        """Stops answering and gives the port back."""
        self._server.stop()

    async def _expose(self, _request: web.Request) -> web.Response:
        text = generate_latest(self._registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _tell_alive(self, _request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _tell_ready(self, _request: web.Request) -> web.Response:
        if self._ready():
            return web.Response(text="ready\n")
        return web.Response(status=503, text="not ready\n")
