"""Reports of adapters as texts, and back: what was collected is kept like a callback."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tidegate.channels import (
    Answered,
    Granted,
    Happened,
    Outcome,
    OutcomeKind,
    Receipt,
    ReceiptKind,
    Report,
    Scope,
    Trigger,
    WindowOpened,
)

KINDS: dict[str, type[Report]] = {
    "receipt": Receipt,
    "window_opened": WindowOpened,
    "granted": Granted,
    "answered": Answered,
    "happened": Happened,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def are_reports(told: object) -> bool:
    """Whether an adapter's answer is what it should be."""
    return isinstance(told, Sequence) and not isinstance(told, str | bytes) and all(type(one) in _NAMES for one in told)


def written(reports: Sequence[Report]) -> str:
    """Reports as a text; the same reports give the same one."""
    return json.dumps([_written(one) for one in reports], separators=(",", ":"), sort_keys=True)


def read(text: str) -> list[Report]:
    """The reports that were written."""
    return [_read(KINDS[one.pop("kind_of_report")], one) for one in json.loads(text)]


def check(report: Report) -> None:
    """Raises an error where a report can't be written down, or means nothing to identity."""
    json.dumps(_written(report), ensure_ascii=False).encode()
    read(written([report]))
    facts = report.properties.values() if isinstance(report, Happened) else ()
    for value in facts:
        if not isinstance(value, str | int) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
            raise ValueError("a property is a text, a truth value, or a whole number of 64 bits")


def _written(report: Report) -> dict[str, Any]:
    values = asdict(report)
    values |= {"time": report.time.isoformat(), "kind_of_report": _NAMES[type(report)]}
    if isinstance(report, Receipt) and report.outcome is not None:
        outcome = report.outcome
        values["outcome"] = [outcome.kind, outcome.scope, outcome.provider_code, outcome.is_unknown_code]
    return values


def _read(kind: type[Report], values: dict[str, Any]) -> Report:
    values["time"] = datetime.fromisoformat(values["time"])
    if kind is Receipt:
        values["kind"] = ReceiptKind(values["kind"])
        if values["outcome"] is not None:
            outcome, scope, code, *unknown = values["outcome"]
            values["outcome"] = Outcome(
                OutcomeKind(outcome), Scope(scope), provider_code=code, is_unknown_code=any(unknown)
            )
    elif kind is WindowOpened:
        values["trigger"] = Trigger(values["trigger"])
    elif kind is Happened:
        values["identifiers"] = tuple((namespace, value) for namespace, value in values["identifiers"])
    made: Report = kind(**values)
    return made
