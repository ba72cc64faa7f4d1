"""Messages to staff, and of groups' robots."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from tidegate_simulators.web import Fault, Script
from tidegate_simulators.wecom.corp import App, Corp
from tidegate_simulators.weixin import Call, Inbox, Limits, Refusal, Sent
from tidegate_simulators.weixin.limits import DAY, HOUR, MINUTE, Clock

ACTION: Final = "message/send"
ROBOT: Final = "webhook/send"

_USERS: Final = 1000
_GROUPS: Final = 100
_EVERYBODY: Final = "@all"
_TEXT_BYTES: Final = 2048
_MARKDOWN_BYTES: Final = 4096
_PER_MINUTE: Final = 30
_PER_HOUR: Final = 1000
_PER_DAY: Final = 200
"""Messages a day for each of the company's accounts, altogether."""

_ROBOT_PER_MINUTE: Final = 20
_DUPLICATE_SECONDS: Final = 1800
_DUPLICATE_SECONDS_MOST: Final = 4 * HOUR
_KINDS: Final = frozenset(
    {"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown"}
    | {"miniprogram_notice", "template_card"}
)
_ROBOT_KINDS: Final = frozenset(("text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"))


class StaffMessages:
    """Takes `message/send`.

    Attributes:
        dropped: Messages to members who had too many in a minute or an hour: nobody is told of them.
        duplicates: Messages that members did not get a second time.
    """

    def __init__(self, clock: Clock, limits: Limits, inbox: Inbox, script: Script) -> None:
        self.dropped = 0
        self.duplicates = 0
        self._clock = clock
        self._limits = limits
        self._inbox = inbox
        self._script = script
        self._numbers = itertools.count(1)
        self._seen: dict[tuple[str, str], float] = {}

    def take(self, call: Call) -> dict[str, object]:
        """Send to those of the addressees who can be sent to, and name the others."""
        corp: Corp = call.caller.corp
        app: App = call.caller.app
        if call.body.get("agentid") != app.agent_id:
            raise Refusal(40056, "invalid agentid")
        body = _checked(call, _KINDS)
        users, invalid = self._addressees(corp, call)
        unlicensed = [user_id for user_id in users if not corp.members[user_id].licensed]
        receiving = [user_id for user_id in users if corp.members[user_id].licensed]
        if not receiving:
            raise Refusal(81013, f"user & party & tag all invalid, invaliduser: {'|'.join(invalid)}")
        most = max(len(corp.members), 1) * _PER_DAY
        if not self._limits.take((corp.corp_id, "accounts"), most, DAY, count=len(receiving)):
            raise Refusal(45009, "api freq out of limit")
        msgid = f"MSG{next(self._numbers):020d}"
        for user_id in receiving:
            self._give(corp, call, user_id, msgid, body)
        return {
            "errcode": 0,
            "errmsg": "ok",
            "invaliduser": "|".join(invalid),
            "invalidparty": "",
            "invalidtag": "",
            "unlicenseduser": "|".join(unlicensed),
            "msgid": msgid,
        }

    def _addressees(self, corp: Corp, call: Call) -> tuple[list[str], list[str]]:
        """User ids as the company writes them, and in small letters those that are nobody's."""
        named, parties, tags = (_parts(call.text(name)) for name in ("touser", "toparty", "totag"))
        if len(named) > _USERS or len(parties) > _GROUPS or len(tags) > _GROUPS:
            raise Refusal(40058, "invalid Request Parameter: touser to 1000, toparty and totag to 100")
        if named == [_EVERYBODY]:
            return list(corp.members), []
        found: dict[str, None] = {}
        invalid: list[str] = []
        for name in named:
            entry = self._script.next(ACTION, name)
            member = None if entry and entry.fault is Fault.REFUSE else corp.member(name)
            if member is None:
                invalid.append(name.lower())
            else:
                found[member[0]] = None
        if parties or tags:
            found |= dict.fromkeys(corp.members_of(parties, tags))
        return list(found), invalid

    def _give(self, corp: Corp, call: Call, user_id: str, msgid: str, body: dict[str, Any]) -> None:
        if self._is_duplicate(corp, call, user_id):
            self.duplicates += 1
            return
        name = (corp.corp_id, ACTION, user_id)
        if not (self._limits.take(name, _PER_MINUTE, MINUTE) and self._limits.take(name, _PER_HOUR, HOUR)):
            self.dropped += 1
            return
        self._inbox.put(Sent(ACTION, corp.corp_id, user_id, msgid, body, self._clock()), call.content)

    def _is_duplicate(self, corp: Corp, call: Call, user_id: str) -> bool:
        if call.body.get("enable_duplicate_check") != 1:
            return False
        given = call.body.get("duplicate_check_interval", _DUPLICATE_SECONDS)
        seconds = min(given if isinstance(given, int) else _DUPLICATE_SECONDS, _DUPLICATE_SECONDS_MOST)
        key = (user_id, corp.corp_id + json.dumps(call.body, sort_keys=True))
        now = self._clock()
        if now - self._seen.get(key, float("-inf")) < seconds:
            return True
        self._seen[key] = now
        return False


class RobotMessages:
    """Takes `webhook/send`, whose key is all that it asks for."""

    def __init__(self, clock: Clock, limits: Limits, inbox: Inbox, corps: Callable[[], Iterable[Corp]]) -> None:
        self._clock = clock
        self._limits = limits
        self._inbox = inbox
        self._corps = corps
        self._numbers = itertools.count(1)

    def take(self, call: Call) -> dict[str, object]:
        """Write to the robot's group."""
        key = call.query.get("key", "")
        corp = next((corp for corp in self._corps() if key in corp.robots), None)
        if corp is None:
            raise Refusal(93000, "invalid webhook url")
        if not corp.robots[key].enabled:
            raise Refusal(93004, "robot is disabled")
        if not self._limits.take((ROBOT, key), _ROBOT_PER_MINUTE, MINUTE):
            raise Refusal(45009, "api freq out of limit")
        kind = call.text("msgtype")
        content = call.text(kind, "content")
        _checked(call, _ROBOT_KINDS)
        most = {"text": _TEXT_BYTES}.get(kind, _MARKDOWN_BYTES)
        if len(content.encode()) > most:
            raise Refusal(40058, f"{kind}.content exceed max length {most}")
        self._inbox.put(
            Sent(ROBOT, corp.corp_id, key, str(next(self._numbers)), call.body, self._clock()), call.content
        )
        return {"errcode": 0, "errmsg": "ok"}


def _checked(call: Call, kinds: frozenset[str]) -> dict[str, Any]:
    """The body of a message of one of these kinds, a text that is too long cut."""
    kind = call.text("msgtype")
    if kind not in kinds:
        raise Refusal(40008, "invalid message type")
    if not call.body.get(kind):
        raise Refusal(44004, "text content is empty" if kind == "text" else "empty content")
    if kind != "text":
        return call.body
    content = call.text("text", "content")
    if not content:
        raise Refusal(44004, "text content is empty")
    cut = content.encode()[:_TEXT_BYTES].decode(errors="ignore")
    return {**call.body, "text": {**call.body["text"], "content": cut}}


def _parts(text: str) -> Sequence[str]:
    return [part for part in text.split("|") if part]
