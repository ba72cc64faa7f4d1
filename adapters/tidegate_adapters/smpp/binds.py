"""The bound connections of one account."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from tidegate_adapters.smpp.session import CannotBind, Session
from tidegate_adapters.smpp.settings import SmppSettings

_AGAIN: Final = 10.0
"""Seconds until another one is tried where the SMSC lets in fewer than are wanted."""


class Binds:
    """As many as the settings say, or as the SMSC lets in, in the event loop that is running.

    Attributes:
        sessions: Those there are, some of which may have ended.
    """

    def __init__(self, settings: SmppSettings) -> None:
        self.sessions: list[Session] = []
        self._settings = settings
        self._turn = asyncio.Lock()
        self._not_before = 0.0

    async def bound(self) -> Sequence[Session]:
        """Those that are open, one at least; what is missing is opened first.

        Raises:
            CannotBind: There is none.
        """
        async with self._turn:
            await self._drop_ended()
            try:
                await self._open_missing()
            except CannotBind:
                self._not_before = time.monotonic() + _AGAIN
                if not self.sessions:
                    raise
            self.sessions.append(self.sessions.pop(0))  # each is the first in its turn
            return tuple(self.sessions)

    async def close(self) -> None:
        """Unbind."""
        sessions, self.sessions = self.sessions, []
        await asyncio.gather(*(session.close() for session in sessions))

    async def _drop_ended(self) -> None:
        for ended in [session for session in self.sessions if not session.is_open]:
            self.sessions.remove(ended)
            await ended.close()

    async def _open_missing(self) -> None:
        while len(self.sessions) < self._settings.binds and not self._is_pausing:
            self.sessions.append(await Session.open(self._settings))

    @property
    def _is_pausing(self) -> bool:
        return bool(self.sessions) and time.monotonic() < self._not_before
