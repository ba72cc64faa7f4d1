"""Batches of customers through identity's UpsertCustomers.

ImportCustomers answers once, at the end of its stream: it says neither how far an import has come nor, behind the
first 1,000, which rows were refused. So batches are calls of their own, several at a time.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert, UpsertCustomersRequest, UpsertCustomersResponse
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.importing.batches import Batch, Refusal
from tidegate.importing.sending import Answer

_Names = frozenset[Hashable]
_TIMEOUT_SECONDS = 120.0  # a call waits in the service for those before it


class CustomerSender:
    """Keeps several calls under way. Customers are idempotent by their time, so a batch may be sent twice.

    Of what is so since the same time the last to arrive stands. So a batch that names somebody whom an earlier one
    without an answer names waits for its turn: what a file says of a customer arrives in the file's order.
    """

    def __init__(self, stub: IdentityServiceStub) -> None:
        self._stub = stub
        self._calls: dict[int, Any] = {}
        self._names: dict[int, _Names] = {}

    def send(self, batch: Batch[CustomerUpsert]) -> None:
        """Sends ``batch`` unless it has to wait."""
        names = frozenset(_names(batch.items))
        if all(names.isdisjoint(others) for others in self._names.values()):
            self._start(batch)
        self._names[batch.sequence] = names

    def answer(self, batch: Batch[CustomerUpsert]) -> Answer:
        """What became of ``batch``, which is sent now if it had to wait."""
        if batch.sequence not in self._calls:
            self._start(batch)
        response: UpsertCustomersResponse = self._calls[batch.sequence].result()
        del self._calls[batch.sequence], self._names[batch.sequence]
        return _answer(response)

    def send_again(self, batches: Iterable[Batch[CustomerUpsert]]) -> None:
        """Lets calls that have failed be made anew, each in its turn."""
        for batch in batches:
            call = self._calls.get(batch.sequence)
            if call is not None and call.done() and call.exception() is not None:
                del self._calls[batch.sequence]

    def close(self) -> None:
        """Gives up the calls that are under way."""
        for call in self._calls.values():
            call.cancel()

    def _start(self, batch: Batch[CustomerUpsert]) -> None:
        method: Any = self._stub.UpsertCustomers
        self._calls[batch.sequence] = method.future(
            UpsertCustomersRequest(customers=batch.items), timeout=_TIMEOUT_SECONDS
        )


def _names(customers: Iterable[CustomerUpsert]) -> Iterator[Hashable]:
    for customer in customers:
        if customer.customer_id:
            yield customer.customer_id
        yield from ((each.namespace, each.value) for each in customer.identifiers)


def _answer(response: UpsertCustomersResponse) -> Answer:
    taken = [result for result in response.results if not result.HasField("error")]
    return Answer(
        accepted=len(taken),
        created=sum(result.created for result in taken),
        conflicts=sum(bool(result.conflict_id) for result in taken),
        refused=[
            Refusal(place, result.error) for place, result in enumerate(response.results) if result.HasField("error")
        ],
    )
