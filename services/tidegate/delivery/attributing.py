"""Finds the message of a receipt where the provider's id was lost with the answer to its call.

On a platform whose messages use up grants, nobody but delivery sends messages of the templates that are entered here:
else no count of grants would hold. So a receipt whose id no answer has named is of the only message of that template to
that address whose id is not known. Where there are several, or several such receipts, nothing can be told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.delivery.instants import DAY, SECOND
from tidegate.delivery.model import MessageState
from tidegate.delivery.receipts import INBOX_KEEPS, Receipts
from tidegate.delivery.store import attributing as store
from tidegate.delivery.store import calling
from tidegate.delivery.store.attributing import Nameless
from tidegate.delivery.store.receipts import Receipt
from tidegate.delivery.templates.providers import Ours, ProviderTemplates
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

_MOST = 2_000
_LASTING = 3 * DAY
"""So long after it was sent a receipt may come; as long nothing else may lack its id."""
_SKEW = 60 * SECOND
"""So far the provider's clock may be behind."""


def attributed(
    receipts: Sequence[Receipt], nameless: Sequence[Nameless], ours: Mapping[str, Ours]
) -> dict[str, Nameless]:
    """The messages of those receipts, by their ids, of which it is certain; ``ours`` are our templates by account."""
    alike: dict[tuple[str, str], list[Receipt]] = {}
    for one in receipts:
        alike.setdefault((one.address_key, one.provider_template), []).append(one)
    to: dict[str, list[Nameless]] = {}
    for message in nameless:
        to.setdefault(message.address_key, []).append(message)
    found: dict[str, Nameless] = {}
    for (address_key, template), several in alike.items():
        if len({one.provider_message_id for one in several}) > 1:
            continue
        time = several[0].time
        possible = [
            one
            for one in to.get(address_key, ())
            if one.template_id in ours.get(one.account_id, {}).get(template, ())
            and time - _LASTING <= one.taken_at <= time + _SKEW
        ]
        if len(possible) == 1 and possible[0].state is MessageState.UNCERTAIN:
            account_id = possible[0].account_id
            found |= {one.receipt_id: possible[0] for one in several if one.account_id == account_id}
    return found


@dataclass(frozen=True, slots=True)
class Attributing:
    """Looks for such receipts in the inbox."""

    database: Database
    clock: Clock
    receipts: Receipts
    templates: ProviderTemplates

    def step(self) -> bool:
        """Applies those whose message is certain; False when there is none."""
        since = micros(self.clock.now()) - INBOX_KEEPS
        with self.database.read() as connection:
            waiting = store.lost(connection, since=since, limit=_MOST, lock=False)
            if not self._found(connection, waiting, ()):
                return False
        return self.database.run(lambda connection: self._apply(connection, since))

    def _apply(self, connection: sa.Connection, since: int) -> bool:
        """The uncertain messages are locked before it is looked who else may be meant: no answer comes between."""
        waiting = store.lost(connection, since=since, limit=_MOST, lock=True)
        supposed = {one.message_id for one in self._found(connection, waiting, ()).values()}
        locked = calling.lock(connection, supposed, {MessageState.UNCERTAIN}) if supposed else {}
        found = self._found(connection, waiting, locked.keys()) if locked else {}
        if not found:
            return False
        of = {one.receipt_id: one for one in waiting}
        named = {(one.message_id, one.account_id, of[key].provider_message_id) for key, one in found.items()}
        store.name(connection, sorted(named))
        self.receipts.apply_found(
            connection, [of[key]._replace(message_id=one.message_id) for key, one in found.items()]
        )
        return True

    def _found(
        self, connection: sa.Connection, waiting: Sequence[Receipt], locked: Collection[str]
    ) -> dict[str, Nameless]:
        """Of whichever messages, or of those that are ``locked`` alone."""
        if not waiting:
            return {}
        earliest = min(one.time for one in waiting) - _LASTING
        nameless = store.nameless(connection, {one.address_key for one in waiting}, since=earliest)
        known = store.known(connection, {one.provider_message_id for one in waiting})
        unknown = [one for one in waiting if one.provider_message_id not in known]
        found = attributed(unknown, nameless, self.templates.all(connection))
        return {key: one for key, one in found.items() if not locked or one.message_id in locked}
