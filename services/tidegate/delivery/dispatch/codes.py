"""Codes of providers: the operator's table is applied to them, and those that nobody knows are told of."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from tidegate.channels import Outcome, Receipt, Report
from tidegate.channels.codes import Codes
from tidegate.runtime.metrics import Metrics

LOG = structlog.get_logger(__name__)
OTHER = "other"
"""Where codes beyond the most that are told apart are counted."""
_MOST = 200


class UnknownCodes:
    """Counts codes that no table names; each is warned of once in a process. Safe to share between threads."""

    def __init__(self, metrics: Metrics) -> None:
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()
        self._counter = metrics.counter(
            "tidegate_delivery_unknown_provider_code_total",
            "Refusals whose code neither the adapter nor the operator's table knows; they are permanent.",
            ("account_id", "code"),
        )

    def count(self, account_id: str, adapter: str, outcome: Outcome, message_id: str = "") -> None:
        """A provider said such a code; ``adapter`` is the name of its table of settings.

        The message is named where it is known; the provider's words, which may name its recipient, are not logged.
        """
        code = outcome.provider_code
        with self._lock:
            known = (account_id, code) in self._seen
            is_new = not known and len(self._seen) < _MOST
            if is_new:
                self._seen.add((account_id, code))
        self._counter.labels(account_id, code if known or is_new else OTHER).inc()
        if is_new:
            LOG.warning(
                "provider.unknown_code",
                account_id=account_id,
                provider_code=code,
                message_id=message_id,
                advice=f'look it up at the provider, and say what it means in [channels.{adapter}.codes]: "{code}" = '
                '{ outcome = "…", scope = "…" }; until then such messages end as failed',
            )


@dataclass(frozen=True, slots=True)
class CodeReader:
    """Reads what an adapter says of an account's messages. ``adapter`` is the name of its table of settings."""

    account_id: str
    adapter: str
    codes: Codes
    unknown: UnknownCodes

    def outcomes(self, told: Sequence[Outcome], message_ids: Sequence[str]) -> list[Outcome]:
        """What became of these messages."""
        pairs = zip(message_ids, told, strict=True)
        return [self._outcome(key, one) if one.provider_code else one for key, one in pairs]

    def reports(self, told: Sequence[Report]) -> list[Report]:
        """What stands in a callback, without what says nothing."""
        read = [self.receipt(one) if isinstance(one, Receipt) else one for one in told]
        return [one for one in read if one is not None]

    def receipt(self, told: Receipt) -> Receipt | None:
        """A receipt; None where it says nothing."""
        read = self.codes.receipt(told)
        if read and read.outcome and read.outcome.is_unknown_code:
            self.unknown.count(self.account_id, self.adapter, read.outcome, told.message_id)
        return read

    def _outcome(self, message_id: str, told: Outcome) -> Outcome:
        outcome = self.codes.outcome(told) if self.codes else told
        if outcome.is_unknown_code:
            self.unknown.count(self.account_id, self.adapter, outcome, message_id)
        return outcome
