"""Lists that come in pages, each with the cursor of the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tidegate_simulators.weixin import Call, Refusal
from tidegate_simulators.weixin.endpoint import OK, Answer

_USUAL: Final = 500
_MOST: Final = 1000


def page(call: Call, name: str, rows: Sequence[dict[str, Any]], *, usual: int = _USUAL) -> Answer:
    """A page of rows, and the cursor of the next one unless it is the last; `usual` = rows where no limit is named."""
    limit = call.body.get("limit", usual)
    size = limit if isinstance(limit, int) and 0 < limit <= _MOST else usual
    cursor = call.text("cursor")
    if cursor and not cursor.isdigit():
        raise Refusal(40058, "invalid Request Parameter: cursor")
    begin = int(cursor or 0)
    end = begin + size
    return {**OK, "next_cursor": str(end) if end < len(rows) else "", name: list(rows[begin:end])}
