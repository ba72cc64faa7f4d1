"""segmentation behind a real server with the services whose feeds it follows, on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.server import Suite, serving
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock


@dataclass(frozen=True)
class Services:
    """The stubs, and the clock that all services go by."""

    suite: Suite
    clock: ManualClock
    identity: IdentityServiceStub
    segmentation: SegmentationServiceStub
    reports: ReportServiceStub

    def settle(self) -> None:
        """Waits until nothing is left to do before the clock moves on."""
        self.suite.settle(60)


@pytest.fixture
def services(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Services]:
    """identity, segmentation, and delivery with empty databases."""
    names = ("identity", "segmentation", "delivery")
    with serving(tmp_path, *names, clock=clock, database_url=database_url) as suite:
        yield Services(
            suite,
            clock,
            suite.stub("identity", IdentityServiceStub),
            suite.stub("segmentation", SegmentationServiceStub),
            suite.stub("segmentation", ReportServiceStub),
        )
