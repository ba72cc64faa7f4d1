"""SimulateGate: what the gate would do with planned messages over future instants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import policy_service_pb2
from tidegate.delivery.accept import Orders
from tidegate.delivery.allowances import caps
from tidegate.delivery.asking import Asking, Foreseen, Question, View, Way
from tidegate.delivery.gatekeeper.playing import Planned, Play, Played, Sender
from tidegate.delivery.gathering import wake_time
from tidegate.delivery.instants import DAY, given_instant
from tidegate.delivery.order import Order
from tidegate.runtime.callers import Caller
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.edge import check_deadline
from tidegate.runtime.errors import InvalidArgument, item_error

_FARTHEST = 366 * DAY


class Simulated(NamedTuple):
    """The last decision about a planned message, and when it would be sent."""

    foreseen: Foreseen
    sent_time: int | None


class _Template:
    """A template that is not looked at."""

    def usable(self, channel: str, account_id: str = "") -> bool:
        return True


_ANY = _Template()


class Simulating:
    """Plays plans."""

    def __init__(self, database: Database, clock: Clock, *, orders: Orders, asking: Asking, tick: int) -> None:
        """``tick`` is how long what campaigns send is gathered, in µs."""
        self._database = database
        self._clock = clock
        self._orders = orders
        self._asking = asking
        self._tick = tick

    def simulate(
        self, plan: Sequence[policy_service_pb2.PlannedMessage], caller: Caller
    ) -> list[Simulated | common_pb2.ItemError]:
        """What would become of each message; nothing is written."""
        now = micros(self._clock.now())
        times: dict[int, int] = {}
        refusals: dict[int, common_pb2.ItemError] = {}
        for index, one in enumerate(plan):
            try:
                times[index] = _time(one, now, f"messages[{index}].time")
            except InvalidArgument as error:
                refusals[index] = item_error(error)
        checked = self._orders.plan({index: (plan[index].message, at) for index, at in times.items()}, caller)
        refusals.update(checked.refusals)
        question = self._asking.question(checked.orders, caller.name, now=now)
        with self._database.read() as connection:
            view = self._asking.view(connection, question, (), now=now)
            senders = _senders(connection, view, {order.template_id for order in checked.orders.values()}, now)
        planned = self._planned(question, checked.orders, times)
        played = Play(senders, view.customers, question.reached.points).run(planned, check_deadline)
        return [
            refusals[index] if index in refusals else _simulated(view, planned[index], played[index])
            for index in range(len(plan))
        ]

    def _planned(self, question: Question, orders: Mapping[int, Order], times: Mapping[int, int]) -> dict[int, Planned]:
        planned = {}
        for index, message in question.messages.items():
            order, at = orders[index], times[index]
            first = wake_time(order, at, self._tick)
            facts = message._replace(message_id=f"messages[{index}]", accept_time=at)
            planned[index] = Planned(facts, at if first is None else first, question.preferred[index])
        return planned


def _time(planned: policy_service_pb2.PlannedMessage, now: int, path: str) -> int:
    at = given_instant(planned.time, path) if planned.HasField("time") else now
    if at > now + _FARTHEST:
        raise InvalidArgument.at(path, "must be at most 366 days from now")
    return max(at, now)


def _senders(connection: sa.Connection, view: View, template_ids: set[str], now: int) -> Mapping[Way, Sequence[Sender]]:
    """All accounts that send each way: as in the gate, what one of them lacks another may have."""
    templates = dict.fromkeys(template_ids, _ANY)
    lanes = {lane.account_id: lane for several in view.question.lanes.values() for lane in several}
    by_account = {}
    for account_id, lane in lanes.items():
        used = caps.used(connection, account_id, now) if lane.platform.caps else {}
        gate = replace(view.gates[account_id], templates=templates)
        by_account[account_id] = Sender(gate, lane.platform, used)
    return {way: [by_account[lane.account_id] for lane in several] for way, several in view.question.lanes.items()}


def _simulated(view: View, planned: Planned, played: Played) -> Simulated:
    return Simulated(view.foreseen(planned.message, played.decision, played.gate), played.sent_time)
