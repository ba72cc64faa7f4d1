"""The report service's calls."""

import grpc

from tidegate.api.segmentation.v1 import reports_pb2
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceServicer
from tidegate.segmentation.servicer.tools import Tools, position, required
from tidegate.segmentation.wire.descriptions import (
    read_attribution,
    read_cohorts,
    read_coverage,
    read_durations,
    read_referrals,
    read_series,
    write_attribution,
    write_cohorts,
    write_coverage,
    write_durations,
    write_referrals,
    write_series,
)
from tidegate.segmentation.wire.reports import read_funnel, read_uplift, write_funnel, write_uplift


class ReportServicer(ReportServiceServicer):
    """ReportService."""

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

    def GetCohortComparison(
        self, request: reports_pb2.GetCohortComparisonRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetCohortComparisonResponse:
        """Returns cohorts side by side."""
        return write_cohorts(self.tools.descriptions.cohorts(read_cohorts(request)))

    def GetIntervalDistribution(
        self, request: reports_pb2.GetIntervalDistributionRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetIntervalDistributionResponse:
        """Returns how long it takes from one event to another."""
        query = read_durations(request)
        return write_durations(self.tools.descriptions.durations(query), query.bar_width)

    def GetTimeSeries(
        self, request: reports_pb2.GetTimeSeriesRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetTimeSeriesResponse:
        """Returns aggregates of events over time."""
        return write_series(self.tools.descriptions.series(read_series(request)))

    def GetAttribution(
        self, request: reports_pb2.GetAttributionRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetAttributionResponse:
        """Returns which touches brought what."""
        return write_attribution(self.tools.descriptions.attribution(read_attribution(request)))

    def GetTierCoverage(
        self, request: reports_pb2.GetTierCoverageRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetTierCoverageResponse:
        """Returns which share of each tier was touched."""
        required(request.model_id, "model_id")
        return write_coverage(self.tools.descriptions.coverage(read_coverage(request)))

    def GetReferralTree(
        self, request: reports_pb2.GetReferralTreeRequest, _context: grpc.ServicerContext
    ) -> reports_pb2.GetReferralTreeResponse:
        """Returns who brought whom."""
        query = read_referrals(request)
        return write_referrals(self.tools.descriptions.referrals(query), query.limit)
