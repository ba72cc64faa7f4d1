"""What customers and staff do, as a company's server is told of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager

from tidegate_simulators.wecom.corp import Corp, Relation, Welcome
from tidegate_simulators.wecom.tasks import ALREADY_GOT_ONE, NOT_A_FRIEND, SENT, Task
from tidegate_simulators.weixin import Letter, Push, Pusher, Sealing
from tidegate_simulators.weixin.limits import Clock
from tidegate_simulators.weixin.pushing import Pushing, as_xml, nonce, stamp


class Callbacks:
    """Where a company's events go, and how they are sealed."""

    def __init__(self, corp: Corp, pusher: Pusher, clock: Clock, sealing: Sealing) -> None:
        self.pusher = pusher
        self._corp = corp
        self._clock = clock
        self._sealing = sealing

    def check(self) -> bool:
        """Ask the server to open an echo, as when its address is saved."""
        now, number, echo = stamp(self._clock), nonce(), str(secrets.randbelow(10**18))
        sealed = self._sealing.seal(echo)
        signed = self._sealing.sign(now, number, sealed)
        query = {"msg_signature": signed, "timestamp": now, "nonce": number, "echostr": sealed}
        return self.pusher.ask(query) == echo

    def tell(self, change: str, fields: dict[str, str]) -> Push:
        """Tell of a change of customers."""
        event = {
            "ToUserName": self._corp.corp_id,
            "FromUserName": "sys",
            "CreateTime": int(self._clock()),
            "MsgType": "event",
            "Event": "change_external_contact",
            "ChangeType": change,
            **fields,
        }
        text = as_xml(event)
        return self.pusher.push(event, lambda: self._letter(text), about=fields["ExternalUserID"])

    def _letter(self, text: str) -> Letter:
        now, number = stamp(self._clock), nonce()
        sealed = self._sealing.seal(text)
        query = {"msg_signature": self._sealing.sign(now, number, sealed), "timestamp": now, "nonce": number}
        return Letter(query, as_xml({"ToUserName": self._corp.corp_id, "AgentID": "", "Encrypt": sealed}))


class Company:
    """What customers and staff of a company do. Each method changes what the platform knows, and tells the server.

    Attributes:
        corp: What the platform knows.
        welcomed_by_admin: Members for whom the company's administrator has set a welcome: no codes for others.
    """

    def __init__(self, corp: Corp, clock: Clock, pushing: Pushing, state: AbstractContextManager[object]) -> None:
        """`state` is held while what the platform knows is changed."""
        self.corp = corp
        self.welcomed_by_admin: set[str] = set()
        self.callbacks: Callbacks | None = None
        self._clock = clock
        self._pushing = pushing
        self._state = state

    def call_back(self, url: str, *, token: str, encoding_aes_key: str, answer_within: float = 5.0) -> Pusher:
        """Tell events to this address from now on."""
        sealing = Sealing(token, encoding_aes_key, self.corp.corp_id)
        pusher = self._pushing(url, answer_within=answer_within)
        self.callbacks = Callbacks(self.corp, pusher, self._clock, sealing)
        return pusher

    def check_address(self) -> bool:
        """Whether the server opens what it must before its address is saved."""
        if self.callbacks is None:
            raise ValueError("there is no address: call_back first")
        return self.callbacks.check()

    def adds(self, external_userid: str, user_id: str, *, state: str = "", half: bool = False) -> Push | None:
        """A customer and a member of staff have each other from now on; `half` = only the customer has confirmed."""
        with self._state:
            self.corp.add_member(user_id)
            customer = self.corp.add_customer(external_userid)
            customer.relations[user_id] = Relation(self._clock(), state, self._clock())
            code = self._welcome(user_id, external_userid)
        change = "add_half_external_contact" if half else "add_external_contact"
        fields = {"State": state} if state else {}
        return self._tell(change, user_id, external_userid, {**fields, **({"WelcomeCode": code} if code else {})})

    def scans(self, external_userid: str, config_id: str) -> Push | None:
        """A customer scans a contact way's code, and comes to its first member."""
        way = self.corp.ways[config_id]
        return self.adds(external_userid, way.users[0], state=way.state)

    def edits(self, user_id: str, external_userid: str) -> Push | None:
        """A member of staff changes what they noted about a customer."""
        relation = self.corp.customers[external_userid].relations[user_id]
        fields = {"State": relation.state} if relation.state else {}
        return self._tell("edit_external_contact", user_id, external_userid, fields)

    def removes(self, user_id: str, external_userid: str) -> Push | None:
        """A member of staff deletes a customer."""
        return self._part("del_external_contact", user_id, external_userid)

    def leaves(self, external_userid: str, user_id: str) -> Push | None:
        """A customer deletes a member of staff."""
        return self._part("del_follow_user", user_id, external_userid)

    def refuses_transfer(self, external_userid: str, user_id: str, reason: str = "customer_refused") -> Push | None:
        """A customer does not go over to a member of staff."""
        return self._tell("transfer_fail", user_id, external_userid, {"FailReason": reason})

    def chats(self, external_userid: str, user_id: str) -> None:
        """The two chat, after which no welcome is sent any more."""
        with self._state:
            self.corp.customers[external_userid].relations[user_id].last_chat = self._clock()
            for welcome in self.corp.welcomes.values():
                if (welcome.user_id, welcome.external_userid) == (user_id, external_userid):
                    welcome.over = True

    def confirms(self, user_id: str, msgid: str, *, leaving_out: Iterable[str] = ()) -> None:
        """A member of staff sends a mass message, to all, or without some where the task lets them select.

        Raises:
            ValueError: They can't: it is cancelled, sent, or not to be selected from.
        """
        with self._state:
            task = self.corp.tasks[msgid]
            left_out = frozenset(leaving_out)
            if task.cancelled or user_id in task.confirmed:
                raise ValueError(f"{user_id} has nothing to confirm of {msgid}")
            if left_out and not task.body.get("allow_select"):
                raise ValueError("the task does not let staff select")
            send(self.corp, task, user_id, self._clock(), left_out)

    def _welcome(self, user_id: str, external_userid: str) -> str:
        if user_id in self.welcomed_by_admin:
            return ""
        code = secrets.token_urlsafe(32)
        self.corp.welcomes[code] = Welcome(self._clock(), user_id, external_userid)
        return code

    def _part(self, change: str, user_id: str, external_userid: str) -> Push | None:
        with self._state:
            del self.corp.customers[external_userid].relations[user_id]
        return self._tell(change, user_id, external_userid, {})

    def _tell(self, change: str, user_id: str, external_userid: str, fields: dict[str, str]) -> Push | None:
        if self.callbacks is None:
            return None
        return self.callbacks.tell(change, {"UserID": user_id, "ExternalUserID": external_userid, **fields})


def send(corp: Corp, task: Task, user_id: str, now: float, left_out: frozenset[str] = frozenset()) -> None:
    """Have a member send their part of a mass message."""
    task.confirmed[user_id] = now
    for name, target in task.targets[user_id].items():
        if name in left_out:
            continue
        target.status, target.time = (SENT if task.of_groups else _arrive(corp, name, user_id, now)), now


def _arrive(corp: Corp, external_userid: str, user_id: str, now: float) -> int:
    customer = corp.customers[external_userid]
    if customer.fate is not None:
        return customer.fate
    if user_id not in customer.relations:
        return NOT_A_FRIEND
    if not corp.has_quota(customer, now):
        return ALREADY_GOT_ONE
    customer.received.append(now)
    return SENT
