"""What customers choose to get: the page behind the unsubscribe link of a message, and what they end there.

It can end messages and not begin them: a link may be in another's hands, and consent is not given by those.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from tidegate.channels.kinds import WEBHOOK, WECOM_ROBOT, WECOM_STAFF
from tidegate.delivery.announce import Announcer
from tidegate.delivery.gate.consent import consented, stops
from tidegate.delivery.gate.terms import DENIED_PURPOSES
from tidegate.delivery.links.model import ONE_CLICK, PREFERENCES, Choice, Found
from tidegate.delivery.links.remembered import message_of, remembered
from tidegate.delivery.links.tokens import Tokens, Unsubscribing
from tidegate.delivery.model import CustomerFacts, Facts
from tidegate.delivery.policy import suppressions
from tidegate.delivery.policy.model import SuppressionCause
from tidegate.delivery.reactions.recipients import withdraw_consent
from tidegate.delivery.store import accounts, gating
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

_NOT_CUSTOMERS = frozenset({WEBHOOK.name, WECOM_ROBOT.name, WECOM_STAFF.name})


_NOTHING = Found()


class Preferences:
    """The operations behind the page. All is about the customer and the brand of the message whose link it is."""

    def __init__(self, database: Database, clock: Clock, *, tokens: Tokens, announcer: Announcer) -> None:
        self._database = database
        self._clock = clock
        self._tokens = tokens
        self._announcer = announcer

    def look(self, token: str) -> Found:
        """What there is to choose, by purpose and channel; nothing by a token that isn't ours, or of nobody's."""
        now = micros(self._clock.now())
        with self._database.read() as connection:
            message = message_of(connection, self._tokens, token)
            return _found(connection, message, now) if message is not None else _NOTHING

    def end(self, token: str, ways: Collection[tuple[str, str]]) -> Found:
        """Ends those of the (purpose, channel) that the customer gets, and says what there is to choose then."""
        if self._tokens.read_unsubscribe(token) is None:
            return _NOTHING
        now = micros(self._clock.now())
        return self._database.run(lambda connection: self._end(connection, token, ways, now))

    def unsubscribe(self, token: str) -> bool:
        """Ends messages of the kind that the link remembers, whose message is not kept; False if it remembers none."""
        read = self._tokens.read_unsubscribe(token)
        if read is None or read.of is None:
            return False
        now = micros(self._clock.now())
        self._database.run(lambda connection: self._end_remembered(connection, read, now))
        return True

    def _end_remembered(self, connection: sa.Connection, read: Unsubscribing, now: int) -> None:
        message = remembered(connection, read)
        if message is not None:  # who was erased gets nothing anyhow
            withdraw_consent(
                connection,
                self._announcer,
                message,
                channel=message.channel,
                cause=SuppressionCause.UNSUBSCRIBE,
                source=ONE_CLICK,
                now=now,
            )

    def _end(self, connection: sa.Connection, token: str, ways: Collection[tuple[str, str]], now: int) -> Found:
        message = message_of(connection, self._tokens, token)
        if message is None:
            return _NOTHING
        for choice in _choices(connection, message, now):
            if choice.is_on and choice.way in ways:
                withdraw_consent(
                    connection,
                    self._announcer,
                    message._replace(purpose=choice.purpose),
                    channel=choice.channel,
                    cause=SuppressionCause.UNSUBSCRIBE,
                    source=PREFERENCES,
                    now=now,
                )
        return _found(connection, message, now)


def _found(connection: sa.Connection, message: Facts, now: int) -> Found:
    return Found(_choices(connection, message, now), (message.purpose, message.channel))


def _choices(connection: sa.Connection, message: Facts, now: int) -> list[Choice]:
    customer = _customer(connection, message.customer_id, now)
    if customer is None:
        return []
    decided = {one.purpose for one in customer.consents if one.brand in ("", message.brand)}
    channels = sorted(set(_channels(connection, message)))
    purposes = [message.purpose, *sorted(decided - {message.purpose})]
    return [_choice(message, customer, purpose, channel) for purpose in purposes for channel in channels]


def _customer(connection: sa.Connection, customer_id: int, now: int) -> CustomerFacts | None:
    """The customer with their consents and suppressions; None for nobody, and for who was erased."""
    if not customer_id:
        return None
    found = gating.read_customers(connection, [customer_id]).get(customer_id)
    if found is None or found.erased:
        return None
    found.suppressed = suppressions.matching(connection, [customer_id], [], now)
    return found


def _channels(connection: sa.Connection, message: Facts) -> Iterable[str]:
    """Those by which the brand writes to customers."""
    yield message.channel
    for account in accounts.find(connection):
        if account.channel not in _NOT_CUSTOMERS and (not account.brands or message.brand in account.brands):
            yield account.channel


def _choice(message: Facts, customer: CustomerFacts, purpose: str, channel: str) -> Choice:
    such = message._replace(purpose=purpose, channel=channel)
    stopped = any(stops(one, such) for one in customer.suppressed)
    return Choice(purpose, channel, is_on=not stopped and consented(customer.consents, such, DENIED_PURPOSES))
