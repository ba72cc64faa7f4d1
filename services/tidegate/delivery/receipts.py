"""What providers and customers say after a message went out: early, late, doubled, or out of order.

States only move forward. A receipt whose message is not known waits in the inbox until a call names the
provider's id; one that says less than is known already is kept without effect.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import sqlalchemy as sa
import structlog

from tidegate.api.delivery.v1 import changes_pb2, receipts_pb2
from tidegate.delivery import lateness
from tidegate.delivery.announce import Announcer, numbers
from tidegate.delivery.calls import address_of
from tidegate.delivery.course import Course, follow, refusal_of, told_of
from tidegate.delivery.instants import DAY, timestamp
from tidegate.delivery.links.model import ONE_CLICK, Engagement
from tidegate.delivery.model import Address, Facts, LedgerState, MessageState, ReceiptKind, ReceiptState
from tidegate.delivery.outcomes import Outcomes
from tidegate.delivery.policy.model import SuppressionCause
from tidegate.delivery.reactions.recipients import suppress_address, withdraw_consent
from tidegate.delivery.reporting import Reported, Reporting
from tidegate.delivery.steps import Answered
from tidegate.delivery.store import calling, costs, following
from tidegate.delivery.store import receipts as store
from tidegate.delivery.store.calling import Call
from tidegate.delivery.store.receipts import Named, Receipt
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import DataLoss

LOG = structlog.get_logger(__name__)
KINDS: Mapping[ReceiptKind, receipts_pb2.ReceiptKind] = numbers(receipts_pb2.ReceiptKind, "RECEIPT_KIND", ReceiptKind)
INBOX_KEEPS = 7 * DAY
"""How long receipts wait for their message; then they are removed."""
_MOST = 1_000
_UNSETTLED = frozenset({MessageState.CALLING, MessageState.UNCERTAIN})
_WITHDRAWING = {
    ReceiptKind.COMPLAINT: (SuppressionCause.COMPLAINT, "complaint"),
    ReceiptKind.UNSUBSCRIBED: (SuppressionCause.UNSUBSCRIBE, "receipt"),
}
_BY_CUSTOMERS = frozenset({ReceiptKind.OPENED, ReceiptKind.CLICKED, *_WITHDRAWING})
_ABOUT = (
    "campaign_id", "phase_id", "journey_id", "enrollment_id", "node_id", "channel", "template_id", "tier", "brand",
)  # fmt: skip
"""What is told of the message with what a customer did with it."""
_NOWHERE = Address("", "", "")
_ANY = frozenset(MessageState)
_NOT_WHOLE = frozenset({ReceiptKind.HARD_BOUNCE, ReceiptKind.SOFT_BOUNCE, ReceiptKind.REFUSED})
_OF_ONE_CALL = frozenset({ReceiptKind.HARD_BOUNCE, ReceiptKind.REFUSED})
"""What is about one call's address, or its cost."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was done with a receipt; ``message_state`` is None while the message is not known."""

    receipt: Receipt
    message_state: MessageState | None
    is_duplicate: bool = False


class Receipts:
    """Records receipts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        announcer: Announcer,
        reporting: Reporting,
        *,
        outcomes: Outcomes,
        zone: tzinfo,
    ) -> None:
        """``zone`` is the company's, on whose days costs fall."""
        self._outcomes = outcomes
        self._zone = zone
        self._database = database
        self._clock = clock
        self._announcer = announcer
        self._reporting = reporting

    def record(self, reported: Sequence[Reported]) -> list[Recorded]:
        """Keeps receipts, each once, and moves their messages; one answer each, in their order."""
        receipts = self._reporting.keyed(reported)
        return self._database.run(lambda connection: self._record(connection, receipts))

    def keyed(self, reported: Sequence[Reported]) -> list[Receipt]:
        """The receipts with their keys, as record_within() takes them."""
        return self._reporting.keyed(reported)

    def record_within(self, connection: sa.Connection, receipts: Sequence[Receipt]) -> list[Recorded]:
        """Like record(), in a transaction that is open already."""
        return self._record(connection, receipts)

    def apply_found(self, connection: sa.Connection, receipts: Sequence[Receipt]) -> None:
        """Applies receipts of the inbox whose messages have been found, in a transaction that is open already."""
        self._apply(connection, receipts, ())

    def page(
        self,
        *,
        message_id: str,
        account_id: str,
        state: ReceiptState | None,
        before: str,
        limit: int,
    ) -> Sequence[Receipt]:
        """Receipts, newest first, older than the id ``before``."""
        with self._database.read() as connection:
            return store.find(
                connection,
                message_id=message_id,
                account_id=account_id,
                state=state,
                before=before,
                limit=limit,
            )

    def interacted(self, connection: sa.Connection, interactions: Sequence[Engagement]) -> None:
        """Notes what customers did with messages; a scanner's visit is told, and counts for nothing.

        An unsubscription withdraws the consent to the message's purpose, on its channel and for its brand.
        """
        named = {one.message_id for one in interactions if one.message_id}
        stored = calling.lock(connection, named, _ANY) if named else {}
        courses = {key: Course.of(one) for key, one in stored.items()}
        for one in interactions:
            course = courses.get(one.message_id)
            if course is not None and not one.scanner:
                follow(course, _as_receipt(one))
        self._write(connection, courses, {})
        facts = {key: course.message for key, course in courses.items()}
        told = [_interaction(one, facts.get(one.message_id)) for one in interactions]
        self._announcer.changes(connection, told)
        for one in interactions:
            message = facts.get(one.message_id)
            if one.kind is ReceiptKind.UNSUBSCRIBED and message is not None and message.customer_id:
                withdraw_consent(
                    connection,
                    self._announcer,
                    message,
                    channel=message.channel,
                    cause=SuppressionCause.UNSUBSCRIBE,
                    source=ONE_CLICK,
                    now=one.time,
                )

    def pass_inbox(self) -> bool:
        """Applies receipts that came before anything was known of their message."""
        since = micros(self._clock.now()) - INBOX_KEEPS
        with self._database.read() as connection:
            if not store.waiting(connection, since=since, limit=1):
                return False
        return self._database.run(lambda connection: self._empty_inbox(connection, since))

    def _record(self, connection: sa.Connection, receipts: Sequence[Receipt]) -> list[Recorded]:
        found, of_parts = self._with_messages(connection, receipts)
        fresh = store.keep(connection, found)
        applied = self._apply(connection, [one for one in found if one.receipt_id in fresh], of_parts)
        doubled = [one for one in found if one.receipt_id not in fresh]
        before = self._before(connection, doubled)
        return [
            applied[one.receipt_id] if one.receipt_id in fresh else before[(one.account_id, one.dedupe_key)]
            for one in found
        ]

    def _with_messages(
        self, connection: sa.Connection, receipts: Sequence[Receipt]
    ) -> tuple[list[Receipt], Collection[str]]:
        """With the message's id where only the provider's is given; and the ids of receipts of further parts."""
        asked = {_named(one) for one in receipts if not one.message_id}
        known = store.messages_of(connection, asked) if asked else {}
        parts = store.messages_of_parts(connection, missing) if (missing := asked - known.keys()) else {}
        known = {**parts, **known}
        found = [one if one.message_id else one._replace(message_id=known.get(_named(one), "")) for one in receipts]
        return found, {one.receipt_id for one in receipts if not one.message_id and _named(one) in parts}

    def _before(self, connection: sa.Connection, doubled: Sequence[Receipt]) -> Mapping[tuple[str, str], Recorded]:
        if not doubled:
            return {}
        kept = store.kept_before(connection, {(one.account_id, one.dedupe_key) for one in doubled})
        messages = calling.lock(connection, {one.message_id for one in kept.values() if one.message_id}, _ANY)
        states = {key: one.message.state for key, one in messages.items()}
        return {key: Recorded(one, states.get(one.message_id), is_duplicate=True) for key, one in kept.items()}

    def _empty_inbox(self, connection: sa.Connection, since: int) -> bool:
        waiting = store.waiting(connection, since=since, limit=_MOST)
        known, of_parts = self._with_messages(connection, waiting)
        found = [one for one in known if one.message_id]
        self._apply(connection, found, of_parts)
        return bool(found)

    def _apply(
        self, connection: sa.Connection, receipts: Sequence[Receipt], of_parts: Collection[str]
    ) -> dict[str, Recorded]:
        """Moves messages by receipts that are kept already, in the order in which things happened.

        A further part tells of its message only that it did not arrive whole.
        """
        named = {one.message_id for one in receipts if one.message_id}
        stored = calling.lock(connection, named, _ANY) if named else {}
        courses = {key: Course.of(one) for key, one in stored.items()}
        self._read_calls(connection, courses, receipts)
        self._read_tasks(connection, courses, receipts)
        recorded: dict[str, Recorded] = {}
        for receipt in sorted(receipts, key=lambda one: one.time):
            course = courses.get(receipt.message_id)
            tells = receipt.receipt_id not in of_parts or receipt.kind in _NOT_WHOLE
            moved = course is not None and tells and follow(course, receipt)
            state = _receipt_state(course, receipt, moved=moved)
            message_state = course.state if course else None
            recorded[receipt.receipt_id] = Recorded(receipt._replace(state=state), message_state)
        self._refuse(connection, courses, recorded)
        self._write(connection, courses, recorded)
        return recorded

    def _refuse(self, connection: sa.Connection, courses: Mapping[str, Course], recorded: dict[str, Recorded]) -> None:
        """A refusal that is learnt late does all that one does which answers its call."""
        refused = {key: course for key, course in courses.items() if course.refusal}
        if not refused:
            return
        self._outcomes.apply(connection, [self._refusal(one, one.refusal) for one in refused.values() if one.refusal])
        states = {key: one.message.state for key, one in calling.lock(connection, refused, _ANY).items()}
        for key, course in refused.items():
            course.state = states[key]
        for receipt_id, one in recorded.items():
            if one.receipt.message_id in refused:
                recorded[receipt_id] = Recorded(one.receipt, states[one.receipt.message_id])

    def _refusal(self, course: Course, receipt: Receipt) -> Answered:
        call, message_id = course.call(receipt), course.message.message_id
        try:
            address = address_of(self._announcer.vault, message_id, call) if call else _NOWHERE
        except DataLoss as error:
            LOG.exception("address.not_kept", message_id=message_id, reason=error.reason)
            address = _NOWHERE
        return refusal_of(course, receipt, address)

    def _read_calls(
        self, connection: sa.Connection, courses: Mapping[str, Course], receipts: Sequence[Receipt]
    ) -> None:
        """Adds the calls where there were several, or where the address or the cost of one is needed."""
        dead = {one.message_id for one in receipts if one.kind in _OF_ONE_CALL}
        asked = [key for key, one in courses.items() if one.message.attempts > 1 or key in dead]
        for message_id, several in calling.calls(connection, asked).items() if asked else ():
            courses[message_id].calls = several

    def _read_tasks(
        self, connection: sa.Connection, courses: Mapping[str, Course], receipts: Sequence[Receipt]
    ) -> None:
        """Notes which of those that are said to have been refused are tasks of staff."""
        refused = {one.message_id for one in receipts if one.kind is ReceiptKind.REFUSED}
        sent = [key for key in refused if key in courses and courses[key].state is MessageState.SENT]
        for message_id in following.tasks(connection, sent) if sent else ():
            courses[message_id].is_task = True

    def _write(
        self, connection: sa.Connection, courses: Mapping[str, Course], recorded: Mapping[str, Recorded]
    ) -> None:
        moved = [course for course in courses.values() if course.update is not None]
        calling.write(connection, [course.update for course in moved if course.update is not None])
        settled = {key: (one.receipt.message_id, one.receipt.state) for key, one in recorded.items()}
        if settled:
            store.settle(connection, settled)
        self._take_back(connection, moved)
        self._announcer.moved(connection, [told_of(course) for course in moved])
        known = [(courses[one.receipt.message_id], one.receipt) for one in recorded.values() if one.message_state]
        self._announce_receipts(connection, known)
        self._react(connection, known)

    def _take_back(self, connection: sa.Connection, moved: Sequence[Course]) -> None:
        """What the provider took, and then did not send, has cost nothing."""
        unsent = [one for one in moved if one.update and one.update.slot is LedgerState.RELEASED]
        calls = [(one, call) for one in unsent if (call := one.call(one.by[-1])) and call.parts]
        sums: dict[costs.Place, costs.Amount] = {}
        for _, call in calls:
            charge = lateness.charge_of(connection, call, self._zone)
            place = costs.Place(charge.day, call.account_id, charge.currency)
            known = sums.get(place, costs.Amount(0, 0, 0))
            sums[place] = costs.Amount(known[0] - charge.micros, known[1] - 1, known[2] - charge.parts)
        if sums:
            costs.add(connection, sums)
            calling.uncharge(connection, [(one.message.message_id, call.number) for one, call in calls])

    def _announce_receipts(self, connection: sa.Connection, receipts: Sequence[tuple[Course, Receipt]]) -> None:
        changes = []
        for course, one in receipts:
            body = changes_pb2.ReceiptRecorded(
                receipt_id=one.receipt_id,
                message_id=one.message_id,
                account_id=one.account_id,
                kind=KINDS[one.kind],
                provider_code=one.provider_code,
                time=timestamp(one.time),
            )
            if one.kind in _BY_CUSTOMERS:
                _tell_about(body, course.message)
            change = changes_pb2.Change(receipt_recorded=body)
            changes.append((change, course.message.customer_id, one.record_time))
        self._announcer.changes(connection, changes)

    def _react(self, connection: sa.Connection, receipts: Sequence[tuple[Course, Receipt]]) -> None:
        """A dead address is suppressed; who complains or unsubscribes is left in peace."""
        for course, one in receipts:
            message, call = course.message, course.call(one)
            channel = call.channel if call else message.channel
            if one.kind is ReceiptKind.HARD_BOUNCE and call and call.key:
                self._suppress(connection, message, call, one.record_time)
            elif one.kind in _WITHDRAWING and message.customer_id:
                cause, source = _WITHDRAWING[one.kind]
                withdraw_consent(
                    connection,
                    self._announcer,
                    message,
                    channel=channel,
                    cause=cause,
                    source=source,
                    now=one.record_time,
                )

    def _suppress(self, connection: sa.Connection, message: Facts, call: Call, now: int) -> None:
        try:
            address = address_of(self._announcer.vault, message.message_id, call)
        except DataLoss as error:
            LOG.exception("address.not_suppressed", message_id=message.message_id, reason=error.reason)
        else:
            suppress_address(connection, self._announcer, message, call.channel, address, now)


def _named(receipt: Receipt) -> Named:
    return Named(receipt.account_id, receipt.provider_message_id, receipt.address_key)


def _receipt_state(course: Course | None, receipt: Receipt, *, moved: bool) -> ReceiptState:
    if course is None:
        return ReceiptState.WAITING
    telling = receipt.kind in (*_WITHDRAWING, ReceiptKind.HARD_BOUNCE)
    return ReceiptState.APPLIED if moved or telling else ReceiptState.SUPERSEDED


_INTERACTIONS = {
    ReceiptKind.OPENED: changes_pb2.INTERACTION_KIND_OPENED,
    ReceiptKind.CLICKED: changes_pb2.INTERACTION_KIND_CLICKED,
    ReceiptKind.UNSUBSCRIBED: changes_pb2.INTERACTION_KIND_UNSUBSCRIBED,
}


def _as_receipt(one: Engagement) -> Receipt:
    state = ReceiptState.APPLIED
    return Receipt("", "", "", one.message_id, one.kind, "", one.time, one.time, "", state)


def _interaction(one: Engagement, message: Facts | None) -> tuple[changes_pb2.Change, int, int]:
    body = changes_pb2.MessageInteraction(
        message_id=one.message_id,
        kind=_INTERACTIONS[one.kind],
        link_code=one.link_code,
        link_label=one.link_label,
        scanner=one.scanner,
        time=timestamp(one.time),
    )
    if message is not None:
        _tell_about(body, message)
    customer_id = message.customer_id if message else one.customer_id
    return changes_pb2.Change(interaction=body), customer_id, one.time


def _tell_about(body: changes_pb2.MessageInteraction | changes_pb2.ReceiptRecorded, message: Facts) -> None:
    for name in _ABOUT:
        setattr(body, name, getattr(message, name))
