"""Errors as they travel: google.rpc.Status with ErrorInfo, BadRequest and RetryInfo (AIP-193)."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tidegate.runtime.db.database import is_retryable
from tidegate.runtime.edge.metadata import REQUEST_ID
from tidegate.runtime.errors import DOMAIN, DeadlineExceeded, TidegateError, Unavailable

DETAILS_KEY = "grpc-status-details-bin"


class Internal(TidegateError):
    """Something that no caller can do anything about but report it."""

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"something unforeseen happened; report the request id {request_id} to the operator",
            reason="INTERNAL",
            metadata={"request_id": request_id},
        )


@dataclass(frozen=True, slots=True)
class Ending(grpc.Status):
    """How a call ends that did not go well, with its trailing metadata."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, str | bytes], ...]


def ending(error: TidegateError, request_id: str) -> Ending:
    """What the caller is told about ``error``."""
    status = status_pb2.Status(code=error.code.value[0], message=error.message, details=map(_packed, details(error)))
    return Ending(
        code=error.code,
        details=error.message,
        trailing_metadata=((DETAILS_KEY, status.SerializeToString()), (REQUEST_ID, request_id)),
    )


def details(error: TidegateError) -> Iterator[Message]:
    """The details of ``error``: always its reason, and what else there is to know."""
    yield error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    if error.violations:
        yield error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field=each.field, description=each.description)
                for each in error.violations
            ]
        )
    if error.retry_after is not None:
        delay = Duration()
        delay.FromTimedelta(error.retry_after)
        yield error_details_pb2.RetryInfo(retry_delay=delay)


def translated(error: Exception, request_id: str) -> TidegateError:
    """``error`` as one that a caller may see; Internal for everything that was not foreseen."""
    if isinstance(error, TidegateError):
        return error
    if isinstance(error, grpc.RpcError):
        return _from_peer(error, request_id)
    if isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and _is_away(error)):
        return Unavailable("the database can't be reached at the moment; try again", reason="DATABASE_UNAVAILABLE")
    return Internal(request_id)


def _from_peer(error: grpc.RpcError, request_id: str) -> TidegateError:
    """A peer's failure. That the service asked it something wrong is no fault of the caller's."""
    code = error.code()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded("another service did not answer in time", reason="PEER_DEADLINE")
    if code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}:
        return Unavailable("another service can't be reached at the moment; try again", reason="PEER_UNAVAILABLE")
    return Internal(request_id)


def _is_away(error: DBAPIError) -> bool:
    """Whether the database is out of reach or busy. SQLite calls a wrong statement operational, too."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return is_retryable(error)
    return isinstance(error, OperationalError | InterfaceError) or is_retryable(error)


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
