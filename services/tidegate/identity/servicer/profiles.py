"""Calls that change what is known of customers: tags, consents, links."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import grpc

from tidegate.api.identity.v1 import consents_pb2, merges_pb2, tags_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerChangeResult, CustomerReference
from tidegate.identity import paging
from tidegate.identity.announce import put_consents
from tidegate.identity.model import Consent, Fact, Key, Profile
from tidegate.identity.record import Result
from tidegate.identity.servicer.customers import upsert_result
from tidegate.identity.servicer.parse import Parser, batch, source
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument, TidegateError, Violations, item_error

T = TypeVar("T")
Marked = tags_pb2.TagCustomersRequest | tags_pb2.UntagCustomersRequest
Read = Callable[[Parser, T, str, Violations], Fact]


class ProfileCalls:
    """TagCustomers, UntagCustomers, ListTags, SetConsents, ListConsents, LinkIdentifiers."""

    tools: Tools

    def TagCustomers(
        self, request: tags_pb2.TagCustomersRequest, _context: grpc.ServicerContext
    ) -> tags_pb2.TagCustomersResponse:
        """Adds tags."""
        return tags_pb2.TagCustomersResponse(results=self._mark(request, adding=True))

    def UntagCustomers(
        self, request: tags_pb2.UntagCustomersRequest, _context: grpc.ServicerContext
    ) -> tags_pb2.UntagCustomersResponse:
        """Removes tags."""
        return tags_pb2.UntagCustomersResponse(results=self._mark(request, adding=False))

    def ListTags(self, request: tags_pb2.ListTagsRequest, _context: grpc.ServicerContext) -> tags_pb2.ListTagsResponse:
        """A page of tags in use."""
        limit = paging.size(request.page_size)
        after = paging.place(request.page_token, str) or ("",)
        found = self.tools.reader.tags(group=request.group_id, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return tags_pb2.ListTagsResponse(
            tags=[tags_pb2.TagUsage(tag=tag, customer_count=count) for tag, count in page],
            next_page_token=paging.token(page[-1][0]) if more else "",
        )

    def SetConsents(
        self, request: consents_pb2.SetConsentsRequest, _context: grpc.ServicerContext
    ) -> consents_pb2.SetConsentsResponse:
        """Records decisions."""
        results = self._record(batch(request.customers, "customers"), "customers", _consent_fact)
        return consents_pb2.SetConsentsResponse(results=[_change_result(result) for result in results])

    def ListConsents(
        self, request: consents_pb2.ListConsentsRequest, _context: grpc.ServicerContext
    ) -> consents_pb2.ListConsentsResponse:
        """A page of one customer's decisions, those in force or all."""
        limit = paging.size(request.page_size)
        customer_id = self._customer(request.customer)
        before = paging.place(request.page_token, int, str, str, str, str, str)
        if request.include_history:
            found = self.tools.reader.decisions(customer_id, before=before, limit=limit + 1)
        else:
            found = self._in_force(customer_id, before)[: limit + 1]
        page, more = found[:limit], len(found) > limit
        answer = consents_pb2.ListConsentsResponse(
            next_page_token=paging.token(*_place(page[-1])) if more else "",
        )
        put_consents(answer.consents, page, proof=True)
        return answer

    def LinkIdentifiers(
        self, request: merges_pb2.LinkIdentifiersRequest, _context: grpc.ServicerContext
    ) -> merges_pb2.LinkIdentifiersResponse:
        """Links identifiers to customers."""
        results = self._record(batch(request.links, "links"), "links", _link_fact)
        return merges_pb2.LinkIdentifiersResponse(results=[upsert_result(result) for result in results])

    def _mark(self, request: Marked, *, adding: bool) -> list[CustomerChangeResult]:
        faults = Violations()
        by = source(request.source, "source", faults)
        time = self._parser().time(request.time, "time", faults, given=request.HasField("time"))
        faults.raise_if_any()

        def read(parser: Parser, item: tags_pb2.CustomerTags, path: str, faults: Violations) -> Fact:
            tags = parser.tags(item.tags, f"{path}.tags", faults)
            if not item.tags:
                faults.add(f"{path}.tags", "name at least one tag")
            end = item.expire_time if item.HasField("expire_time") else None
            if end is not None and not adding:
                faults.add(f"{path}.expire_time", "is for TagCustomers")
            ends = parser.ends(tags, end, f"{path}.expire_time", faults, since=time) if adding else {}
            profile = Profile(add_tags=tags, expires=ends) if adding else Profile(remove_tags=tags)
            return _about(parser, item.customer, path, faults, source=by, time=time, profile=profile)

        items = batch(request.customers, "customers")
        return [_change_result(result) for result in self._record(items, "customers", read)]

    def _record(self, items: Sequence[T], path: str, read: Read[T]) -> list[Result]:
        """Records what ``read`` makes of every item; those at fault keep their places with their errors."""
        parser = self._parser()
        parsed: list[Fact | InvalidArgument] = []
        for place, item in enumerate(items):
            faults = Violations()
            fact = read(parser, item, f"{path}[{place}]", faults)
            parsed.append(InvalidArgument(faults.found) if faults.found else fact)
        return [result for part in _in_turn(parsed) for result in self.tools.record(part)]

    def _customer(self, reference: CustomerReference) -> int:
        faults = Violations()
        found = self._parser().reference(reference, "customer", faults)
        faults.raise_if_any()
        assert found is not None
        return self.tools.reader.the_customer(found)

    def _in_force(self, customer_id: int, before: tuple[object, ...] | None) -> list[Consent]:
        consents = self.tools.reader.customers([customer_id])[customer_id].consents
        ordered = sorted(consents, key=_place, reverse=True)
        return ordered if before is None else [consent for consent in ordered if _place(consent) < before]

    def _parser(self) -> Parser:
        return Parser(self.tools.definitions(), now=self.tools.now())


def _in_turn(parsed: Sequence[Fact | InvalidArgument]) -> Iterator[list[Fact | InvalidArgument]]:
    """``parsed`` in parts: a fact that refers to a customer by what an earlier one brings is behind that one's part."""
    part: list[Fact | InvalidArgument] = []
    brought: set[str] = set()
    for each in parsed:
        if isinstance(each, Fact):
            if each.referred is not None and each.referred.lookup in brought:
                yield part
                part, brought = [], set()
            brought.update(key.lookup for key in each.keys)
        part.append(each)
    yield part


def _about(
    parser: Parser,
    reference: CustomerReference,
    path: str,
    faults: Violations,
    *,
    source: str,
    time: int,
    profile: Profile | None = None,
    keys: tuple[Key, ...] = (),
) -> Fact:
    """A fact about a customer that must be known."""
    found = parser.reference(reference, f"{path}.customer", faults)
    referred = found if isinstance(found, Key) else None
    customer_id = found if isinstance(found, int) else 0
    return Fact(keys, customer_id, source, time, None, profile, referred)


def _consent_fact(parser: Parser, item: consents_pb2.CustomerConsents, path: str, faults: Violations) -> Fact:
    if not item.consents:
        faults.add(f"{path}.consents", "record at least one decision")
    consents = parser.consents(item.consents, f"{path}.consents", faults)
    profile = Profile(consents=consents)
    return _about(parser, item.customer, path, faults, source="", time=parser.now, profile=profile)


def _link_fact(parser: Parser, item: merges_pb2.IdentifierLink, path: str, faults: Violations) -> Fact:
    by = source(item.source, f"{path}.source", faults)
    if not item.identifiers:
        faults.add(f"{path}.identifiers", "name at least one identifier")
    keys = parser.keys(item.identifiers, f"{path}.identifiers", faults)
    return _about(parser, item.customer, path, faults, source=by, time=parser.now, keys=keys)


def _place(consent: Consent) -> tuple[int, str, str, str, str, str]:
    return consent.time, *consent.subject, consent.source, consent.decision.value


def _change_result(result: Result) -> CustomerChangeResult:
    if isinstance(result, TidegateError):
        return CustomerChangeResult(error=item_error(result))
    return CustomerChangeResult(customer_id=result.customer_id, changed=result.changed)
