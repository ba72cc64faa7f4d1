"""Callbacks, and what was collected, as they are sealed, and back."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

from tidegate.channels import Callback, Report
from tidegate.delivery.callbacks import reports


def written(said: Callback | Sequence[Report]) -> str:
    """A callback, or reports, as a text."""
    return _written(said) if isinstance(said, Callback) else reports.written(said)


def _written(callback: Callback) -> str:
    return json.dumps(
        {
            "method": callback.method,
            "query": dict(callback.query),
            "headers": dict(callback.headers),
            "body": b64encode(callback.body).decode(),
            "time": callback.time.isoformat(),
        },
        separators=(",", ":"),
    )


def opened(text: str) -> Callback | list[Report]:
    """The callback that was written, or the reports that were collected."""
    return reports.read(text) if text.startswith("[") else _read(text)


def _read(text: str) -> Callback:
    said = json.loads(text)
    return Callback(
        method=said["method"],
        query=said["query"],
        headers=said["headers"],
        body=b64decode(said["body"]),
        time=datetime.fromisoformat(said["time"]),
    )
