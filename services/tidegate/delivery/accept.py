"""Send: takes messages over, each key once, before anything is decided about them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.delivery.announce import Announcer, Moved
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.contents import Contents
from tidegate.delivery.gathering import wake_time
from tidegate.delivery.model import Facts, MessageState
from tidegate.delivery.order import Acceptance, Order
from tidegate.delivery.orders import read_order
from tidegate.delivery.store import accepting, accounts
from tidegate.delivery.templates.compiled import Catalog, CompiledTemplate
from tidegate.delivery.vault import Vault
from tidegate.runtime.callers import Caller
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, after_commit, is_passing
from tidegate.runtime.errors import (
    InvalidArgument,
    NotFound,
    TidegateError,
    Violation,
    item_error,
)
from tidegate.runtime.ids import new_id
from tidegate.runtime.together import Together

Refusal = common_pb2.ItemError
Answer = Acceptance | Refusal
_Place = tuple[int, int]
"""A call among those that are stored together, and a place in it."""


_FEW = 50
"""Calls of so many messages at most are looked up, and stored, together."""
_MOST_CALLS = 20


class _Call(NamedTuple):
    """What one call hands over: checked orders by their place in it, its caller, and when it came."""

    orders: Mapping[int, Order]
    caller: str
    now: int


class _Customers(NamedTuple):
    """Customers of orders: those who were erased, and by whom those were merged away that were."""

    erased: Collection[int]
    merged: Mapping[int, int]


class _Question(NamedTuple):
    """What has to be known before a call's messages are read: its caller, their keys and templates."""

    caller: str
    keys: Collection[str]
    template_ids: Collection[str]


class Ground(NamedTuple):
    """What orders are checked against: the channels that accounts send on, and templates by id."""

    channels: Collection[str]
    templates: Mapping[str, CompiledTemplate]


@dataclass(frozen=True, slots=True)
class Checked:
    """Orders by their place in the request, and why the others were refused."""

    orders: Mapping[int, Order]
    refusals: Mapping[int, Refusal]


class Orders:
    """Reads and checks what callers hand over, as far as it can be without deciding anything."""

    def __init__(self, database: Database, contacts: Contacts, catalog: Catalog, contents: Contents) -> None:
        self._database = database
        self._contacts = contacts
        self._catalog = catalog
        self._contents = contents

    def check(
        self,
        messages: Mapping[int, messages_pb2.OutgoingMessage],
        caller: Caller,
        *,
        now: int,
        keyed: bool = True,
        ground: Ground | None = None,
    ) -> Checked:
        """The orders among ``messages``, by their place in the request, with identifiers resolved.

        ``ground`` is what ground() has told of their templates; without it, it is asked here.
        """
        orders: dict[int, Order] = {}
        refusals: dict[int, Refusal] = {}
        for index, message in messages.items():
            try:
                order = read_order(message, caller, now=now, path=f"messages[{index}]", keyed=keyed)
                orders[index] = self._contents.keyed(order)
            except TidegateError as error:
                refusals[index] = item_error(error)
        return self._checked(orders, refusals, ground=ground)

    def ground(self, connection: sa.Connection, template_ids: Collection[str]) -> Ground:
        """What orders with these templates are checked against."""
        return Ground(accounts.channels(connection), self._catalog.get(connection, template_ids))

    def plan(self, planned: Mapping[int, tuple[messages_pb2.OutgoingMessage, int]], caller: Caller) -> Checked:
        """Like check(), of messages that will be handed over, each at its instant.

        Templates and variables need not be known yet: only content keys say which contents are the same.
        """
        orders: dict[int, Order] = {}
        refusals: dict[int, Refusal] = {}
        for index, (message, at) in planned.items():
            try:
                path = f"messages[{index}].message"
                order = read_order(message, caller, now=at, path=path, keyed=False, templated=False)
                orders[index] = self._contents.keyed(order) if order.content_key else order
            except TidegateError as error:
                refusals[index] = item_error(error)
        return self._checked(orders, refusals, within=".message", templated=False)

    def _checked(
        self,
        orders: dict[int, Order],
        refusals: dict[int, Refusal],
        *,
        within: str = "",
        templated: bool = True,
        ground: Ground | None = None,
    ) -> Checked:
        """What is left of the orders once those are refused that nobody can send or who are for nobody."""
        if ground is None:
            with self._database.read() as connection:
                ground = self.ground(connection, {one.template_id for one in orders.values()} if templated else ())
        for index, reason in _unknown(orders, ground, within, templated=templated):
            refusals[index] = item_error(reason)
            del orders[index]
        for index, found in self._resolved(orders).items():
            if isinstance(found, int):
                orders[index] = orders[index]._replace(customer_id=found)
            else:
                refusals[index] = found
                del orders[index]
        return Checked(orders, refusals)

    def _resolved(self, orders: Mapping[int, Order]) -> dict[int, int | Refusal]:
        named = {index: order.identifier for index, order in orders.items() if order.identifier}
        if not named:
            return {}
        identifiers = [common_pb2.Identifier(namespace=n, value=v) for n, v in named.values()]
        return dict(zip(named, self._contacts.resolve(identifiers), strict=True))


def _unknown(
    orders: Mapping[int, Order], ground: Ground, within: str, *, templated: bool
) -> list[tuple[int, TidegateError]]:
    """The orders whose channels or templates do not exist, or do not fit; ``within`` an item of the request."""
    wrong: list[tuple[int, TidegateError]] = []
    for index, order in orders.items():
        problems = [
            Violation(f"messages[{index}]{within}.channels[{place}]", f"no account sends on {channel}; create one")
            for place, channel in enumerate(order.channels)
            if channel not in ground.channels
        ]
        template = ground.templates.get(order.template_id)
        if template is not None and templated:
            problems += [
                Violation(f"messages[{index}].{path}", text)
                for path, text in template.problems(order.channels, order.variables)
            ]
        elif templated:
            wrong.append((index, NotFound("template", order.template_id)))
            continue
        if problems:
            wrong.append((index, InvalidArgument(problems)))
    return wrong


class Acceptor:
    """Stores orders as messages."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        orders: Orders,
        vault: Vault,
        announcer: Announcer,
        wake: Callable[[], None],
        tick: int,
        hasty: Callable[[], Collection[str]],
    ) -> None:
        """``wake`` is called when there are new messages to decide; ``tick`` is how long campaigns' gather, in µs.

        ``hasty`` are the channels on which nothing gathers: their accounts' platforms take it at once or not at all.
        """
        self._database = database
        self._clock = clock
        self._orders = orders
        self._vault = vault
        self._announcer = announcer
        self._wake = wake
        self._tick = tick
        self._hasty = hasty
        self._looking = Together(self._look, most=_MOST_CALLS, passing=is_passing)
        self._storing = Together(self._store, most=_MOST_CALLS, passing=is_passing)

    def send(self, messages: Sequence[messages_pb2.OutgoingMessage], caller: Caller) -> list[Answer]:
        """Takes messages over; one answer each, in their order. A key used before gets its first answer."""
        now = micros(self._clock.now())
        keys = _storable(message.idempotency_key for message in messages)
        question = _Question(caller.name, keys, _storable(message.template_id for message in messages))
        known, ground = self._looking.ask(question) if len(messages) <= _FEW else self._look([question])[0]
        answers: dict[int, Answer] = {
            index: known[message.idempotency_key]
            for index, message in enumerate(messages)
            if message.idempotency_key in known
        }
        fresh = {index: message for index, message in enumerate(messages) if index not in answers}
        checked = self._orders.check(fresh, caller, now=now, ground=ground)
        answers.update(checked.refusals)
        if checked.orders:
            call = _Call(checked.orders, caller.name, now)
            answers.update(self._storing.ask(call) if len(messages) <= _FEW else self._store([call])[0])
        return [answers[index] for index in range(len(messages))]

    def _look(self, questions: Sequence[_Question]) -> list[tuple[Mapping[str, Acceptance], Ground]]:
        """Of each call, the first answers to keys that were used before, and what its orders are checked against."""
        callers = {question.caller for question in questions}
        with self._database.read() as connection:
            ground = self._orders.ground(connection, set().union(*(one.template_ids for one in questions)))
            known = {
                caller: accepting.known_keys(
                    connection, caller, set().union(*(one.keys for one in questions if one.caller == caller))
                )
                for caller in callers
            }
        return [(known[question.caller], ground) for question in questions]

    def _store(self, calls: Sequence[_Call]) -> list[dict[int, Acceptance]]:
        """The answers to several calls' orders, which are stored in one transaction."""
        return self._database.run(lambda connection: self._store_calls(connection, calls))

    def _store_calls(self, connection: sa.Connection, calls: Sequence[_Call]) -> list[dict[int, Acceptance]]:
        answers: list[dict[int, Acceptance]] = [{} for _ in calls]
        customers = self._customers(connection, calls)
        for caller in sorted({call.caller for call in calls}):
            theirs = [(number, call) for number, call in enumerate(calls) if call.caller == caller]
            orders = {(number, place): order for number, call in theirs for place, order in call.orders.items()}
            stored = self._store_orders(connection, orders, customers, caller, max(call.now for _, call in theirs))
            for (number, place), answer in stored.items():
                answers[number][place] = answer
        after_commit(connection, self._wake)
        return answers

    def _customers(self, connection: sa.Connection, calls: Sequence[_Call]) -> _Customers:
        """Whom the calls' orders are for, locked in one order whoever calls."""
        known = {order.customer_id for call in calls for order in call.orders.values() if order.customer_id}
        if not known:
            return _Customers((), {})
        erased = accepting.erased_among(connection, known)
        accepting.ensure_customers(connection, known)
        return _Customers(erased, accepting.survivors(connection, known))

    def _store_orders(
        self,
        connection: sa.Connection,
        orders: Mapping[_Place, Order],
        customers: _Customers,
        caller: str,
        now: int,
    ) -> dict[_Place, Acceptance]:
        hasty = self._hasty()
        answers = {
            index: self._answer(order, customers.merged.get(order.customer_id, order.customer_id), now, hasty)
            for index, order in orders.items()
        }
        first: dict[str, _Place] = {}
        for index, order in orders.items():
            first.setdefault(order.idempotency_key, index)
        offered = [(orders[index], answers[index]) for index in first.values()]
        taken = accepting.take_keys(connection, caller, offered)
        accepted = [(order, answer) for order, answer in offered if answer.message_id in taken]
        kept = [
            (_emptied(order) if order.customer_id in customers.erased else order, answer) for order, answer in accepted
        ]
        accepting.write_messages(connection, kept, self._contents(kept), caller=caller, now=now)
        self._announcer.moved(connection, [_accepted(order, answer, caller, now) for order, answer in accepted])
        return answers | self._second_answers(connection, orders, answers, taken, caller)

    def _contents(self, kept: Sequence[tuple[Order, Acceptance]]) -> list[tuple[str, str]]:
        """What the messages say, sealed, with the keys of addresses that their callers named."""
        vault = self._vault
        sealed = vault.seal_contents((answer.message_id, order.variables, order.identifier) for order, answer in kept)
        keys = [vault.address_key(*order.identifier) if order.identifier else "" for order, _ in kept]
        return list(zip(sealed, keys, strict=True))

    def _answer(self, order: Order, customer_id: int, now: int, hasty: Collection[str]) -> Acceptance:
        tick = 0 if order.channels[0] in hasty else self._tick
        wakes = wake_time(order, now, tick)
        state = MessageState.ACCEPTED if wakes is None else MessageState.DEFERRED
        return Acceptance(new_id(), customer_id, state, replayed=False, wake_time=wakes)

    def _second_answers(
        self,
        connection: sa.Connection,
        orders: Mapping[_Place, Order],
        answers: Mapping[_Place, Acceptance],
        taken: set[str],
        caller: str,
    ) -> dict[_Place, Acceptance]:
        """Of keys that stand twice among these, or that another call was faster with."""
        doubled = {
            index: order.idempotency_key for index, order in orders.items() if answers[index].message_id not in taken
        }
        if not doubled:
            return {}
        found = accepting.known_keys(connection, caller, set(doubled.values()))
        return {index: found[key] for index, key in doubled.items()}


def _storable(texts: Iterable[str]) -> set[str]:
    """What databases can look for at all."""
    return {text for text in texts if "\0" not in text}


def _emptied(order: Order) -> Order:
    """What is said to somebody who was erased is not kept: the gate will not let it through."""
    return order._replace(variables={}, identifier=None)


def _accepted(order: Order, answer: Acceptance, caller: str, now: int) -> Moved:
    return Moved(
        facts_of_order(order, answer, caller=caller, now=now),
        answer.state,
        now,
        order.channels[0],
        wake_time=answer.wake_time,
    )


def facts_of_order(order: Order, answer: Acceptance, *, caller: str, now: int) -> Facts:
    """The message that an order becomes; the order's customer is the one that its caller knows."""
    return Facts(
        answer.message_id,
        caller,
        order.idempotency_key,
        answer.customer_id,
        order.customer_id,
        order.recipient_kind,
        order.entity_id,
        order.channels,
        order.template_id,
        order.message_class,
        order.purpose,
        order.brand,
        order.campaign_id,
        order.phase_id,
        order.journey_id,
        order.enrollment_id,
        order.node_id,
        order.tier,
        order.sender_unit,
        order.language,
        order.priority,
        order.holdout_experiment,
        order.override_end,
        now,
        order.expire_time,
        answer.state,
        order.channels[0],
        channel_index=0,
        account_id="",
        attempts=0,
        content_key=order.content_key,
    )
