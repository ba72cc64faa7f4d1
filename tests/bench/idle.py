"""A process with all four services that has nothing to do."""

import time
from collections.abc import Iterator

from bench.measure import Median, Result
from bench.world import SQLITE, World
from support.processes import SERVICES

_SETTLE_SECONDS = 3.0
_WATCH_SECONDS = 10.0
_MEGABYTE = 1_000_000


def results(world: World) -> Iterator[Result]:
    """How soon it is ready, how much memory it holds, and what it asks of its databases."""
    with world.serving(SQLITE, SERVICES) as (deployment, _):
        (served,) = deployment.served
        time.sleep(_SETTLE_SECONDS)
        resident = served.resident_bytes() / _MEGABYTE
        before, cpu = deployment.statements(), served.cpu_seconds()
        time.sleep(_WATCH_SECONDS)
        asked = (deployment.statements() - before) / _WATCH_SECONDS
        busy = (served.cpu_seconds() - cpu) / _WATCH_SECONDS
    yield _line("ready after", served.ready_seconds, "s", target="≤ 3 s", most=3)
    yield _line("resident memory", resident, "MB", target="≤ 300 MB", most=300)
    yield _line("SQL statements a second", asked, "/s", target="heart-beats only", most=None)
    yield _line("processor", busy * 100, "%", target="", most=None)


def _line(what: str, value: float, unit: str, *, target: str, most: float | None) -> Result:
    return Result(
        work=f"all four services idle in one process: {what}",
        database=SQLITE,
        unit=unit,
        figure=Median(value, value, value, 1),
        target=target,
        met=None if most is None else value <= most,
    )
