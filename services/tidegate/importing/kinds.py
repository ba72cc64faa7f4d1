"""What may be imported: events, and customers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic
from zoneinfo import ZoneInfo

from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert
from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.importing.batches import Item, Maker
from tidegate.importing.customer_mapping import CustomerMapping
from tidegate.importing.customer_sending import CustomerSender
from tidegate.importing.customers import CustomerMaker
from tidegate.importing.event_mapping import EventMapping
from tidegate.importing.event_sending import EventSender
from tidegate.importing.events import EventMaker
from tidegate.importing.mapping import M
from tidegate.importing.sending import Sender


@dataclass(frozen=True, slots=True)
class ImportKind(Generic[M, Item]):
    """One kind of rows: how they are mapped, made into items, and sent. ``accepted`` says what a taken row is."""

    mapping: type[M]
    maker: Callable[[M, ZoneInfo], Maker[Item]]
    sender: Callable[[IdentityServiceStub], Sender[Item]]
    accepted: str


EVENTS: ImportKind[EventMapping, Event] = ImportKind(EventMapping, EventMaker, EventSender, "events stored")
CUSTOMERS: ImportKind[CustomerMapping, CustomerUpsert] = ImportKind(
    CustomerMapping, CustomerMaker, CustomerSender, "customers taken"
)
