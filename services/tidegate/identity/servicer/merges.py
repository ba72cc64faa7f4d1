"""Calls about merges and conflicts."""

import grpc

from tidegate.api.identity.v1 import merges_pb2
from tidegate.identity import paging
from tidegate.identity.servicer import messages
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument

_STATES = {wire: state for state, wire in messages.STATES.items()}


class MergeCalls:
    """ListConflicts, ListMerges."""

    tools: Tools

    def ListConflicts(
        self, request: merges_pb2.ListConflictsRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.ListConflictsResponse:
        """A page of conflicts, the oldest first."""
        if request.state and request.state not in _STATES:
            raise InvalidArgument.at("state", "is none of the states of a conflict")
        limit = paging.size(request.page_size)
        after = paging.place(request.page_token, str) or ("",)
        found = self.tools.reader.conflicts(
            state=_STATES.get(request.state),
            customer_id=request.customer_id,
            after=after[0],
            limit=limit + 1,
        )
        page, more = found[:limit], len(found) > limit
        return merges_pb2.ListConflictsResponse(
            conflicts=[messages.conflict(conflict) for conflict in page],
            next_page_token=paging.token(page[-1].conflict_id) if more else "",
        )

    def ListMerges(
        self, request: merges_pb2.ListMergesRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.ListMergesResponse:
        """A page of merges, the oldest first."""
        limit = paging.size(request.page_size)
        after = paging.place(request.page_token, str) or ("",)
        found = self.tools.reader.merges(customer_id=request.customer_id, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return merges_pb2.ListMergesResponse(
            merges=[messages.merge(merge) for merge in page],
            next_page_token=paging.token(page[-1].merge_id) if more else "",
        )
