"""FCM's codes and the HTTP statuses and Google's statuses that they come with, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

CODES: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "UNSPECIFIED_ERROR": (500, "UNKNOWN"),
        "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT"),
        "UNREGISTERED": (404, "NOT_FOUND"),
        "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED"),
        "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED"),
        "UNAVAILABLE": (503, "UNAVAILABLE"),
        "INTERNAL": (500, "INTERNAL"),
        "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED"),
        "APNS_AUTH_ERROR": (401, "UNAUTHENTICATED"),
    }
)

GOOGLE: Final[Mapping[str, int]] = MappingProxyType(
    {"UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404}
)
"""Statuses of Google's interfaces that come without a code of FCM's."""

OTHERS: Final = (400, "UNKNOWN")
"""What a code comes with that is not FCM's."""


class Refused(Exception):
    """A call is refused.

    Attributes:
        code: A code of FCM's, or a status of Google's.
        field: The field at fault; "" = none is named.
        retry_after: Seconds that the header Retry-After says; None = it is not there.
    """

    def __init__(self, code: str, message: str = "", *, field: str = "", retry_after: int | None = None) -> None:
        self.code = code
        self.message = message or f"refused: {code}"
        self.field = field
        self.retry_after = retry_after
        super().__init__(self.message)

    @property
    def answer(self) -> tuple[int, Mapping[str, Any]]:
        """The HTTP status, and the JSON object that is answered."""
        details: list[Mapping[str, Any]] = []
        if self.code in GOOGLE:
            status, name = GOOGLE[self.code], self.code
        else:
            status, name = CODES.get(self.code, OTHERS)
            details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": self.code})
        if self.field:
            violation = {"field": self.field, "description": self.message}
            details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
        error = {"code": status, "message": self.message, "status": name}
        return status, {"error": {**error, "details": details} if details else error}
