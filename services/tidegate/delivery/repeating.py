"""Repeating uncertain messages at providers that drop what they have seen: the same message, key and account.

The message stays uncertain, and keeps its slot, until such a call is answered with `accepted`: then the provider has it
once, by whichever of the calls. Any other answer speaks of the repetition alone, and leaves it uncertain. Before it is
repeated the gate is asked again, as if it held nothing: what it would not let through now is not offered again, and
keeps its slot, since it may have gone out by the first call.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from tidegate.channels import OutboundMessage, Outcome, OutcomeKind, Receipts
from tidegate.delivery.contacts import Contacts, Reached
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.dispatch.queue import Waiting
from tidegate.delivery.dispatch.sound import sound
from tidegate.delivery.dispatch.writer import Writer
from tidegate.delivery.gatekeeper import read_customers
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import CustomerFacts, Granted, Verdict
from tidegate.delivery.policing import Policing
from tidegate.delivery.reconciling import Reconciling, Taken
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import asking, breakers, gating
from tidegate.runtime.clock import micros
from tidegate.runtime.feed import load_cursor

LOG = structlog.get_logger(__name__)
_MOST = 20
REPEATED_FOR = 900 * SECOND
"""How long after its call a message is repeated, in µs."""

Send = Callable[[Line, OutboundMessage], object]


@dataclass(frozen=True, slots=True)
class Repeating:
    """Repeats uncertain messages. ``send`` has the adapter send one, and raises what it raises."""

    reconciling: Reconciling
    contacts: Contacts
    writer: Writer
    policing: Policing
    send: Send

    def step(self) -> bool:
        """Repeats some of each account whose provider takes a message once; True when anything was settled."""
        lines = [one for one in self.reconciling.lines.active() if _is_idempotent(one)]
        settled = [self._repeat(line) for line in lines]
        return any(settled)

    def _repeat(self, line: Line) -> bool:
        account_id, database = line.account.account_id, self.reconciling.database
        with database.read() as connection:
            breaker, is_resting, _ = breakers.standing(connection, account_id)
            if breaker.opens or is_resting or not asking.is_due(connection, account_id):
                return False
        taken = self._fresh(self.reconciling.take(line, limit=_MOST))
        answers: dict[str, Outcome] = {}
        for one in self._written(line, taken):
            outcome = self._sent(line, one)
            if outcome.kind is not OutcomeKind.ACCEPTED:
                break
            answers[one.message_id] = outcome
        return self.reconciling.settle(line, taken, answers)

    def _fresh(self, taken: Taken) -> Taken:
        now = micros(self.reconciling.clock.now())
        return {
            key: (stored, call, address)
            for key, (stored, call, address) in taken.items()
            if address.value and now - (stored.call_time or 0) <= REPEATED_FOR and now < stored.message.expire_time
        }

    def _written(self, line: Line, taken: Taken) -> Iterator[OutboundMessage]:
        if not taken:
            return
        customers = {stored.message.customer_id for stored, *_ in taken.values() if stored.message.customer_id}
        reached = self.contacts.of(customers, [line.lane.namespace])
        with self.reconciling.database.read() as connection:
            allowed = self._allowed(connection, line, taken, reached)
            contents = asking.contents(connection, allowed)
        again = []
        for key, (stored, _, address) in allowed.items():
            message = stored.message._replace(attempts=stored.message.attempts - 1)
            granted = Granted(message, address, reached.locale(message.customer_id), stored.lease_token)
            again.append(Waiting(granted, contents[key]))
        for written in self.writer.write(line, again).values():
            if isinstance(written, OutboundMessage):
                yield written

    def _allowed(self, connection: sa.Connection, line: Line, taken: Taken, reached: Reached) -> Taken:
        """Those that the gate would let through to the same address now; who was just merged is asked about later."""
        messages = {key: stored.message for key, (stored, *_) in taken.items()}
        gate = self.policing.gate(
            connection,
            now=micros(self.reconciling.clock.now()),
            account_id=line.account.account_id,
            namespace=line.lane.namespace,
            template_ids={one.template_id for one in messages.values()},
            taking=False,
        )
        asked = {one.customer_id for one in messages.values() if one.customer_id}
        customers = gating.read_customers(connection, asked) if asked else {}
        read_customers(connection, customers, reached, gate.policies, now=gate.now, repeat_window=gate.repeat_window)
        if asked and load_cursor(connection, CURSORS, "identity") < reached.position:
            return {}
        allowed = {}
        for key, (stored, call, address) in taken.items():
            message = stored.message
            customer = customers.get(message.customer_id, CustomerFacts(message.customer_id))
            customer = replace(customer, rows=[row for row in customer.rows if row.message_id != key])
            points = reached.points.get(message.customer_id)
            decision = gate.decide(message, customer, points, call.key)
            is_same = decision.address is not None and decision.address.key in (call.key, "")
            if decision.verdict is Verdict.GRANTED and is_same and not customer.merged_into:
                allowed[key] = stored, call, address
        return allowed

    def _sent(self, line: Line, message: OutboundMessage) -> Outcome:
        try:
            return sound(self.send(line, message))
        except Exception as error:
            LOG.exception("message.not_repeated", account_id=line.account.account_id, error=type(error).__name__)
            return Outcome.uncertain("the repetition was not answered")


def _is_idempotent(line: Line) -> bool:
    """Whether to repeat rather than to ask, which is the gentler way where there are both."""
    manifest = line.channel.manifest
    return manifest.idempotent and Receipts.POLL not in manifest.receipts
