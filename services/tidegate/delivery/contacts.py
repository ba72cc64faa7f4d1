"""Where messages can reach customers: asked of identity in batches, kept no longer than a batch lasts."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import customers_pb2, events_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.delivery.model import Address, ContactPoints
from tidegate.delivery.vault import Vault

T = TypeVar("T")

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Reached:
    """The answer for a batch of customers, by their canonical ids.

    ``position`` is the place in identity's feed that all of it reflects. ``unknown`` are ids that identity
    has never heard of.
    """

    points: Mapping[int, ContactPoints]
    unknown: frozenset[int]
    position: int
    aliases: Mapping[int, int] = field(default_factory=dict)

    def canonical(self, customer_id: int) -> int:
        """The customer that an id leads to now."""
        return self.aliases.get(customer_id, customer_id)

    def asked(self, customer_id: int) -> bool:
        """Whether identity was asked about this very customer."""
        return customer_id in self.points or customer_id in self.unknown

    def zone(self, customer_id: int) -> str:
        """The customer's zone; empty when it is not known."""
        points = self.points.get(customer_id)
        return points.zone if points else ""

    def locale(self, customer_id: int) -> str:
        """The customer's locale; empty when it is not known."""
        points = self.points.get(customer_id)
        return points.locale if points else ""

    def holders(self) -> dict[str, list[int]]:
        """The customers who hold each address, by the address's key."""
        found: dict[str, list[int]] = {}
        for customer_id, points in self.points.items():
            for address in points.addresses:
                found.setdefault(address.key, []).append(customer_id)
        return found


class Contacts:
    """Asks identity."""

    def __init__(self, identity: Callable[[], IdentityServiceStub], vault: Vault) -> None:
        self._identity = identity
        self._vault = vault

    def key(self, identifier: tuple[str, str] | None) -> str:
        """The key of an address (namespace, value); empty for none."""
        return self._vault.address_key(*identifier) if identifier else ""

    def of(self, customer_ids: Collection[int], namespaces: Collection[str] | None) -> Reached:
        """Where these customers have addresses in ``namespaces``; None is all. Raises grpc.RpcError when identity is
        away.
        """
        points: dict[int, ContactPoints] = {}
        unknown: set[int] = set()
        aliases: dict[int, int] = {}
        position = 0
        for some in _batches(list(customer_ids)):
            request = customers_pb2.BatchGetContactPointsRequest(
                customer_ids=some, namespaces=namespaces, omit_consents=True
            )
            answer = self._identity().BatchGetContactPoints(request)
            position = max(position, answer.position)
            for one in answer.points:
                if one.HasField("error"):
                    unknown.add(one.customer_id)
                else:
                    points[one.canonical_customer_id] = self._points(one, namespaces)
                    if one.canonical_customer_id != one.customer_id:
                        aliases[one.customer_id] = one.canonical_customer_id
        return Reached(points, frozenset(unknown), position, aliases)

    def resolve(self, identifiers: Sequence[common_pb2.Identifier]) -> list[int | common_pb2.ItemError]:
        """The customer that each identifier leads to, or why it leads nowhere."""
        found: list[int | common_pb2.ItemError] = []
        for some in _batches(identifiers):
            request = customers_pb2.ResolveIdentifiersRequest(identifiers=some)
            answer = self._identity().ResolveIdentifiers(request)
            found += [one.error if one.HasField("error") else one.customer_id for one in answer.results]
        return found

    def happened(self, events: Sequence[events_pb2.Event]) -> list[events_pb2.EventResult]:
        """Tells identity what happened, each once however often it is told. Raises grpc.RpcError when it is away."""
        results: list[events_pb2.EventResult] = []
        for some in _batches(events):
            results += self._identity().IngestEvents(events_pb2.IngestEventsRequest(events=some)).results
        return results

    def _points(self, answer: customers_pb2.ContactPoints, namespaces: Collection[str] | None) -> ContactPoints:
        key = self._vault.address_key
        addresses = [
            Address(one.namespace, one.value, key(one.namespace, one.value))
            for one in answer.addresses
            if namespaces is None or one.namespace in namespaces
        ]
        return ContactPoints(answer.canonical_customer_id, addresses, _known_zone(answer.zone), answer.locale)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))


@lru_cache(maxsize=1_000)
def _known_zone(name: str) -> str:
    """``name`` if the host knows such a zone; else empty, which stands for the company's."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return ""
    return name
