"""Errors that a caller is meant to see, and how they look on the wire.

TidegateError
├── InvalidArgument      a field is wrong; names it by path
├── NotFound             no such thing of this kind
├── AlreadyExists        the id is taken by something else
├── FailedPrecondition   the thing is in a state that does not allow it
├── Aborted              somebody was faster (an etag no longer matches)
├── ResourceExhausted    a limit of the caller's is reached; says when to try again
├── Unauthenticated      no token, or one that is not known
├── PermissionDenied     the token lacks a scope
├── DeadlineExceeded     what was waited for did not come in time
├── Unavailable          try again: a peer or the database can't be reached
├── DataLoss             something stored can't be read
└── Unimplemented        the contract has it, this version does not

The edge turns each into a google.rpc.Status with ErrorInfo (domain `tidegate`), BadRequest for fields, and
RetryInfo where there is a time to wait (AIP-193). Anything else that is raised is INTERNAL.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

import grpc

from tidegate.api.common.v1 import common_pb2

DOMAIN = "tidegate"


@dataclass(frozen=True, slots=True)
class Violation:
    """One field at fault: its path within the request and what would be right."""

    field: str
    description: str


class TidegateError(Exception):
    """An error with a stable reason (UPPER_SNAKE_CASE) and facts for the caller."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        metadata: Mapping[str, str] | None = None,
        violations: Iterable[Violation] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)
        self.retry_after = retry_after


class InvalidArgument(TidegateError):
    """One or several fields are wrong."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, violations: Iterable[Violation], *, reason: str = "INVALID_FIELD") -> None:
        found = tuple(violations)
        message = "; ".join(f"{violation.field}: {violation.description}" for violation in found)
        super().__init__(message, reason=reason, violations=found)

    @classmethod
    def at(cls, path: str, description: str, *, reason: str = "INVALID_FIELD") -> "InvalidArgument":
        """The error for a single field."""
        return cls((Violation(path, description),), reason=reason)


class NotFound(TidegateError):
    """There is no ``kind`` with this id."""

    code = grpc.StatusCode.NOT_FOUND

    def __init__(self, kind: str, identity: object, *, hint: str = "") -> None:
        super().__init__(
            f"there is no {kind} {identity}{hint and '; '}{hint}",
            reason=f"{_upper(kind)}_NOT_FOUND",
            metadata={"kind": kind, "id": str(identity)},
        )


class AlreadyExists(TidegateError):
    """Another ``kind`` has this id."""

    code = grpc.StatusCode.ALREADY_EXISTS

    def __init__(self, kind: str, identity: object) -> None:
        super().__init__(
            f"there is a {kind} {identity} already; choose another id or update it",
            reason=f"{_upper(kind)}_ALREADY_EXISTS",
            metadata={"kind": kind, "id": str(identity)},
        )


class FailedPrecondition(TidegateError):
    """The state of a thing does not allow the call; ``state`` says what it is."""

    code = grpc.StatusCode.FAILED_PRECONDITION

    def __init__(self, message: str, *, reason: str = "WRONG_STATE", state: str = "", **facts: str) -> None:
        super().__init__(message, reason=reason, metadata={**({"state": state} if state else {}), **facts})


class Aborted(TidegateError):
    """An etag no longer matches: read again, decide again, write again (AIP-154)."""

    code = grpc.StatusCode.ABORTED

    def __init__(self, kind: str, identity: object) -> None:
        super().__init__(
            f"{kind} {identity} was changed since its etag was read; get it again and repeat the change",
            reason="ETAG_MISMATCH",
            metadata={"kind": kind, "id": str(identity)},
        )


class ResourceExhausted(TidegateError):
    """A limit is reached; ``retry_after`` says when it may be free again."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED

    def __init__(self, message: str, *, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message, reason=reason, retry_after=retry_after)


class Unauthenticated(TidegateError):
    """The call carries no token, or one that is not known."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(TidegateError):
    """The caller's token lacks what the call needs."""

    code = grpc.StatusCode.PERMISSION_DENIED


class DeadlineExceeded(TidegateError):
    """What the call waited for did not come within its deadline."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Unavailable(TidegateError):
    """A peer or the database can't be reached at the moment; the call may be repeated."""

    code = grpc.StatusCode.UNAVAILABLE

    def __init__(self, message: str, *, reason: str = "UNAVAILABLE", retry_after: timedelta | None = None) -> None:
        super().__init__(message, reason=reason, retry_after=retry_after)


class DataLoss(TidegateError):
    """Something stored can't be read by this version."""

    code = grpc.StatusCode.DATA_LOSS

    def __init__(self, kind: str, identity: object) -> None:
        super().__init__(
            f"{kind} {identity} is stored in a form that this version can't read; upgrade, or restore it",
            reason="UNREADABLE",
            metadata={"kind": kind, "id": str(identity)},
        )


class Unimplemented(TidegateError):
    """The contract names the method, this version does not have it yet."""

    code = grpc.StatusCode.UNIMPLEMENTED

    def __init__(self, method: str) -> None:
        super().__init__(
            f"{method} is part of the contract and not of this version; docs/api.md lists such methods",
            reason="NOT_IMPLEMENTED",
            metadata={"method": method},
        )


@dataclass(slots=True)
class Violations:
    """Collects the fields at fault, so that a caller learns of all of them at once."""

    found: list[Violation] = field(default_factory=list)

    def add(self, path: str, description: str) -> None:
        """Notes one field at fault."""
        self.found.append(Violation(path, description))

    def within(self, item: str) -> Iterator[Violation]:
        """The faults of an item, found in the item itself, by their paths in the request."""
        return (Violation(f"{item}.{fault.field}", fault.description) for fault in self.found)

    def raise_if_any(self) -> None:
        """Raises InvalidArgument when a field was at fault."""
        if self.found:
            raise InvalidArgument(self.found)


def item_error(error: TidegateError) -> common_pb2.ItemError:
    """The error of one item of a batch, as it stands in the batch's answer."""
    return common_pb2.ItemError(
        code=error.code.value[0],
        reason=error.reason,
        message=error.message,
        metadata=error.metadata,
        field_violations=[
            common_pb2.FieldViolation(field=violation.field, description=violation.description)
            for violation in error.violations
        ],
    )


def _upper(kind: str) -> str:
    return kind.upper().replace(" ", "_").replace("-", "_")
