"""Tables of a provider's codes, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.channels import Outcome, OutcomeKind, Scope

_DETAIL_LENGTH = 200
Meaning = tuple[OutcomeKind, Scope]


@dataclass(frozen=True, slots=True)
class Codes:
    """What each code of a provider means; what stands in no row is permanent, and says so.

    Attributes:
        meanings: By code.
        has_groups: Whether a code that has no row means what the part before its first dot means.
    """

    meanings: Mapping[str, Meaning]
    has_groups: bool = False

    def knows(self, code: str) -> bool:
        """Whether the code, or its group, has a row."""
        return self._row(code) is not None

    def outcome(self, code: str, detail: str = "", *, provider_id: str = "") -> Outcome:
        """What a code means for a message. `detail` is the provider's, without addresses."""
        row = self._row(code)
        if row is None:
            return Outcome.unknown(code, f"unknown code {code!r}: {detail}".rstrip(": ")[:_DETAIL_LENGTH])
        kind, scope = row
        return Outcome(kind, scope, provider_id=provider_id, provider_code=code, detail=detail[:_DETAIL_LENGTH])

    def _row(self, code: str) -> Meaning | None:
        row = self.meanings.get(code)
        if row is None and self.has_groups:
            row = self.meanings.get(code.partition(".")[0])
        return row
