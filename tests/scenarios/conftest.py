"""What scenarios at the providers share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.delivery.clouds import Clouds, on_clouds
from tidegate.runtime.clock import ManualClock


@pytest.fixture
def clouds(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Clouds]:
    """A company on the platforms' simulators, on each database."""
    with on_clouds(tmp_path, database_url, clock) as made:
        yield made
