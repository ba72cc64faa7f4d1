"""PolicyService through a real server and stub, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.server import Suite, serving
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.runtime.clock import ManualClock


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Suite]:
    with serving(tmp_path, "delivery", clock=clock, database_url=database_url) as running:
        yield running


@pytest.fixture
def policies(suite: Suite) -> PolicyServiceStub:
    return suite.stub("delivery", PolicyServiceStub)
