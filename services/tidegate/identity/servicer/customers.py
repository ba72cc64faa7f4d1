"""Calls about customers: upserts, imports, reads, search, contact points."""

from collections.abc import Iterator, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

import grpc

from tidegate.api.common.v1.common_pb2 import ItemError
from tidegate.api.identity.v1 import customers_pb2
from tidegate.identity import paging
from tidegate.identity.model import ALWAYS, Customer, Fact, Key, Profile, Span
from tidegate.identity.normalise import UnusableIdentifier
from tidegate.identity.reading import Conditions, Reference, not_found
from tidegate.identity.record import Result
from tidegate.identity.servicer import messages
from tidegate.identity.servicer.parse import MOST_IDENTIFIERS, Parser, batch, source, span, text
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument, TidegateError, Violations, item_error

R = TypeVar("R", bound=Reference)

_MOST_REFUSALS = 1000
_MOST_NAMESPACES = 1_000
_SPANS = ("first_seen_time", "create_time")
_CONDITIONS = ("identifiers", "tags", "attributes", *_SPANS)
_LONGEST_LOCALE = 35


class CustomerCalls:
    """UpsertCustomers, ImportCustomers, ResolveIdentifiers, the reads, BatchGetContactPoints."""

    tools: Tools

    def UpsertCustomers(
        self, request: customers_pb2.UpsertCustomersRequest, _context: grpc.ServicerContext
    ) -> customers_pb2.UpsertCustomersResponse:
        """One batch in one transaction."""
        results = self._upsert(request.customers)
        return customers_pb2.UpsertCustomersResponse(results=[upsert_result(result) for result in results])

    def ImportCustomers(
        self, requests: Iterator[customers_pb2.ImportCustomersRequest], _context: grpc.ServicerContext
    ) -> customers_pb2.ImportCustomersResponse:
        """Part after part, each in a transaction of its own."""
        answer = customers_pb2.ImportCustomersResponse()
        for request in requests:
            for place, result in enumerate(self._import(request)):
                _count(answer, result, sequence=request.sequence, place=place)
        return answer

    def ResolveIdentifiers(
        self, request: customers_pb2.ResolveIdentifiersRequest, _context: grpc.ServicerContext
    ) -> customers_pb2.ResolveIdentifiersResponse:
        """Where identifiers lead."""
        make = self._parser().definitions.keys.key
        keys: list[Key | InvalidArgument] = []
        for place, identifier in enumerate(batch(request.identifiers, "identifiers")):
            try:
                keys.append(make(identifier.namespace, identifier.value))
            except UnusableIdentifier as error:
                keys.append(InvalidArgument.at(f"identifiers[{place}].{error.field}", str(error)))
        found = self.tools.reader.found({key.lookup for key in keys if isinstance(key, Key)})
        return customers_pb2.ResolveIdentifiersResponse(
            results=[
                customers_pb2.ResolveResult(customer_id=found[key.lookup])
                if isinstance(key, Key) and key.lookup in found
                else customers_pb2.ResolveResult(error=_why_not(key))
                for key in keys
            ]
        )

    def GetCustomer(
        self, request: customers_pb2.GetCustomerRequest, _context: grpc.ServicerContext
    ) -> customers_pb2.GetCustomerResponse:
        """One customer."""
        faults = Violations()
        reference = self._parser().reference(request.customer, "customer", faults)
        faults.raise_if_any()
        assert reference is not None
        found = self.tools.reader.customers([reference])
        if reference not in found:
            raise not_found(reference)
        return customers_pb2.GetCustomerResponse(customer=self._message(found[reference]))

    def BatchGetCustomers(
        self, request: customers_pb2.BatchGetCustomersRequest, _context: grpc.ServicerContext
    ) -> customers_pb2.BatchGetCustomersResponse:
        """Several customers."""
        parser = self._parser()
        asked: list[Reference | InvalidArgument] = []
        for place, reference in enumerate(batch(request.customers, "customers")):
            faults = Violations()
            asked.append(_or_refused(parser.reference(reference, f"customers[{place}]", faults), faults))
        found = self.tools.reader.customers({a for a in asked if not isinstance(a, InvalidArgument)})
        return customers_pb2.BatchGetCustomersResponse(
            results=[
                customers_pb2.CustomerResult(customer=self._message(found[reference]))
                if not isinstance(reference, InvalidArgument) and reference in found
                else customers_pb2.CustomerResult(error=_why_not(reference))
                for reference in asked
            ]
        )

    def SearchCustomers(
        self, request: customers_pb2.SearchCustomersRequest, _context: grpc.ServicerContext
    ) -> customers_pb2.SearchCustomersResponse:
        """A page of customers that match everything."""
        limit = paging.size(request.page_size)
        conditions = self._conditions(request)
        after = paging.place(request.page_token, int) or (0,)
        found = self.tools.reader.search(conditions, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return customers_pb2.SearchCustomersResponse(
            customers=[self._message(customer) for customer in page],
            next_page_token=paging.token(page[-1].customer_id) if more else "",
        )

    def BatchGetContactPoints(
        self, request: customers_pb2.BatchGetContactPointsRequest, _context: grpc.ServicerContext
    ) -> customers_pb2.BatchGetContactPointsResponse:
        """Where messages reach customers, and up to which position of the feed that is known."""
        asked = batch(request.customer_ids, "customer_ids")
        if len(request.namespaces) > _MOST_NAMESPACES:
            raise InvalidArgument.at("namespaces", f"may name {_MOST_NAMESPACES}; leave it out for all")
        found = self.tools.reader.reached(
            set(asked), namespaces=set(request.namespaces), with_consents=not request.omit_consents
        )
        answer = customers_pb2.BatchGetContactPointsResponse(
            position=max((customer.position for customer in found.values()), default=0)
        )
        for customer_id in asked:
            point = answer.points.add(customer_id=customer_id)
            if customer_id in found:
                messages.put_contact_points(point, found[customer_id])
            else:
                point.error.CopyFrom(item_error(not_found(customer_id)))
        return answer

    def _parser(self) -> Parser:
        return Parser(self.tools.definitions(), now=self.tools.now())

    def _message(self, customer: Customer) -> customers_pb2.Customer:
        return messages.customer(customer, self.tools.definitions().attributes)

    def _upsert(self, given: Sequence[customers_pb2.CustomerUpsert]) -> list[Result]:
        parser = self._parser()
        items = enumerate(batch(given, "customers"))
        return self.tools.record([_read(parser, item, place) for place, item in items])

    def _import(self, request: customers_pb2.ImportCustomersRequest) -> Sequence[Result]:
        """What became of each customer of a part; a part of the wrong size is refused as a whole, as its first."""
        try:
            return self._upsert(request.customers)
        except InvalidArgument as error:
            return [error] * max(len(request.customers), 1)

    def _conditions(self, request: customers_pb2.SearchCustomersRequest) -> Conditions:
        """What to search by. Raises InvalidArgument."""
        parser, faults = self._parser(), Violations()
        if not any(_is_given(request, field) for field in _CONDITIONS):
            faults.add("identifiers", f"search by at least one of {', '.join(_CONDITIONS)}")
        for field in ("tags", "attributes"):
            if len(getattr(request, field)) > MOST_IDENTIFIERS:
                faults.add(field, f"the limit is {MOST_IDENTIFIERS}")
        found = Conditions(
            keys=parser.keys(request.identifiers, "identifiers", faults),
            tags=request.tags,
            attributes=list(parser.wanted(request.attributes, "attributes", faults).items()),
            first_seen=_bounded(request, "first_seen_time", faults),
            created=_bounded(request, "create_time", faults),
        )
        faults.raise_if_any()
        return found


def upsert_result(result: Result) -> customers_pb2.UpsertResult:
    """What became of one upsert."""
    if isinstance(result, TidegateError):
        return customers_pb2.UpsertResult(error=item_error(result))
    return customers_pb2.UpsertResult(
        customer_id=result.customer_id, created=result.created, conflict_id=result.conflict_id
    )


def _is_given(request: customers_pb2.SearchCustomersRequest, field: str) -> bool:
    return request.HasField(field) if field in _SPANS else bool(getattr(request, field))


def _bounded(request: customers_pb2.SearchCustomersRequest, field: str, faults: Violations) -> Span:
    """The span at ``field``: all instants where there is none, and no span without a bound."""
    if not _is_given(request, field):
        return ALWAYS
    found = span(getattr(request, field), field, faults)
    if found == ALWAYS:
        faults.add(field, "has neither a start nor an end; give at least one of them")
    return found


def _read(parser: Parser, item: customers_pb2.CustomerUpsert, place: int) -> Fact | InvalidArgument:
    """The fact that ``item``, at ``place`` in its batch, reports, or why it is refused."""
    faults = Violations()
    fact = _fact(parser, item, faults)
    return InvalidArgument(faults.within(f"customers[{place}]")) if faults.found else fact


def _fact(parser: Parser, item: customers_pb2.CustomerUpsert, faults: Violations) -> Fact:
    keys = parser.keys(item.identifiers, "identifiers", faults)
    if not item.identifiers and not item.customer_id:
        faults.add("identifiers", "name the customer by identifiers or by customer_id")
    if item.customer_id < 0:
        faults.add("customer_id", "must not be negative")
    time = parser.time(item.time, "time", faults, given=item.HasField("time"))
    fact = Fact(
        keys,
        item.customer_id,
        source(item.source, "source", faults),
        time,
        None,
        _profile(parser, item, faults, time=time),
        returning=item.returning,
    )
    added = parser.added(item.attributes)
    if added and not item.HasField("time"):
        faults.add("time", f"is required with `{added[0]}`: its values add up, and one must not count twice")
    return fact


def _profile(parser: Parser, item: customers_pb2.CustomerUpsert, faults: Violations, *, time: int) -> Profile | None:
    attributes = parser.attributes(item.attributes, "attributes", faults)
    if item.zone:
        attributes["zone"] = _zone(item.zone, "zone", faults)
        parser.allowed("zone", item.zone, "zone", faults)
    if item.locale:
        text(item.locale, "locale", faults, longest=_LONGEST_LOCALE)
        attributes["locale"] = item.locale
        parser.allowed("locale", item.locale, "locale", faults)
    add = parser.tags(item.add_tags, "add_tags", faults)
    remove = parser.tags(item.remove_tags, "remove_tags", faults)
    end = item.add_tags_expire_time if item.HasField("add_tags_expire_time") else None
    ends = parser.ends(add, end, "add_tags_expire_time", faults, since=time)
    consents = parser.consents(item.consents, "consents", faults)
    if not (attributes or add or remove or consents):
        return None
    return Profile(attributes=attributes, add_tags=add, remove_tags=remove, expires=ends, consents=consents)


def _zone(name: str, path: str, faults: Violations) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        faults.add(path, "is no IANA time zone, such as `Asia/Shanghai`")
    return name


def _count(answer: customers_pb2.ImportCustomersResponse, result: Result, *, sequence: int, place: int) -> None:
    if not isinstance(result, TidegateError):
        answer.created += result.created
        answer.updated += not result.created
        return
    answer.refused += 1
    if len(answer.refusals) < _MOST_REFUSALS:
        answer.refusals.add(sequence=sequence, index=place, error=item_error(result))


def _or_refused(found: R | None, faults: Violations) -> R | InvalidArgument:
    return InvalidArgument(faults.found) if found is None else found


def _why_not(reference: Reference | InvalidArgument) -> ItemError:
    return item_error(reference if isinstance(reference, InvalidArgument) else not_found(reference))
