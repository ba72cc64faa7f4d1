"""Figures in the tables that the demo shows."""

import re


def figure(shown: str, row: str) -> int:
    """The first number in the row that begins with these words."""
    found = re.search(rf"│ {re.escape(row)} *│ *([\d,]+)", shown)
    assert found, f"{row} is not shown:\n{shown}"
    return int(found[1].replace(",", ""))
