"""docs/api.md names the methods of the contracts that this version does not answer, and no others."""

import re
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from support.contracts import METHODS
from support.server import Suite, serving
from support.status import failure_of
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.config import SERVICES

API = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()


def documented(service: str) -> set[str]:
    text = API.partition("## Not in this version\n")[2].partition("\n## ")[0]
    [row] = re.findall(rf"^\| {service} \| (.*) \|$", text, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", row))


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_not_answered_is_documented(service: str, tmp_path: Path, clock: ManualClock) -> None:
    methods = [method for method in METHODS if method.full_name.startswith(f"tidegate.api.{service}.")]
    with serving(tmp_path, service, clock=clock) as suite:
        silent = {method.name for method in methods if is_unimplemented(suite, service, method)}
    assert silent == documented(service)


def is_unimplemented(suite: Suite, service: str, method: MethodDescriptor) -> bool:
    """Whether an empty request is answered by UNIMPLEMENTED; other errors say that the method is there."""
    try:
        call(suite.channel(service), method)
    except grpc.RpcError as error:
        unimplemented = error.code() is grpc.StatusCode.UNIMPLEMENTED
        return unimplemented and failure_of(error).reason == "NOT_IMPLEMENTED"
    return False


def call(channel: Any, method: MethodDescriptor) -> None:
    path = f"/{method.containing_service.full_name}/{method.name}"
    if method.client_streaming and method.server_streaming:
        list(channel.stream_stream(path)(iter(()), timeout=1))
    elif method.client_streaming:
        channel.stream_unary(path)(iter(()), timeout=1)
    elif method.server_streaming:
        answers = channel.unary_stream(path)(b"", timeout=1)
        next(answers, None)
        answers.cancel()
    else:
        channel.unary_unary(path)(b"", timeout=10)
