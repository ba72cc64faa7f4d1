"""A company: its apps, staff, customers, robots, and who has whom."""

from __future__ import annotations

import secrets
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

from tidegate_simulators.wecom.tasks import Task
from tidegate_simulators.weixin import Refusal
from tidegate_simulators.weixin.limits import DAY, Clock

LIFE: Final = 7200
WELCOME_SECONDS: Final = 20
SHANGHAI: Final = timezone(timedelta(hours=8))


class AppTokens:
    """One app's token: the same until it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, int] = {}
        """Each token that was given out, and why it is refused before its end; 0 = it is not."""
        self._text = ""
        self._ends = float("-inf")

    def issue(self) -> dict[str, object]:
        """The token that is valid, or a new one."""
        now = self._clock()
        if not self._text or now >= self._ends or self._codes[self._text]:
            self._codes = {text: code or 42001 for text, code in self._codes.items()}
            self._text, self._ends = secrets.token_urlsafe(160), now + LIFE
            self._codes[self._text] = 0
        return {"errcode": 0, "errmsg": "ok", "access_token": self._text, "expires_in": int(self._ends - now)}

    def knows(self, text: str) -> bool:
        """Whether it ever gave out this token."""
        return text in self._codes

    def check(self, text: str) -> None:
        """Let a token pass.

        Raises:
            Refusal: It is not valid.
        """
        code = self._codes[text] or (42001 if self._clock() >= self._ends else 0)
        if code:
            raise Refusal(code, "access_token expired" if code == 42001 else "invalid access_token")

    def invalidate(self, code: int = 40014) -> None:
        """Refuse every token so far with this code, before its time."""
        self._codes = {text: known or code for text, known in self._codes.items()}


@dataclass(slots=True)
class App:
    """What a secret belongs to.

    Attributes:
        agent_id: Its number, of an app that writes to staff.
        contacts: Whether it may call what is about customers.
        tokens: Its tokens.
    """

    agent_id: int
    contacts: bool
    tokens: AppTokens


@dataclass(slots=True)
class Member:
    """A member of staff.

    Attributes:
        licensed: Whether they have the licence that apps' messages need.
        confirms: Whether they confirm mass messages as soon as those reach them.
        parties: Their departments.
        tags: Their tags.
    """

    licensed: bool = True
    confirms: bool = False
    parties: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(slots=True)
class Relation:
    """That a member of staff has a customer.

    Attributes:
        since: From when, in seconds since 1970.
        state: The state of the contact way that they came by.
        last_chat: When they last chatted.
    """

    since: float
    state: str
    last_chat: float


@dataclass(slots=True)
class Customer:
    """Someone outside whom staff have.

    Attributes:
        unionid: What WeChat's platforms know them by; "" = nothing is known.
        name: How they are called.
        tags: Ids of the company's tags that they have.
        relations: Who has them, by user id.
        received: When they got mass messages.
        fate: The status that every mass message to them ends in; None = what comes of it.
    """

    unionid: str = ""
    name: str = ""
    tags: frozenset[str] = frozenset()
    relations: dict[str, Relation] = field(default_factory=dict)
    received: list[float] = field(default_factory=list)
    fate: int | None = None


@dataclass(slots=True)
class Way:
    """A contact way: a code by which customers come."""

    config_id: str
    qr_code: str
    users: tuple[str, ...]
    state: str
    body: dict[str, object]
    created: float


@dataclass(slots=True)
class Robot:
    """A group's robot.

    Attributes:
        enabled: Whether it may write (93004).
    """

    enabled: bool = True


@dataclass(slots=True)
class Welcome:
    """What a welcome code stands for.

    Attributes:
        begun: When it was given out.
        over: Whether a welcome arrived, or the two have begun to chat.
        contested: Whether another app is sending its welcome just now.
    """

    begun: float
    user_id: str
    external_userid: str
    over: bool = False
    contested: bool = False


class Corp:
    """One corpid.

    Attributes:
        apps: By secret.
        members: By user id.
        customers: By external user id.
        chats: Owners of customers' groups, by chat id.
        tasks: Mass messages, by msgid.
        ways: Contact ways, by config id.
        robots: By key.
        welcomes: By welcome code.
        whitelist: IP addresses that may call (60020); None = all.
        has_unionid: Whether the company is bound to an open platform, so that customers' unionids show.
        quota_days: The window in which customers get mass messages: 0 = a month with as many as it has days,
            else that many days.
        quota: Mass messages in such a window of days.
        everyone: Whether each user id is a member, and each external user id one of the first member's customers,
            as soon as it is written to.
    """

    def __init__(self, corp_id: str, clock: Clock) -> None:
        self.corp_id = corp_id
        self.apps: dict[str, App] = {}
        self.members: dict[str, Member] = {}
        self.customers: dict[str, Customer] = {}
        self.chats: dict[str, str] = {}
        self.tasks: dict[str, Task] = {}
        self.ways: dict[str, Way] = {}
        self.robots: dict[str, Robot] = {}
        self.welcomes: dict[str, Welcome] = {}
        self.whitelist: frozenset[str] | None = None
        self.has_unionid = True
        self.quota_days = 0
        self.quota = 1
        self.everyone = False
        self._clock = clock
        self._names: dict[str, str] = {}
        """User ids by what they are in small letters: none differ in that alone."""

    def add_app(self, secret: str, *, agent_id: int = 0, contacts: bool = False) -> App:
        """Have an app."""
        self.apps[secret] = App(agent_id, contacts, AppTokens(self._clock))
        return self.apps[secret]

    def add_member(self, user_id: str, *, confirms: bool = False, licensed: bool = True) -> Member:
        """Have a member of staff."""
        name = self._names.setdefault(user_id.lower(), user_id)
        return self.members.setdefault(name, Member(licensed=licensed, confirms=confirms))

    def add_customer(self, external_userid: str, *user_ids: str, unionid: str = "", name: str = "") -> Customer:
        """Know a customer whom these members of staff have, the last of them as who chatted last."""
        customer = self.customers.setdefault(external_userid, Customer())
        customer.unionid, customer.name = unionid or customer.unionid, name or customer.name
        for order, user_id in enumerate(user_ids):
            self.add_member(user_id)
            customer.relations[user_id] = Relation(self._clock(), "", self._clock() + order / 1000)
        return customer

    def add_robot(self, key: str) -> Robot:
        """Have a group's robot."""
        return self.robots.setdefault(key, Robot())

    def member(self, user_id: str) -> tuple[str, Member] | None:
        """The member of a user id, however its letters are written; None = there is none."""
        name = self._names.get(user_id.lower())
        if name is not None:
            return name, self.members[name]
        return (user_id, self.add_member(user_id)) if self.everyone else None

    def members_of(self, parties: Sequence[str], tags: Sequence[str]) -> list[str]:
        """User ids of who is in one of these departments, or has one of these tags."""
        return [
            user_id
            for user_id, member in self.members.items()
            if member.parties.intersection(parties) or member.tags.intersection(tags)
        ]

    def customer(self, external_userid: str) -> Customer | None:
        """The customer of an external user id; None = there is none."""
        found = self.customers.get(external_userid)
        if found is None and self.everyone and self.members:
            return self.add_customer(external_userid, next(iter(self.members)))
        return found

    def has_quota(self, customer: Customer, now: float) -> bool:
        """Whether a customer may get one more mass message."""
        if self.quota_days:
            return sum(time > now - self.quota_days * DAY for time in customer.received) < self.quota
        return _in_month_of(customer.received, now) < _days_in_month_of(now)


def _in_month_of(times: list[float], now: float) -> int:
    return sum(_month(time) == _month(now) for time in times)


def _month(time: float) -> tuple[int, int]:
    day = datetime.fromtimestamp(time, SHANGHAI)
    return day.year, day.month


def _days_in_month_of(now: float) -> int:
    return monthrange(*_month(now))[1]
