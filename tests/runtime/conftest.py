"""The tests' own service, served for a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.echo import Echo
from support.server import Suite, serving
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database


def unprepared(_database: Database, _service: str) -> None:
    """The tests' own service has no tables."""


@pytest.fixture
def echo() -> Echo:
    """The servicer of `suite`: set its `act` to tell it what to do."""
    return Echo()


@pytest.fixture
def suite(tmp_path: Path, clock: ManualClock, echo: Echo) -> Iterator[Suite]:
    """The tests' own service in the place of identity."""
    with serving(tmp_path, clock=clock, builders={"identity": echo.builder()}, prepare=unprepared) as running:
        yield running
