"""WeChat's simulator as one among others: a mini-program whose users are whoever is written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tidegate_simulators.wechat.simulator import WeChatSimulator

APPID: Final = "wx0000000000000001"
SECRET: Final = "simulated-secret"  # noqa: S105 - of a simulator
TOKEN: Final = "simulated-token"  # noqa: S105 - of a simulator
KEY: Final = "a" * 43
"""Fixed, so that a receiver may be set up before the simulator starts."""


class WeChatEndpoint(WeChatSimulator):
    """Counts what it takes, keeps nothing; every openid allows a thousand sends of each template."""

    def __init__(self, *, port: int = 0, callback_url: str = "") -> None:
        super().__init__(port=port, keep=False)
        self.audience = self.add_account(APPID, SECRET)
        self.audience.account.everyone = True
        self.audience.account.credits_at_first = 1000
        if callback_url:
            self.audience.call_back(callback_url, token=TOKEN, encoding_aes_key=KEY).keep = False

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account that sends through it."""
        return {
            "base_url": self.url,
            "appid": APPID,
            "app_secret": SECRET,
            "callback_token": TOKEN,
            "encoding_aes_key": KEY,
        }

    @property
    def taken(self) -> int:
        """How many messages it has taken."""
        return self.inbox.taken
