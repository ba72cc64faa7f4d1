"""What an accepted message waits for beside its turn: an account that sends, or what the gate has yet to learn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import grpc
import sqlalchemy as sa

from tidegate.delivery.allowances.words import waiting_words
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.model import Account, AccountState, RecipientKind
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import accounts, breakers, reading
from tidegate.delivery.store.reading import Row
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import load_cursor


@dataclass(frozen=True, slots=True)
class Waiting:
    """Looks what keeps the gate from deciding, at this moment."""

    database: Database
    clock: Clock
    contacts: Contacts

    def words(self, message: Row) -> Sequence[str]:
        """A sentence for each cause; none where the message is next."""
        reflected = self._reflected(message) if message.recipient_kind == RecipientKind.CUSTOMER else 0
        with self.database.read() as connection:
            full = reading.full_accounts(connection, message.channel, micros(self.clock.now()))
            told = [*_closed(connection, message), *waiting_words(full)]
            applied = load_cursor(connection, CURSORS, "identity")
        if message.given_way:
            told.append("It has given way to better messages of its customer, which are to go first.")
        if reflected is None:
            told.append("Identity does not say where the customer is reached.")
        elif reflected > applied:
            told.append(
                f"What identity says of the customer is as of position {reflected} of its feed, of which delivery has "
                f"applied {applied}: the gate waits until it knows as much."
            )
        return told

    def _reflected(self, message: Row) -> int | None:
        """The position of identity's feed that it answers by; None when it does not answer."""
        try:
            return self.contacts.of([message.customer_id], ()).position
        except grpc.RpcError:
            return None


def _closed(connection: sa.Connection, message: Row) -> Iterator[str]:
    """Why nothing sends on the message's channel, if nothing does."""
    found = [
        one
        for one in accounts.find(connection, channel=message.channel)
        if not one.brands or message.brand in one.brands
    ]
    held = breakers.open_accounts(connection) if found else frozenset()
    if any(one.state is AccountState.ACTIVE and one.account_id not in held for one in found):
        return
    yield f"No account sends on {message.channel}{f' for {message.brand}' if message.brand else ''}."
    yield from (_standing(one) for one in found)


def _standing(account: Account) -> str:
    if account.state is AccountState.ACTIVE:
        return f"Account {account.account_id} makes no calls for a while, since the last ones failed."
    reason = f" ({account.state_reason})" if account.state_reason else ""
    return f"Account {account.account_id} is {account.state}{reason}."
