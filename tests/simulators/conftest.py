"""A platform of its own for each test: WeChat with two accounts, WeCom with a company."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from support.weixin import Caller, Clock
from tidegate_simulators.wechat import Audience, WeChatSimulator
from tidegate_simulators.wecom import Company, Corp, WeComSimulator

TEMPLATE = "T-visit"
FIELDS = ("thing1", "date2", "amount3")


@dataclass(frozen=True, slots=True)
class WeChat:
    """The platform, who uses its two accounts, and the time."""

    cloud: WeChatSimulator
    clock: Clock
    mini: Audience
    official: Audience

    def caller(self, audience: Audience) -> Caller:
        """Someone with a token of an account."""
        caller = Caller(self.cloud.url)
        asked = {"grant_type": "client_credential", "appid": audience.account.appid, "secret": audience.account.secret}
        caller.token = caller.post("stable_token", asked)["access_token"]
        return caller


@pytest.fixture
def wechat() -> Iterator[WeChat]:
    clock = Clock()
    with WeChatSimulator(clock=clock) as cloud:
        mini = cloud.add_account("wx-mini", "s-mini", original_id="gh_mini")
        official = cloud.add_account("wx-official", "s-official", original_id="gh_official", mini_program=False)
        for audience in (mini, official):
            audience.account.add_template(TEMPLATE, FIELDS)
        yield WeChat(cloud, clock, mini, official)


@dataclass(frozen=True, slots=True)
class WeCom:
    """The platform, a company with two apps, and the time."""

    cloud: WeComSimulator
    clock: Clock
    company: Company

    @property
    def corp(self) -> Corp:
        return self.company.corp

    def caller(self, secret: str = "s-contacts") -> Caller:
        """Someone with a token of an app."""
        caller = Caller(self.cloud.url)
        caller.token = caller.get("gettoken", corpid="ww1", corpsecret=secret)["access_token"]
        return caller


@pytest.fixture
def wecom() -> Iterator[WeCom]:
    clock = Clock()
    with WeComSimulator(clock=clock) as cloud:
        company = cloud.add_corp("ww1")
        company.corp.add_app("s-contacts", contacts=True)
        company.corp.add_app("s-staff", agent_id=7)
        for user_id in ("ZhangSan", "lisi"):
            company.corp.add_member(user_id)
        yield WeCom(cloud, clock, company)
