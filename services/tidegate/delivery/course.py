"""The course of one message through receipts: where they bring it, in the order in which things happened. No SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery import machine
from tidegate.delivery.announce import Moved
from tidegate.delivery.model import Address, CallResult, Facts, LedgerState, MessageState, ReceiptKind
from tidegate.delivery.steps import Answered
from tidegate.delivery.store.calling import Call, Progress, Stored
from tidegate.delivery.store.receipts import Receipt

_UNSETTLED = frozenset({MessageState.CALLING, MessageState.UNCERTAIN})


@dataclass(slots=True)
class Course:
    """A message, and where the receipts of one batch have brought it."""

    stored: Stored
    state: MessageState
    outcome: str
    sent_time: int | None
    final_time: int | None
    update: Progress | None = None
    calls: Sequence[Call] = ()
    refusal: Receipt | None = None
    by: list[Receipt] = field(default_factory=list)
    is_task: bool = False

    @classmethod
    def of(cls, stored: Stored) -> "Course":
        """As the message stands."""
        return cls(stored, stored.message.state, stored.outcome, stored.sent_time, stored.final_time)

    @property
    def message(self) -> Facts:
        return self.stored.message

    def number(self, receipt: Receipt) -> int:
        """Which of the message's calls a receipt is about; the last one where it does not say."""
        account_id, provider_id = receipt.account_id, receipt.provider_message_id
        there = [one for one in self.calls if one.account_id == account_id]
        named = [one.number for one in there if provider_id and one.provider_message_id == provider_id]
        if not named and account_id != self.message.account_id:
            named = [one.number for one in there]
        return max(named, default=self.message.attempts)

    def call(self, receipt: Receipt) -> Call | None:
        """The call that a receipt is about, if its answer is known."""
        number = self.number(receipt)
        return next((one for one in self.calls if one.number == number), None)

    def forward(self, state: MessageState, receipt: Receipt, slot: LedgerState = LedgerState.COMMITTED) -> None:
        """The provider has the message: that settles its call, if nothing has."""
        if self.state in _UNSETTLED:
            self.outcome = OutcomeKind.ACCEPTED
            self.final_time = receipt.record_time
        self.state = state
        self.sent_time = self.sent_time or receipt.time
        self.by.append(receipt)
        message = self.message
        self.update = Progress(
            message_id=message.message_id,
            state=state,
            channel=message.channel,
            channel_index=message.channel_index,
            outcome=self.outcome,
            drop_reason="",
            retry_in=None,
            settle_in=None,
            sent_time=self.sent_time,
            final_time=self.final_time,
            slot=slot,
        )


def follow(course: Course, receipt: Receipt) -> bool:
    """Moves the course by a receipt; False when it says nothing new, or is about a call before the last one."""
    if course.number(receipt) < course.message.attempts:
        return False
    if receipt.kind is ReceiptKind.REFUSED:
        return _refuse(course, receipt)
    target = machine.reported(course.state, receipt.kind)
    if target is None:
        return False
    course.forward(target, receipt)
    return True


def _refuse(course: Course, receipt: Receipt) -> bool:
    """The provider says that it never took the message, or (of one it took) that it will not be sent."""
    if course.state is MessageState.SENT and course.is_task:
        course.outcome = OutcomeKind.PERMANENT
        course.forward(MessageState.FAILED, receipt, LedgerState.RELEASED)
    elif course.state is MessageState.SENT:
        course.forward(MessageState.BOUNCED, receipt, LedgerState.RELEASED)
    elif course.state in _UNSETTLED:
        course.refusal = receipt
        course.state = MessageState.FAILED  # until Outcomes says where it goes
    else:
        return False
    return True


def refusal_of(course: Course, receipt: Receipt, address: Address) -> Answered:
    """The refusal, as an answer to the message's last call, which went to ``address``."""
    stored, message, call = course.stored, course.message, course.call(receipt)
    result = CallResult(
        message_id=message.message_id,
        lease_token=stored.lease_token,
        account_id=message.account_id,
        channel=message.channel,
        started=stored.call_time or receipt.time,
        ended=receipt.record_time,
        kind=OutcomeKind.PERMANENT,
        scope=Scope.MESSAGE,
        provider_id=receipt.provider_message_id or (call.provider_message_id if call else ""),
        provider_code=receipt.provider_code,
        detail="the provider reported later that it did not take the message",
        reported=True,
    )
    return Answered(message._replace(attempts=message.attempts - 1), result, address)


def told_of(course: Course) -> Moved:
    """What is announced of a message that was moved."""
    last = course.by[-1]
    outcome = OutcomeKind(course.update.outcome) if course.update and course.update.outcome else None
    return Moved(
        course.message,
        course.state,
        last.record_time,
        course.message.channel,
        account_id=course.message.account_id,
        outcome=outcome,
    )
