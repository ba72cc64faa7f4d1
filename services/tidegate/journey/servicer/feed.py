"""The call by which others follow journey."""

import grpc

from tidegate.api.journey.v1 import changes_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.journey import codec
from tidegate.journey.servicer.tools import Tools
from tidegate.runtime.edge.feeds import requested_page
from tidegate.runtime.feed import StoredEntry


class FeedCalls:
    """ListChanges."""

    tools: Tools

    def ListChanges(self, request: api.ListChangesRequest, _context: grpc.ServicerContext) -> api.ListChangesResponse:
        """A part of the feed; waits when there is nothing and the caller asks for it."""
        page = requested_page(self.tools.feed, request)
        response = api.ListChangesResponse(next_position=page.next_position, head_position=page.head)
        for entry in page.entries:
            _fill(response.changes.add(), entry)
        return response


def _fill(change: changes_pb2.Change, entry: StoredEntry) -> None:
    change.MergeFromString(entry.body)
    change.position = entry.position
    change.customer_id = entry.customer_id
    codec.set_time(change.time, entry.time_micros)
