"""The call by which others follow journey."""

import grpc

from tidegate.api.journey.v1 import changes_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.journey import codec
from tidegate.journey.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument
from tidegate.runtime.feed import StoredEntry

_PAGE = 1000
_MOST = 10_000
_LONGEST_WAIT = 20.0


class FeedCalls:
    """ListChanges."""

    tools: Tools

    def ListChanges(
        self, request: api.ListChangesRequest, _context: grpc.ServicerContext
    ) -> api.ListChangesResponse:
        """A part of the feed; waits when there is nothing and the caller asks for it."""
        if request.after_position < 0 or request.page_size < 0:
            raise InvalidArgument.at("after_position", "positions and sizes are not negative")
        page = self.tools.feed.wait(
            request.after_position,
            limit=min(request.page_size or _PAGE, _MOST),
            timeout=min(request.wait.ToTimedelta().total_seconds(), _LONGEST_WAIT),
        )
        return api.ListChangesResponse(
            changes=[_change(entry) for entry in page.entries],
            next_position=page.next_position,
            head_position=page.head,
        )


def _change(entry: StoredEntry) -> changes_pb2.Change:
    change = changes_pb2.Change.FromString(entry.body)
    change.position = entry.position
    change.customer_id = entry.customer_id
    change.time.CopyFrom(codec.timestamp(entry.time))
    return change
