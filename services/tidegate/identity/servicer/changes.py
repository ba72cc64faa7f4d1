"""The change feed, read by cursor."""

import grpc

from tidegate.api.identity.v1 import changes_pb2
from tidegate.identity import announce
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.edge import remaining
from tidegate.runtime.errors import InvalidArgument

_DEFAULT_SIZE = 1000
_LARGEST_SIZE = 10_000
_LONGEST_WAIT = 20.0
_MARGIN = 0.5


class ChangeCalls:
    """ListChanges."""

    tools: Tools

    def ListChanges(
        self, request: changes_pb2.ListChangesRequest, _context: grpc.ServicerContext
    ) -> changes_pb2.ListChangesResponse:
        """Changes behind a position, waited for when there are none yet."""
        if request.after_position < 0:
            raise InvalidArgument.at("after_position", "must not be negative; 0 begins at the oldest change")
        if request.page_size < 0:
            raise InvalidArgument.at("page_size", "must not be negative; 0 means 1,000")
        page = self.tools.feed.wait(
            request.after_position,
            limit=min(request.page_size or _DEFAULT_SIZE, _LARGEST_SIZE),
            timeout=_wait(request),
        )
        return changes_pb2.ListChangesResponse(
            changes=[announce.change(entry) for entry in page.entries],
            next_position=page.next_position,
            head_position=page.head,
        )


def _wait(request: changes_pb2.ListChangesRequest) -> float:
    """Seconds to wait: as asked for, as long as is allowed, and so that the answer meets the deadline."""
    asked = request.wait.seconds + request.wait.nanos / 1e9 if request.HasField("wait") else 0.0
    left = remaining()
    return max(0.0, min(asked, _LONGEST_WAIT, _LONGEST_WAIT if left is None else left - _MARGIN))
