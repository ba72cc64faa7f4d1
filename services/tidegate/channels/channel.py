"""The one class that an adapter implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic

from tidegate.channels.callback import Callback, Reply
from tidegate.channels.contact_way import ContactWay
from tidegate.channels.kinds import kind_named
from tidegate.channels.manifest import Manifest
from tidegate.channels.message import Account, Asked, OutboundMessage, SettingsT
from tidegate.channels.outcome import Outcome
from tidegate.channels.receipt import Receipt
from tidegate.channels.report import Report


class Channel(ABC, Generic[SettingsT]):
    """A way to reach people through one provider.

    Made once at start by the adapter's hook, outside of any event loop; every coroutine runs later
    in one loop that belongs to the adapter. Nothing in it may block that loop: a blocking library
    goes through `asyncio.to_thread`. A loop that is blocked all the same is given up, and the channel
    is called in a new one: what is bound to a loop, such as connections, is kept per loop.

    Attributes:
        manifest: What the channel can do; never changes.
        settings_type: A frozen dataclass that declares the settings of an account with
            `setting()` and `secret()`. It has value equality.
    """

    manifest: Manifest
    settings_type: type[SettingsT]

    @abstractmethod
    async def send(self, account: Account[SettingsT], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        """Offer each message to the provider, once.

        Args:
            account: Whose credentials to use. Calls for one account may overlap, up to
                `manifest.concurrency`.
            batch: 1 to `manifest.max_batch` messages of one kind and template.

        Returns:
            One outcome per message, in the order of `batch`. One message's fate does not touch the
            others'. Nothing is retried within the call.

        It raises nothing but `asyncio.CancelledError`.
        """

    async def query(self, account: Account[SettingsT], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        """Ask the provider what became of messages whose call it did not answer.

        Called for what is uncertain, from a minute after the call on and ever more seldom, and only where
        `manifest.receipts` has `Receipts.POLL`.

        Args:
            account: The account through which they were offered.
            asked: 1 to 100 messages of that account.

        Returns:
            For each, in order: `accepted` when the provider has it, a refusal when it surely does not and
            will not have it, None when that is not known yet.
        """
        return [None] * len(asked)

    def answer(self, account: Account[SettingsT], callback: Callback) -> Reply:
        """Answer a call that the provider makes to delivery: check that it is the provider's, and no more.

        Called outside of the adapter's loop, by several threads at one time; it computes and does no I/O. Delivery
        keeps what has a `key` before it answers, and has it read afterwards. One that does not come from the
        provider, or came too long ago to be believed, is answered with a status of 400 and more, and no key.
        """
        return Reply(status=404, body=f"{self.manifest.name} takes no callbacks")

    async def read(self, account: Account[SettingsT], callback: Callback) -> Sequence[Report]:
        """Tell what a callback says that `answer` gave a key.

        Called once or more, until it returns; what it raises is logged, and it is called again later. It may ask
        the provider for what the callback leaves out.
        """
        return []

    async def collect(self, account: Account[SettingsT]) -> Sequence[Report]:
        """Fetch what the provider holds ready for the account, such as receipts whose push failed.

        Called every few seconds where `manifest.receipts` has `Receipts.COLLECT`, and at once again while it
        returns anything.
        """
        return []

    async def follow_up(self, account: Account[SettingsT], asked: Sequence[Asked]) -> Sequence[Receipt]:
        """Ask what became of messages that the provider took and of which no receipt has come.

        Called ever more seldom until a receipt comes, where `manifest.receipts` has `Receipts.FOLLOW_UP`: for a task
        that staff have yet to confirm from a minute after the call, then at least every hour, until 72 hours after
        the message's deadline at most; for what is pushed as a rule 1, 6, 24 and 72 hours after the call. A call that
        raises, or answers something else, counts as one that was answered with nothing.

        Args:
            account: The account through which they went.
            asked: 1 to 100 messages of that account.

        Returns:
            What is known by now, in any order; nothing of messages of which nothing is.
        """
        return []

    async def remind(self, account: Account[SettingsT], asked: Sequence[Asked]) -> None:
        """Remind staff of up to ten tasks that they have yet to confirm (`manifest.staff_confirmed`)."""

    async def withdraw(self, account: Account[SettingsT], asked: Sequence[Asked]) -> Sequence[bool]:
        """Take tasks back that staff have not confirmed when the last deadline passed (`manifest.staff_confirmed`).

        Args:
            account: The account through which they went.
            asked: The messages of up to ten tasks, each with all that are still open.

        Returns:
            For each, in order, whether it surely will not go out any more.
        """
        return [False] * len(asked)

    async def make_contact_way(self, account: Account[SettingsT], wanted: ContactWay) -> str | Outcome:
        """Have the provider make a code by which customers add staff as contacts.

        Returns:
            The address of the code for customers to scan or to open; or why there is none.
        """
        return Outcome.permanent(f"{self.manifest.name} has no contact ways: name an account of a channel that has")

    async def find_contact_way(
        self, account: Account[SettingsT], wanted: ContactWay, begun: datetime
    ) -> str | Outcome | None:
        """Look for the code of a `make_contact_way` whose answer was lost, before it is called once more.

        Args:
            account: The account through which it was asked for.
            wanted: What it was to do; only the source code is surely the same.
            begun: When that call began, aware.

        Returns:
            The address of the code that carries the source code and was made then; None where there is none, or the
            provider can't be asked such a thing; an outcome where it does not answer: then none is made.
        """
        return None

    async def test(self, account: Account[SettingsT]) -> Outcome:
        """Find out whether the account can send, without sending to anyone.

        Returns:
            `accepted`, or why not. A channel that cannot tell answers `accepted` and says so in the detail.
        """
        return Outcome.accepted(detail=f"{self.manifest.name} has no test without a message")

    async def close(self) -> None:
        """Let go of connections; called once, at the end, in the adapter's loop."""

    def address_namespace(self, account: Account[SettingsT]) -> str:
        """The namespace of the identifiers to which this account sends.

        The kind's namespace with `{name}` replaced by the account's setting of that name.
        """
        served = {kind.name: kind for kind in self.manifest.kinds}
        kind = served.get(account.kind) or kind_named(account.kind)
        return kind.namespace.format_map(_SettingsByName(account.settings))


class _SettingsByName(dict[str, Any]):
    """Looks a placeholder up among an account's settings."""

    def __init__(self, settings: object) -> None:
        super().__init__()
        self._settings = settings

    def __missing__(self, name: str) -> object:
        return getattr(self._settings, name)


AnyChannel = Channel[Any]
"""A channel whose settings nobody needs to know, as delivery sees it."""
