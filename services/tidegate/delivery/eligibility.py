"""CheckEligibility: the gate asked without taking anything."""

from collections.abc import Sequence
from functools import partial

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.delivery.accept import Orders
from tidegate.delivery.asking import Asking, Foreseen, View
from tidegate.delivery.gate import Gate
from tidegate.delivery.gate.chain import decide_along
from tidegate.runtime.callers import Caller
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database


class Eligibility:
    """Decides what would become of messages."""

    def __init__(self, database: Database, clock: Clock, *, orders: Orders, asking: Asking) -> None:
        self._database = database
        self._clock = clock
        self._orders = orders
        self._asking = asking

    def check(
        self,
        messages: Sequence[messages_pb2.OutgoingMessage],
        caller: Caller,
        *,
        at: int | None = None,
    ) -> list[Foreseen | common_pb2.ItemError]:
        """One decision each, on the first channel that does not pass the message on; each decided alone."""
        now = micros(self._clock.now())
        checked = self._orders.check(dict(enumerate(messages)), caller, now=now, keyed=False)
        instant = now if at is None else at
        question = self._asking.question(checked.orders, caller.name, now=instant)
        template_ids = {order.template_id for order in checked.orders.values()}
        with self._database.read() as connection:
            view = self._asking.view(connection, question, template_ids, now=instant)
        return [
            _decided(view, index, instant) if index in checked.orders else checked.refusals[index]
            for index in range(len(messages))
        ]


def _decided(view: View, index: int, now: int) -> Foreseen:
    message, preferred = view.question.messages[index], view.question.preferred[index]
    gates_of = partial(_gates_of, view, message.brand)
    points = view.question.reached.points.get(message.customer_id)
    decision, gate = decide_along(message, gates_of, view.customer_of(message), points, preferred, now)
    return view.foreseen(message, decision, gate)


def _gates_of(view: View, brand: str, channel: str) -> Sequence[Gate]:
    return view.gates_of((channel, brand))
