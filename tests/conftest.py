"""What all tests share: the two kinds of databases and a clock that they move."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from support import database as databases
from support import memory
from tidegate.runtime import collector
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database

OpenDatabase = Callable[..., Database]

hypothesis.settings.register_profile(  # a busy machine is no failure
    "tidegate", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tidegate")

_LONGEST_FIRST = (
    "tests/system/test_cdnow.py",
    "tests/system/test_import_customers.py",
    "tests/cli/test_operating.py",
    "tests/delivery/test_outcomes.py",
    "tests/journey/test_walks.py",
    "tests/system/",
    "tests/cli/test_keys.py",
    "tests/journey/test_crashes.py",
    "tests/demo/",
    "tests/segmentation/test_contract.py",
    "tests/segmentation/test_known_answers.py",
    "tests/segmentation/test_live.py",
    "tests/identity/test_concurrency.py",
    "tests/journey/",
)
"""These files begin first: a long one that begins last would leave all other workers with nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        places = (place for place, prefix in enumerate(_LONGEST_FIRST) if item.nodeid.startswith(prefix))
        return next(places, len(_LONGEST_FIRST))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What modules define stays: nothing looks for cycles while they are imported."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """The tests' processes collect garbage as the product's own do."""
    collector.ease()


def pytest_configure(config: pytest.Config) -> None:
    memory.hold_temporary_files()
    given = getattr(config, "workerinput", None)
    if given is not None:
        os.environ[databases.SERVER] = given["postgresql"]
    elif not config.getoption("numprocesses", None):
        os.environ[databases.SERVER] = databases.provide_server()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: half of its time a test waits, for timers, other processes or the database."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Whoever starts a worker starts its server, and ends it with the run."""
    node.workerinput["postgresql"] = databases.provide_server()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """A test that asks for this, or for what is built on it, runs on both databases."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A database for services to serve on: it holds nothing, and the schemas of a server's are up to date."""
    with databases.database_url(database_kind, tmp_path, migrated=True) as url:
        yield url


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A database without any schema."""
    with databases.database_url(database_kind, tmp_path) as url:
        yield url


@pytest.fixture
def open_database(empty_database_url: str) -> Iterator[OpenDatabase]:
    """Opens the test's database with the tables of a given MetaData: open_database(metadata)."""
    with ExitStack() as stack:

        def opener(metadata: sa.MetaData, schema: str = "test") -> Database:
            return stack.enter_context(databases.opened(empty_database_url, metadata, schema=schema))

        yield opener


@pytest.fixture
def clock() -> ManualClock:
    """Business time, standing at the first day of the Double-11 early phase, 10:00 in Shanghai."""
    return ManualClock(datetime(2026, 10, 10, 2, 0, tzinfo=UTC))
