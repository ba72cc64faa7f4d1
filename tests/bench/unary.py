"""One unary call through the edge (token, scope, deadline, log line, metrics) beside a bare one."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from bench.measure import Median, Plan, Result, median_of
from bench.world import World
from support.echo import EchoStub, request
from tidegate.runtime.client import Credentials, open_channel

CALLS = 3_000
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Echoing:
    """A server that echoes, and a stub that calls it."""

    process: subprocess.Popen[str]
    stub: Any

    def server_cpu(self) -> float:
        """Processor seconds that the server has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time that a call takes, on each side."""

    server: Median
    client: Median


def results(world: World) -> Iterator[Result]:
    """One line for each side of the call."""
    calls = world.items(CALLS)
    bare, ours = _cost("bare", calls, world.plan), _cost("edge", calls, world.plan)
    for side in ("server", "client"):
        figure, limit = getattr(ours, side), getattr(bare, side)
        yield Result(
            work=f"one unary call, CPU of the {side}",
            database="-",
            unit="µs",
            figure=figure,
            limit=limit,
            limit_is="µs bare grpcio",
            target="≤ 1.5 × bare",
            met=figure.value <= 1.5 * limit.value,
        )


def _cost(mode: str, calls: int, plan: Plan) -> Cost:
    with _echoing(mode) as echoing:
        clients: list[float] = []

        def run() -> float:
            server, client = echoing.server_cpu(), time.process_time()
            for _ in range(calls):
                echoing.stub.Echo(request("one call"))
            clients.append((time.process_time() - client) / calls * 1e6)
            return (echoing.server_cpu() - server) / calls * 1e6

        server = median_of(run, plan)
        counted = sorted(clients[1:])
        client = Median(counted[len(counted) // 2], counted[0], counted[-1], len(counted))
    return Cost(server, client)


@contextmanager
def _echoing(mode: str) -> Iterator[Echoing]:
    script = Path(__file__).with_name("echo_server.py")
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, script, mode, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        _, port, token = f"{process.stdout.readline().strip()} ".split(" ", 2)
        channel = _channel(f"127.0.0.1:{port}", token.strip())
        try:
            yield Echoing(process, EchoStub(channel))
        finally:
            channel.close()
            process.stdin.close()


def _channel(address: str, token: str) -> grpc.Channel:
    return open_channel(address, Credentials(token)) if token else grpc.insecure_channel(address)
