"""Calls about relations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc

from tidegate.api.identity.v1 import relations_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerChangeResult, CustomerReference
from tidegate.identity import paging
from tidegate.identity.households import HOUSEHOLDS
from tidegate.identity.reading import Reference
from tidegate.identity.relating import MOST_ABOVE, Result, Wish
from tidegate.identity.relations import Relation, RelationKind
from tidegate.identity.servicer.households import LONGEST_HOUSEHOLD
from tidegate.identity.servicer.messages import timestamp
from tidegate.identity.servicer.parse import Parser, batch, source, text
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument, TidegateError, Violations, item_error

_KINDS: Mapping[int, RelationKind] = {
    relations_pb2.RELATION_KIND_INVITER: RelationKind.INVITER,
    relations_pb2.RELATION_KIND_HOUSEHOLD: RelationKind.HOUSEHOLD,
    relations_pb2.RELATION_KIND_ACCOUNT: RelationKind.ACCOUNT,
    relations_pb2.RELATION_KIND_OWNER_STAFF: RelationKind.OWNER_STAFF,
    relations_pb2.RELATION_KIND_OWNER_STORE: RelationKind.OWNER_STORE,
    relations_pb2.RELATION_KIND_CHAT_GROUP: RelationKind.CHAT_GROUP,
}
_WIRE = {kind: wire for wire, kind in _KINDS.items()}
_LONGEST_ENTITY = 128
_LONGEST_WORD = 64


class RelationCalls:
    """SetRelations, RemoveRelations, ListRelations, GetInviterChain."""

    tools: Tools

    def SetRelations(
        self, request: relations_pb2.SetRelationsRequest, _context: grpc.ServicerContext
    ) -> relations_pb2.SetRelationsResponse:
        """Sets relations."""
        results = self._each(request.relations, _wish_to_set, self.tools.relator.put)
        return relations_pb2.SetRelationsResponse(results=results)

    def RemoveRelations(
        self, request: relations_pb2.RemoveRelationsRequest, _context: grpc.ServicerContext
    ) -> relations_pb2.RemoveRelationsResponse:
        """Ends relations."""
        results = self._each(request.relations, _wish, self.tools.relator.end)
        return relations_pb2.RemoveRelationsResponse(results=results)

    def ListRelations(
        self, request: relations_pb2.ListRelationsRequest, _context: grpc.ServicerContext
    ) -> relations_pb2.ListRelationsResponse:
        """A page of relations, the newest first."""
        limit = paging.size(request.page_size)
        before: Any = paging.place(request.page_token, int, str)
        if request.kind and request.kind not in _KINDS:
            raise InvalidArgument.at("kind", "is none of the kinds of a relation")
        kind, target = _KINDS.get(request.kind), request.target_id
        if request.HasField("customer"):
            reference = self._reference(request.customer)
            found = self.tools.relator.of_customer(reference, kind=kind, target=target, before=before, limit=limit + 1)
        elif target:
            found = self.tools.relator.to_target(target, kind=kind, before=before, limit=limit + 1)
        else:
            raise InvalidArgument.at("customer", "name a customer, or a target by target_id, or both")
        page, more = found[:limit], len(found) > limit
        return relations_pb2.ListRelationsResponse(
            relations=map(relation_message, page), next_page_token=paging.token(*page[-1].age) if more else ""
        )

    def GetInviterChain(
        self, request: relations_pb2.GetInviterChainRequest, _context: grpc.ServicerContext
    ) -> relations_pb2.GetInviterChainResponse:
        """The inviters above a customer."""
        found = self.tools.relator.chain(self._reference(request.customer))
        return relations_pb2.GetInviterChainResponse(customer_ids=found[:MOST_ABOVE], truncated=len(found) > MOST_ABOVE)

    def _each(
        self,
        given: Sequence[relations_pb2.Relation],
        read: Callable[[Parser, relations_pb2.Relation, str, Violations], Wish | None],
        apply: Callable[[Sequence[Wish]], list[Result]],
    ) -> list[CustomerChangeResult]:
        """What ``apply`` makes of every item; those at fault keep their places with their errors."""
        parser = self._parser()
        parsed: list[Wish | InvalidArgument] = []
        for place, item in enumerate(batch(given, "relations")):
            faults = Violations()
            wish = read(parser, item, f"relations[{place}]", faults)
            parsed.append(InvalidArgument(faults.found) if wish is None else wish)
        applied = iter(apply([wish for wish in parsed if isinstance(wish, Wish)]))
        return [_result(next(applied) if isinstance(wish, Wish) else wish) for wish in parsed]

    def _reference(self, given: CustomerReference) -> Reference:
        faults = Violations()
        found = self._parser().reference(given, "customer", faults)
        faults.raise_if_any()
        assert found is not None
        return found

    def _parser(self) -> Parser:
        return Parser(self.tools.definitions(), now=self.tools.now())


def _wish_to_set(parser: Parser, item: relations_pb2.Relation, path: str, faults: Violations) -> Wish | None:
    source(item.source, f"{path}.source", faults)
    if item.HasField("end_time") and not item.HasField("start_time"):
        faults.add(f"{path}.start_time", "is required with end_time; to end a relation now call RemoveRelations")
    return _wish(parser, item, path, faults)


def _wish(parser: Parser, item: relations_pb2.Relation, path: str, faults: Violations) -> Wish | None:
    """A relation to set or to end; None when it is at fault."""
    kind = _KINDS.get(item.kind)
    if kind is None:
        faults.add(f"{path}.kind", "is required: what the relation means")
    customer = parser.reference(item.customer, f"{path}.customer", faults)
    inviter = _inviter(parser, item, path, faults)
    text(item.role, f"{path}.role", faults, longest=_LONGEST_WORD)
    text(item.source, f"{path}.source", faults, longest=_LONGEST_WORD)
    started = ended = None
    if item.HasField("start_time"):
        started = parser.time(item.start_time, f"{path}.start_time", faults, given=True)
    if item.HasField("end_time"):
        ended = parser.time(item.end_time, f"{path}.end_time", faults, given=True)
    if started is not None and ended is not None and ended <= started:
        faults.add(f"{path}.end_time", "must lie behind start_time")
    if faults.found or kind is None or customer is None:
        return None
    return Wish(
        customer=customer,
        kind=kind,
        target="" if inviter is not None else item.target_id,
        inviter=inviter,
        role=item.role,
        source=item.source,
        started=started,
        ended=ended,
    )


def _inviter(parser: Parser, item: relations_pb2.Relation, path: str, faults: Violations) -> Reference | None:
    """The inviter that is meant; None where the other side is no customer, or at fault."""
    kind = _KINDS.get(item.kind)
    if kind is RelationKind.INVITER:
        return parser.reference(item.related_customer, f"{path}.related_customer", faults)
    longest = LONGEST_HOUSEHOLD if kind in HOUSEHOLDS else _LONGEST_ENTITY
    if not item.target_id:
        faults.add(f"{path}.target_id", "is required: the id of the other side")
    text(item.target_id, f"{path}.target_id", faults, longest=longest)
    return None


def relation_message(found: Relation) -> relations_pb2.Relation:
    """The relation on the wire."""
    message = relations_pb2.Relation(
        customer=CustomerReference(customer_id=found.customer_id),
        kind=_WIRE[found.kind],  # type: ignore[arg-type]
        role=found.role,
        source=found.source,
        start_time=timestamp(found.started),
        end_time=None if found.ended is None else timestamp(found.ended),
    )
    if found.kind is RelationKind.INVITER:
        message.related_customer.customer_id = found.inviter_id
    else:
        message.target_id = found.target
    return message


def _result(result: Result) -> CustomerChangeResult:
    if isinstance(result, TidegateError):
        return CustomerChangeResult(error=item_error(result))
    return CustomerChangeResult(customer_id=result.customer_id, changed=result.changed)
