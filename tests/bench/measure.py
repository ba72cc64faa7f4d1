"""Medians of runs after a warm-up, within a time that is set beforehand."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from support.processes import Deployment


@dataclass(frozen=True, slots=True)
class Plan:
    """How often something is measured: at most ``runs`` times.

    No further run is begun after ``seconds`` have passed, or once it is ``until`` (time.monotonic()): the whole
    table is printed within minutes, on a slow machine with fewer runs.
    """

    runs: int = 5
    seconds: float = 15.0
    until: float = math.inf


@dataclass(frozen=True, slots=True)
class Median:
    """The median of several runs, with the least and the greatest of them."""

    value: float
    least: float
    greatest: float
    runs: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one item takes: SQL statements, and microseconds of the services' processor time."""

    statements: float
    cpu: float


class Meter:
    """Reads what a deployment spends between two moments."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.restart()

    def restart(self) -> None:
        """Counts from this moment on."""
        self._statements = self._deployment.statements()
        self._cpu = self._deployment.cpu_seconds()

    def cost(self, items: int) -> Cost:
        """What each of ``items`` has taken since."""
        cpu = self._deployment.cpu_seconds() - self._cpu
        statements = self._deployment.statements() - self._statements
        return Cost(statements / items, cpu / items * 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the table.

    ``limit`` is what was measured beside it, in the same unit; ``cost`` is what one item took; ``target`` says in
    words what was aimed at, and ``met`` whether it was.
    """

    work: str
    database: str
    unit: str
    figure: Median
    limit: Median | None = None
    limit_is: str = ""
    cost: Cost | None = None
    target: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        """Our figure as a part of the limit."""
        return self.figure.value / self.limit.value if self.limit else None


def median_of(run: Callable[[], float], plan: Plan) -> Median:
    """The median of what ``run`` returns, after one run that is not counted."""
    run()
    deadline = min(time.monotonic() + plan.seconds, plan.until)
    values = [run()]
    while len(values) < plan.runs and time.monotonic() < deadline:
        values.append(run())
    return Median(median(values), min(values), max(values), len(values))


def rate(items: int, work: Callable[[], object]) -> float:
    """Items per second that ``work``, which does ``items`` of them, gets through."""
    return items / seconds(work)


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def by(replicas: int) -> str:
    """How a line says who did its work."""
    return f", {replicas} replicas" if replicas > 1 else ""
