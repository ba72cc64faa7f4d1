"""What a channel can and cannot do, said before the first message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Flag

from tidegate.channels.allowances import Limit, WindowRule
from tidegate.channels.kinds import Kind, is_name


class Receipts(Flag):
    """How a provider tells what became of a message later."""

    NONE = 0
    PUSH = 1
    """It calls delivery's HTTP edge."""
    POLL = 2
    """It can be asked what became of an uncertain message: the channel has `query`."""
    COLLECT = 4
    """It holds reports ready to be fetched: the channel has `collect`."""
    FOLLOW_UP = 8
    """It can be asked about messages that it took: the channel has `follow_up`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The capabilities of one channel.

    Delivery groups messages by `max_batch` and `per_recipient_vars`, paces calls by `concurrency` and
    `call_timeout`, measures templates by `max_var_len`, `url_in_vars` and `numbered_vars` when they are saved, takes
    what the platform allows by `needs_grant`, `windows`, `limits`, `daily_cap` and `one_at_a_time`, and asks about
    uncertain messages where `receipts` says that it can, or repeats them where the provider is `idempotent`. Where
    there is a `deadline`, messages gather for nothing and go before others; where staff confirm, a message is a task
    until then.

    Attributes:
        name: The channel's name, unique among all installed adapters, e.g. `sms.aliyun`.
        kinds: The kinds it serves; empty = any kind (such as `console`).
        title: One line for people.
        max_batch: Most messages in one call of `send`. A batch is of one account, kind and template.
        per_recipient_vars: Whether the messages of a batch may differ in variables and text. If not,
            a batch holds messages of equal content.
        idempotent: Whether the provider drops a second message with the same idempotency key, so
            that an uncertain message may be offered again.
        receipts: How receipts come.
        max_var_len: Longest variable in characters; None = no limit.
        url_in_vars: Whether variables may hold links.
        numbered_vars: Whether the provider numbers variables: they are named 1, 2, … without a gap.
        daily_cap: Most messages a day (of China's time) and account, by the provider's rules; None = none known.
        deadline: How soon after it was accepted a message must be offered to be taken at all (the greeting of
            a new WeCom contact: 20 s); later it goes to the next channel, or ends as expired. None = no such rule.
        needs_grant: Whether each send uses up a permission that the customer gave: without one left, delivery
            goes to the next channel.
        windows: The interaction windows that messages need, as dated rules; empty = none are needed, but for
            service replies, which then need that the customer wrote within 48 hours.
        limits: How many messages the platform takes per address and per account, as dated rules; what goes
            beyond them waits.
        one_at_a_time: Whether an address may have one message under way only; others wait for its answer.
        staff_confirmed: Whether `accepted` means a task that a member of staff has yet to confirm.
        concurrency: Most calls of `send` at one time and account.
        call_timeout: Longest time `send` may take. Past it delivery cancels the call and takes all
            its messages for uncertain; adapters give up earlier and know better.
    """

    name: str
    kinds: tuple[Kind, ...]
    title: str = ""
    max_batch: int = 1
    per_recipient_vars: bool = True
    idempotent: bool = False
    receipts: Receipts = Receipts.NONE
    max_var_len: int | None = None
    url_in_vars: bool = True
    numbered_vars: bool = False
    daily_cap: int | None = None
    deadline: timedelta | None = None
    needs_grant: bool = False
    windows: tuple[WindowRule, ...] = ()
    limits: tuple[Limit, ...] = ()
    one_at_a_time: bool = False
    staff_confirmed: bool = False
    concurrency: int = 8
    call_timeout: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError(f"Manifest.name: {self.name!r} is no name; use a-z, 0-9 and _ . -")
        self._check_positive()
        if len({kind.name for kind in self.kinds}) != len(self.kinds):
            raise ValueError(f"Manifest.kinds: {self.name} names a kind twice")

    def _check_positive(self) -> None:
        zero = timedelta()
        limits = {
            "max_batch": self.max_batch > 0,
            "max_var_len": self.max_var_len is None or self.max_var_len > 0,
            "daily_cap": self.daily_cap is None or self.daily_cap > 0,
            "deadline": self.deadline is None or self.deadline > zero,
            "concurrency": self.concurrency > 0,
            "call_timeout": self.call_timeout > zero,
        }
        wrong = [name for name, positive in limits.items() if not positive]
        if wrong:
            raise ValueError(f"Manifest of {self.name}: {', '.join(wrong)} must be more than zero")

    def serves(self, kind: str) -> bool:
        """Whether messages of that kind may go through this channel."""
        return not self.kinds or any(kind == served.name for served in self.kinds)
