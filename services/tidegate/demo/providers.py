"""The providers whom the campaign goes through, simulated: Aliyun for SMS, WeChat, and WeCom with the shop's staff."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from tidegate_simulators.aliyun import AccessKey, AliyunSimulator, Registered
from tidegate_simulators.sms import Kind, Template
from tidegate_simulators.wechat import Audience, WeChatSimulator
from tidegate_simulators.wecom import WeComSimulator
from tidegate_simulators.wecom.corp import SHANGHAI
from tidegate_simulators.wecom.events import Company
from tidegate_simulators.wecom.tasks import SENT, Task
from tidegate_simulators.weixin import Pusher, Sent

from tidegate.demo.sayings import FLASH, SAYINGS, SIGN, SUBSCRIBED
from tidegate.demo.shop import APPID, CORPID, Person

ACCESS_KEY = "LTAI5tOfTheDemo"
SECRETS = {
    "aliyun": "key-of-the-demo",
    "wechat": "app-of-the-demo",
    "wecom": "company-of-the-demo",
    "token": "token-of-the-demo",
    "aes-key": "d" * 43,
}
"""What keeps the demo's providers from others: nothing. Accounts name them by these names."""
STAFF = ("anna", "ben", "chen", "dora", "emil", "fang")
DILIGENT = STAFF[:4]
"""Who of the staff confirms what is to be sent to their customers; the others let it expire."""
_OUT_OF_REACH = 0.02
_BLOCKS = 0.02
_REFUSES = 0.01
_PATIENCE = 60.0
_LOOKED_AT_AFTER = 4 * 3600
_SATURDAY = 5


@dataclass(slots=True)
class Time:
    """What WeChat and WeCom take for the time, in seconds since 1970."""

    now: float

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Providers:
    """Three endpoints, and what people and staff do there.

    ``time`` is that of WeChat and WeCom; Aliyun has the real one, since it looks when calls were signed. ``arrived``
    are the subscription messages that nobody has read yet.
    """

    aliyun: AliyunSimulator
    wechat: WeChatSimulator
    wecom: WeComSimulator
    chance: Random
    time: Time
    arrived: list[Sent]
    _audience: Audience = field(init=False)
    _company: Company = field(init=False)
    _pushers: list[Pusher] = field(default_factory=list)
    _read: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._audience = self.wechat.add_account(APPID, SECRETS["wechat"])
        for saying in SUBSCRIBED:
            self._audience.account.add_template(saying.wechat_id, ["thing1", "thing2"])
        self._company = self.wecom.add_corp(CORPID)
        self._company.corp.add_app(SECRETS["wecom"], contacts=True)

    @property
    def urls(self) -> Mapping[str, str]:
        """Where each listens."""
        return {"aliyun": self.aliyun.url, "wechat": self.wechat.url, "wecom": self.wecom.url}

    def know(self, people: Sequence[Person]) -> None:
        """They are users of the mini-program, contacts of staff, owners of phones, of which some are switched off."""
        for person in people:
            if self.chance.random() < _OUT_OF_REACH:
                self.aliyun.account.results[person.phone] = "MOBILE_NOT_ON_SERVICE"
            if person.openid:
                user = self._audience.account.add_user(person.openid)
                user.fate = "user block" if self.chance.random() < _BLOCKS else "success"
            if person.external_userid:
                self._company.corp.add_customer(person.external_userid, STAFF[person.number % len(STAFF)])

    def call_back(self, urls: Mapping[str, str]) -> None:
        """Has receipts and events go to these addresses, by provider."""
        self.aliyun.call_back(urls["aliyun"])
        pusher = self._audience.call_back(
            urls["wechat"], token=SECRETS["token"], encoding_aes_key=SECRETS["aes-key"], answer_within=_PATIENCE
        )
        self._pushers.append(pusher)

    def ask(self, people: Sequence[Person]) -> None:
        """Some users of the mini-program are asked what they want to be told."""
        for person in people:
            if person.asked:
                accepted = [one.wechat_id for one in SUBSCRIBED if one.template_id in person.subscribes]
                rejected = [one.wechat_id for one in SUBSCRIBED if one.template_id not in person.subscribes]
                self._audience.decides(person.openid, accept=accepted, reject=rejected)

    def reached(self) -> Iterator[str]:
        """Whom the campaign has reached since; staff confirm, and some customers answer that they want no more SMS."""
        fresh = self.arrived[:]
        del self.arrived[: len(fresh)]
        yield from (one.recipient for one in fresh if self._audience.account.users[one.recipient].fate == "success")
        yield from self._reached_by_sms()
        yield from self._reached_by_staff()

    def tell(self) -> int:
        """Has all receipts and events be taken that there are; how many there were."""
        told = self.aliyun.push()
        for pusher in self._pushers:
            pushes, pusher.pushes = pusher.pushes, []
            for push in pushes:
                push.wait(_PATIENCE)
            told += len(pushes)
        return told

    def _reached_by_sms(self) -> Iterator[str]:
        for number, messages in list(self.aliyun.received.items()):
            fresh = messages[self._read.get(number, 0) :]
            self._read[number] = len(messages)
            for sms in fresh:
                if sms.result == "DELIVERED" and sms.template != FLASH.sms_code:
                    yield number
                if sms.result == "DELIVERED" and self.chance.random() < _REFUSES:
                    self.aliyun.reply(number, "R")

    def _reached_by_staff(self) -> Iterator[str]:
        for msgid, task in list(self._company.corp.tasks.items()):
            for member in DILIGENT if self._is_confirmed_now(task) else ():
                if member in task.targets and member not in task.confirmed:
                    self._company.confirms(member, msgid)
                    yield from (name for name, target in task.targets[member].items() if target.status == SENT)

    def _is_confirmed_now(self, task: Task) -> bool:
        """Whether those who confirm come to it: on working days, not at once, and while it can be."""
        is_working_day = datetime.fromtimestamp(self.time.now, SHANGHAI).weekday() < _SATURDAY
        return is_working_day and self.time.now - task.created >= _LOOKED_AT_AFTER and not task.cancelled


@contextmanager
def providers(opening: datetime, seed: int) -> Iterator[Providers]:
    """Runs them for as long as the block lasts; their time is ``opening`` at first."""
    account = Registered(
        keys=(AccessKey(ACCESS_KEY, SECRETS["aliyun"]),),
        signs={SIGN},
        templates={
            one.sms_code: Template(code=one.sms_code, content=one.short("${offer}"), kind=Kind.MARKETING)
            for one in SAYINGS
            if "sms" in one.accounts
        },
    )
    time, arrived = Time(opening.timestamp()), list[Sent]()
    with (
        AliyunSimulator(account=account, push_every=0) as aliyun,
        WeChatSimulator(clock=time, keep=False, on_message=arrived.append) as wechat,
        WeComSimulator(clock=time, keep=False) as wecom,
    ):
        yield Providers(aliyun, wechat, wecom, Random(seed), time, arrived)  # noqa: S311
