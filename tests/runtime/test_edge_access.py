"""Who may call, and how much at a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from support.echo import Echo, EchoStub, request
from support.server import Suite, serving
from support.status import Failure, failure
from tidegate.runtime import callers
from tidegate.runtime.db import Database

Code = grpc.StatusCode


def unprepared(_database: Database, _service: str) -> None:
    """The tests' own service has no tables."""


@contextmanager
def echoing(folder: Path, echo: Echo, **settings: Any) -> Iterator[Suite]:
    builders = {"identity": echo.builder()}
    with serving(folder, builders=builders, prepare=unprepared, **settings) as suite:
        yield suite


def new_caller(suite: Suite, *scopes: str, name: str = "shop", **limits: float) -> str:
    """The token of a caller that is written to the file before the service looks at it."""
    path = suite.process.settings.callers_path
    token = callers.append(path, name, scopes)
    with path.open("a") as file:
        file.writelines(f"{key} = {value}\n" for key, value in limits.items())
    return token


def refused(suite: Suite, token: str, method: str = "Echo") -> Failure:
    stub = suite.stub("identity", EchoStub, token=token)
    return failure(lambda: getattr(stub, method)(request("x")))


def test_a_call_without_a_token_is_unauthenticated(suite: Suite) -> None:
    stub = EchoStub(suite.bare_channel("identity"))
    failed = failure(lambda: stub.Echo(request()))
    assert (failed.code, failed.reason) == (Code.UNAUTHENTICATED, "NO_TOKEN")
    assert "authorization" in failed.message


def test_an_unknown_token_is_unauthenticated(suite: Suite) -> None:
    failed = refused(suite, "tg_unknown")
    assert (failed.code, failed.reason) == (Code.UNAUTHENTICATED, "UNKNOWN_TOKEN")
    assert "tg_unknown" not in failed.message


@pytest.mark.parametrize("scope", ["echo.read", "echo.*", "*"])
def test_a_scope_opens_its_methods(suite: Suite, scope: str) -> None:
    token = new_caller(suite, scope)
    stub = suite.stub("identity", EchoStub, token=token)
    assert list(stub.Echo(request("a")).texts) == ["a"]


@pytest.mark.parametrize("scope", ["echo.write", "identity.*", "echoes.*"])
def test_a_missing_scope_is_named(suite: Suite, scope: str) -> None:
    failed = refused(suite, new_caller(suite, scope))
    assert (failed.code, failed.reason) == (Code.PERMISSION_DENIED, "SCOPE_MISSING")
    assert failed.metadata == {"scope": "echo.read", "caller": "shop"}


def test_a_method_without_a_scope_is_open_to_nobody(suite: Suite) -> None:
    failed = refused(suite, suite.token, "Scopeless")
    assert (failed.code, failed.reason) == (Code.PERMISSION_DENIED, "NO_SCOPE")


def test_another_service_of_the_suite_is_a_caller_by_its_name(suite: Suite, echo: Echo) -> None:
    with capture_logs() as lines:
        suite.stub_as("journey", "identity", EchoStub).Echo(request())
    assert [line["caller"] for line in lines if line["event"] == "call.finished"] == ["journey"]


def test_the_peers_token_is_of_no_use_without_a_services_name(suite: Suite) -> None:
    assert refused(suite, suite.peer_token).code is Code.UNAUTHENTICATED


def first_refusal(stub: Any) -> Failure:
    """Of calls made one after another without a pause: there is room for another one now and then."""

    def call_on() -> None:
        for _ in range(1_000):
            stub.Echo(request())

    return failure(call_on)


def test_calls_beyond_a_callers_rate_wait(tmp_path: Path, echo: Echo) -> None:
    with echoing(tmp_path, echo) as suite:
        token = new_caller(suite, "echo.read", calls_per_second=2)
        stub = suite.stub("identity", EchoStub, token=token)
        stub.Echo(request())
        stub.Echo(request())
        failed = first_refusal(stub)
        assert (failed.code, failed.reason) == (Code.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        assert failed.retry_after is not None
        assert 0 < failed.retry_after <= 0.5
        time.sleep(failed.retry_after)
        stub.Echo(request())


def test_the_rate_of_the_settings_holds_where_the_callers_file_names_none(tmp_path: Path, echo: Echo) -> None:
    with echoing(tmp_path, echo, limits={"caller_calls_per_second": 1}) as suite:
        stub = suite.stub("identity", EchoStub)
        stub.Echo(request())
        assert first_refusal(stub).reason == "RATE_LIMITED"
        for _ in range(3):  # peers are not limited
            suite.stub_as("journey", "identity", EchoStub).Echo(request())


def test_only_so_many_calls_of_one_caller_are_under_way(tmp_path: Path, echo: Echo) -> None:
    with echoing(tmp_path, echo) as suite, held(echo) as release:
        token = new_caller(suite, "echo.read", in_flight=2)
        stub = suite.stub("identity", EchoStub, token=token)
        pending = [stub.Echo.future(request()) for _ in range(2)]
        release.wait_until_entered(2)
        failed = failure(lambda: stub.Echo(request()))
        assert (failed.code, failed.reason) == (Code.RESOURCE_EXHAUSTED, "TOO_MANY_IN_FLIGHT")
        assert failed.retry_after == 1
        release.open()
        for each in pending:
            each.result(60)
        stub.Echo(request())


def test_streams_leave_workers_to_calls(tmp_path: Path, echo: Echo) -> None:
    with echoing(tmp_path, echo, limits={"streams": 2}, pools={"workers": 4}) as suite, held(echo) as release:
        stub = suite.stub("identity", EchoStub)
        streams = [stub.Split(request("a")) for _ in range(2)]
        release.wait_until_entered(2)
        failed = failure(lambda: list(stub.Split(request("a"))))
        assert (failed.code, failed.reason) == (Code.RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS")
        release.open()
        for stream in streams:
            assert len(list(stream)) == 1
        assert len(list(stub.Split(request("a")))) == 1


def test_a_new_caller_is_known_while_serving(suite: Suite) -> None:
    assert refused(suite, "tg_early").code is Code.UNAUTHENTICATED
    token = new_caller(suite, "echo.read")
    stub = suite.stub("identity", EchoStub, token=token)
    deadline = time.monotonic() + 60
    while True:
        try:
            stub.Echo(request())
        except grpc.RpcError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


class Release:
    """Holds every call until it is opened."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._entered = threading.Semaphore(0)

    def act(self, texts: list[str]) -> list[str]:
        self._entered.release()
        assert self._opened.wait(60)
        return texts

    def wait_until_entered(self, calls: int) -> None:
        for _ in range(calls):
            assert self._entered.acquire(timeout=60)

    def open(self) -> None:
        self._opened.set()


@contextmanager
def held(echo: Echo) -> Iterator[Release]:
    release = Release()
    echo.act = release.act
    try:
        yield release
    finally:
        release.open()
