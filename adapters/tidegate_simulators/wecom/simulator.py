"""qyapi.weixin.qq.com: messages to staff, and through staff to customers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tidegate_simulators.wecom.campaigns import ACTION as MASS
from tidegate_simulators.wecom.campaigns import Campaigns
from tidegate_simulators.wecom.contacts import WELCOME, Contacts
from tidegate_simulators.wecom.corp import App, Corp
from tidegate_simulators.wecom.events import Company
from tidegate_simulators.wecom.messages import ACTION as STAFF
from tidegate_simulators.wecom.messages import ROBOT, RobotMessages, StaffMessages
from tidegate_simulators.weixin import Call, Endpoint, Lane, Refusal, Route, Sent
from tidegate_simulators.weixin.endpoint import Answer
from tidegate_simulators.weixin.limits import HOUR, MINUTE, Clock

CORP_PER_MINUTE: Final = 10_000
CORP_PER_HOUR: Final = 150_000
PEER_PER_MINUTE: Final = 20_000
PEER_PER_HOUR: Final = 600_000
WRONG_SECRETS: Final = 20
"""After so many in an hour an address is banned for the rest of it; how many it really are is not published."""

_CONTACTS: Final = "externalcontact/"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token a call came with."""

    corp: Corp
    app: App


class WeComSimulator(Endpoint):
    """The platform, for as long as a `with` block lasts.

        with WeComSimulator() as cloud:
            company = cloud.add_corp("ww1")
            company.corp.add_app("secret", contacts=True)
            company.adds("wm1", "zhangsan", state="store-7")
            …send to cloud.url…
            company.confirms("zhangsan", msgid)

    Args:
        port: Port to listen on; 0 = any free one.
        clock: The time in seconds since 1970; tokens, codes and limits go by it.
        pace: Seconds that a call is under way where `most_at_once` is set.
        keep: Whether messages are kept in `received`; counts are always kept.
        on_message: Called in the simulator's thread with each message taken.
        dispatch_seconds: How long after a mass message was made it can't be asked about (41063).

    Attributes:
        corp_limits: Calls of a company a minute and an hour, for each action (45009).
        peer_limits: Calls of an IP address a minute and an hour (45009).
        most_at_once: Calls of a company that may be under way (45033); None = any number.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock = time.time,
        pace: float = 0.0,
        keep: bool = True,
        on_message: Callable[[Sent], None] | None = None,
        dispatch_seconds: float = 5.0,
    ) -> None:
        super().__init__(port=port, clock=clock, pace=pace, keep=keep, on_message=on_message)
        self.companies: dict[str, Company] = {}
        self.corp_limits = (CORP_PER_MINUTE, CORP_PER_HOUR)
        self.peer_limits = (PEER_PER_MINUTE, PEER_PER_HOUR)
        self.most_at_once: int | None = None
        self.staff_messages = StaffMessages(clock, self.limits, self.inbox, self.script)
        self.campaigns = Campaigns(clock, self.inbox, dispatch_seconds=dispatch_seconds)
        robots = RobotMessages(
            clock, self.limits, self.inbox, lambda: [company.corp for company in self.companies.values()]
        )
        contacts = Contacts(clock, self.inbox)
        self._routes = {
            "gettoken": Route(self._gettoken, method="GET", token=False),
            STAFF: Route(self.staff_messages.take),
            ROBOT: Route(robots.take, token=False),
            MASS: Route(self.campaigns.create),
            f"{_CONTACTS}get_groupmsg_task": Route(self.campaigns.members),
            f"{_CONTACTS}get_groupmsg_send_result": Route(self.campaigns.results),
            f"{_CONTACTS}remind_groupmsg_send": Route(self.campaigns.remind),
            f"{_CONTACTS}cancel_groupmsg_send": Route(self.campaigns.cancel),
            WELCOME: Route(contacts.welcome),
            f"{_CONTACTS}get": Route(contacts.get, method="GET"),
            f"{_CONTACTS}add_contact_way": Route(contacts.add_way),
            f"{_CONTACTS}list_contact_way": Route(contacts.list_ways),
            f"{_CONTACTS}get_contact_way": Route(contacts.get_way),
            f"{_CONTACTS}del_contact_way": Route(contacts.delete_way),
        }

    def add_corp(self, corp_id: str) -> Company:
        """Have a company: `.corp` is what the platform knows, its methods are what customers and staff do."""
        corp = Corp(corp_id, self.clock)
        self.companies[corp_id] = Company(corp, self.clock, self.pusher, self._state)
        return self.companies[corp_id]

    def authenticate(self, call: Call) -> Caller:
        """The app whose token it is."""
        token = call.query.get("access_token", "")
        if not token:
            raise Refusal(41001, "access_token missing")
        for company in self.companies.values():
            for app in company.corp.apps.values():
                if app.tokens.knows(token):
                    app.tokens.check(token)
                    return self._allowed(call, Caller(company.corp, app))
        raise Refusal(40014, "invalid access_token")

    def admit(self, call: Call) -> None:
        """Count a call against the limits of its address, and of its company and action."""
        caller: Caller | None = call.caller
        if not self._count(("peer", call.peer), self.peer_limits):
            raise Refusal(45009, "api freq out of limit, of this ip")
        if caller is not None and not self._count((caller.corp.corp_id, call.action), self.corp_limits):
            raise Refusal(45009, "api freq out of limit")

    def lane(self, route: Route, call: Call) -> Lane | None:
        """Room for so many calls of a company, where that is limited."""
        if self.most_at_once is None or call.caller is None:
            return None
        caller: Caller = call.caller
        return Lane((caller.corp.corp_id,), self.most_at_once, Refusal(45033, "api concurrent out of limit"))

    def _count(self, name: tuple[str, str], most: tuple[int, int]) -> bool:
        return self.limits.take(name, most[0], MINUTE) and self.limits.take(name, most[1], HOUR)

    def _allowed(self, call: Call, caller: Caller) -> Caller:
        whitelist = caller.corp.whitelist
        if whitelist is not None and call.peer not in whitelist:
            raise Refusal(60020, f"not allow to access from your ip, from ip: {call.peer}")
        if call.action.startswith(_CONTACTS) and not caller.app.contacts:
            raise Refusal(48002, "api forbidden")
        return caller

    def _gettoken(self, call: Call) -> Answer:
        corp_id, secret = call.query.get("corpid", ""), call.query.get("corpsecret", "")
        if not corp_id:
            raise Refusal(41002, "corpid missing")
        if not secret:
            raise Refusal(41004, "corpsecret missing")
        tries = ("wrong secret", call.peer)
        if self.limits.used(tries, HOUR) >= WRONG_SECRETS:
            raise Refusal(45009, "api freq out of limit, wrong secret too often, banned for an hour")
        company = self.companies.get(corp_id)
        if company is None:
            raise Refusal(40013, "invalid corpid")
        if not self._count((corp_id, call.action), self.corp_limits):
            raise Refusal(45009, "api freq out of limit")
        app = company.corp.apps.get(secret)
        if app is None:
            self.limits.take(tries, WRONG_SECRETS, HOUR)
            raise Refusal(40001, "invalid credential")
        return app.tokens.issue()
