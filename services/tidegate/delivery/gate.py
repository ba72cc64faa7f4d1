"""The gate: the ordered checks of one message on one channel. Pure; the rows come from the gatekeeper.

The first check that says no decides. What only this channel lacks (consent, an address, content) leads to the
next channel of the message's chain, and ends the message when there is none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tidegate.delivery.model import (
    COUNTED,
    Address,
    Consent,
    ContactPoints,
    CustomerFacts,
    Decision,
    DropReason,
    Facts,
    Finding,
    GateCheck,
    MessageClass,
    RecipientKind,
    Suppressed,
    Verdict,
)
from tidegate.delivery.policy import deferral
from tidegate.delivery.policy.frequency import RuleSet, reaction
from tidegate.delivery.policy.model import OnExceed, Violation
from tidegate.delivery.policy.quiet import QuietHours


class Policies(Protocol):
    """The policies of one version."""

    @property
    def version(self) -> int: ...
    @property
    def rules(self) -> RuleSet: ...
    @property
    def quiet(self) -> QuietHours: ...
    def segments(self) -> frozenset[str]:
        """The segments that any of them names."""
        ...

    @property
    def ownership(self) -> Mapping[str, frozenset[str]]:
        """By sender unit, the segments to whose members it may market."""
        ...


class Template(Protocol):
    """What the gate asks of a template."""

    def usable(self, channel: str, account_id: str = "") -> bool:
        """Whether it is active, has content for ``channel``, and the account's provider has not refused it."""
        ...


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides messages for one account at one instant.

    ``namespace`` is where the account's addresses are. ``inactive`` names journeys, campaigns and phases that
    are not active, as (kind, id). ``denied_purposes`` need a consent; others are allowed until it is denied.
    """

    now: int
    account_id: str
    namespace: str
    policies: Policies
    templates: Mapping[str, Template]
    inactive: Collection[tuple[str, str]] = ()
    denied_purposes: frozenset[str] = field(default_factory=lambda: frozenset({"marketing"}))

    def decide(
        self,
        message: Facts,
        customer: CustomerFacts,
        points: ContactPoints | None,
        preferred: tuple[str, str] | None = None,
    ) -> Decision:
        """The decision about ``message`` on the channel that it is on now.

        ``points`` is None when identity knows no such customer. ``preferred`` is the address (namespace,
        value) that the caller named.
        """
        if message.recipient_kind is not RecipientKind.CUSTOMER:
            return self._decide_entity(message)
        message = self._as_it_counts(message, customer)
        addresses = self._addresses(points, preferred)
        return (
            self._state(message)
            or self._ownership(message, customer)
            or self._consent(message, customer, addresses)
            or self._reachable(message, addresses)
            or self._holdout(message)
            or self._frequency(message, customer)
            or self._quiet(message, customer)
            or self._grant(message, _open_address(message, customer, addresses))
        )

    def _decide_entity(self, message: Facts) -> Decision:
        """Staff and groups are no customers: nothing but state, address and template is asked."""
        address = Address(self.namespace, message.entity_id, "")
        return self._state(message) or self._reachable(message, [address]) or self._grant(message, address)

    def _as_it_counts(self, message: Facts, customer: CustomerFacts) -> Facts:
        """With the tier that is known here where its caller named none, and an override only while it lasts."""
        if not message.tier and customer.tier:
            message = message._replace(tier=customer.tier)
        if message.message_class is MessageClass.MARKETING_OVERRIDE and message.override_end <= self.now:
            message = message._replace(message_class=MessageClass.MARKETING)
        return message

    def _addresses(self, points: ContactPoints | None, preferred: tuple[str, str] | None) -> Sequence[Address]:
        """The customer's addresses on this account, best first."""
        if points is None:
            return ()
        found = [address for address in points.addresses if address.namespace == self.namespace]
        if preferred is not None and len(found) > 1:
            found.sort(key=lambda address: (address.namespace, address.value) != preferred)
        return found

    def _state(self, message: Facts) -> Decision | None:
        if message.expire_time <= self.now:
            return self._drop(message, GateCheck.STATE, DropReason.EXPIRED)
        if self.inactive and self._is_inactive(message):
            return self._drop(message, GateCheck.STATE, DropReason.NOT_ACTIVE)
        return None

    def _is_inactive(self, message: Facts) -> bool:
        return (
            ("journey", message.journey_id) in self.inactive
            or ("campaign", message.campaign_id) in self.inactive
            or ("phase", f"{message.campaign_id}/{message.phase_id}") in self.inactive
        )

    def _ownership(self, message: Facts, customer: CustomerFacts) -> Decision | None:
        if not self.policies.ownership or message.message_class not in COUNTED:
            return None
        audience = self.policies.ownership.get(message.sender_unit)
        if audience is None or audience & customer.segments:
            return None
        return self._drop(message, GateCheck.OWNERSHIP, DropReason.NOT_OWNER)

    def _consent(self, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
        if customer.erased:
            return self._drop(message, GateCheck.CONSENT, DropReason.SUPPRESSED)
        if not consented(customer.consents, message, self.denied_purposes):
            return self._elsewhere(message, GateCheck.CONSENT, DropReason.NO_CONSENT)
        if customer.suppressed:
            return self._suppression(message, customer, addresses)
        return None

    def _suppression(self, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
        stopping = [one for one in customer.suppressed if _stops(one, message)]
        personal = next((one for one in stopping if one.customer_id), None)
        if personal is None and (not addresses or _open_address(message, customer, addresses)):
            return None
        found = personal or next(iter(stopping))
        facts = {"suppression_id": found.suppression_id, "cause": found.cause}
        return self._elsewhere(message, GateCheck.CONSENT, DropReason.SUPPRESSED, facts)

    def _reachable(self, message: Facts, addresses: Sequence[Address]) -> Decision | None:
        if not addresses:
            facts = {"namespace": self.namespace}
            return self._elsewhere(message, GateCheck.ADDRESS, DropReason.NO_ADDRESS, facts)
        template = self.templates.get(message.template_id)
        if template is None or not template.usable(message.channel, self.account_id):
            facts = {"template_id": message.template_id}
            return self._elsewhere(message, GateCheck.ADDRESS, DropReason.TEMPLATE_INVALID, facts)
        return None

    def _holdout(self, message: Facts) -> Decision | None:
        if not message.holdout_experiment or message.message_class not in COUNTED:
            return None
        facts = {"experiment_id": message.holdout_experiment}
        return self._drop(message, GateCheck.HOLDOUT, DropReason.HELD_OUT, facts)

    def _frequency(self, message: Facts, customer: CustomerFacts) -> Decision | None:
        broken = self.policies.rules.violations(message, customer, customer.rows, self.now)
        if not broken:
            return None
        reason, check = DropReason.FREQUENCY, GateCheck.FREQUENCY
        findings = [_finding(violation) for violation in broken]
        match reaction(broken):
            case OnExceed.DEFER:
                return self._defer(message, customer, check, reason, findings)
            case OnExceed.NEXT_CHANNEL:
                return self._elsewhere(message, check, reason, findings=findings)
        return self._drop(message, check, reason, findings=findings)

    def _quiet(self, message: Facts, customer: CustomerFacts) -> Decision | None:
        quiet = self.policies.quiet
        if quiet.next_allowed(self.now, message, customer) == self.now:
            return None
        reason, check = DropReason.QUIET, GateCheck.QUIET_HOURS
        match quiet.action(self.now, message, customer):
            case OnExceed.DEFER:
                return self._defer(message, customer, check, reason, ())
            case OnExceed.NEXT_CHANNEL:
                return self._elsewhere(message, check, reason)
        return self._drop(message, check, reason)

    def _defer(
        self,
        message: Facts,
        customer: CustomerFacts,
        check: GateCheck,
        reason: DropReason,
        findings: Sequence[Finding],
    ) -> Decision:
        """Until every rule and quiet hours allow it; dropped at once when that is after its expiry."""
        wake = self._wake_time(message, customer)
        if wake is None or wake >= message.expire_time:
            facts = {} if wake is None else {"free_at": str(wake)}
            return self._drop(message, check, reason, facts, findings)
        return Decision(
            Verdict.DEFERRED,
            self.now,
            message.channel,
            check,
            reason,
            wake_time=wake,
            findings=findings,
        )

    def _wake_time(self, message: Facts, customer: CustomerFacts) -> int | None:
        """What waits for quiet hours to end is spread behind their end, as far as its expiry allows."""
        rules, quiet = self.policies.rules, self.policies.quiet
        free = deferral.earliest_free(message, customer, customer.rows, rules, quiet, self.now)
        if free is None:
            return None
        spread = quiet.release(free, message, customer)
        return spread if spread < message.expire_time else free

    def _grant(self, message: Facts, address: Address | None) -> Decision:
        return Decision(
            Verdict.GRANTED,
            self.now,
            message.channel,
            address=address,
            tier=message.tier,
            counts=message.message_class in COUNTED and message.recipient_kind is RecipientKind.CUSTOMER,
        )

    def _drop(
        self,
        message: Facts,
        check: GateCheck,
        reason: DropReason,
        facts: Mapping[str, str] | None = None,
        findings: Sequence[Finding] = (),
    ) -> Decision:
        return Decision(Verdict.DROPPED, self.now, message.channel, check, reason, findings=findings, facts=facts or {})

    def _elsewhere(
        self,
        message: Facts,
        check: GateCheck,
        reason: DropReason,
        facts: Mapping[str, str] | None = None,
        findings: Sequence[Finding] = (),
    ) -> Decision:
        """The next channel of the chain, if there is one."""
        if message.channel_index + 1 >= len(message.channels):
            return self._drop(message, check, reason, facts, findings)
        verdict = Verdict.NEXT_CHANNEL
        return Decision(verdict, self.now, message.channel, check, reason, findings=findings, facts=facts or {})


def consented(consents: Sequence[Consent], message: Facts, denied_purposes: frozenset[str]) -> bool:
    """The newest decision that covers the message's purpose, channel and brand; a tie is a denial."""
    newest: Consent | None = None
    for consent in consents:
        if not _covers(consent, message):
            continue
        if newest is None or consent.time > newest.time or (consent.time == newest.time and not consent.granted):
            newest = consent
    return message.purpose not in denied_purposes if newest is None else newest.granted


def _covers(consent: Consent, message: Facts) -> bool:
    return (
        consent.purpose == message.purpose
        and consent.channel in ("", message.channel)
        and consent.brand in ("", message.brand)
    )


def _stops(suppressed: Suppressed, message: Facts) -> bool:
    return (
        (not suppressed.channels or message.channel in suppressed.channels)
        and suppressed.purpose in ("", message.purpose)
        and suppressed.brand in ("", message.brand)
    )


def _open_address(message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Address | None:
    """The best address that is not suppressed for such a message."""
    if not customer.suppressed:
        return addresses[0] if addresses else None
    closed = {one.address_key for one in customer.suppressed if one.address_key and _stops(one, message)}
    return next((address for address in addresses if address.key not in closed), None)


def _finding(violation: Violation) -> Finding:
    rule = violation.rule
    return Finding(rule.rule_id, rule.version, violation.counted, violation.limit, violation.free_at)
