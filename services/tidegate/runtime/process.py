"""One process with one, several, or all services: ordered start, readiness, and an end that loses nothing."""

import time
from collections.abc import Mapping, Sequence
from importlib import import_module

import structlog

from tidegate.runtime.clock import Clock
from tidegate.runtime.config import SERVICES, Settings, chosen
from tidegate.runtime.db import migrations
from tidegate.runtime.metrics import LoopCollector, Metrics, SidePort
from tidegate.runtime.provision import Provision
from tidegate.runtime.runner import Prepare, Runner, Surroundings
from tidegate.runtime.service import Builder

LOG = structlog.get_logger(__name__)


def find_builders(names: Sequence[str]) -> dict[str, Builder]:
    """The builders of these services of the suite, of all when none is named. Raises ConfigError."""
    return {name: import_module(f"tidegate.{name}.service").build for name in chosen(names)}


class Process:
    """Runs services. start() returns once all are ready; drain() ends them in the reverse order."""

    def __init__(
        self,
        settings: Settings,
        builders: Mapping[str, Builder],
        *,
        clock: Clock | None = None,
        prepare: Prepare = migrations.refuse_pending,
    ) -> None:
        """``prepare`` is called with each database before its service is built.

        Raises ConfigError for settings that are missing.
        """
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.provision = Provision.of(settings, alone=set(builders) == set(SERVICES))
        self.clock = clock or self.provision.clock()
        self.metrics = Metrics()
        self.ready = False
        self._builders = builders
        self._around = Surroundings(
            settings=settings,
            provision=self.provision,
            callers=self.provision.callers(),
            clock=self.clock,
            metrics=self.metrics,
            addresses={name: settings.address_of(name) for name in SERVICES},
            prepare=prepare,
        )
        self._side_port = SidePort(settings.metrics, self.metrics, ready=lambda: self.ready)
        self.runners = {name: Runner(name, self._around) for name in builders}
        activities = {name: runner.activity for name, runner in self.runners.items()}
        self.metrics.registry.register(LoopCollector(activities))

    @property
    def addresses(self) -> Mapping[str, str]:
        """Where each service is reached; those of this process with the ports they took."""
        return self._around.addresses

    @property
    def metrics_port(self) -> int:
        """The side port that was taken."""
        return self._side_port.port

    def start(self) -> None:
        """Starts everything, or nothing: what has begun is ended again when something fails."""
        try:
            self._start()
        except BaseException:
            self.drain()
            raise

    def drain(self) -> bool:
        """Ends everything within `drain_seconds`; returns whether all that was begun was finished.

        No service takes further calls, calls under way are answered, loops end after their pass, and each
        service ends before those that it calls.
        """
        notice, self.ready = self.settings.notice_seconds if self.ready else 0.0, False
        deadline = time.monotonic() + self.settings.drain_seconds
        for runner in self.runners.values():
            runner.announce_end()
        time.sleep(notice)  # a port that closes cancels what has just arrived, so callers are told before
        finished = [runner.end(deadline) for runner in reversed(self.runners.values())]
        self._side_port.stop()
        LOG.info("process.ended", finished=all(finished))
        return all(finished)

    def _start(self) -> None:
        self._side_port.start()
        for name, runner in self.runners.items():
            runner.build(self._builders[name])
        for runner in self.runners.values():
            runner.answer()
        for runner in self.runners.values():
            runner.begin()
        self.ready = True
        LOG.info("process.ready", services=list(self.runners), metrics_port=self.metrics_port)
