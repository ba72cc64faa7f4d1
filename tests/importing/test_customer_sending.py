"""Calls of UpsertCustomers: several at a time, and what a file says of one customer in its order."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import grpc
import pytest
from support.breaking_identity import served
from tidegate.api.common.v1.common_pb2 import Identifier, ItemError
from tidegate.api.identity.v1 import customers_pb2, identity_service_pb2_grpc
from tidegate.importing import ImportFailed
from tidegate.importing.batches import Batch
from tidegate.importing.customer_sending import CustomerSender
from tidegate.importing.sending import Settled, deliver

Upserts = Batch[customers_pb2.CustomerUpsert]


@dataclass
class Breaking(identity_service_pb2_grpc.IdentityServiceServicer):
    """Notes who was named in which order, refuses members that begin with 0, and fails as it is told.

    ``together``: how many calls must be there before one is answered. ``failures``: what ends the next calls,
    behind their taking.
    """

    together: int = 1
    failures: list[grpc.StatusCode] = field(default_factory=list)
    named: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._met = threading.Barrier(self.together)

    def alone(self) -> None:
        """From now on no call waits for others."""
        self._met = threading.Barrier(1)

    def UpsertCustomers(  # noqa: N802
        self, request: customers_pb2.UpsertCustomersRequest, context: grpc.ServicerContext
    ) -> customers_pb2.UpsertCustomersResponse:
        self._met.wait(timeout=10)
        with self._lock:
            self.named += [customer.identifiers[0].value for customer in request.customers]
            failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            context.abort(failure, "the call breaks")
        return customers_pb2.UpsertCustomersResponse(results=[_result(each) for each in request.customers])


def _result(customer: customers_pb2.CustomerUpsert) -> customers_pb2.UpsertResult:
    if customer.identifiers[0].value.startswith("0"):
        return customers_pb2.UpsertResult(error=ItemError(message="is no member"))
    return customers_pb2.UpsertResult(customer_id=1, created=True)


def batches(*members: str) -> list[Upserts]:
    """A batch for each text, of the members that it names."""
    return [
        Batch(sequence=number, items=[_upsert(member) for member in text.split()])
        for number, text in enumerate(members, start=1)
    ]


def _upsert(member: str) -> customers_pb2.CustomerUpsert:
    return customers_pb2.CustomerUpsert(identifiers=[Identifier(namespace="member_id", value=member)])


def sent(
    servicer: Breaking, given: Sequence[Upserts], *, seconds: float = 10
) -> list[Settled[customers_pb2.CustomerUpsert]]:
    with served(servicer) as stub:
        return list(deliver(CustomerSender(stub), given, patience=timedelta(seconds=seconds)))


def test_several_calls_are_under_way_and_are_answered_in_order() -> None:
    settled = sent(Breaking(together=4), batches("a", "b", "c", "d"))
    assert [each.batch.sequence for each in settled] == [1, 2, 3, 4]


def test_who_is_named_again_waits_for_the_turn_even_when_a_call_breaks() -> None:
    servicer = Breaking(failures=[grpc.StatusCode.UNAVAILABLE])
    sent(servicer, batches("a 1", "a 2", "2 3", "a 4"))
    assert servicer.named == ["a", "1", "a", "1", "a", "2", "2", "3", "a", "4"]


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED])
def test_calls_that_break_are_made_again(code: grpc.StatusCode) -> None:
    servicer = Breaking(together=4, failures=[code] * 3)
    with served(servicer) as stub:
        sender = CustomerSender(stub)
        given = batches("a", "b", "c", "d")
        for batch in given:
            sender.send(batch)
        failed = [batch for batch in given if _fails(sender, batch)]
        assert len(failed) == 3
        servicer.alone()
        sender.send_again(failed)
        assert [sender.answer(batch).accepted for batch in failed] == [1, 1, 1]
    assert sorted(servicer.named) == sorted(["a", "b", "c", "d", *(b.items[0].identifiers[0].value for b in failed)])


def _fails(sender: CustomerSender, batch: Upserts) -> bool:
    try:
        sender.answer(batch)
    except grpc.RpcError:
        return True
    return False


def test_calls_that_go_on_breaking_end_the_import() -> None:
    with pytest.raises(ImportFailed, match="run the same command again"):
        sent(Breaking(failures=[grpc.StatusCode.UNAVAILABLE] * 50), batches("a"), seconds=0.5)


def test_a_refusal_of_the_call_ends_the_import_at_once() -> None:
    servicer = Breaking(failures=[grpc.StatusCode.PERMISSION_DENIED])
    with pytest.raises(ImportFailed, match="refuses"):
        sent(servicer, batches("a"))
    assert servicer.named == ["a"]


def test_what_became_of_each_is_told() -> None:
    (settled,) = sent(Breaking(), batches("a 0 b"))
    assert (settled.answer.accepted, settled.answer.created) == (2, 2)
    assert [(each.index, each.error.message) for each in settled.answer.refused] == [(1, "is no member")]
