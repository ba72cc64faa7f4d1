"""Spans of time in statements."""

from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import Span


def within(time: sa.ColumnElement[Any], span: Span) -> list[sa.ColumnElement[bool]]:
    """That ``time``, an Instant, lies in ``span``."""
    starts = [] if span.start is None else [time >= span.start]
    return starts if span.end is None else [*starts, time < span.end]
