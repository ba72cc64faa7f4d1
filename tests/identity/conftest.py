"""identity behind a real server, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.server import serving
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock


@pytest.fixture
def identity(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[IdentityServiceStub]:
    """A stub of a running service with an empty database."""
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as suite:
        yield suite.stub("identity", IdentityServiceStub)
