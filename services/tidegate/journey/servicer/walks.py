"""Calls about walks: coming in, going out, and reading."""

from datetime import timedelta

import grpc

from tidegate.api.common.v1 import common_pb2
from tidegate.api.journey.v1 import enrollments_pb2, entry_pb2, stats_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.journey import codec, resources
from tidegate.journey.enrolling import Request
from tidegate.journey.entering import Decision
from tidegate.journey.reading import NodeCounts, Stats, Stuck
from tidegate.journey.servicer.listing import listing, place_key
from tidegate.journey.servicer.tools import (
    Tools,
    check_batch,
    check_length,
    page,
    page_key,
    page_size,
    required,
)
from tidegate.journey.walk import WalkState
from tidegate.runtime.edge import current_caller
from tidegate.runtime.errors import InvalidArgument, Violations, item_error

_OVERDUE = timedelta(minutes=10)


class WalkCalls:
    """Everything from EnrollCustomers to ListStuck."""

    tools: Tools

    def EnrollCustomers(
        self, request: api.EnrollCustomersRequest, _context: grpc.ServicerContext
    ) -> api.EnrollCustomersResponse:
        """Brings customers in."""
        violations = Violations()
        check_batch(violations, "items", len(request.items))
        violations.raise_if_any()
        parsed = [_request(item, f"items[{index}]") for index, item in enumerate(request.items)]
        wanted = [each for each in parsed if isinstance(each, Request)]
        decided = iter(self.tools.enrolling.enroll(request.journey_id, wanted, caller=current_caller().name))
        results = [next(decided) if isinstance(each, Request) else each for each in parsed]
        return api.EnrollCustomersResponse(results=[_enrolled(result) for result in results])

    def ExitCustomers(
        self, request: api.ExitCustomersRequest, _context: grpc.ServicerContext
    ) -> api.ExitCustomersResponse:
        """Ends walks."""
        violations = Violations()
        check_batch(violations, "customer_ids", len(request.customer_ids))
        check_length(violations, "reason", request.reason, most=256)
        violations.raise_if_any()
        if request.journey_id:
            self.tools.drafts.get(request.journey_id)
        ended = self.tools.exits.exit(
            request.customer_ids,
            journey_id=request.journey_id,
            entry_key=request.entry_key if request.HasField("entry_key") else None,
            reason=required("reason", request.reason),
        )
        return api.ExitCustomersResponse(
            results=[
                api.ExitResult(outcome=enrollments_pb2.ExitOutcome(customer_id=customer, exited=count))
                for customer, count in ended
            ]
        )

    def ListEnrollments(
        self, request: api.ListEnrollmentsRequest, _context: grpc.ServicerContext
    ) -> api.ListEnrollmentsResponse:
        """Walks, the newest first."""
        size, wanted = page_size(request.page_size), listing(request)
        found = self.tools.reading.enrollments(wanted, limit=size + 1)
        walks, token = page(
            found, size, lambda walk: place_key(wanted.order, walk.enrollment_id, walk.entered, walk.ended)
        )
        return api.ListEnrollmentsResponse(
            enrollments=[resources.enrollment(walk) for walk in walks], next_page_token=token
        )

    def GetEnrollment(
        self, request: api.GetEnrollmentRequest, _context: grpc.ServicerContext
    ) -> api.GetEnrollmentResponse:
        """One walk, step by step."""
        walk, steps = self.tools.reading.enrollment(required("enrollment_id", request.enrollment_id))
        answer = api.GetEnrollmentResponse(
            enrollment=resources.enrollment(walk), steps=[resources.step(step) for step in steps]
        )
        if walk.state is WalkState.OPEN:
            answer.steps.append(resources.present_step(walk))
        return answer

    def GetJourneyStats(
        self, request: api.GetJourneyStatsRequest, _context: grpc.ServicerContext
    ) -> api.GetJourneyStatsResponse:
        """A journey's counts."""
        stats = self.tools.reading.stats(required("journey_id", request.journey_id), request.version)
        return api.GetJourneyStatsResponse(stats=_stats(stats))

    def ListStuck(self, request: api.ListStuckRequest, _context: grpc.ServicerContext) -> api.ListStuckResponse:
        """Walks that stand still."""
        size = page_size(request.page_size)
        overdue = request.overdue_after.ToTimedelta() if request.HasField("overdue_after") else _OVERDUE
        found = self.tools.reading.stuck(
            journey_id=request.journey_id,
            overdue_after=overdue,
            after=page_key(request.page_token),
            limit=size + 1,
        )
        stuck, token = page(found, size, lambda each: each.enrollment.enrollment_id)
        return api.ListStuckResponse(stuck=[_stuck(each) for each in stuck], next_page_token=token)


def _request(item: entry_pb2.EnrollmentItem, path: str) -> Request | common_pb2.ItemError:
    violations = Violations()
    check_length(violations, f"{path}.entry_id", item.entry_id, most=200)
    if len(item.properties) > 100:
        violations.add(f"{path}.properties", f"holds {len(item.properties)}; at most 100 are allowed")
    kind = item.WhichOneof("customer")
    if kind is None or (kind == "customer_id" and item.customer_id <= 0):
        violations.add(f"{path}.customer_id", "name the customer by a positive id or by an identifier")
    if violations.found:
        return item_error(InvalidArgument(violations.found))
    identifier = item.identifier if kind == "identifier" else None
    return Request(item.customer_id, identifier, codec.properties(item.properties), item.entry_id)


def _enrolled(result: Decision | common_pb2.ItemError) -> api.EnrollmentResult:
    if not isinstance(result, Decision):
        return api.EnrollmentResult(error=result)
    return api.EnrollmentResult(
        outcome=enrollments_pb2.EnrollmentOutcome(
            decision=f"ENTRY_DECISION_{result.word.upper()}",
            enrollment_id=result.enrollment_id,
            customer_id=result.customer_id,
        )
    )


def _stats(stats: Stats) -> stats_pb2.JourneyStats:
    return stats_pb2.JourneyStats(
        entered=stats.entered,
        open=sum(node.standing for node in stats.nodes.values()),
        finished=stats.ended.get("finished", 0),
        exited=stats.ended.get("exited", 0),
        merged=stats.ended.get("merged", 0),
        goals=[stats_pb2.GoalStats(name=name, reached=count) for name, count in stats.goals.items()],
        nodes=[_node_stats(node_id, node) for node_id, node in stats.nodes.items()],
    )


def _node_stats(node_id: str, node: NodeCounts) -> stats_pb2.NodeStats:
    return stats_pb2.NodeStats(
        node_id=node_id,
        entered=node.standing + sum(node.edges.values()),
        standing=node.standing,
        edges=[
            stats_pb2.EdgeStats(label=label, reason=reason, count=count)
            for (label, reason), count in node.edges.items()
        ],
    )


def _stuck(stuck: Stuck) -> stats_pb2.StuckEnrollment:
    return stats_pb2.StuckEnrollment(
        enrollment=resources.enrollment(stuck.enrollment),
        reason=f"STUCK_REASON_{stuck.reason.upper()}",
        since_time=codec.timestamp(stuck.since),
    )
