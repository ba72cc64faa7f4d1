"""CheckEligibility: the gate asked without taking anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.delivery.accept import Orders, facts_of_order
from tidegate.delivery.accounts import sending_lanes
from tidegate.delivery.allowances import reading as allowances
from tidegate.delivery.contacts import Contacts, Reached
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.gate import Gate
from tidegate.delivery.gatekeeper import Lane, read_customers
from tidegate.delivery.model import (
    Acceptance,
    CustomerFacts,
    Decision,
    Facts,
    GateCheck,
    MessageState,
    Order,
    RecipientKind,
    Verdict,
)
from tidegate.delivery.policing import Policing
from tidegate.delivery.store import gating
from tidegate.runtime.callers import Caller
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

_Way = tuple[str, str]
"""A channel and a brand: accounts may be for some brands only."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: orders by their place in the request, at an instant, over the lanes that they may go by."""

    orders: Mapping[int, Order]
    messages: Mapping[int, Facts]
    lanes: Mapping[_Way, Sequence[Lane]]
    reached: Reached
    now: int


class Eligibility:
    """Decides what would become of messages."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        orders: Orders,
        contacts: Contacts,
        policing: Policing,
        lines: Lines,
    ) -> None:
        self._database = database
        self._clock = clock
        self._orders = orders
        self._contacts = contacts
        self._policing = policing
        self._lines = lines

    def check(
        self,
        messages: Sequence[messages_pb2.OutgoingMessage],
        caller: Caller,
        *,
        at: int | None = None,
    ) -> list[Decision | common_pb2.ItemError]:
        """One decision each, on the first channel that does not pass the message on; each decided alone."""
        now = micros(self._clock.now())
        checked = self._orders.check(dict(enumerate(messages)), caller, now=now, keyed=False)
        question = self._question(checked.orders, caller, now if at is None else at)
        with self._database.read() as connection:
            decided = self._decide(connection, question)
        return [decided[index] if index in decided else checked.refusals[index] for index in range(len(messages))]

    def _question(self, orders: Mapping[int, Order], caller: Caller, now: int) -> _Question:
        ways = {(channel, order.brand) for order in orders.values() for channel in order.channels}
        lanes = {way: sending_lanes(self._lines, *way) for way in ways}
        customer_ids = {order.customer_id for order in orders.values() if order.customer_id}
        reached = self._contacts.of(customer_ids, {lane.namespace for several in lanes.values() for lane in several})
        messages = {index: _message(order, caller, reached, now) for index, order in orders.items()}
        return _Question(orders, messages, lanes, reached, now)

    def _decide(self, connection: sa.Connection, question: _Question) -> dict[int, Decision]:
        lanes = {lane.account_id: lane for several in question.lanes.values() for lane in several}
        made = {account_id: self._gate(connection, lane, question) for account_id, lane in lanes.items()}
        gates = {way: [made[lane.account_id] for lane in several] for way, several in question.lanes.items()}
        customers = _customers(connection, question, gates)
        nobody = CustomerFacts(0)
        return {
            index: _along_the_chain(question, index, gates=gates, customer=customers.get(message.customer_id, nobody))
            for index, message in question.messages.items()
        }

    def _gate(self, connection: sa.Connection, lane: Lane, question: _Question) -> Gate:
        customers = [one for one in question.messages.values() if one.recipient_kind is RecipientKind.CUSTOMER]
        account_id, platform = lane.account_id, lane.platform
        return self._policing.gate(
            connection,
            now=question.now,
            account_id=lane.account_id,
            namespace=lane.namespace,
            template_ids={order.template_id for order in question.orders.values()},
            allowances=allowances.seen(connection, account_id, platform, customers, question.reached, question.now),
            others=self._lines.others(lane),
            taking=False,
        )


def _customers(
    connection: sa.Connection, question: _Question, gates: Mapping[_Way, Sequence[Gate]]
) -> dict[int, CustomerFacts]:
    wanted = {one.customer_id for one in question.messages.values() if one.customer_id}
    gate = next((gate for several in gates.values() for gate in several), None)
    if not wanted or gate is None:
        return {}
    customers = {one: CustomerFacts(one) for one in wanted} | gating.read_customers(connection, wanted)
    read_customers(
        connection, customers, question.reached, gate.policies, now=question.now, repeat_window=gate.repeat_window
    )
    return customers


def _message(order: Order, caller: Caller, reached: Reached, now: int) -> Facts:
    customer_id = reached.canonical(order.customer_id)
    answer = Acceptance("", customer_id, MessageState.ACCEPTED, replayed=False)
    return facts_of_order(order, answer, caller=caller.name, now=now)


def _along_the_chain(
    question: _Question, index: int, *, gates: Mapping[_Way, Sequence[Gate]], customer: CustomerFacts
) -> Decision:
    """What the gate says on the first channel on which it says anything but to try the next one.

    Where an account leaves the message to others, it is what the first of them says.
    """
    message, preferred = question.messages[index], question.orders[index].identifier
    points = question.reached.points.get(message.customer_id)
    for place, channel in enumerate(message.channels):
        several = gates[(channel, message.brand)]
        if not several:
            return _awaiting_account(channel, question.now)
        tried = message._replace(channel=channel, channel_index=place) if place else message
        decisions = (gate.decide(tried, customer, points, preferred) for gate in several)
        decision = _first(decisions)
        if decision.verdict is not Verdict.NEXT_CHANNEL:
            break
    return decision


def _first(decisions: Iterator[Decision]) -> Decision:
    """The first that does not leave the message to another account; one at least is given."""
    for decision in decisions:
        if not decision.left_to:
            break
    return decision


def _awaiting_account(channel: str, now: int) -> Decision:
    """Such a message waits before the gate, for an account to be resumed or made."""
    facts = {"account": "no account sends on this channel for this brand now"}
    return Decision(Verdict.DEFERRED, now, channel, GateCheck.ADDRESS, facts=facts)
