"""Every error travels as google.rpc.Status with its details, and none of them tells more than it should."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from support.echo import Echo, EchoStub, request
from support.server import Suite
from support.status import failure
from tidegate.runtime import errors

Code = grpc.StatusCode


def raising(error: Exception) -> Callable[[list[str]], list[str]]:
    def act(_texts: list[str]) -> list[str]:
        raise error

    return act


class PeerError(grpc.RpcError):
    def __init__(self, code: Code) -> None:
        self._code = code

    def code(self) -> Code:
        return self._code


@pytest.mark.parametrize(
    ("error", "code", "reason", "metadata"),
    [
        (
            errors.NotFound("segment", "vip"),
            Code.NOT_FOUND,
            "SEGMENT_NOT_FOUND",
            {"kind": "segment", "id": "vip"},
        ),
        (
            errors.AlreadyExists("tag group", "g"),
            Code.ALREADY_EXISTS,
            "TAG_GROUP_ALREADY_EXISTS",
            {"kind": "tag group", "id": "g"},
        ),
        (
            errors.FailedPrecondition("not now", state="PAUSED"),
            Code.FAILED_PRECONDITION,
            "WRONG_STATE",
            {"state": "PAUSED"},
        ),
        (errors.Aborted("segment", "vip"), Code.ABORTED, "ETAG_MISMATCH", {"kind": "segment", "id": "vip"}),
        (errors.Unavailable("later"), Code.UNAVAILABLE, "UNAVAILABLE", {}),
        (errors.DataLoss("event", 7), Code.DATA_LOSS, "UNREADABLE", {"kind": "event", "id": "7"}),
        (errors.PermissionDenied("no", reason="MINE"), Code.PERMISSION_DENIED, "MINE", {}),
        (PeerError(Code.UNAVAILABLE), Code.UNAVAILABLE, "PEER_UNAVAILABLE", {}),
        (PeerError(Code.RESOURCE_EXHAUSTED), Code.UNAVAILABLE, "PEER_UNAVAILABLE", {}),
        (PeerError(Code.DEADLINE_EXCEEDED), Code.DEADLINE_EXCEEDED, "PEER_DEADLINE", {}),
        (sa.exc.TimeoutError("pool"), Code.UNAVAILABLE, "DATABASE_UNAVAILABLE", {}),
        (OperationalError("SELECT 1", {}, Exception("gone")), Code.UNAVAILABLE, "DATABASE_UNAVAILABLE", {}),
    ],
)
def test_an_error_keeps_its_code_reason_and_facts(
    suite: Suite, echo: Echo, error: Exception, code: Code, reason: str, metadata: dict[str, str]
) -> None:
    echo.act = raising(error)
    token = (("authorization", f"Bearer {suite.token}"),)
    with grpc.insecure_channel(suite.process.addresses["identity"]) as channel:  # it does not try again
        failed = failure(lambda: EchoStub(channel).Echo(request(), metadata=token))
    assert (failed.code, failed.reason, failed.metadata) == (code, reason, metadata)
    assert failed.domain == "tidegate"
    assert failed.message


def test_wrong_fields_are_named_by_path(suite: Suite, echo: Echo) -> None:
    found = [errors.Violation("events[3].name", "is empty"), errors.Violation("source", "is too long")]
    echo.act = raising(errors.InvalidArgument(found))
    stub = suite.stub("identity", EchoStub)
    failed = failure(lambda: stub.Echo(request()))
    assert failed.code is Code.INVALID_ARGUMENT
    assert failed.violations == {"events[3].name": "is empty", "source": "is too long"}


def test_an_error_says_when_to_try_again(suite: Suite, echo: Echo) -> None:
    echo.act = raising(errors.ResourceExhausted("busy", reason="BUSY", retry_after=timedelta(seconds=1.5)))
    stub = suite.stub("identity", EchoStub)
    assert failure(lambda: stub.Echo(request())).retry_after == 1.5


def test_what_was_not_foreseen_is_internal_and_logged_without_what_it_quotes(suite: Suite, echo: Echo) -> None:
    echo.act = raising(ValueError("bad value 'Wang Xiaoming' of 13812345678"))
    stub = suite.stub("identity", EchoStub)
    with capture_logs() as lines:
        failed = failure(lambda: stub.Echo(request()))
    assert failed.code is Code.INTERNAL
    assert failed.metadata == {"request_id": failed.request_id}
    assert failed.request_id in failed.message
    assert "Wang" not in failed.message
    [logged] = [line for line in lines if line["event"] == "call.failed"]
    assert logged["request_id"] == failed.request_id
    assert isinstance(logged["exc_info"], ValueError)


def test_a_method_that_is_only_in_the_contract_is_unimplemented(suite: Suite) -> None:
    stub = suite.stub("identity", EchoStub)
    failed = failure(lambda: stub.Later(request()))
    assert (failed.code, failed.reason) == (Code.UNIMPLEMENTED, "NOT_IMPLEMENTED")
    assert failed.metadata == {"method": "EchoService/Later"}


def test_not_implemented_from_within_is_internal(suite: Suite, echo: Echo) -> None:
    echo.act = raising(NotImplementedError("a library's own"))
    stub = suite.stub("identity", EchoStub)
    assert failure(lambda: stub.Echo(request())).code is Code.INTERNAL


def test_a_method_that_no_contract_names_is_unimplemented(suite: Suite) -> None:
    call: Any = suite.channel("identity").unary_unary("/echo.v1.EchoService/Nothing")
    failed = failure(lambda: call(b""))
    assert (failed.code, failed.metadata) == (Code.UNIMPLEMENTED, {"method": "echo.v1.EchoService/Nothing"})


def test_a_request_that_cannot_be_read_is_the_callers_fault(suite: Suite) -> None:
    call: Any = suite.channel("identity").unary_unary("/echo.v1.EchoService/Echo")
    failed = failure(lambda: call(b"\x0a\xff\xff"))
    assert (failed.code, failed.reason) == (Code.INVALID_ARGUMENT, "UNREADABLE_REQUEST")
    assert "request" in failed.violations


def test_a_stream_fails_with_details_after_what_it_answered(suite: Suite, echo: Echo) -> None:
    def act(texts: list[str]) -> list[str]:
        if texts == ["b"]:
            raise errors.NotFound("text", "b")
        return texts

    echo.act = act
    stub = suite.stub("identity", EchoStub)
    seen: list[str] = []

    def read() -> None:
        seen.extend(text for answer in stub.Split(request("a", "b", "c")) for text in answer.texts)

    assert failure(read).reason == "TEXT_NOT_FOUND"
    assert seen == ["a"]
