"""The report service's calls."""

import grpc

from tidegate.api.segmentation.v1 import reports_pb2
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceServicer
from tidegate.segmentation.servicer.tools import Tools, position, required
from tidegate.segmentation.wire.reports import read_funnel, read_uplift, write_funnel, write_uplift


class ReportServicer(ReportServiceServicer):
    """ReportService. Methods that are not here answer UNIMPLEMENTED."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def GetUplift(
        self, request: reports_pb2.GetUpliftRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetUpliftResponse:
        """Returns what arms brought against the control."""
        required(request.experiment_id, "experiment_id")
        position(request.min_identity_position)
        query = read_uplift(request)
        return write_uplift(self.tools.reports.uplift(query), query.level)

    def GetFunnel(
        self, request: reports_pb2.GetFunnelRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetFunnelResponse:
        """Returns how many go how far."""
        return write_funnel(self.tools.reports.funnel(read_funnel(request)))
