"""WeCom's simulator as one among others: a company whose only member confirms whatever is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tidegate_simulators.wecom.simulator import WeComSimulator

CORP_ID: Final = "ww0000000000000001"
SECRET: Final = "simulated-secret"  # noqa: S105 - of a simulator
AGENT_ID: Final = 1000002
MEMBER: Final = "zhangsan"
ROBOT: Final = "simulated-robot"
TOKEN: Final = "simulated-token"  # noqa: S105 - of a simulator
KEY: Final = "a" * 43
"""Fixed, so that a receiver may be set up before the simulator starts."""


class WeComEndpoint(WeComSimulator):
    """Counts what it takes, keeps nothing; every user id is a member, every external user id a customer."""

    def __init__(self, *, port: int = 0, callback_url: str = "") -> None:
        super().__init__(port=port, keep=False)
        self.company = self.add_corp(CORP_ID)
        self.company.corp.add_app(SECRET, agent_id=AGENT_ID, contacts=True)
        self.company.corp.add_member(MEMBER, confirms=True)
        self.company.corp.add_robot(ROBOT)
        self.company.corp.everyone = True
        if callback_url:
            self.company.call_back(callback_url, token=TOKEN, encoding_aes_key=KEY).keep = False

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account that sends through it; `agentid` is of one that writes to staff."""
        return {
            "base_url": self.url,
            "corpid": CORP_ID,
            "corp_secret": SECRET,
            "agentid": AGENT_ID,
            "callback_token": TOKEN,
            "encoding_aes_key": KEY,
        }

    @property
    def taken(self) -> int:
        """How many messages it has taken."""
        return self.inbox.taken
