"""What delivery speaks of: messages, what is known of their customers, decisions, and what became of them.

Instants are microseconds since the epoch throughout delivery: the gate compares millions of them.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery.allowances.model import Take


class MessageClass(enum.StrEnum):
    """What a message is for, which decides the checks of the gate that it must pass."""

    VERIFICATION = "verification"
    TRANSACTIONAL = "transactional"
    SERVICE_REPLY = "service_reply"
    MARKETING = "marketing"
    MARKETING_OVERRIDE = "marketing_override"


COUNTED = frozenset({MessageClass.MARKETING, MessageClass.MARKETING_OVERRIDE})
"""The classes whose messages take a slot of the ledger."""


class MessageState(enum.StrEnum):
    """Where a message stands; tidegate.delivery.machine says which moves there are."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    CLAIMED = "claimed"
    CALLING = "calling"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    CLICKED = "clicked"
    DROPPED = "dropped"
    FAILED = "failed"


class DropReason(enum.StrEnum):
    """Why the gate ended a message."""

    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOT_ACTIVE = "not_active"
    NOT_OWNER = "not_owner"
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    WINDOW_CLOSED = "window_closed"
    NO_CREDIT = "no_credit"
    TEMPLATE_INVALID = "template_invalid"
    HELD_OUT = "held_out"
    FREQUENCY = "frequency"
    QUIET = "quiet"
    REPEATED = "repeated"


class GateCheck(enum.StrEnum):
    """The checks of the gate, in their order."""

    STATE = "state"
    OWNERSHIP = "ownership"
    CONSENT = "consent"
    ADDRESS = "address"
    HOLDOUT = "holdout"
    FREQUENCY = "frequency"
    QUIET_HOURS = "quiet_hours"


class Verdict(enum.StrEnum):
    """What the gate said of a message."""

    GRANTED = "granted"
    DEFERRED = "deferred"
    DROPPED = "dropped"
    NEXT_CHANNEL = "next_channel"


class LedgerState(enum.StrEnum):
    """Whether a slot is taken; only a released one does not count."""

    RESERVED = "reserved"
    COMMITTED = "committed"
    RELEASED = "released"


class RecipientKind(enum.StrEnum):
    """Whom a message is for."""

    CUSTOMER = "customer"
    STAFF = "staff"
    GROUP = "group"


class AccountState(enum.StrEnum):
    """Whether an account sends."""

    ACTIVE = "active"
    PAUSED = "paused"
    BROKEN = "broken"


class ReceiptKind(enum.StrEnum):
    """What a provider, or the customer, says of a message after it went out."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    REFUSED = "refused"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


class ReceiptState(enum.StrEnum):
    """What was done with a receipt."""

    APPLIED = "applied"
    WAITING = "waiting"
    SUPERSEDED = "superseded"


class Facts(NamedTuple):
    """A message as the gate and the dispatcher see it: what its caller said, and how far it has come.

    ``channel`` is the one that is tried now, ``channels[channel_index]``. ``tier`` is the caller's; the gate
    fills in the customer's where there is none. ``content_key`` is the digest of what counts as the same content,
    empty where repeats are no matter.
    """

    message_id: str
    caller: str
    idempotency_key: str
    customer_id: int
    original_customer_id: int
    recipient_kind: RecipientKind
    entity_id: str
    channels: tuple[str, ...]
    template_id: str
    message_class: MessageClass
    purpose: str
    brand: str
    campaign_id: str
    phase_id: str
    journey_id: str
    enrollment_id: str
    node_id: str
    tier: str
    sender_unit: str
    language: str
    priority: int
    holdout_experiment: str
    override_end: int
    accept_time: int
    expire_time: int
    state: MessageState
    channel: str
    channel_index: int
    account_id: str
    attempts: int
    content_key: str = ""

    def class_at(self, now: int) -> MessageClass:
        """As what it counts at an instant: as an override only while that lasts."""
        if self.message_class is MessageClass.MARKETING_OVERRIDE and self.override_end <= now:
            return MessageClass.MARKETING
        return self.message_class


class LedgerRow(NamedTuple):
    """A slot that counts, with what was frozen on it; ``content_key`` as a message's."""

    customer_id: int
    message_id: str
    counted_at: int
    channel: str
    brand: str
    campaign_id: str
    phase_id: str
    journey_id: str
    caller: str
    tier: str
    state: LedgerState = LedgerState.RESERVED
    content_key: str = ""


class Consent(NamedTuple):
    """One decision; empty channel or brand stand for all. ``time`` is when it was made."""

    purpose: str
    channel: str
    brand: str
    granted: bool
    time: int


class Suppressed(NamedTuple):
    """Stops what is sent to a customer, or to an address (of which ``address_key`` is the digest), until an end."""

    suppression_id: str
    customer_id: int
    address_key: str
    channels: frozenset[str]
    purpose: str
    brand: str
    cause: str
    expire_time: int | None = None


@dataclass(slots=True)
class CustomerFacts:
    """What delivery knows of a customer, read under the lock of the customer's row.

    ``merged_into`` is 0 unless the id is an alias. ``rows`` are the slots inside the rules' horizon; those
    that the same batch grants are added to them.
    """

    customer_id: int
    merged_into: int = 0
    zone: str = ""
    tier: str = ""
    erased: bool = False
    consents: Sequence[Consent] = ()
    segments: frozenset[str] = frozenset()
    suppressed: Sequence[Suppressed] = ()
    rows: list[LedgerRow] = field(default_factory=list)


class Address(NamedTuple):
    """An identifier that messages can be sent to; ``key`` is the digest by which it is suppressed."""

    namespace: str
    value: str
    key: str

    def __repr__(self) -> str:
        """Without the value, which is personal."""
        return f"Address(namespace={self.namespace!r}, key={self.key!r})"


class ContactPoints(NamedTuple):
    """A customer's addresses, best first, as identity had them at a position of its feed."""

    customer_id: int
    addresses: Sequence[Address]
    zone: str
    locale: str


class Finding(NamedTuple):
    """A frequency rule that does not allow a message."""

    rule_id: str
    rule_version: int
    counted: int
    limit: int
    free_at: int | None


NO_FACTS: Mapping[str, str] = MappingProxyType({})


class Decision(NamedTuple):
    """What the gate said of one message on one channel, and the facts it rests on.

    ``address`` is set for a grant alone and never stored. ``tier`` and ``message_class`` are what the ledger
    row is to carry, ``takes`` what of the platform's allowance a grant takes. ``retry_in`` is when a message is asked
    about again that waits for no instant known: µs of real time. ``left_to`` are other accounts of the channel, one
    of which is to send the message; where all of them have refused it already, ``is_refused``.
    """

    verdict: Verdict
    time: int
    channel: str
    check: GateCheck | None = None
    reason: DropReason | None = None
    wake_time: int | None = None
    findings: Sequence[Finding] = ()
    facts: Mapping[str, str] = NO_FACTS
    address: Address | None = None
    tier: str = ""
    counts: bool = False
    retry_in: int | None = None
    takes: Take | None = None
    left_to: tuple[str, ...] = ()
    is_refused: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether the message has not ended, and waits for no instant: another account has it, or a refusal's way."""
        return bool(self.left_to) or self.is_refused


class Granted(NamedTuple):
    """A message that holds its slot and waits for its call."""

    message: Facts
    address: Address
    locale: str
    lease_token: str


class Charge(NamedTuple):
    """What a call costs for a message, in millionths of ``currency``, on ``day`` (YYYY-MM-DD, the company's)."""

    micros: int = 0
    parts: int = 0
    currency: str = ""
    day: str = ""


NO_CHARGE = Charge()


class CallResult(NamedTuple):
    """What came of one call for one message; ``ended`` is business time.

    Messages of one call share ``call``, by which the process numbers its calls; 0: the provider was not called.
    ``watched``: calls of the account are known to have failed. ``charged`` is what the same call was charged before.
    ``reported``: it was learnt after the call, from a receipt or by asking. ``part_ids`` are the provider's of further
    parts.
    """

    message_id: str
    lease_token: str
    account_id: str
    channel: str
    started: int
    ended: int
    kind: OutcomeKind
    scope: Scope = Scope.MESSAGE
    provider_id: str = ""
    provider_code: str = ""
    detail: str = ""
    retry_after: int | None = None
    call: int = 0
    watched: bool = False
    charge: Charge = NO_CHARGE
    charged: Charge = NO_CHARGE
    reported: bool = False
    part_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One set of credentials and limits at a provider. Durations are microseconds, 0 for the default."""

    account_id: str
    channel: str
    adapter: str
    display_name: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    per_second: float = 0.0
    burst: int = 0
    brands: tuple[str, ...] = ()
    call_timeout: int = 0
    max_in_flight: int = 0
    settle_after: int = 0
    price_micros: int = 0
    currency: str = ""
    state: AccountState = AccountState.ACTIVE
    state_reason: str = ""
    version: int = 1
    create_time: int = 0
    update_time: int = 0


_CLASS_RANKS = {
    MessageClass.VERIFICATION: 0,
    MessageClass.TRANSACTIONAL: 1,
    MessageClass.SERVICE_REPLY: 2,
    MessageClass.MARKETING_OVERRIDE: 3,
    MessageClass.MARKETING: 4,
}
HIGHEST_PRIORITY = 1_000
RANKS = len(_CLASS_RANKS) * (HIGHEST_PRIORITY + 1)
"""There are so many ranks: each is less."""


def rank(message_class: MessageClass, priority: int) -> int:
    """The place in the queue by class, then priority: a lower number goes first."""
    return _CLASS_RANKS[message_class] * (HIGHEST_PRIORITY + 1) + HIGHEST_PRIORITY - priority


FIRST_COUNTED = rank(MessageClass.MARKETING_OVERRIDE, HIGHEST_PRIORITY)
"""What comes before this rank is urgent: it waits behind nothing that goes to many."""
