"""The segmentation service's calls, put together; and its change feed."""

import grpc

from tidegate.api.segmentation.v1 import changes_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceServicer
from tidegate.runtime.edge.call import remaining
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation import announce
from tidegate.segmentation.servicer.experiment_servicer import ExperimentCalls
from tidegate.segmentation.servicer.score_servicer import ScoreCalls
from tidegate.segmentation.servicer.segment_servicer import RuleCalls, SegmentCalls
from tidegate.segmentation.servicer.tools import LONGEST_WAIT, Tools
from tidegate.segmentation.wire import pages
from tidegate.segmentation.wire.values import read_seconds

_CHANGES, _MOST_CHANGES = 1_000, 10_000
_MARGIN = 0.5


class SegmentationServicer(SegmentCalls, RuleCalls, ScoreCalls, ExperimentCalls, SegmentationServiceServicer):
    """SegmentationService. Methods that no part has answer UNIMPLEMENTED."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def ListChanges(
        self, request: changes_pb2.ListChangesRequest, _context: grpc.ServicerContext
    ) -> changes_pb2.ListChangesResponse:
        """Returns the change feed behind a position."""
        if request.after_position < 0:
            raise InvalidArgument.at("after_position", "must not be negative; 0 begins at the oldest change")
        left = remaining()
        most = LONGEST_WAIT if left is None else max(min(LONGEST_WAIT, left - _MARGIN), 0.0)
        page = self.tools.feed.wait(
            request.after_position,
            limit=pages.page_size(request.page_size, default=_CHANGES, most=_MOST_CHANGES),
            timeout=read_seconds(request.wait, most=most),
        )
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
