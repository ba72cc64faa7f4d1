"""What a failed call says: its status with the details that belong to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status


@dataclass(frozen=True)
class Failure:
    """A failed call, its details unpacked. ``retry_after`` is in seconds, None when there is none."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    metadata: dict[str, str]
    violations: dict[str, str]
    retry_after: float | None
    request_id: str


def failure(call: Callable[[], Any]) -> Failure:
    """How ``call`` fails; a call that does not fail fails the test."""
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return failure_of(raised.value)


def failure_of(error: grpc.RpcError) -> Failure:
    """What ``error`` says; a call without ErrorInfo fails the test."""
    status = rpc_status.from_call(error)
    assert status is not None, f"{error.code()} without details: {error.details()}"
    info, bad, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    found = {message.DESCRIPTOR.name for message in (info, bad, retry) for d in status.details if d.Unpack(message)}
    assert "ErrorInfo" in found
    return Failure(
        code=error.code(),
        message=status.message,
        reason=info.reason,
        domain=info.domain,
        metadata=dict(info.metadata),
        violations={each.field: each.description for each in bad.field_violations},
        retry_after=retry.retry_delay.ToTimedelta().total_seconds() if "RetryInfo" in found else None,
        request_id=trailing(error, "x-request-id"),
    )


def trailing(error: grpc.RpcError, key: str) -> str:
    """What the trailing metadata of a failed call says under ``key``."""
    [found] = [str(each.value) for each in error.trailing_metadata() if each.key == key]
    return found
