"""Requests about relations and source codes, written short."""

from typing import Any

from tidegate.api.identity.v1 import changes_pb2, relations_pb2, sources_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.identity.v1.references_pb2 import CustomerChangeResult

from support.feeds import changes
from support.people import at, who

KINDS = {
    "inviter": relations_pb2.RELATION_KIND_INVITER,
    "household": relations_pb2.RELATION_KIND_HOUSEHOLD,
    "account": relations_pb2.RELATION_KIND_ACCOUNT,
    "owner_staff": relations_pb2.RELATION_KIND_OWNER_STAFF,
    "owner_store": relations_pb2.RELATION_KIND_OWNER_STORE,
    "chat_group": relations_pb2.RELATION_KIND_CHAT_GROUP,
}


def relation(
    customer: int | str,
    kind: str,
    target: int | str,
    *,
    start: float | None = None,
    end: float | None = None,
    role: str = "",
    source: str = "crm",
) -> relations_pb2.Relation:
    """A relation; ``target`` is a customer for `inviter`; times in seconds after START."""
    told = relations_pb2.Relation(
        customer=who(customer),
        kind=KINDS[kind],
        role=role,
        source=source,
        start_time=None if start is None else at(start),
        end_time=None if end is None else at(end),
    )
    if kind == "inviter":
        told.related_customer.CopyFrom(who(target))
    else:
        told.target_id = str(target)
    return told


def relate(stub: IdentityServiceStub, *relations: relations_pb2.Relation) -> list[CustomerChangeResult]:
    """Sets relations as one batch."""
    return list(stub.SetRelations(relations_pb2.SetRelationsRequest(relations=relations)).results)


def unrelate(stub: IdentityServiceStub, *relations: relations_pb2.Relation) -> list[CustomerChangeResult]:
    """Ends relations as one batch."""
    return list(stub.RemoveRelations(relations_pb2.RemoveRelationsRequest(relations=relations)).results)


def listed(stub: IdentityServiceStub, customer: int | str | None = None, kind: str = "", target: str = "") -> list[str]:
    """Relations, the newest first, as `kind:target role start..end`, seconds after START; `..` alone: it lasts."""
    request = relations_pb2.ListRelationsRequest(
        customer=None if customer is None else who(customer),
        kind=KINDS[kind] if kind else relations_pb2.RELATION_KIND_UNSPECIFIED,
        target_id=target,
    )
    return [_short(each) for each in stub.ListRelations(request).relations]


def chain(stub: IdentityServiceStub, customer: int | str) -> list[int]:
    """The inviters above a customer."""
    request = relations_pb2.GetInviterChainRequest(customer=who(customer))
    return list(stub.GetInviterChain(request).customer_ids)


def code(name: str, *, inviter: int = 0, channel: str = "wecom", **fields: Any) -> sources_pb2.SourceCode:
    """A poster's code."""
    kind = fields.pop("kind", sources_pb2.SOURCE_CODE_KIND_POSTER)
    return sources_pb2.SourceCode(code=name, kind=kind, channel=channel, inviter_customer_id=inviter, **fields)


def create(stub: IdentityServiceStub, *codes: sources_pb2.SourceCode) -> list[sources_pb2.SourceCodeResult]:
    """Creates codes as one batch."""
    return list(stub.CreateSourceCodes(sources_pb2.CreateSourceCodesRequest(source_codes=codes)).results)


def brought(stub: IdentityServiceStub, *codes: str, **span: Any) -> list[tuple[int, int, int]]:
    """Visits, customers, and new customers of codes."""
    request = sources_pb2.GetSourceCodeStatisticsRequest(codes=codes, **span)
    return [(s.visits, s.customers, s.new_customers) for s in stub.GetSourceCodeStatistics(request).statistics]


class Follower:
    """Who reads the feed and knows from it which relations are in force."""

    def __init__(self, stub: IdentityServiceStub) -> None:
        self._stub = stub
        self.position = 0
        self.relations: dict[int, set[str]] = {}

    def follow(self) -> dict[int, set[str]]:
        """Relations by customer, those without any left out, once all changes so far are applied."""
        for change in changes(self._stub, changes_pb2.ListChangesRequest(after_position=self.position)):
            self.position = change.position
            self._apply(change)
        return {customer_id: set(names) for customer_id, names in self.relations.items() if names}

    def _apply(self, change: changes_pb2.Change) -> None:
        if change.HasField("relations_changed"):
            mine = self.relations.setdefault(change.customer_id, set())
            assert set(change.relations_changed.ended) <= mine
            mine.difference_update(change.relations_changed.ended)
            mine.update(change.relations_changed.set)
        elif change.HasField("customer_merged"):
            self.relations.pop(change.customer_merged.merged_id, None)
        elif change.HasField("customer_split"):
            for customer_id in (
                change.customer_split.remaining_id,
                *(each.customer_id for each in change.customer_split.separated),
            ):
                self.relations.pop(customer_id, None)


def _short(each: relations_pb2.Relation) -> str:
    names = {wire: name for name, wire in KINDS.items()}
    start = at(0).ToMicroseconds()
    target = str(each.related_customer.customer_id) if each.HasField("related_customer") else each.target_id
    begin = (each.start_time.ToMicroseconds() - start) // 1_000_000
    end = f"{(each.end_time.ToMicroseconds() - start) // 1_000_000}" if each.HasField("end_time") else ""
    return " ".join(filter(None, (f"{names[each.kind]}:{target}", each.role, f"{begin}..{end}")))
