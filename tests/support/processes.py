"""Services as an operator runs them: `tidegate serve`, one process for all or one for each."""

import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import grpc
from prometheus_client.parser import text_string_to_metric_families
from tidegate.api.control.v1.control_pb2 import GetActivityRequest, LoopActivity
from tidegate.api.control.v1.control_pb2_grpc import ControlServiceStub
from tidegate.runtime.client import Credentials, open_channel

from support.command import environment, start
from support.ports import free_ports

S = TypeVar("S")
Loops = Mapping[tuple[str, str], LoopActivity]
Start = Callable[..., subprocess.Popen[bytes]]

SERVICES = ("identity", "segmentation", "delivery", "journey")
READY_SECONDS = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Served:
    """One process with one or several services, and its side port."""

    services: Sequence[str]
    process: subprocess.Popen[bytes]
    metrics_port: int
    ready_seconds: float
    command: Sequence[str]
    environment: Mapping[str, str]

    def cpu_seconds(self) -> float:
        """Processor time that the process has used."""
        return cpu_seconds_of(self.process.pid)

    def resident_bytes(self) -> int:
        """Memory that the process holds."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE

    def metric(self, name: str) -> float:
        """A metric of the process, summed over its labels; 0 when there is none."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=60) as answer:
            families = text_string_to_metric_families(answer.read().decode())
            return sum(s.value for family in families for s in family.samples if s.name == name)


@dataclass
class Deployment:
    """Running services; everybody may call them with the token of development."""

    folder: Path
    addresses: dict[str, str]
    served: list[Served] = field(default_factory=list)
    channels: list[grpc.Channel] = field(default_factory=list)
    _controls: dict[str, ControlServiceStub] = field(default_factory=dict)

    @property
    def services(self) -> list[str]:
        """The services that are served."""
        return [name for served in self.served for name in served.services]

    @property
    def credentials(self) -> Credentials:
        """What a client proves itself with."""
        return Credentials((self.folder / "developer.token").read_text().strip())

    def stub(self, service: str, make: Callable[[grpc.Channel], S]) -> S:
        """The stub that ``make`` makes, on a channel of its own."""
        return self.stub_at(self.addresses[service], make)

    def stub_at(self, address: str, make: Callable[[grpc.Channel], S]) -> S:
        """The same for whoever serves at ``address``."""
        channel = open_channel(address, self.credentials)
        self.channels.append(channel)
        return make(channel)

    def add_replica(self, service: str = "", *, start: Start = start) -> str:
        """Serves what the process of ``service`` does, or the first one, once more: at the address that is returned."""
        first = next(each for each in self.served if not service or service in each.services)
        ports = free_ports(len(first.services) + 1)
        own = {f"TIDEGATE_{name.upper()}__PORT": str(port) for name, port in zip(first.services, ports, strict=False)}
        own["TIDEGATE_DELIVERY__HTTP_PORT"] = str(ports[-1])
        folder = self.folder / f"replica-{ports[0]}"
        folder.mkdir()
        self.served.append(_serve(first.services, {**first.environment, **own}, folder, start=start))
        return f"127.0.0.1:{ports[0]}"

    def _loops(self) -> Loops:
        if not self._controls:
            self._controls = {name: self.stub(name, ControlServiceStub) for name in self.services}
        answers = {
            name: control.GetActivity(GetActivityRequest(nudge=True)) for name, control in self._controls.items()
        }
        return {(name, loop.name): loop for name, answer in answers.items() for loop in answer.loops}

    def cpu_seconds(self) -> float:
        """Processor time that all processes have used so far."""
        return sum(each.cpu_seconds() for each in self.served)

    def statements(self) -> float:
        """SQL statements that all processes have sent so far."""
        return sum(each.metric("tidegate_sql_statements_total") for each in self.served)

    def settle(self, timeout: float = 120.0) -> None:
        """Waits until every loop of every service has passed twice and found nothing to do."""
        deadline = time.monotonic() + timeout
        before = self._loops()
        while not quiet_since(before, now := self._loops()):
            if any(loop.busy_passes != before[name].busy_passes for name, loop in now.items()):
                before = now
            if time.monotonic() > deadline:
                raise AssertionError(f"still not settled after {timeout} s: {now}")
            time.sleep(0.05)

    def end(self) -> None:
        """Asks every process to end, those that call others first, and waits for it."""
        for channel in self.channels:
            channel.close()
        try:
            for served in reversed(self.served):
                served.process.terminate()
                served.process.wait(timeout=60)
        finally:
            for served in self.served:
                served.process.kill()
                served.process.wait(timeout=60)


def quiet_since(before: Loops, now: Loops) -> bool:
    """Whether every loop has completed two passes since ``before``, none of them a busy one."""
    return all(
        not loop.busy and loop.passes >= before[name].passes + 2 and loop.busy_passes == before[name].busy_passes
        for name, loop in now.items()
    )


@contextmanager
def deployed(
    groups: Sequence[Sequence[str]],
    *,
    database_url: str | None = None,
    path: Path | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
    start: Start = start,
) -> Iterator[Deployment]:
    """Serves each group of services in a process of its own, in the order given, until the end of the block.

    Without ``database_url`` they keep SQLite files. ``path`` is a folder with further modules and
    distributions for them to find. ``settings`` are further ones: LIMITS__STREAMS is TIDEGATE_LIMITS__STREAMS.
    ``start`` is how a command begins.
    """
    with tempfile.TemporaryDirectory(prefix="tidegate-") as name:
        deployment = Deployment(Path(name), _addresses())
        variables_of = _environment(deployment, database_url, path=path, settings=settings)
        try:
            for group in groups:
                deployment.served.append(_serve(group, variables_of, deployment.folder, start=start))
            yield deployment
        finally:
            deployment.end()


def _addresses() -> dict[str, str]:
    return {name: f"127.0.0.1:{port}" for name, port in zip(SERVICES, free_ports(len(SERVICES)), strict=True)}


def _environment(
    deployment: Deployment, database_url: str | None, *, path: Path | None, settings: Mapping[str, str]
) -> dict[str, str]:
    ports = {f"{name}__PORT": where.rpartition(":")[2] for name, where in deployment.addresses.items()}
    given = {
        "DATA_DIR": str(deployment.folder),
        "DELIVERY__HTTP_PORT": str(free_ports(1)[0]),
        "DELIVERY__GATHER_SECONDS": "0",
        "LOG__FORMAT": "json",
        **{name.upper(): port for name, port in ports.items()},
        **({"DATABASE_URL": database_url} if database_url else {}),
        **settings,
    }
    before = os.environ.get("PYTHONPATH")
    found = {"PYTHONPATH": os.pathsep.join([str(path), *([before] if before else [])])} if path else {}
    return environment(**found, **{f"TIDEGATE_{name}": value for name, value in given.items()})


def _serve(services: Sequence[str], variables: dict[str, str], folder: Path, *, start: Start) -> Served:
    (metrics_port,) = free_ports(1)
    began = time.monotonic()
    with (folder / f"{services[0]}.log").open("wb") as log:
        variables = {**variables, "TIDEGATE_METRICS__PORT": str(metrics_port)}
        command = ("serve", "--migrate", *services)
        process = start(*command, env=variables, stdout=log, stderr=subprocess.STDOUT)
    await_ready(process, metrics_port, folder / f"{services[0]}.log")
    return Served(services, process, metrics_port, time.monotonic() - began, command, variables)


def await_ready(process: subprocess.Popen[bytes], metrics_port: int, log: Path) -> None:
    """Waits until all services of ``process`` answer; RuntimeError, with the end of its ``log``, when they don't."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/readyz", timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    process.kill()
    raise RuntimeError(f"the service did not become ready:\n{log.read_text()[-2000:]}")


def cpu_seconds_of(pid: int) -> float:
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def children(pid: int) -> list[int]:
    """The processes that process ``pid`` has started and that live."""
    found = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [each for each in found if lives(each) and _status(each)[1] == str(pid)]


def lives(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    return _status(pid)[0] not in "XZ"


def _status(pid: int) -> tuple[str, str]:
    """The state of a process, and the process that started it."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "X", ""
    return state, parent
