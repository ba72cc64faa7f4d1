"""Calls on segments and rules."""

from collections.abc import Iterator

import grpc

from tidegate.api.common.v1 import common_pb2
from tidegate.api.segmentation.v1 import rules_pb2, segments_pb2
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.model.segment import SegmentState
from tidegate.segmentation.segments import FIELDS
from tidegate.segmentation.servicer.tools import (
    LONGEST_WAIT,
    Tools,
    amount,
    batch,
    masked,
    position,
    required,
)
from tidegate.segmentation.wire import pages
from tidegate.segmentation.wire.rules import read_rule
from tidegate.segmentation.wire.segments import (
    read_announcement,
    read_segment,
    write_membership,
    write_record,
    write_segment,
)
from tidegate.segmentation.wire.values import read_instant, read_seconds

_MAX_SEGMENTS = 100
_SAMPLE = 20


class SegmentCalls:
    """Segments: defined, kept, and read."""

    tools: Tools

    def CreateSegment(
        self, request: segments_pb2.CreateSegmentRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.CreateSegmentResponse:
        """Creates a segment."""
        if request.segment.WhichOneof("definition") is None:
            raise InvalidArgument.at("segment.rule", "is required, unless the segment is a list")
        read_rule(request.segment.rule, "segment.rule")
        segment = self.tools.segments.create(read_segment(request.segment), read_announcement(request.announcement))
        return segments_pb2.CreateSegmentResponse(segment=write_segment(segment))

    def UpdateSegment(
        self, request: segments_pb2.UpdateSegmentRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.UpdateSegmentResponse:
        """Changes a segment."""
        required(request.segment.segment_id, "segment.segment_id")
        read_rule(request.segment.rule, "segment.rule")
        segment = self.tools.segments.update(
            read_segment(request.segment),
            masked(request.update_mask.paths, FIELDS),
            read_announcement(request.announcement),
        )
        return segments_pb2.UpdateSegmentResponse(segment=write_segment(segment))

    def GetSegment(
        self, request: segments_pb2.GetSegmentRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.GetSegmentResponse:
        """Returns a segment."""
        segment = self.tools.segments.get(required(request.segment_id, "segment_id"))
        return segments_pb2.GetSegmentResponse(segment=write_segment(segment))

    def ListSegments(
        self, request: segments_pb2.ListSegmentsRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.ListSegmentsResponse:
        """Returns segments by pages."""
        size = pages.page_size(request.page_size)
        left_out = [] if request.include_archived else [SegmentState.ARCHIVED]
        after = pages.after_token(request.page_token)
        found = self.tools.segments.page(after=after, limit=size, archived=left_out)
        return segments_pb2.ListSegmentsResponse(
            segments=[write_segment(each) for each in found],
            next_page_token=pages.token(found[-1].segment_id) if len(found) == size else "",
        )

    def ArchiveSegment(
        self, request: segments_pb2.ArchiveSegmentRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.ArchiveSegmentResponse:
        """Archives a segment."""
        segment = self.tools.segments.archive(required(request.segment_id, "segment_id"), request.etag)
        return segments_pb2.ArchiveSegmentResponse(segment=write_segment(segment))

    def EditList(
        self, request: segments_pb2.EditListRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.EditListResponse:
        """Adds customers to a list and takes others off."""
        added, removed = self.tools.segments.edit_list(
            required(request.segment_id, "segment_id"),
            add=batch(request.add_customer_ids, "add_customer_ids", least=0),
            remove=batch(request.remove_customer_ids, "remove_customer_ids", least=0),
            announcement=read_announcement(request.announcement),
        )
        return segments_pb2.EditListResponse(added=added, removed=removed)

    def RefreshSegment(
        self, request: segments_pb2.RefreshSegmentRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.RefreshSegmentResponse:
        """Looks at all customers anew."""
        segment = self.tools.segments.refresh(
            required(request.segment_id, "segment_id"),
            read_announcement(request.announcement),
            wait=read_seconds(request.wait, most=LONGEST_WAIT),
            position=position(request.min_identity_position),
        )
        return segments_pb2.RefreshSegmentResponse(segment=write_segment(segment))

    def ListMembers(
        self, request: segments_pb2.ListMembersRequest, _context: grpc.ServicerContext
    ) -> Iterator[segments_pb2.ListMembersResponse]:
        """Streams all members."""
        segment_id, after = required(request.segment_id, "segment_id"), request.after_customer_id
        batches = (
            self.tools.snapshots.members(segment_id, request.snapshot_id, after=after)
            if request.snapshot_id
            else self.tools.segments.members(segment_id, after=after)
        )
        for members in batches:
            yield segments_pb2.ListMembersResponse(members=[write_membership(each) for each in members])

    def CheckMembership(
        self, request: segments_pb2.CheckMembershipRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.CheckMembershipResponse:
        """Says who is where."""
        customer_ids = batch(request.customer_ids, "customer_ids")
        amount(len(request.segment_ids), "segment_ids", most=_MAX_SEGMENTS)
        found, reached = self.tools.segments.check(
            customer_ids, request.segment_ids, position=position(request.min_identity_position)
        )
        results = [
            segments_pb2.CustomerMemberships(
                customer_id=customer_id,
                memberships=[
                    segments_pb2.SegmentMembership(segment_id=segment_id, membership=write_membership(membership))
                    for segment_id, membership in found[customer_id]
                ],
            )
            for customer_id in customer_ids
        ]
        return segments_pb2.CheckMembershipResponse(results=results, identity_position=reached)

    def ListMembershipChanges(
        self, request: segments_pb2.ListMembershipChangesRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.ListMembershipChangesResponse:
        """Returns who entered and left."""
        size = pages.page_size(request.page_size)
        found = self.tools.segments.history(
            request.segment_id,
            request.customer_id,
            after=pages.after_number(request.page_token),
            limit=size,
        )
        return segments_pb2.ListMembershipChangesResponse(
            changes=[write_record(each) for each in found],
            next_page_token=pages.token(found[-1].serial) if len(found) == size else "",
        )


class RuleCalls:
    """Rules asked without a segment."""

    tools: Tools

    def ValidateRule(
        self, request: rules_pb2.ValidateRuleRequest, _context: grpc.ServicerContext
    ) -> rules_pb2.ValidateRuleResponse:
        """Says what is wrong with a rule."""
        try:
            rule = read_rule(request.rule)
        except InvalidArgument as error:
            found = [_violation(each.field, each.description) for each in error.violations]
            return rules_pb2.ValidateRuleResponse(violations=found)
        violations, inputs = self.tools.questioning.validate(rule, request.segment_id)
        return rules_pb2.ValidateRuleResponse(
            violations=[_violation(each.field, each.description) for each in violations],
            inputs=rules_pb2.RuleInputs(
                event_names=sorted(inputs.event_names),
                attributes=sorted(inputs.attributes),
                segment_ids=sorted(inputs.segment_ids),
                time_dependent=inputs.time_dependent,
            ),
        )

    def DescribeRule(
        self, request: rules_pb2.DescribeRuleRequest, _context: grpc.ServicerContext
    ) -> rules_pb2.DescribeRuleResponse:
        """Reads a rule back in plain language."""
        sentence, clauses = self.tools.questioning.tell(read_rule(request.rule), request.language)
        return rules_pb2.DescribeRuleResponse(
            sentence=sentence, clauses=[rules_pb2.ClauseText(path=path, text=text) for path, text in clauses]
        )

    def PreviewSegment(
        self, request: segments_pb2.PreviewSegmentRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.PreviewSegmentResponse:
        """Evaluates a rule over all customers."""
        preview = self.tools.questioning.preview(
            read_rule(request.rule),
            sample_size=pages.page_size(request.sample_size, default=_SAMPLE),
            as_of=read_instant(request.as_of, "as_of") if request.HasField("as_of") else None,
        )
        return segments_pb2.PreviewSegmentResponse(
            count=preview.count,
            population=preview.population,
            sample_customer_ids=preview.sample,
            clauses=[segments_pb2.ClauseCount(path=path, count=count) for path, count in preview.clauses],
            identity_position=preview.position,
        )

    def EvaluateRule(
        self, request: rules_pb2.EvaluateRuleRequest, _context: grpc.ServicerContext
    ) -> rules_pb2.EvaluateRuleResponse:
        """Evaluates a rule for given customers."""
        customer_ids = batch(request.customer_ids, "customer_ids")
        answer = self.tools.questioning.evaluate(
            customer_ids, read_rule(request.rule), position=position(request.min_identity_position)
        )
        results = []
        for customer_id in customer_ids:
            canonical = answer.canonical.get(customer_id, 0)
            results.append(
                rules_pb2.RuleResult(
                    customer_id=customer_id,
                    canonical_customer_id=canonical,
                    matched=canonical in answer.matched,
                )
            )
        return rules_pb2.EvaluateRuleResponse(results=results, identity_position=answer.position)


def _violation(field: str, description: str) -> common_pb2.FieldViolation:
    return common_pb2.FieldViolation(field=field, description=description)
