"""Calls on snapshots, and on several segments at once."""

import grpc

from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.segmentation.servicer.tools import Tools, required
from tidegate.segmentation.wire import pages
from tidegate.segmentation.wire.segments import write_overlap, write_snapshot


class SnapshotCalls:
    """Snapshots: taken and listed; segments compared."""

    tools: Tools

    def CreateSnapshot(
        self, request: segments_pb2.CreateSnapshotRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.CreateSnapshotResponse:
        """Freezes the members of a segment."""
        made = self.tools.snapshots.create(required(request.segment_id, "segment_id"), request.snapshot_id)
        return segments_pb2.CreateSnapshotResponse(snapshot=write_snapshot(made))

    def ListSnapshots(
        self, request: segments_pb2.ListSnapshotsRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.ListSnapshotsResponse:
        """Returns snapshots by pages."""
        size = pages.page_size(request.page_size)
        found = self.tools.snapshots.page(
            required(request.segment_id, "segment_id"),
            before=pages.after_number(request.page_token),
            limit=size,
        )
        return segments_pb2.ListSnapshotsResponse(
            snapshots=[write_snapshot(each) for each in found],
            next_page_token=pages.token(found[-1].serial) if len(found) == size else "",
        )

    def CompareSegments(
        self, request: segments_pb2.CompareSegmentsRequest, _context: grpc.ServicerContext
    ) -> segments_pb2.CompareSegmentsResponse:
        """Compares segments with each other."""
        sizes, overlaps = self.tools.snapshots.compare(request.segment_ids)
        return segments_pb2.CompareSegmentsResponse(
            sizes=[
                segments_pb2.SegmentSize(segment_id=segment_id, members=size)
                for segment_id, size in zip(request.segment_ids, sizes, strict=True)
            ],
            overlaps=[write_overlap(each) for each in overlaps],
        )
