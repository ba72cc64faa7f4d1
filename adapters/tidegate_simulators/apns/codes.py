"""Apple's reasons and the HTTP statuses that they come with, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STATUSES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "BadCollapseId": 400,
        "BadDeviceToken": 400,
        "BadExpirationDate": 400,
        "BadMessageId": 400,
        "BadPriority": 400,
        "BadTopic": 400,
        "DeviceTokenNotForTopic": 400,
        "DuplicateHeaders": 400,
        "IdleTimeout": 400,
        "InvalidPushType": 400,
        "MissingDeviceToken": 400,
        "MissingTopic": 400,
        "PayloadEmpty": 400,
        "TopicDisallowed": 400,
        "BadCertificate": 403,
        "BadCertificateEnvironment": 403,
        "BadEnvironmentKeyIdInToken": 403,
        "BadEnvironmentKeyInToken": 403,
        "ExpiredProviderToken": 403,
        "Forbidden": 403,
        "InvalidProviderToken": 403,
        "MissingProviderToken": 403,
        "UnrelatedKeyIdInToken": 403,
        "BadPath": 404,
        "MethodNotAllowed": 405,
        "ExpiredToken": 410,
        "Unregistered": 410,
        "PayloadTooLarge": 413,
        "TooManyProviderTokenUpdates": 429,
        "TooManyRequests": 429,
        "InternalServerError": 500,
        "ServiceUnavailable": 503,
        "Shutdown": 503,
    }
)

OTHERS: Final = 400
"""The status of a reason that is not Apple's."""


class Refused(Exception):
    """A request is refused; `reason` is Apple's."""

    def __init__(self, reason: str, *, since: float = 0.0) -> None:
        """`since`: of a device token that is gone, since when, in seconds since 1970."""
        self.reason = reason
        self.since = since
        super().__init__(reason)
