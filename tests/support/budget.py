"""How much a test tries: as much as every run has time for, or all of it when TIDEGATE_FULL is set."""

import os

FULL = "TIDEGATE_FULL" in os.environ


def budget(usual: int, full: int) -> int:
    """How many examples, rounds or people there are."""
    return full if FULL else usual
