"""What is kept for accounts between calls, for as long as their settings and the event loop stay the same.

Delivery gives a loop up that an adapter has blocked, and goes on in another: connections belong to the loop that made
them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from tidegate.channels import Account

SettingsT = TypeVar("SettingsT")


class Closing(Protocol):
    """What is let go of at the end, once or more often."""

    async def close(self) -> None: ...


KeptT = TypeVar("KeptT", bound=Closing)


@dataclass(slots=True)
class _Entry(Generic[SettingsT, KeptT]):
    settings: SettingsT
    kept: KeptT
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    users: int = 0
    is_retired: bool = False


class Kept(Generic[SettingsT, KeptT]):
    """By account: connections, a token, whatever else is worth keeping."""

    def __init__(self, make: Callable[[SettingsT], KeptT]) -> None:
        """`make` makes one in the event loop that is running."""
        self._make = make
        self._entries: dict[str, _Entry[SettingsT, KeptT]] = {}

    @asynccontextmanager
    async def use(self, account: Account[SettingsT]) -> AsyncIterator[KeptT]:
        """The account's for a while: what is in use is not closed when the account changes."""
        entry = await self._entry(account)
        entry.users += 1
        try:
            yield entry.kept
        finally:
            entry.users -= 1
            if entry.is_retired and not entry.users:
                await entry.kept.close()

    async def close(self) -> None:
        """Close all."""
        entries, self._entries = self._entries, {}
        await asyncio.gather(*(_retire(entry, at_once=True) for entry in entries.values()))

    async def _entry(self, account: Account[SettingsT]) -> _Entry[SettingsT, KeptT]:
        kept = self._entries.get(account.account_id)
        if kept and kept.settings == account.settings and kept.loop is asyncio.get_running_loop():
            return kept
        fresh = self._entries[account.account_id] = _Entry(account.settings, self._make(account.settings))
        if kept:
            await _retire(kept, at_once=False)
        return fresh


async def _retire(entry: _Entry[SettingsT, KeptT], *, at_once: bool) -> None:
    """Close what nobody uses; in another loop, as soon as that turns again, if ever."""
    entry.is_retired = True
    if entry.loop is asyncio.get_running_loop():
        if at_once or not entry.users:
            await entry.kept.close()
    elif not entry.loop.is_closed():
        asyncio.run_coroutine_threadsafe(entry.kept.close(), entry.loop)
