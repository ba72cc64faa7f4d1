"""Calls about merges and conflicts."""

from collections.abc import Sequence

import grpc

from tidegate.api.identity.v1 import customers_pb2, merges_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.identity import paging
from tidegate.identity.decision import Origin
from tidegate.identity.model import Customer
from tidegate.identity.reading import Reference
from tidegate.identity.servicer import messages
from tidegate.identity.servicer.parse import MOST_ITEMS, Parser, text
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.edge import current_caller
from tidegate.runtime.errors import InvalidArgument, Violations

_STATES = {wire: state for state, wire in messages.STATES.items()}
_DECISIONS = (merges_pb2.CONFLICT_STATE_MERGED, merges_pb2.CONFLICT_STATE_KEPT_APART)
_MOST_MERGED = 20
_LONGEST_REASON = 512


class MergeCalls:
    """MergeCustomers, PreviewMerge, SplitCustomer, UnlinkIdentifier; conflicts and the history of merges."""

    tools: Tools

    def MergeCustomers(
        self, request: merges_pb2.MergeCustomersRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.MergeCustomersResponse:
        """Merges customers by decision of a person."""
        faults = Violations()
        references = self._references(request.customers, faults)
        origin = _origin(request.reason, faults)
        faults.raise_if_any()
        merged = self.tools.merger.merge(references, origin, override=request.override_rules)
        return merges_pb2.MergeCustomersResponse(
            customer=self._customer_message(merged.customer), merges=map(messages.merge, merged.merges)
        )

    def PreviewMerge(
        self, request: merges_pb2.PreviewMergeRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.PreviewMergeResponse:
        """What a merge would give, and what stands against it."""
        faults = Violations()
        references = self._references(request.customers, faults)
        faults.raise_if_any()
        seen = self.tools.merger.preview(references)
        return merges_pb2.PreviewMergeResponse(
            customer=self._customer_message(seen.customer), obstacles=map(messages.obstacle, seen.obstacles)
        )

    def SplitCustomer(
        self, request: merges_pb2.SplitCustomerRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.SplitCustomerResponse:
        """Undoes merges by decision of a person."""
        faults = Violations()
        if request.customer_id <= 0:
            faults.add("customer_id", "is required")
        if not 1 <= len(request.original_customer_ids) <= MOST_ITEMS:
            faults.add("original_customer_ids", f"name 1 to {MOST_ITEMS} of the customer's alias_ids")
        origin = _origin(request.reason, faults)
        faults.raise_if_any()
        split = self.tools.splitter.split(request.customer_id, request.original_customer_ids, origin)
        return merges_pb2.SplitCustomerResponse(
            remaining=self._customer_message(split.remaining),
            separated=map(self._customer_message, split.separated),
            kept_edits=split.kept_edits,
        )

    def UnlinkIdentifier(
        self, request: merges_pb2.UnlinkIdentifierRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.UnlinkIdentifierResponse:
        """Takes an identifier off by decision of a person."""
        faults = Violations()
        key = self._parser().key(request.identifier, "identifier", faults)
        origin = _origin(request.reason, faults)
        faults.raise_if_any()
        assert key is not None
        customer = self.tools.unlinker.unlink(key, origin)
        return merges_pb2.UnlinkIdentifierResponse(customer=self._customer_message(customer))

    def ResolveConflict(
        self, request: merges_pb2.ResolveConflictRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.ResolveConflictResponse:
        """Decides an open conflict."""
        faults = Violations()
        if not request.conflict_id:
            faults.add("conflict_id", "is required")
        if request.decision not in _DECISIONS:
            faults.add("decision", "must be CONFLICT_STATE_MERGED or CONFLICT_STATE_KEPT_APART")
        text(request.note, "note", faults, longest=_LONGEST_REASON)
        faults.raise_if_any()
        origin = Origin(current_caller().name, reason=request.note)
        found = self.tools.judge.decide(request.conflict_id, _STATES[request.decision], origin)
        return merges_pb2.ResolveConflictResponse(conflict=messages.conflict(found))

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

    def _references(self, given: Sequence[CustomerReference], faults: Violations) -> list[Reference]:
        if not 2 <= len(given) <= _MOST_MERGED:
            faults.add("customers", f"has {len(given)} customers; name 2 to {_MOST_MERGED}")
            return []
        parser = self._parser()
        read = [parser.reference(each, f"customers[{place}]", faults) for place, each in enumerate(given)]
        return [each for each in read if each is not None]

    def _parser(self) -> Parser:
        return Parser(self.tools.definitions(), now=self.tools.now())

    def _customer_message(self, customer: Customer) -> customers_pb2.Customer:
        return messages.customer(customer, self.tools.definitions().attributes)


def _origin(reason: str, faults: Violations) -> Origin:
    """Who decides, and why, which must be said."""
    if not reason.strip():
        faults.add("reason", "is required: why this was decided, for whoever reads the history")
    text(reason, "reason", faults, longest=_LONGEST_REASON)
    return Origin(current_caller().name, reason=reason)
