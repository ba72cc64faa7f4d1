"""`python -m tests.bench [--quick] [--only NAME]`: how fast and how big, beside the limits of this machine.

Every figure is taken through the contracts, from this process, with the services in processes of their own;
the limit beside it is measured in the same run, so that a noisy machine spoils both alike.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import channels, gate, idle, ingest, journeys, pending, people, send, triggered, unary, walks
from bench.measure import Plan, Result
from bench.postgresql import postgresql_server
from bench.table import print_table
from bench.world import World

_FEWER_RUNS_AFTER = 240.0
BENCHMARKS: dict[str, Callable[[World], Iterator[Result]]] = {
    "unary": unary.results,
    "ingest": ingest.results,
    "people": people.results,
    "gate": gate.results,
    "send": send.results,
    "email": send.email_results,
    "channels": channels.results,
    "triggered": triggered.results,
    "pending": pending.results,
    "journeys": journeys.results,
    "walks": walks.results,
    "idle": idle.results,
}
LONG: dict[str, Callable[[World], Iterator[Result]]] = {"memory": people.memory_results}
"""Those that take minutes each, and run only when they are named."""


def main() -> None:
    """Runs the benchmarks and prints one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=(*BENCHMARKS, *LONG), action="append", help="one benchmark; may be repeated")
    parser.add_argument("--quick", action="store_true", help="one run of each, and fewer items")
    options = parser.parse_args()
    with ExitStack() as stack:
        server = stack.enter_context(postgresql_server())
        plan = Plan(runs=1) if options.quick else Plan(until=time.monotonic() + _FEWER_RUNS_AFTER)
        world = World(server, plan, scale=0.2 if options.quick else 1.0)
        print_table([each for name in options.only or BENCHMARKS for each in _tried(name, world)])


def _tried(name: str, world: World) -> Iterator[Result]:
    for result in (BENCHMARKS | LONG)[name](world):
        sys.stderr.write(f"{result.work} on {result.database}: {result.figure.value:,.0f} {result.unit}\n")
        yield result


if __name__ == "__main__":
    main()
