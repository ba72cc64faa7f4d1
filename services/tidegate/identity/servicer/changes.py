"""The change feed, read by cursor."""

import grpc

from tidegate.api.identity.v1 import changes_pb2
from tidegate.identity import announce
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.edge.feeds import requested_page


class ChangeCalls:
    """ListChanges."""

    tools: Tools

    def ListChanges(
        self, request: changes_pb2.ListChangesRequest, _context: grpc.ServicerContext
    ) -> changes_pb2.ListChangesResponse:
        """Changes behind a position, waited for when there are none yet."""
        page = requested_page(self.tools.feed, request)
        answer = changes_pb2.ListChangesResponse(next_position=page.next_position, head_position=page.head)
        announce.put_changes(answer.changes, page.entries)
        return answer
