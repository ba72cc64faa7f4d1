"""What is true around every call: request id, deadline, caller, log line, metrics, health, reflection."""

import time
import urllib.request
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from structlog.testing import capture_logs
from support.echo import Echo, EchoStub, request
from support.server import Suite
from support.status import failure
from tidegate.api.control.v1 import control_pb2, control_pb2_grpc
from tidegate.runtime.edge import check_deadline, current_caller, current_request_id, remaining
from tidegate.runtime.loops import Activity, Loop

Code = grpc.StatusCode


def finished(lines: Any) -> list[Any]:
    return [line for line in lines if line["event"] == "call.finished"]


def test_a_request_id_is_kept_and_returned(suite: Suite, echo: Echo) -> None:
    echo.act = lambda _texts: [str(current_request_id())]
    answer, call = suite.stub("identity", EchoStub).Echo.with_call(request(), metadata=(("x-request-id", "order-77"),))
    assert list(answer.texts) == ["order-77"]
    assert dict(call.trailing_metadata())["x-request-id"] == "order-77"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129])
def test_an_unusable_request_id_is_replaced(suite: Suite, given: str) -> None:
    _, call = suite.stub("identity", EchoStub).Echo.with_call(request(), metadata=(("x-request-id", given),))
    made = dict(call.trailing_metadata())["x-request-id"]
    assert made
    assert made != given


def test_every_call_without_a_request_id_gets_one_of_its_own(suite: Suite) -> None:
    bare = EchoStub(suite.bare_channel("identity"))
    assert failure(lambda: bare.Echo(request())).request_id != failure(lambda: bare.Echo(request())).request_id


def test_the_caller_is_known_within_the_call_and_not_outside(suite: Suite, echo: Echo) -> None:
    echo.act = lambda _texts: [current_caller().name]
    assert list(suite.stub("identity", EchoStub).Echo(request()).texts) == ["developer"]
    assert current_request_id() is None


def test_what_is_left_of_the_deadline_is_known(suite: Suite, echo: Echo) -> None:
    echo.act = lambda _texts: [str(remaining())]
    [left] = suite.stub("identity", EchoStub).Echo(request(), timeout=70).texts
    assert 31 < float(left) < 70.1


def test_a_call_without_a_deadline_gets_the_default(suite: Suite, echo: Echo) -> None:
    echo.act = lambda _texts: [str(remaining())]
    token = (("authorization", f"Bearer {suite.token}"),)
    [left] = EchoStub(suite.bare_channel("identity")).Echo(request(), metadata=token).texts
    assert 10 < float(left) < 30.1


def test_long_work_ends_when_the_deadline_passes(suite: Suite, echo: Echo) -> None:
    ended: list[str] = []

    def act(_texts: list[str]) -> list[str]:
        for _ in range(6_000):
            time.sleep(0.01)
            try:
                check_deadline()
            except BaseException:
                ended.append("yes")
                raise
        raise AssertionError("never ended")

    echo.act = act
    with capture_logs() as lines:
        with pytest.raises(grpc.RpcError) as raised:
            suite.stub("identity", EchoStub).Echo(request(), timeout=1.0)
        assert raised.value.code() is Code.DEADLINE_EXCEEDED
        wait_for(lambda: finished(lines))
    assert ended == ["yes"]
    assert [line["code"] for line in finished(lines)] == ["DEADLINE_EXCEEDED"]


def test_one_line_tells_of_each_call(suite: Suite) -> None:
    stub, began = suite.stub("identity", EchoStub), time.monotonic()
    with capture_logs() as lines:
        stub.Echo(request("a", "b", "c"), metadata=(("x-request-id", "r1"),))
        failure(lambda: stub.Later(request()))
        assert len(list(stub.Split(request("a", "b")))) == 2
        wait_for(lambda: len(finished(lines)) == 3)
    told = [(line["method"], line["caller"], line["code"], line["items"]) for line in finished(lines)]
    assert told == [
        ("EchoService/Echo", "developer", "OK", 3),
        ("EchoService/Later", "developer", "UNIMPLEMENTED", 0),
        ("EchoService/Split", "developer", "OK", 2),
    ]
    assert finished(lines)[0]["request_id"] == "r1"
    assert 0 < sum(line["ms"] for line in finished(lines)) <= (time.monotonic() - began) * 1000


def test_requests_of_streams_are_counted(suite: Suite) -> None:
    stub = suite.stub("identity", EchoStub)
    with capture_logs() as lines:
        assert list(stub.Join(iter([request("a"), request("b", "c")])).texts) == ["a", "b", "c"]
        assert len(list(stub.Talk(iter([request("a"), request("b")])))) == 2
        wait_for(lambda: len(finished(lines)) == 2)
    assert [line["items"] for line in finished(lines)] == [3, 2]


def test_a_stream_that_the_caller_leaves_is_cancelled(suite: Suite, echo: Echo) -> None:
    def act(texts: list[str]) -> list[str]:
        assert texts == ["a"] or echo.left.wait(60)
        return texts

    echo.act = act
    with capture_logs() as lines:
        stream = suite.stub("identity", EchoStub).Split(request("a", "b", "c"))
        next(stream)
        stream.cancel()
        wait_for(lambda: finished(lines))
    assert finished(lines)[0]["code"] == "CANCELLED"


def test_calls_are_measured(suite: Suite) -> None:
    stub = suite.stub("identity", EchoStub)
    stub.Echo(request())
    failure(lambda: stub.Later(request()))
    text = fetched(suite, "/metrics")
    assert 'tidegate_calls_total{code="OK",method="EchoService/Echo",service="identity"} 1.0' in text
    assert 'tidegate_calls_total{code="UNIMPLEMENTED",method="EchoService/Later",service="identity"} 1.0' in text
    assert 'tidegate_call_seconds_count{method="EchoService/Echo",service="identity"} 1.0' in text
    assert 'tidegate_calls_in_flight{service="identity"} 0.0' in text


def test_the_side_port_tells_life_and_readiness(suite: Suite) -> None:
    assert fetched(suite, "/healthz") == "alive\n"
    assert fetched(suite, "/readyz") == "ready\n"
    suite.process.ready = False
    with pytest.raises(urllib.error.HTTPError, match="503"):
        fetched(suite, "/readyz")


def test_health_is_open_to_all(suite: Suite) -> None:
    stub: Any = health_pb2_grpc.HealthStub(suite.bare_channel("identity"))
    for service in ("", "echo.v1.EchoService", "tidegate.api.control.v1.ControlService"):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_is_open_to_all(suite: Suite) -> None:
    database = ProtoReflectionDescriptorDatabase(suite.bare_channel("identity"))
    assert {"echo.v1.EchoService", "grpc.health.v1.Health"} <= set(database.get_services())


def test_the_activity_of_loops_is_told(suite: Suite, echo: Echo, clock: Any) -> None:
    activity = suite.process.runners["identity"].activity
    loop = Loop("sweeper", lambda: False, activity=activity, rest=0.01)
    loop.start()
    try:
        stub = suite.stub("identity", control_pb2_grpc.ControlServiceStub)
        wait_for(lambda: stub.GetActivity(control_pb2.GetActivityRequest()).loops[0].passes > 2)
        answer = stub.GetActivity(control_pb2.GetActivityRequest())
        assert 'tidegate_loop_failing{loop="sweeper",service="identity"} 0.0' in fetched(suite, "/metrics")
    finally:
        loop.stop()
    assert answer.service == "identity"
    assert answer.now.ToDatetime(clock.now().tzinfo) == clock.now()
    assert [(each.name, each.busy_passes) for each in answer.loops] == [("sweeper", 0)]
    assert isinstance(activity, Activity)


def fetched(suite: Suite, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{suite.process.metrics_port}{path}", timeout=60) as answer:
        return str(answer.read().decode())


def wait_for(condition: Any, timeout: float = 60.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
