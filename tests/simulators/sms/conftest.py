"""What the tests of simulated SMS clouds share: an instant that all of them begin at."""

from datetime import UTC, datetime

import pytest
from tidegate.runtime.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Noon in Beijing."""
    return ManualClock(datetime(2026, 11, 28, 4, 0, tzinfo=UTC))
