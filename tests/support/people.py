"""Requests to identity, written short."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from tidegate.api.common.v1.common_pb2 import Identifier, StringList, Value
from tidegate.api.identity.v1 import customers_pb2, events_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference

START = datetime(2026, 10, 1, tzinfo=UTC)


def at(seconds: float) -> Timestamp:
    """The instant ``seconds`` after START."""
    stamp = Timestamp()
    stamp.FromDatetime(START + timedelta(seconds=seconds))
    return stamp


def value(plain: Any) -> Value:
    """A plain value on the wire; None is the value without a kind."""
    if plain is None:
        return Value()
    if isinstance(plain, datetime):
        stamp = Timestamp()
        stamp.FromDatetime(plain)
        return Value(timestamp_value=stamp)
    if isinstance(plain, list):
        return Value(list_value=StringList(values=plain))
    kinds = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value"}
    return Value(**{kinds[type(plain)]: plain})


def values(plain: Mapping[str, Any]) -> dict[str, Value]:
    """Plain values on the wire, by name."""
    return {name: value(one) for name, one in plain.items()}


def identifier(text: str) -> Identifier:
    """`phone 13800138000` → the identifier."""
    namespace, _, value = text.partition(" ")
    return Identifier(namespace=namespace, value=value)


def event(
    event_id: str,
    *identifiers: str,
    name: str = "order_paid",
    source: str = "shop",
    time: float = 0,
    properties: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> events_pb2.Event:
    """An event, ``time`` in seconds after START."""
    return events_pb2.Event(
        source=source,
        event_id=event_id,
        name=name,
        time=at(time),
        identifiers=[identifier(text) for text in identifiers],
        properties=values(properties or {}),
        attributes=values(attributes or {}),
    )


def upsert(
    *identifiers: str,
    customer_id: int = 0,
    time: float | None = None,
    source: str = "crm",
    attributes: Mapping[str, Any] | None = None,
    **fields: Any,
) -> customers_pb2.CustomerUpsert:
    """An upsert, ``time`` in seconds after START; None: now."""
    return customers_pb2.CustomerUpsert(
        identifiers=[identifier(text) for text in identifiers],
        customer_id=customer_id,
        source=source,
        time=None if time is None else at(time),
        attributes=values(attributes or {}),
        **fields,
    )


def who(reference: int | str) -> CustomerReference:
    """A customer by id, or by `namespace value`."""
    if isinstance(reference, int):
        return CustomerReference(customer_id=reference)
    return CustomerReference(identifier=identifier(reference))


def ingest(stub: Any, *events: events_pb2.Event) -> list[events_pb2.EventResult]:
    """Ingests ``events`` as one batch."""
    return list(stub.IngestEvents(events_pb2.IngestEventsRequest(events=events)).results)


def put(stub: Any, *upserts: customers_pb2.CustomerUpsert) -> list[customers_pb2.UpsertResult]:
    """Upserts customers as one batch."""
    return list(stub.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=upserts)).results)


def customer(stub: Any, reference: int | str) -> customers_pb2.Customer:
    """A customer with all that is known of it."""
    found: customers_pb2.Customer = stub.GetCustomer(customers_pb2.GetCustomerRequest(customer=who(reference))).customer
    return found


def resolved(stub: Any, *identifiers: str) -> list[int]:
    """Where identifiers lead, 0 for those that lead nowhere."""
    request = customers_pb2.ResolveIdentifiersRequest(identifiers=[identifier(text) for text in identifiers])
    return [result.customer_id for result in stub.ResolveIdentifiers(request).results]


def identifiers_of(found: customers_pb2.Customer) -> Sequence[str]:
    """A customer's identifiers as `namespace value`."""
    return [f"{link.identifier.namespace} {link.identifier.value}" for link in found.identifiers]
