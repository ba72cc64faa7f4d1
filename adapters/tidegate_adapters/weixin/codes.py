"""What a provider's code means, by a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tidegate.channels import Outcome, OutcomeKind, Period, Scope
from tidegate.channels.allowances import PLATFORM_ZONE

_DETAIL_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means for a message.

    Attributes:
        kind: What became of it.
        scope: What that holds for.
        wait: After which time it may be otherwise: a span, or the rest of China's day; None = it is not known.
        is_unknown: Whether no table names the code.
    """

    kind: OutcomeKind
    scope: Scope
    wait: timedelta | Period | None = None
    is_unknown: bool = False

    def outcome(self, now: datetime, *, code: str, detail: str, provider_id: str = "") -> Outcome:
        """It, said of one message."""
        return Outcome(
            self.kind,
            self.scope,
            provider_id=provider_id,
            provider_code=code,
            detail=detail,
            retry_after=_wait(self.wait, now),
            is_unknown_code=self.is_unknown,
        )


UNKNOWN: Final = Meaning(OutcomeKind.PERMANENT, Scope.MESSAGE, is_unknown=True)
"""What a code means that no table names."""

Codes = Mapping[int, Meaning]


def told(message: str, *private: str) -> str:
    """A provider's words without what is private, in small letters or capitals, cut to what is worth keeping."""
    small = message.lower()
    words = sorted((one for one in private if one and one.lower() in small), key=len, reverse=True)
    if words:
        message = re.sub("|".join(map(re.escape, words)), "<…>", message, flags=re.IGNORECASE)
    return message[:_DETAIL_LENGTH]


def _wait(wait: timedelta | Period | None, now: datetime) -> timedelta | None:
    if not isinstance(wait, Period):
        return wait
    here = now.astimezone(PLATFORM_ZONE)
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0) - here
