"""The gate asked without taking anything: what it would go by, read without a lock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.accept import facts_of_order
from tidegate.delivery.accounts import sending_lanes
from tidegate.delivery.allowances import reading as allowances
from tidegate.delivery.contacts import Contacts, Reached
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.gate import Gate
from tidegate.delivery.gatekeeper import Lane, read_customers
from tidegate.delivery.model import CustomerFacts, Decision, Facts, MessageState, RecipientKind
from tidegate.delivery.order import Acceptance, Order
from tidegate.delivery.policing import Policing
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import gating
from tidegate.runtime.feed import load_cursor

Way = tuple[str, str]
"""A channel and a brand: accounts may be for some brands only."""


class Foreseen(NamedTuple):
    """A decision that was not kept, with what a kept one has beside it."""

    decision: Decision
    account_id: str
    policy_version: int
    identity_position: int


@dataclass(frozen=True, slots=True)
class Question:
    """Messages by their place in the request, the accounts by which they may go, and how customers are reached.

    ``preferred`` are the keys of addresses that callers named, empty for none.
    """

    messages: Mapping[int, Facts]
    preferred: Mapping[int, str]
    lanes: Mapping[Way, Sequence[Lane]]
    reached: Reached

    def customer_ids(self) -> set[int]:
        """The customers that it is about."""
        return {one.customer_id for one in self.messages.values() if one.customer_id}


@dataclass(frozen=True, slots=True)
class View:
    """What the gate goes by for a question.

    ``gates`` are by account. ``applied`` is how far identity's feed was when the customers were read.
    """

    question: Question
    gates: Mapping[str, Gate]
    customers: Mapping[int, CustomerFacts]
    policy_version: int
    applied: int

    def gates_of(self, way: Way) -> Sequence[Gate]:
        """The gates of the accounts that send this way."""
        return [self.gates[lane.account_id] for lane in self.question.lanes[way]]

    def customer_of(self, message: Facts) -> CustomerFacts:
        """What is known of a message's customer."""
        return self.customers.get(message.customer_id) or CustomerFacts(message.customer_id)

    def foreseen(self, message: Facts, decision: Decision, gate: Gate | None) -> Foreseen:
        """The decision of a gate, or of none; it says so where less of identity's feed is applied than was told."""
        told = self.question.reached.position
        if told > self.applied and message.recipient_kind is RecipientKind.CUSTOMER:
            decision = decision._replace(facts={**decision.facts, "identity_position": str(told)})
        version = gate.policies.version if gate else self.policy_version
        return Foreseen(decision, gate.account_id if gate else "", version, self.applied)


class Asking:
    """Finds out what the gate would go by."""

    def __init__(self, contacts: Contacts, policing: Policing, lines: Lines) -> None:
        self._contacts = contacts
        self._policing = policing
        self._lines = lines

    def question(self, orders: Mapping[int, Order], caller: str, *, now: int) -> Question:
        """The question about orders of a caller, as if they were accepted at ``now``."""
        ways = {(channel, order.brand) for order in orders.values() for channel in order.channels}
        lanes = {way: sending_lanes(self._lines, *way) for way in ways}
        customer_ids = {order.customer_id for order in orders.values() if order.customer_id}
        reached = self._contacts.of(customer_ids, {lane.namespace for several in lanes.values() for lane in several})
        messages = {}
        for index, order in orders.items():
            customer_id = reached.canonical(order.customer_id)
            answer = Acceptance("", customer_id, MessageState.ACCEPTED, replayed=False)
            messages[index] = facts_of_order(order, answer, caller=caller, now=now)
        preferred = {index: self._contacts.key(order.identifier) for index, order in orders.items()}
        return Question(messages, preferred, lanes, reached)

    def view(self, connection: sa.Connection, question: Question, template_ids: Collection[str], *, now: int) -> View:
        """What the gate goes by at ``now``; a fixed number of statements, and some for each account."""
        applied = load_cursor(connection, CURSORS, "identity")
        by_account = {lane.account_id: lane for several in question.lanes.values() for lane in several}
        gates = {
            account_id: self._gate(connection, lane, question, template_ids, now)
            for account_id, lane in by_account.items()
        }
        customers = _customers(connection, question, next(iter(gates.values()), None))
        version = 0 if gates else self._policing.version(connection)
        return View(question, gates, customers, version, applied)

    def _gate(
        self, connection: sa.Connection, lane: Lane, question: Question, template_ids: Collection[str], now: int
    ) -> Gate:
        customers = [one for one in question.messages.values() if one.recipient_kind is RecipientKind.CUSTOMER]
        account_id, platform = lane.account_id, lane.platform
        return self._policing.gate(
            connection,
            now=now,
            account_id=account_id,
            namespace=lane.namespace,
            template_ids=template_ids,
            allowances=allowances.seen(connection, account_id, platform, customers, question.reached, now),
            others=self._lines.others(lane),
            taking=False,
        )


def _customers(connection: sa.Connection, question: Question, gate: Gate | None) -> dict[int, CustomerFacts]:
    wanted = question.customer_ids()
    if not wanted or gate is None:
        return {}
    customers = {one: CustomerFacts(one) for one in wanted} | gating.read_customers(connection, wanted)
    read_customers(
        connection, customers, question.reached, gate.policies, now=gate.now, repeat_window=gate.repeat_window
    )
    return customers
