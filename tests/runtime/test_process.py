"""A process starts in order, says when it is ready, and ends without losing what it has begun."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from aiohttp import web
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from structlog.testing import capture_logs
from support.echo import Echo, EchoStub, request
from support.server import Suite, serving, settings_for
from tidegate.runtime import runner
from tidegate.runtime.callers import kept_token
from tidegate.runtime.client import Credentials, open_channel
from tidegate.runtime.config import SERVICES, ConfigError, Mode, chosen
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Loop
from tidegate.runtime.process import Process
from tidegate.runtime.service import DRIVEN, STEADY, Context, Service

TESTS = Path(__file__).parents[1]


def unprepared(_database: Database, _service: str) -> None:
    """The tests' own service has no tables."""


def test_services_start_before_those_that_call_them_and_end_after(tmp_path: Path) -> None:
    happened: list[str] = []

    def build(context: Context) -> Service:
        happened.append(f"build {context.name}")
        return Service(
            context.name,
            (),
            start=lambda: happened.append(f"start {context.name}"),
            drain=lambda: happened.append(f"drain {context.name}"),
            stop=lambda: happened.append(f"stop {context.name}"),
        )

    with serving(tmp_path, builders={"identity": build, "journey": build}, prepare=unprepared):
        pass
    assert happened == [
        *("build identity", "build journey", "start identity", "start journey"),
        *("drain identity", "drain journey", "stop journey", "stop identity"),
    ]


def test_services_come_in_the_order_of_their_calls() -> None:
    assert chosen(()) == list(SERVICES) == ["identity", "segmentation", "delivery", "journey"]
    assert chosen(["journey", "identity"]) == ["identity", "journey"]
    with pytest.raises(ConfigError, match="there is no service billing; there are identity"):
        chosen(["billing"])


def test_siblings_call_each_other_as_services(tmp_path: Path) -> None:
    identity, journey = Echo(), Echo()
    builders = {"identity": identity.builder(), "journey": journey.builder()}

    def forward(texts: list[str]) -> list[str]:
        assert journey.context is not None
        return list(journey.context.peers.stub("identity", EchoStub).Echo(request(*texts, "seen")).texts)

    journey.act = forward
    with serving(tmp_path, builders=builders, prepare=unprepared) as suite:
        assert list(suite.stub("journey", EchoStub).Echo(request("a")).texts) == ["a", "seen"]


def test_the_tokens_of_development_are_kept(tmp_path: Path) -> None:
    with serving(tmp_path, builders={"identity": Echo().builder()}, prepare=unprepared) as suite:
        first = suite.token
        assert suite.process.provision.made
    with serving(tmp_path, builders={"identity": Echo().builder()}, prepare=unprepared) as suite:
        assert suite.token == first
        assert not suite.process.provision.made
    assert kept_token(tmp_path / "data" / "developer.token") == (first, False)


def test_production_asks_for_its_secrets(tmp_path: Path) -> None:
    production: dict[str, Any] = {"mode": Mode.PRODUCTION}
    one = {"identity": Echo().builder()}
    with pytest.raises(ConfigError, match=r"peer_token is not set: .* TIDEGATE_PEER_TOKEN_FILE"):
        Process(settings_for(tmp_path, **production), one)
    with pytest.raises(ConfigError, match=r"secret_key is not set: .* TIDEGATE_SECRET_KEY_FILE"):
        Process(settings_for(tmp_path, **production, peer_token="p" * 32), one)
    assert not (tmp_path / "data" / "developer.token").exists()


def test_production_knows_no_token_of_development(tmp_path: Path) -> None:
    secrets: dict[str, Any] = {"peer_token": "p" * 32, "secret_key": "s" * 32, "mode": Mode.PRODUCTION}
    with serving(tmp_path, builders={"identity": Echo().builder()}, prepare=unprepared, **secrets) as suite:
        assert suite.process.provision.developer_token is None
        assert list(suite.stub_as("journey", "identity", EchoStub).Echo(request("a")).texts) == ["a"]


def test_pending_migrations_are_refused_and_nothing_stays_open(tmp_path: Path) -> None:
    def refuse(_database: Database, service: str) -> None:
        raise ConfigError(f"{service} lacks migrations")

    process = Process(settings_for(tmp_path), {"identity": Echo().builder()}, prepare=refuse)
    with pytest.raises(ConfigError, match="identity lacks migrations"):
        process.start()
    assert not process.ready
    again = Process(settings_for(tmp_path), {"identity": Echo().builder()}, prepare=unprepared)
    again.start()
    assert again.drain()


def test_a_port_that_is_taken_is_named(tmp_path: Path, suite: Suite) -> None:
    taken = int(suite.process.addresses["identity"].rpartition(":")[2])
    process = Process(
        settings_for(tmp_path, identity={"port": taken}), {"identity": Echo().builder()}, prepare=unprepared
    )
    with pytest.raises(ConfigError, match=f"{taken} can't be listened on; set TIDEGATE_IDENTITY__PORT"):
        process.start()
    with pytest.raises(ConfigError, match="set TIDEGATE_METRICS__PORT"):
        Process(settings_for(tmp_path, metrics={"port": suite.process.metrics_port}), {})


def test_the_http_edge_is_where_the_service_is_told_it_is(tmp_path: Path) -> None:
    places: list[str] = []

    async def greet(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    def make() -> web.Application:
        app = web.Application()
        app.router.add_get("/greeting", greet)
        return app

    def build(context: Context) -> Service:
        places.append(context.public_url)
        return Service(context.name, (), http=make)

    with serving(tmp_path, builders={"delivery": build}, prepare=unprepared):
        [place] = places
        with urllib.request.urlopen(f"{place}/greeting", timeout=60) as answer:
            assert answer.read() == b"hello"
    with serving(
        tmp_path,
        builders={"delivery": build},
        prepare=unprepared,
        delivery={"public_url": "https://go.example.com/"},
    ):
        assert places[1] == "https://go.example.com"


def test_visits_that_come_at_the_end_are_kept(tmp_path: Path) -> None:
    """The HTTP edge answers until nothing more comes, and what it has answered is flushed after that."""
    visits: list[str] = []
    flushed: list[str] = []
    entered, let_go = threading.Event(), threading.Event()

    async def visit(request_: web.Request) -> web.Response:
        entered.set()
        await asyncio.to_thread(let_go.wait, 10)
        visits.append(request_.path)
        return web.Response(text="seen")

    def make() -> web.Application:
        app = web.Application()
        app.router.add_get("/visit", visit)
        return app

    def build(context: Context) -> Service:
        places.append(context.public_url)
        return Service(context.name, (), [loop_of(context)], http=make, stop=lambda: flushed.extend(visits))

    def loop_of(context: Context) -> Loop:
        return Loop("work", lambda: False, activity=context.activity)

    places: list[str] = []
    with ThreadPoolExecutor(1) as threads:
        with serving(tmp_path, builders={"delivery": build}, prepare=unprepared):
            answer = threads.submit(lambda: urllib.request.urlopen(f"{places[0]}/visit", timeout=60).read())
            assert entered.wait(60)
            threading.Timer(0.3, let_go.set).start()
        assert answer.result(60) == b"seen"
    assert flushed == ["/visit"]


def test_a_service_that_fails_to_end_keeps_no_other_from_ending(tmp_path: Path) -> None:
    ended: list[str] = []

    def fail() -> None:
        raise OSError("full disk")

    def build(context: Context) -> Service:
        if context.name == "journey":
            return Service(context.name, (), drain=fail, stop=fail)
        return Service(context.name, (), stop=lambda: ended.append(context.name))

    process = Process(settings_for(tmp_path), {"identity": build, "journey": build}, prepare=unprepared)
    process.start()
    with capture_logs() as lines:
        assert process.drain() is False
    assert ended == ["identity"]
    failed = [(line["event"], line["service"]) for line in lines if line["log_level"] == "error"]
    assert failed == [("service.end_failed", "journey")] * 2
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{process.metrics_port}/healthz", timeout=60)
    assert process.drain() is True
    assert ended == ["identity"]


def test_a_stop_that_fails_is_told_by_the_status(tmp_path: Path) -> None:
    with served(tmp_path, drain_seconds=10, fail_to_stop="yes") as process:
        process.popen.send_signal(signal.SIGTERM)
        assert process.wait() == 1


def test_loops_are_driven_when_the_clock_is(tmp_path: Path, suite: Suite, echo: Echo) -> None:
    assert echo.context is not None
    assert echo.context.pace is DRIVEN
    steady = Echo()
    with serving(tmp_path / "b", builders={"identity": steady.builder()}, prepare=unprepared):
        assert steady.context is not None
        assert steady.context.pace is STEADY


def test_settling_waits_for_loops_that_find_something(tmp_path: Path, clock: object) -> None:
    left = [20]

    def step() -> bool:
        left[0] = max(left[0] - 1, 0)
        time.sleep(0.005)
        return left[0] > 0

    def build(context: Context) -> Service:
        return Service(context.name, (), [Loop("work", step, activity=context.activity, rest=0.01)])

    with serving(tmp_path, builders={"identity": build}, prepare=unprepared) as suite:
        suite.settle(timeout=60)
        assert left == [0]


def test_who_waits_for_news_does_not_delay_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_PASS_SECONDS", 60.0)
    asked, let_go = threading.Event(), threading.Event()
    ended: list[bool] = []

    def no_news(texts: list[str]) -> list[str]:
        asked.set()
        assert let_go.wait(30)
        return texts

    def build(context: Context) -> Service:
        def follow() -> bool:
            context.peers.waiting.stub("identity", EchoStub).Echo(request("news"))
            return False

        def stop() -> None:
            ended.append(loop.stop(timeout=0))
            let_go.set()

        loop = Loop("follow", follow, activity=context.activity)
        return Service(context.name, (), [loop], stop=stop)

    builders = {"identity": Echo(act=no_news).builder(), "journey": build}
    with serving(tmp_path, builders=builders, prepare=unprepared):
        assert asked.wait(60)
    assert ended == [True]


@dataclass
class Served:
    """A process of its own."""

    popen: "subprocess.Popen[str]"
    address: str
    token: str

    def read_until(self, text: str) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            if line.strip() == text:
                return
        raise AssertionError(f"the process never said {text}")

    def wait(self) -> int:
        return self.popen.wait(60)


@contextmanager
def served(folder: Path, *, drain_seconds: float, fail_to_stop: str = "") -> Iterator[Served]:
    popen = subprocess.Popen(
        [sys.executable, "-m", "support.echo_process", str(folder), str(drain_seconds), fail_to_stop],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert popen.stdout is not None
    watchdog = threading.Timer(90, popen.kill)  # what waits for a line then sees the end instead
    watchdog.start()
    try:
        address = next(line.strip() for line in popen.stdout if line.startswith("127.0.0.1:"))
        yield Served(popen, address, kept_token(folder / "data" / "developer.token")[0])
    finally:
        watchdog.cancel()
        popen.kill()
        popen.wait()
        popen.stdout.close()


@contextmanager
def calling(process: Served, seconds: str) -> Iterator[Any]:
    """A call that takes so many seconds and has just begun to be answered."""
    with open_channel(process.address, Credentials(process.token)) as channel:
        pending = EchoStub(channel).Echo.future(request(seconds))
        process.read_until("entered")
        yield pending
        pending.cancel()


def test_sigterm_lets_a_call_and_a_pass_finish(tmp_path: Path) -> None:
    with served(tmp_path, drain_seconds=10) as process:
        with calling(process, "1.5") as pending:
            process.popen.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            assert call_until_refused(process) is grpc.StatusCode.UNAVAILABLE
            assert list(pending.result(60).texts) == ["1.5"]
        assert process.wait() == 0


def test_callers_that_go_on_calling_are_answered_or_told_to_try_again(tmp_path: Path) -> None:
    """No call is cut off: each is answered, or UNAVAILABLE, which says that it had no effect."""
    with served(tmp_path, drain_seconds=10) as process, ThreadPoolExecutor(6) as threads:
        ends = [threads.submit(call_until_refused, process) for _ in range(6)]
        time.sleep(0.5)
        process.popen.send_signal(signal.SIGTERM)
        assert {end.result(60) for end in ends} == {grpc.StatusCode.UNAVAILABLE}
        assert process.wait() == 0


def call_until_refused(process: Served) -> grpc.StatusCode:
    with open_channel(process.address, Credentials(process.token), retry=False) as channel:
        while True:
            try:
                EchoStub(channel).Echo(request("0.01"))
            except grpc.RpcError as error:
                return error.code()


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    with served(tmp_path, drain_seconds=30) as process, calling(process, "30"):
        process.popen.send_signal(signal.SIGTERM)
        assert call_until_refused(process) is grpc.StatusCode.UNAVAILABLE, "the first one was heard"
        process.popen.send_signal(signal.SIGTERM)
        assert process.wait() == 128 + signal.SIGTERM


def test_what_cannot_finish_in_time_is_cut_short_and_said(tmp_path: Path) -> None:
    with served(tmp_path, drain_seconds=0.5) as process, calling(process, "30"):
        process.popen.send_signal(signal.SIGTERM)
        assert process.wait() == 1


def test_who_stays_connected_and_asks_for_nothing_does_not_delay_the_end(tmp_path: Path) -> None:
    """Such as a load balancer that only connects, or a host that has vanished."""
    with served(tmp_path, drain_seconds=120) as process:
        host, _, port = process.address.partition(":")
        with socket.create_connection((host, int(port))), calling(process, "1.0") as pending:
            process.popen.send_signal(signal.SIGTERM)
            assert list(pending.result(60).texts) == ["1.0"]
            assert process.popen.wait(60) == 0


def test_who_watches_the_health_is_told_of_the_end_and_does_not_delay_it(tmp_path: Path) -> None:
    with served(tmp_path, drain_seconds=120) as process, open_channel(process.address, retry=False) as channel:
        told = HealthStub(channel).Watch(HealthCheckRequest())
        assert next(told).status == HealthCheckResponse.SERVING
        process.popen.send_signal(signal.SIGTERM)
        assert next(told).status == HealthCheckResponse.NOT_SERVING
        assert process.popen.wait(60) == 0
        with pytest.raises(grpc.RpcError, match="UNAVAILABLE"):
            next(told)
