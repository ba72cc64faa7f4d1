"""What the channels of WeChat and WeCom share: an interface for each account, and whether it gives a token."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from tidegate.channels import Account, Channel, Outcome

from tidegate_adapters.calls import Kept, NoToken
from tidegate_adapters.weixin.api import Api

SettingsT = TypeVar("SettingsT")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time by which waits until the end of a day are told."""
    return datetime.now(UTC)


class ApiChannel(Channel[SettingsT]):
    """A channel that calls with an account's access token."""

    def __init__(self, now: Clock = utc_now) -> None:
        self.now = now
        self.kept = Kept[SettingsT, Api](self.open)

    @abstractmethod
    def open(self, settings: SettingsT) -> Api:
        """An account's interface, in the event loop that is running."""

    async def test(self, account: Account[SettingsT]) -> Outcome:
        """Fetch the account's token."""
        api = self.open(account.settings)
        try:
            await api.tokens.get()
        except NoToken as error:
            return error.outcome
        finally:
            await api.close()
        return Outcome.accepted(detail="the provider gives the account a token")

    async def close(self) -> None:
        await self.kept.close()
