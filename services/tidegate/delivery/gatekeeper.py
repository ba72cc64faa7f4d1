"""The gate's operation: claims a batch for an account, decides it in one transaction, writes what was decided.

    claim (lease) ─▶ contact points from identity ─▶ wait until identity's feed is applied as far
        ─▶ one transaction: lock messages, lock customers by id, read, decide, write states, slots, decisions, feed

A worker that dies in between leaves messages under a lease that ends; nothing has been taken for them.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from tidegate.delivery.announce import Announcer, Moved
from tidegate.delivery.contacts import Contacts, Reached
from tidegate.delivery.gate import Gate
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import (
    CustomerFacts,
    Decision,
    DropReason,
    Facts,
    Granted,
    LedgerRow,
    MessageState,
    RecipientKind,
    Suppressed,
    Verdict,
)
from tidegate.delivery.policing import Policing
from tidegate.delivery.policy import suppressions
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import gating
from tidegate.delivery.store.gating import Claimed, GateUpdate
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.feed import load_cursor
from tidegate.runtime.ids import new_id

LOG = structlog.get_logger(__name__)
_FEED_PATIENCE = 5.0
_PUT_OFF = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Lane:
    """What the gate has to know of the account that it decides for."""

    account_id: str
    channel: str
    brands: tuple[str, ...]
    namespace: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of one batch. ``granted`` hold their slots and wait for their calls; ``variables`` are JSON."""

    claimed: int
    granted: Sequence[Granted]
    variables: Mapping[str, str]


_NOTHING = Decided(0, (), {})


class Gatekeeper:
    """Runs batches through the gate; several threads and processes may do so at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        contacts: Contacts,
        policing: Policing,
        announcer: Announcer,
        lease: int,
    ) -> None:
        """``lease`` is how long claimed messages are held, in µs of real time."""
        self._lease = lease
        self._database = database
        self._clock = clock
        self._contacts = contacts
        self._policing = policing
        self._announcer = announcer

    def is_due(self, lane: Lane) -> bool:
        """Whether decide() would find anything at this moment."""
        with self._database.read() as connection:
            return gating.is_due(connection, channel=lane.channel, brands=lane.brands)

    def decide(self, lane: Lane, limit: int) -> Decided:
        """Claims up to ``limit`` messages that are due on the lane's channel, and decides them."""
        token = new_id()
        claimed = self._database.run(lambda connection: self._claim(connection, lane, limit, token))
        if not claimed:
            return _NOTHING
        try:
            return self._decide_claimed(lane, claimed, token)
        except BaseException:
            self._database.run(
                lambda connection: gating.give_back(
                    connection, [one.message.message_id for one in claimed], token=token
                )
            )
            raise

    def _claim(self, connection: sa.Connection, lane: Lane, limit: int, token: str) -> list[Claimed]:
        gating.plan_for_batches(connection)
        return gating.claim(
            connection,
            channel=lane.channel,
            brands=lane.brands,
            limit=limit,
            account_id=lane.account_id,
            token=token,
            lease=self._lease,
        )

    def _decide_claimed(self, lane: Lane, claimed: Sequence[Claimed], token: str) -> Decided:
        reached = self._contacts.of(
            {one.message.customer_id for one in claimed if one.message.customer_id}, [lane.namespace]
        )
        self._await_feed(reached.position)
        by_id = {one.message.message_id: one for one in claimed}
        granted = self._decide_or_halve(_Batch(lane=lane, token=token, claimed=by_id, reached=reached))
        kept = [
            Granted(message, decision.address, reached.locale(message.customer_id), token)
            for message, decision in granted
            if decision.address is not None
        ]
        return Decided(
            len(claimed),
            kept,
            {one.message.message_id: by_id[one.message.message_id].variables for one in kept},
        )

    def _decide_or_halve(self, batch: "_Batch") -> list[tuple[Facts, Decision]]:
        """Decides a batch; where one message can't be decided, the others are, in halves, and it is set aside."""
        try:
            return self._database.run(lambda connection: self._decide(connection, batch))
        except Exception as error:
            if _is_passing(error):
                raise
            if len(batch.claimed) == 1:
                self._put_off(batch)
                return []
        return [pair for half in batch.halves() for pair in self._decide_or_halve(half)]

    def _put_off(self, batch: "_Batch") -> None:
        """A message that can't be decided, by a fault of ours or of its data, is tried again later."""
        LOG.exception("gate.not_decided", message_ids=[*batch.claimed], again_in=_PUT_OFF // SECOND)
        self._database.run(
            lambda connection: gating.give_back(connection, [*batch.claimed], token=batch.token, rest=_PUT_OFF)
        )

    def _await_feed(self, position: int) -> None:
        """Returns once delivery has applied identity's feed up to ``position``, or after some seconds.

        The transaction looks again; this is only so that it seldom looks in vain.
        """
        deadline = time.monotonic() + _FEED_PATIENCE
        while time.monotonic() < deadline:
            with self._database.read() as connection:
                if load_cursor(connection, CURSORS, "identity") >= position:
                    return
            time.sleep(0.005)

    def _decide(self, connection: sa.Connection, batch: "_Batch") -> list[tuple[Facts, Decision]]:
        gating.plan_for_batches(connection)
        messages = gating.lock_claimed(connection, batch.claimed, token=batch.token)
        known = {one.customer_id for one in messages if one.recipient_kind is RecipientKind.CUSTOMER}
        customers = gating.lock_customers(connection, known) if known else {}
        applied = load_cursor(connection, CURSORS, "identity")
        theirs = gating.still_theirs(connection, messages) if known else set()
        ready = _ready(messages, customers, batch, applied=applied, theirs=theirs)
        self._set_aside(connection, messages, ready, customers, batch)
        if not ready:
            return []
        gate = self._gate(connection, batch.lane, ready)
        self._read_customers(connection, customers, batch.reached, gate)
        decided = _decide_in_order(gate, ready, customers, batch)
        self._write(connection, decided, batch, gate=gate, applied=applied)
        return [(message, decision) for message, decision in decided if decision.verdict is Verdict.GRANTED]

    def _set_aside(
        self,
        connection: sa.Connection,
        messages: Sequence[Facts],
        ready: Sequence[Facts],
        customers: Mapping[int, CustomerFacts],
        batch: "_Batch",
    ) -> None:
        """Gives back what can't be decided yet; a message of a merged customer goes to the survivor."""
        chosen = {one.message_id for one in ready}
        aside = [one for one in messages if one.message_id not in chosen]
        if not aside:
            return
        moves = {
            one.message_id: customers[one.customer_id].merged_into
            for one in aside
            if one.customer_id in customers and customers[one.customer_id].merged_into
        }
        if moves:
            gating.move_to_survivors(connection, moves)
        gating.give_back(connection, [one.message_id for one in aside], token=batch.token)
        LOG.info("gate.set_aside", messages=len(aside), moved=len(moves))

    def _gate(self, connection: sa.Connection, lane: Lane, messages: Sequence[Facts]) -> Gate:
        return self._policing.gate(
            connection,
            now=micros(self._clock.now()),
            account_id=lane.account_id,
            namespace=lane.namespace,
            template_ids={one.template_id for one in messages},
        )

    def _read_customers(
        self,
        connection: sa.Connection,
        customers: dict[int, CustomerFacts],
        reached: Reached,
        gate: Gate,
    ) -> None:
        if not customers:
            return
        gating.read_ledger(connection, customers, since=gate.policies.rules.horizon(gate.now))
        gating.read_segments(connection, customers, gate.policies.segments())
        add_suppressions(connection, customers, reached, gate.now)
        for customer in customers.values():
            customer.zone = reached.zone(customer.customer_id)

    def _write(
        self,
        connection: sa.Connection,
        decided: Sequence[tuple[Facts, Decision]],
        batch: "_Batch",
        *,
        gate: Gate,
        applied: int,
    ) -> None:
        updates = [_update(message, decision, batch.token) for message, decision in decided]
        gating.write_states(connection, updates, lease=self._lease)
        gating.reserve(connection, [pair for pair in decided if pair[1].counts])
        gating.write_decisions(
            connection,
            decided,
            account_id=batch.lane.account_id,
            policy_version=gate.policies.version,
            identity_position=applied,
        )
        self._announcer.moved(connection, [_moved(*pair) for pair in decided if _is_told(pair[1])])


@dataclass(frozen=True, slots=True)
class _Batch:
    lane: Lane
    token: str
    claimed: Mapping[str, Claimed]
    reached: Reached

    def halves(self) -> Iterator["_Batch"]:
        """The same messages in two batches."""
        messages = list(self.claimed.items())
        middle = len(messages) // 2
        for half in (messages[:middle], messages[middle:]):
            yield replace(self, claimed=dict(half))


def _ready(
    messages: Sequence[Facts],
    customers: Mapping[int, CustomerFacts],
    batch: _Batch,
    *,
    applied: int,
    theirs: Collection[str],
) -> list[Facts]:
    """Those that may be decided: their customer is no alias, and the addresses are no newer than what is applied.

    ``theirs`` are those that are their customer's since its row is locked.
    """
    caught_up = applied >= batch.reached.position
    return [
        one
        for one in messages
        if one.recipient_kind is not RecipientKind.CUSTOMER
        or (
            caught_up
            and one.message_id in theirs
            and one.customer_id in customers
            and not customers[one.customer_id].merged_into
            and batch.reached.asked(one.customer_id)
        )
    ]


def _decide_in_order(
    gate: Gate, messages: Sequence[Facts], customers: Mapping[int, CustomerFacts], batch: _Batch
) -> list[tuple[Facts, Decision]]:
    """Each decision sees the slots that those before it have taken."""
    decided = []
    nobody = CustomerFacts(0)
    for message in messages:
        customer = customers.get(message.customer_id, nobody)
        points = batch.reached.points.get(message.customer_id)
        decision = gate.decide(message, customer, points, batch.claimed[message.message_id].preferred)
        if decision.counts:
            customer.rows.append(slot(message, decision))
        decided.append((message, decision))
    return decided


def _is_passing(error: Exception) -> bool:
    """Whether the database was busy or out of reach, for which no message is at fault."""
    return isinstance(error, OperationalError | InterfaceError | sa.exc.TimeoutError | LostRace)


def add_suppressions(
    connection: sa.Connection, customers: Mapping[int, CustomerFacts], reached: Reached, now: int
) -> None:
    """Adds to each customer what stops messages to it, or to one of its addresses."""
    holders = reached.holders()
    found = suppressions.matching(connection, list(customers), list(holders), now)
    stopping: dict[int, list[Suppressed]] = {}
    for one in found:
        held_by = [one.customer_id] if one.customer_id else holders.get(one.address_key, ())
        for customer_id in held_by:
            stopping.setdefault(customer_id, []).append(one)
    for customer_id, several in stopping.items():
        if customer_id in customers:
            customers[customer_id].suppressed = several


def slot(message: Facts, decision: Decision) -> LedgerRow:
    """The slot that a granted message takes."""
    return LedgerRow(
        message.customer_id,
        message.message_id,
        decision.time,
        decision.channel,
        message.brand,
        message.campaign_id,
        message.phase_id,
        message.journey_id,
        message.caller,
        decision.tier,
    )


def _update(message: Facts, decision: Decision, token: str) -> GateUpdate:
    match decision.verdict:
        case Verdict.GRANTED:
            return _state(message, MessageState.CLAIMED, lease_token=token)
        case Verdict.DEFERRED:
            return _state(message, MessageState.DEFERRED, wake_time=decision.wake_time)
        case Verdict.NEXT_CHANNEL:
            return _state(message, MessageState.ACCEPTED, index=message.channel_index + 1)
    return _state(message, MessageState.DROPPED, reason=decision.reason, final_time=decision.time)


def _state(
    message: Facts,
    state: MessageState,
    *,
    index: int | None = None,
    reason: DropReason | None = None,
    wake_time: int | None = None,
    final_time: int | None = None,
    lease_token: str = "",
) -> GateUpdate:
    index = message.channel_index if index is None else index
    channel = message.channels[index]
    return GateUpdate(message.message_id, wake_time, state, channel, index, reason or "", final_time, lease_token)


_TOLD = {Verdict.DEFERRED: MessageState.DEFERRED, Verdict.DROPPED: MessageState.DROPPED}


def _is_told(decision: Decision) -> bool:
    """Claims are steps of our own: the feed tells of what callers can act upon."""
    return decision.verdict in _TOLD


def _moved(message: Facts, decision: Decision) -> Moved:
    return Moved(
        message,
        _TOLD[decision.verdict],
        decision.time,
        decision.channel,
        reason=decision.reason if decision.verdict is Verdict.DROPPED else None,
        wake_time=decision.wake_time,
        rule_id=decision.findings[0].rule_id if decision.findings else "",
        tier=decision.tier,
    )
