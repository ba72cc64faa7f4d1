"""Planned messages played through the gate over future instants, on a virtual ledger that starts as the real one.

All that is sent is taken for accepted by its provider at once: what is under way has arrived.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from tidegate.delivery.allowances.rules import Platform, Used, cap_key, caps_in_force, full, period_of
from tidegate.delivery.allowances.standing import Allowances
from tidegate.delivery.gate import Gate
from tidegate.delivery.gate.chain import decide_along
from tidegate.delivery.gatekeeper.deciding import slot
from tidegate.delivery.model import (
    ContactPoints,
    CustomerFacts,
    Decision,
    Facts,
    LedgerState,
    Suppressed,
    Verdict,
    rank,
)

MOST_DECISIONS = 100
"""How often one message is decided, that every play comes to an end."""

_ENDLESS = ("awaits", "guardrail")
"""Facts of what lasts until something happens that has no known time."""

_DECISIONS_BETWEEN_CHECKS = 500


class Planned(NamedTuple):
    """A message, when the gate is first to be asked about it, and the key of the address that its caller named."""

    message: Facts
    instant: int
    preferred: str


class Played(NamedTuple):
    """The last decision about a message, the gate that made it, and when the message was sent."""

    decision: Decision
    gate: Gate | None
    sent_time: int | None


class Sender:
    """An account over time: its gate at each instant, with what its platform leaves it after what was granted."""

    def __init__(self, gate: Gate, platform: Platform, used: Used) -> None:
        """``used`` is what the account has sent of its own limits."""
        self._gate = self._first = gate
        self._platform = platform
        self._used = Counter(used)
        self._is_stale = bool(platform.caps)

    @property
    def account_id(self) -> str:
        """The account's id."""
        return self._first.account_id

    def at(self, now: int) -> Gate:
        """The gate at an instant."""
        if self._gate.now != now or self._is_stale:
            self._gate = replace(self._first, now=now, allowances=self._allowances(now))
            self._is_stale = False
        return self._gate

    def take(self, message: Facts, decision: Decision) -> None:
        """What a grant takes of the platform's allowance."""
        allowances = self.at(decision.time).allowances
        if decision.takes and allowances:
            allowances.use(decision.takes, message.message_class)
        for cap in caps_in_force(self._platform, decision.time):
            self._used[cap_key(cap), period_of(cap, decision.time)[0]] += 1
            self._is_stale = True

    def _allowances(self, now: int) -> Allowances | None:
        beyond = full(self._platform, self._used, now) if self._platform.caps else ()
        if self._first.allowances is not None:
            return self._first.allowances.at(now, beyond)
        return Allowances(self._first.account_id, self._platform, {}, now, beyond) if beyond else None


class Play:
    """One play of a plan; it takes what it is given for its own."""

    def __init__(
        self,
        senders: Mapping[tuple[str, str], Sequence[Sender]],
        customers: Mapping[int, CustomerFacts],
        points: Mapping[int, ContactPoints],
    ) -> None:
        """``senders`` are by channel and brand, all that send that way; those of one account are the same."""
        self._senders = senders
        self._by_account = {one.account_id: one for several in senders.values() for one in several}
        self._customers = customers
        self._points = points
        self._passing: dict[int, Sequence[Suppressed]] = {}
        for customer in customers.values():
            customer.rows = [row._replace(state=LedgerState.COMMITTED) for row in customer.rows]
            if any(one.expire_time is not None for one in customer.suppressed):
                self._passing[customer.customer_id] = customer.suppressed

    def run(self, plan: Mapping[int, Planned], check: Callable[[], None]) -> dict[int, Played]:
        """Decides in the order in which the gate is asked; of one instant by class, priority, expiry, and age.

        ``check`` is called now and then: it may raise, which ends the play.
        """
        played: dict[int, Played] = {}
        messages = {index: one.message for index, one in plan.items()}
        times = Counter[int]()
        queue = [_place(index, one.message, one.instant) for index, one in plan.items()]
        heapify(queue)
        decisions = 0
        while queue:
            instant, *_, index = heappop(queue)
            message = messages[index]
            decision, gate = self._decide(message, plan[index].preferred, instant)
            sent = decision.verdict is Verdict.GRANTED
            played[index] = Played(decision, gate, instant if sent else None)
            times[index] += 1
            decisions += 1
            if decisions % _DECISIONS_BETWEEN_CHECKS == 0:
                check()
            if _wakes(decision) and decision.wake_time is not None and times[index] < MOST_DECISIONS:
                place = message.channels.index(decision.channel)
                messages[index] = message._replace(channel=decision.channel, channel_index=place)
                heappush(queue, _place(index, message, decision.wake_time))
        return played

    def _decide(self, message: Facts, preferred: str, now: int) -> tuple[Decision, Gate | None]:
        customer = self._customer(message.customer_id, now)
        points = self._points.get(message.customer_id)
        gates_of = partial(self._gates_of, message.brand, now)
        decision, gate = decide_along(message, gates_of, customer, points, preferred, now)
        if decision.counts:
            customer.rows.append(slot(message, decision)._replace(state=LedgerState.COMMITTED))
        if decision.verdict is Verdict.GRANTED and gate is not None:
            self._by_account[gate.account_id].take(message, decision)
        return decision, gate

    def _gates_of(self, brand: str, now: int, channel: str) -> Sequence[Gate]:
        return [sender.at(now) for sender in self._senders.get((channel, brand), ())]

    def _customer(self, customer_id: int, now: int) -> CustomerFacts:
        customer = self._customers.get(customer_id) or CustomerFacts(customer_id)
        if customer_id in self._passing:
            lasting = [one for one in self._passing[customer_id] if one.expire_time is None or one.expire_time > now]
            customer.suppressed = lasting
        return customer


def _place(index: int, message: Facts, instant: int) -> tuple[int, int, int, int, int]:
    return (
        instant,
        rank(message.message_class, message.priority),
        message.expire_time,
        message.accept_time,
        index,
    )


def _wakes(decision: Decision) -> bool:
    return decision.verdict is Verdict.DEFERRED and not any(fact in decision.facts for fact in _ENDLESS)
