"""The segmentation service's calls, put together; and its change feed."""

import grpc

from tidegate.api.segmentation.v1 import changes_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceServicer
from tidegate.runtime.edge.feeds import requested_page
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation import announce
from tidegate.segmentation.servicer.experiment_servicer import ExperimentCalls
from tidegate.segmentation.servicer.score_servicer import ScoreCalls
from tidegate.segmentation.servicer.segment_servicer import RuleCalls, SegmentCalls
from tidegate.segmentation.servicer.snapshot_servicer import SnapshotCalls
from tidegate.segmentation.servicer.stage_servicer import StageCalls
from tidegate.segmentation.servicer.tools import Tools


class SegmentationServicer(
    SegmentCalls,
    SnapshotCalls,
    RuleCalls,
    ScoreCalls,
    StageCalls,
    ExperimentCalls,
    SegmentationServiceServicer,
):
    """SegmentationService. Methods that no part has answer UNIMPLEMENTED."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def ListChanges(
        self, request: changes_pb2.ListChangesRequest, _context: grpc.ServicerContext
    ) -> changes_pb2.ListChangesResponse:
        """Returns the change feed behind a position."""
        page = requested_page(self.tools.feed, request)
        response = changes_pb2.ListChangesResponse(next_position=page.next_position, head_position=page.head)
        announce.put_changes(response.changes, page.entries)
        return response

    def ExportCustomer(
        self, request: changes_pb2.ExportCustomerRequest, _context: grpc.ServicerContext
    ) -> changes_pb2.ExportCustomerResponse:
        """Returns all that is kept of a customer."""
        if request.customer_id <= 0:
            raise InvalidArgument.at("customer_id", "must be a customer's id, greater than 0")
        return changes_pb2.ExportCustomerResponse(json=self.tools.exporting.export(request.customer_id))
