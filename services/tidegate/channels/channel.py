"""The one class that an adapter implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic

from tidegate.channels.kinds import kind_named
from tidegate.channels.manifest import Manifest
from tidegate.channels.message import Account, Asked, OutboundMessage, SettingsT
from tidegate.channels.outcome import Outcome


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
