"""Repeating uncertain messages at providers that drop what they have seen: the same message, key and account.

The message stays uncertain, and keeps its slot, until such a call is answered with `accepted`: then the provider has it
once, by whichever of the calls. Any other answer speaks of the repetition alone, and leaves it uncertain.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog

from tidegate.channels import OutboundMessage, Outcome, OutcomeKind, Receipts
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.dispatch.queue import Waiting
from tidegate.delivery.dispatch.sound import sound
from tidegate.delivery.dispatch.writer import Writer
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import Granted
from tidegate.delivery.reconciling import Reconciling, Taken
from tidegate.delivery.store import asking, breakers
from tidegate.runtime.clock import micros

LOG = structlog.get_logger(__name__)
_MOST = 20
REPEATED_FOR = 900 * SECOND
"""How long after its call a message is repeated, in µs: the gate is not asked again, so its word must be fresh."""

Send = Callable[[Line, OutboundMessage], object]


@dataclass(frozen=True, slots=True)
class Repeating:
    """Repeats uncertain messages. ``send`` has the adapter send one, and raises what it raises."""

    reconciling: Reconciling
    contacts: Contacts
    writer: Writer
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
            contents = asking.contents(connection, taken)
        again = []
        for key, (stored, _, address) in taken.items():
            message = stored.message._replace(attempts=stored.message.attempts - 1)
            granted = Granted(message, address, reached.locale(message.customer_id), stored.lease_token)
            again.append(Waiting(granted, contents[key]))
        for written in self.writer.write(line, again).values():
            if isinstance(written, OutboundMessage):
                yield written

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
