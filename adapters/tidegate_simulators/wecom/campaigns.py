"""Mass messages to customers, as calls: made, asked about, reminded of, and cancelled."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Sequence
from typing import Final

from tidegate_simulators.wecom.contacts import check_content
from tidegate_simulators.wecom.corp import Corp, Customer
from tidegate_simulators.wecom.events import send
from tidegate_simulators.wecom.pages import page
from tidegate_simulators.wecom.tasks import Target, Task
from tidegate_simulators.weixin import Call, Inbox, Refusal, Sent
from tidegate_simulators.weixin.endpoint import OK, Answer
from tidegate_simulators.weixin.limits import DAY, Clock

ACTION: Final = "externalcontact/add_msg_template"
OVER: Final = 41093
REMINDED_ENOUGH: Final = 41094
"""Codes that no page seen names for these two cases; they are what the table of outcomes suggests."""

_CUSTOMERS: Final = 10_000
_CHATS: Final = 2000
_TAGS: Final = 100
_REMINDERS: Final = 3


class Campaigns:
    """Takes the calls about mass messages.

    Attributes:
        dispatch_seconds: How long after a task was made nothing can be asked about it yet (41063).
    """

    def __init__(self, clock: Clock, inbox: Inbox, *, dispatch_seconds: float) -> None:
        self.dispatch_seconds = dispatch_seconds
        self._clock = clock
        self._inbox = inbox
        self._numbers = itertools.count(1)

    def create(self, call: Call) -> Answer:
        """Make a task for staff, and name the customers whom it can't reach."""
        corp: Corp = call.caller.corp
        check_content(call)
        if call.body.get("chat_type", "single") not in ("single", "group"):
            raise Refusal(40058, "invalid Request Parameter: chat_type")
        is_group = call.body.get("chat_type") == "group"
        targets, failed = _groups(corp, call) if is_group else _customers(corp, call)
        if not targets:
            raise Refusal(41048, f"no customer to send to, fail_list: {'|'.join(failed)}")
        msgid = f"msgGC{next(self._numbers):06d}{secrets.token_hex(8)}"
        corp.tasks[msgid] = Task(msgid, call.body, self._clock(), targets)
        self._inbox.put(Sent(ACTION, corp.corp_id, msgid, msgid, call.body, self._clock()), call.content)
        return {**OK, "fail_list": failed, "msgid": msgid}

    def members(self, call: Call) -> Answer:
        """Who of the staff has confirmed."""
        return page(call, "task_list", self._task(call).members())

    def results(self, call: Call) -> Answer:
        """What became of a member's customers."""
        task = self._task(call)
        user_id = call.text("userid")
        if user_id not in task.targets:
            raise Refusal(60111, "userid not found")
        return page(call, "send_list", task.results(user_id))

    def remind(self, call: Call) -> Answer:
        """Remind staff who have not confirmed."""
        task = self._task(call)
        if task.is_over:
            raise Refusal(OVER, "the task is over")
        now = self._clock()
        if sum(time > now - DAY for time in task.reminders) >= _REMINDERS:
            raise Refusal(REMINDED_ENOUGH, f"reminded {_REMINDERS} times in 24 hours")
        task.reminders.append(now)
        return OK

    def cancel(self, call: Call) -> Answer:
        """Have what staff have not sent not be sent."""
        task = self._task(call)
        if task.is_over:
            raise Refusal(OVER, "the task is over")
        task.cancelled = True
        return OK

    def _task(self, call: Call) -> Task:
        """The task that is asked about, once those who confirm by themselves have."""
        corp: Corp = call.caller.corp
        task = corp.tasks.get(call.text("msgid"))
        if task is None:
            raise Refusal(40058, "invalid Request Parameter: msgid")
        if self._clock() - task.created < self.dispatch_seconds:
            raise Refusal(41063, "the task is being dispatched, try again later")
        for user_id in task.targets:
            if corp.members[user_id].confirms and user_id not in task.confirmed and not task.cancelled:
                send(corp, task, user_id, self._clock())
        return task


Targets = dict[str, dict[str, Target]]


def _customers(corp: Corp, call: Call) -> tuple[Targets, list[str]]:
    sender = call.text("sender")
    named = call.body.get("external_userid")
    has_filter = bool(call.body.get("tag_filter"))
    if not sender and not named and not has_filter:
        raise Refusal(40058, "invalid Request Parameter: sender, external_userid and tag_filter are all empty")
    if sender and corp.member(sender) is None:
        raise Refusal(40003, "invalid sender")
    if named:
        return _assigned(corp, _texts(named, "external_userid", _CUSTOMERS), sender)
    wanted = _filter(call.body.get("tag_filter")) if has_filter else lambda customer: True
    found = [name for name, customer in corp.customers.items() if wanted(customer)]
    return _assigned(corp, found, sender)[0], []


def _assigned(corp: Corp, names: Sequence[str], sender: str) -> tuple[Targets, list[str]]:
    """Each customer to the sender, or to who chatted last with them; and who can't be reached."""
    targets: Targets = {}
    failed = []
    for name in dict.fromkeys(names):
        customer = corp.customer(name)
        relations = customer.relations if customer else {}
        having = [user_id for user_id in relations if sender in ("", user_id)]
        if having:
            latest = max(having, key=lambda user_id: relations[user_id].last_chat)
            targets.setdefault(latest, {})[name] = Target()
        else:
            failed.append(name)
    return targets, failed


def _filter(value: object) -> Callable[[Customer], bool]:
    """Customers who have a tag of each group."""
    groups = value.get("group_list") if isinstance(value, dict) else None
    lists = [group.get("tag_list") if isinstance(group, dict) else None for group in groups or []]
    tags = [frozenset(_texts(group, "tag_filter.group_list.tag_list", _TAGS)) for group in lists]
    if not tags:
        raise Refusal(40058, "invalid Request Parameter: tag_filter.group_list")
    return lambda customer: all(customer.tags & group for group in tags)


def _groups(corp: Corp, call: Call) -> tuple[Targets, list[str]]:
    sender = call.text("sender")
    if not sender:
        raise Refusal(40058, "invalid Request Parameter: a sender is required for groups")
    owned = [chat for chat, owner in corp.chats.items() if owner == sender]
    given = call.body.get("chat_id_list")
    named = _texts(given, "chat_id_list", _CHATS) if given else owned
    reached = {chat: Target() for chat in named if chat in owned}
    return ({sender: reached} if reached else {}), [chat for chat in named if chat not in owned]


def _texts(value: object, name: str, most: int) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
        raise Refusal(40058, f"invalid Request Parameter: {name} is a list of strings")
    if len(value) > most:
        raise Refusal(40058, f"invalid Request Parameter: {name} to {most}")
    return value
