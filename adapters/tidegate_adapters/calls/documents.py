"""JSON as it is posted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def as_json(document: Mapping[str, object]) -> bytes:
    """A document without spaces, in UTF-8."""
    return _ENCODER.encode(document).encode()
