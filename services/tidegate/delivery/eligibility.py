"""CheckEligibility: the gate asked without taking anything."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.delivery.accept import Orders, facts_of_order
from tidegate.delivery.accounts import sending_lane
from tidegate.delivery.contacts import Contacts, Reached
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.gate import Gate
from tidegate.delivery.gatekeeper import Lane, add_suppressions
from tidegate.delivery.model import (
    Acceptance,
    CustomerFacts,
    Decision,
    DropReason,
    Facts,
    GateCheck,
    MessageState,
    Order,
    Verdict,
)
from tidegate.delivery.policing import Policing
from tidegate.delivery.store import gating
from tidegate.runtime.callers import Caller
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database


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
        reached = self._contacts.of({o.customer_id for o in checked.orders.values() if o.customer_id})
        with self._database.read() as connection:
            decided = self._decide(connection, checked.orders, reached, caller, now if at is None else at)
        return [
            decided[index] if index in decided else checked.refusals[index] for index in range(len(messages))
        ]

    def _decide(
        self,
        connection: sa.Connection,
        orders: Mapping[int, Order],
        reached: Reached,
        caller: Caller,
        now: int,
    ) -> dict[int, Decision]:
        messages = {index: _message(order, caller, reached, now) for index, order in orders.items()}
        lanes = {
            channel: lane for channel in _channels(orders) if (lane := sending_lane(self._lines, channel))
        }
        templates = {order.template_id for order in orders.values()}
        gates = {channel: self._gate(connection, lane, templates, now) for channel, lane in lanes.items()}
        customers = self._customers(connection, messages.values(), reached, gates, now)
        return {
            index: _along_the_chain(
                message,
                customers.get(message.customer_id, CustomerFacts(0)),
                reached,
                gates,
                orders[index],
                now,
            )
            for index, message in messages.items()
        }

    def _gate(self, connection: sa.Connection, lane: Lane, template_ids: set[str], now: int) -> Gate:
        return self._policing.gate(
            connection,
            now=now,
            account_id=lane.account_id,
            namespace=lane.namespace,
            template_ids=template_ids,
        )

    def _customers(
        self,
        connection: sa.Connection,
        messages: Iterable[Facts],
        reached: Reached,
        gates: Mapping[str, Gate],
        now: int,
    ) -> dict[int, CustomerFacts]:
        wanted = {one.customer_id for one in messages if one.customer_id}
        customers = {one: CustomerFacts(one) for one in wanted} | gating.read_customers(connection, wanted)
        if not customers or not gates:
            return customers
        policies = next(iter(gates.values())).policies
        gating.read_ledger(connection, customers, since=policies.rules.horizon(now))
        gating.read_segments(connection, customers, policies.segments())
        add_suppressions(connection, customers, reached, now)
        for customer in customers.values():
            customer.zone = reached.zone(customer.customer_id)
        return customers


def _channels(orders: Mapping[int, Order]) -> set[str]:
    return {channel for order in orders.values() for channel in order.channels}


def _message(order: Order, caller: Caller, reached: Reached, now: int) -> Facts:
    customer_id = reached.canonical(order.customer_id)
    answer = Acceptance("", customer_id, MessageState.ACCEPTED, replayed=False)
    return facts_of_order(order, answer, known=order.customer_id, caller=caller.name, now=now)


def _along_the_chain(
    message: Facts,
    customer: CustomerFacts,
    reached: Reached,
    gates: Mapping[str, Gate],
    order: Order,
    now: int,
) -> Decision:
    """What the gate says on the first channel on which it says anything but to try the next one."""
    decision = _no_account(message, now)
    points = reached.points.get(message.customer_id)
    for index, channel in enumerate(message.channels):
        gate = gates.get(channel)
        if gate is None:
            continue
        tried = message._replace(channel=channel, channel_index=index)
        decision = gate.decide(tried, customer, points, order.identifier)
        if decision.verdict is not Verdict.NEXT_CHANNEL:
            return decision
    return decision


def _no_account(message: Facts, now: int) -> Decision:
    facts = {"account": "none of the channels has an account that sends"}
    return Decision(
        Verdict.DROPPED, now, message.channel, GateCheck.ADDRESS, DropReason.NO_ADDRESS, facts=facts
    )
