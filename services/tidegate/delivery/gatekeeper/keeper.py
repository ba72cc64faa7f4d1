"""Claims messages for an account and has them decided, as one transaction per batch."""

import time
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
import structlog

from tidegate.delivery.allowances import reading as allowances
from tidegate.delivery.allowances.caps import Caps
from tidegate.delivery.announce import Announcer
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.gate import Fellow, Gate
from tidegate.delivery.gatekeeper import ranking, reading
from tidegate.delivery.gatekeeper.batch import Batch, Decided, Lane
from tidegate.delivery.gatekeeper.deciding import decide_in_order
from tidegate.delivery.gatekeeper.writing import write
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import CustomerFacts, Decision, Facts, Granted, RecipientKind, Verdict
from tidegate.delivery.policing import Policing
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import claiming, gating, sections
from tidegate.delivery.store.gating import Claimed
from tidegate.delivery.store.sections import Due
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, is_passing
from tidegate.runtime.feed import load_cursor
from tidegate.runtime.ids import new_id

LOG = structlog.get_logger(__name__)
_FEED_PATIENCE = 5.0
_PUT_OFF = 60 * SECOND
_ANSWERED_IN = SECOND // 4
_NOTHING = Decided(0, (), {})
_NOWHERE = Due()


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
        others: Callable[[Lane], Sequence[Fellow]],
        lanes: Callable[[], Sequence[Lane]],
        among: Callable[[str], str],
        lease: int,
    ) -> None:
        """``lease`` is how long claimed messages are held, in µs of real time.

        ``lanes`` are those that send now, ``others`` the other accounts of a lane's channel; ``among`` says how those
        of a channel stand.
        """
        self._among = among
        self._others = others
        self._lanes = lanes
        self._lease = lease
        self._database = database
        self._clock = clock
        self._contacts = contacts
        self._policing = policing
        self._announcer = announcer
        self._caps = Caps(database, clock)
        self._applied = 0

    def due(self, lane: Lane) -> Due:
        """Where in the lane's queue decide() finds anything at this moment, while the account may send anything."""
        if self._caps.is_full(lane.account_id, lane.platform):
            return _NOWHERE
        with self._database.read() as connection:
            found = sections.due(
                connection,
                channel=lane.channel,
                brands=lane.brands,
                account_id=lane.account_id,
                among=self._among(lane.channel),
            )
            has_room = found.sections and self._caps.has_room(connection, lane.account_id, lane.platform)
            return found if has_room else _NOWHERE

    def decide(self, lane: Lane, limit: int, due: Due) -> Decided:
        """Claims up to ``limit`` messages that are ``due`` for the lane, and decides them: urgent ones by themselves.

        What the account may send in a day is leased first: no more than that is claimed.
        """
        token = new_id()
        lasting = 2 * self._lease  # that of a grant begins when it is decided
        with self._caps.lease(lane.account_id, lane.platform, limit, token=token, lasting=lasting) as leased:
            decided = self._decide_some(lane, due, leased.count, token) if leased.count else _NOTHING
            leased.used = len(decided.granted)
        return decided

    def _decide_some(self, lane: Lane, due: Due, limit: int, token: str) -> Decided:
        among = self._among(lane.channel)
        # a lease that is lost holds up nobody, and its worker finds that it has none
        claimed = self._database.run(lambda connection: self._claim(connection, lane, due, limit, token), durable=False)
        if not claimed:
            return _NOTHING
        try:
            return self._decide_claimed(lane, claimed, token, among)
        except BaseException:
            self._database.run(
                lambda connection: gating.give_back(
                    connection, [one.message.message_id for one in claimed], token=token
                )
            )
            raise

    def _claim(self, connection: sa.Connection, lane: Lane, due: Due, limit: int, token: str) -> list[Claimed]:
        gating.plan_for_batches(connection)
        return claiming.claim(
            connection,
            due,
            channel=lane.channel,
            limit=limit,
            account_id=lane.account_id,
            token=token,
            lease=self._lease,
        )

    def _decide_claimed(self, lane: Lane, claimed: Sequence[Claimed], token: str, among: str) -> Decided:
        others = self._others(lane)
        reached = self._contacts.of(
            {one.message.customer_id for one in claimed if one.message.customer_id},
            {lane.namespace, *(one.namespace for one in others)},
        )
        self._await_feed(reached.position)
        by_id = {one.message.message_id: one for one in claimed}
        decided = self._decide_or_halve(Batch(lane, token, by_id, reached, others, self._lanes(), among))
        kept = [
            Granted(message, decision.address, reached.locale(message.customer_id), token)
            for message, decision in decided
            if decision.verdict is Verdict.GRANTED and decision.address is not None
        ]
        return Decided(
            len(claimed),
            kept,
            {one.message.message_id: by_id[one.message.message_id].content for one in kept},
            decided=len(decided),
        )

    def _decide_or_halve(self, batch: Batch) -> list[tuple[Facts, Decision]]:
        """Decides a batch; where one message can't be decided, the others are, in halves, and it is set aside."""
        try:
            return self._database.run(lambda connection: self._decide(connection, batch))
        except Exception as error:
            if is_passing(error):
                raise
            if len(batch.claimed) == 1:
                self._put_off(batch)
                return []
        return [pair for half in batch.halves() for pair in self._decide_or_halve(half)]

    def _put_off(self, batch: Batch) -> None:
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
        while self._applied < position and time.monotonic() < deadline:
            with self._database.read() as connection:
                self._applied = load_cursor(connection, CURSORS, "identity")
            if self._applied < position:
                time.sleep(0.005)

    def _decide(self, connection: sa.Connection, batch: Batch) -> list[tuple[Facts, Decision]]:
        gating.plan_for_batches(connection)
        messages = gating.lock_claimed(connection, batch.claimed, token=batch.token)
        known = {one.customer_id for one in messages if one.recipient_kind is RecipientKind.CUSTOMER}
        customers = gating.lock_customers(connection, known) if known else {}
        applied = load_cursor(connection, CURSORS, "identity")
        theirs = gating.still_theirs(connection, messages) if known else set()
        ready = reading.ready(messages, customers, batch, applied=applied, theirs=theirs)
        self._set_aside(connection, messages, ready, customers, batch)
        if batch.lane.platform.one_at_a_time:
            ready = self._one_each(connection, ready, batch)
        if not ready:
            return []
        gate = self._gate(connection, batch, ready)
        reading.read_customers(
            connection, customers, batch.reached, gate.policies, now=gate.now, repeat_window=gate.repeat_window
        )
        rivals = ranking.Rivals(connection, gate, ready, batch)
        decided = decide_in_order(gate, ready, customers, batch, rivals.must_give_way)
        if len(decided) < len(ready):
            ranking.let_wait(connection, {*ready} - {message for message, _ in decided}, batch)
        write(
            connection,
            decided,
            batch,
            announcer=self._announcer,
            gate=gate,
            applied=applied,
            lease=self._lease,
        )
        return decided

    def _set_aside(
        self,
        connection: sa.Connection,
        messages: Sequence[Facts],
        ready: Sequence[Facts],
        customers: Mapping[int, CustomerFacts],
        batch: Batch,
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

    def _one_each(self, connection: sa.Connection, ready: Sequence[Facts], batch: Batch) -> list[Facts]:
        """One message for each address; the others are looked at again in a moment, when that may be answered."""
        chosen = allowances.one_each(connection, batch.lane.account_id, ready, batch.reached)
        first = {one.message_id for one in chosen}
        waiting = [one.message_id for one in ready if one.message_id not in first]
        if waiting:
            gating.give_back(connection, waiting, token=batch.token, rest=_ANSWERED_IN)
        return chosen

    def _gate(self, connection: sa.Connection, batch: Batch, messages: Sequence[Facts]) -> Gate:
        lane, now = batch.lane, micros(self._clock.now())
        return self._policing.gate(
            connection,
            now=now,
            account_id=lane.account_id,
            namespace=lane.namespace,
            template_ids={one.template_id for one in messages},
            allowances=allowances.locked(connection, lane.account_id, lane.platform, messages, batch.reached, now),
            others=batch.others,
            deadline=lane.deadline,
        )
