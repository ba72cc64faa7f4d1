"""What an app does with customers: contact ways, welcomes, and who they are."""

from __future__ import annotations

import itertools
import secrets
from typing import Any, Final

from tidegate_simulators.wecom.corp import WELCOME_SECONDS, Corp, Customer, Relation, Way
from tidegate_simulators.wecom.pages import page
from tidegate_simulators.weixin import Call, Inbox, Refusal, Sent
from tidegate_simulators.weixin.endpoint import OK, Answer
from tidegate_simulators.weixin.limits import DAY, Clock

WELCOME: Final = "externalcontact/send_welcome_msg"

_STATE_SIGNS: Final = 30
_WAY_USERS: Final = 100
_ATTACHMENTS: Final = 9
_TEXT_BYTES: Final = 4000
_QR_CODE: Final = 2
_SHOWN: Final = ("type", "scene", "remark", "skip_verify")
_FOR_ONE: Final = 1
_WAYS: Final = 100


class Contacts:
    """Takes the calls about customers that send no mass message."""

    def __init__(self, clock: Clock, inbox: Inbox) -> None:
        self._clock = clock
        self._inbox = inbox
        self._numbers = itertools.count(1)

    def welcome(self, call: Call) -> Answer:
        """Send a welcome within twenty seconds, once.

        The vendor's page on welcomes: 41051 says that one has arrived (or the two chat already), 41096 that
        another app is sending just now, of which nobody knows yet whether it arrives.
        """
        corp: Corp = call.caller.corp
        check_content(call)
        welcome = corp.welcomes.get(call.text("welcome_code"))
        if welcome is None or self._clock() - welcome.begun > WELCOME_SECONDS:
            raise Refusal(41050, "invalid welcome code")
        if welcome.over:
            raise Refusal(41051, "externaluser has started chatting")
        if welcome.contested:
            raise Refusal(41096, "welcome msg is being distributed")
        welcome.over = True
        number = str(next(self._numbers))
        sent = Sent(WELCOME, corp.corp_id, welcome.external_userid, number, call.body, self._clock())
        self._inbox.put(sent, call.content)
        return OK

    def get(self, call: Call) -> Answer:
        """Tell of a customer, and of who has them."""
        corp: Corp = call.caller.corp
        external_userid = call.query.get("external_userid", "")
        customer = corp.customer(external_userid)
        if customer is None:
            raise Refusal(40096, "invalid external userid")
        if not customer.relations:
            raise Refusal(84061, "not external contact")
        contact: dict[str, Any] = {"external_userid": external_userid, "name": customer.name, "type": 1, "gender": 0}
        if corp.has_unionid and customer.unionid:
            contact["unionid"] = customer.unionid
        follows = [_follow(customer, user_id, relation) for user_id, relation in customer.relations.items()]
        return {**OK, "external_contact": contact, "follow_user": follows}

    def add_way(self, call: Call) -> Answer:
        """Make a contact way."""
        corp: Corp = call.caller.corp
        users = _users(corp, call)
        state = call.text("state")
        if len(state) > _STATE_SIGNS:
            raise Refusal(40058, f"invalid Request Parameter: state exceed max length {_STATE_SIGNS}")
        config_id = secrets.token_hex(16)
        shows_code = call.body.get("scene") == _QR_CODE
        qr_code = f"https://wework.qpic.cn/wwpic/{secrets.token_hex(12)}/0" if shows_code else ""
        corp.ways[config_id] = Way(config_id, qr_code, tuple(users), state, call.body, self._clock())
        code = {"qr_code": qr_code} if shows_code else {}
        return {**OK, "config_id": config_id, **code}

    def list_ways(self, call: Call) -> Answer:
        """List the ids of contact ways that were made in a span of time, the last 90 days where none is named."""
        corp: Corp = call.caller.corp
        now = self._clock()
        since, until = (call.body.get(name) for name in ("start_time", "end_time"))
        begin, end = (since if isinstance(since, int) else now - 90 * DAY), (until if isinstance(until, int) else now)
        found = [{"config_id": key} for key, way in corp.ways.items() if int(begin) <= int(way.created) <= int(end)]
        return page(call, "contact_way", found, usual=_WAYS)

    def get_way(self, call: Call) -> Answer:
        """Tell of a contact way."""
        way = self._way(call)
        told: dict[str, object] = {"config_id": way.config_id, "state": way.state, "user": list(way.users)}
        told |= {name: value for name, value in way.body.items() if name in _SHOWN}
        if way.qr_code:
            told["qr_code"] = way.qr_code
        return {**OK, "contact_way": told}

    def delete_way(self, call: Call) -> Answer:
        """Remove a contact way."""
        corp: Corp = call.caller.corp
        del corp.ways[self._way(call).config_id]
        return OK

    def _way(self, call: Call) -> Way:
        corp: Corp = call.caller.corp
        way = corp.ways.get(call.text("config_id"))
        if way is None:
            raise Refusal(40058, "invalid Request Parameter: config_id")
        return way


def check_content(call: Call) -> None:
    """Let what goes to customers pass.

    Raises:
        Refusal: There is nothing in it, or too much.
    """
    attachments = call.body.get("attachments") or []
    content = call.text("text", "content")
    if not content and not attachments:
        raise Refusal(40058, "invalid Request Parameter: text and attachments are both empty")
    if len(content.encode()) > _TEXT_BYTES:
        raise Refusal(45002, f"text.content exceed max length {_TEXT_BYTES}")
    if not isinstance(attachments, list) or len(attachments) > _ATTACHMENTS:
        raise Refusal(40058, f"invalid Request Parameter: attachments to {_ATTACHMENTS}")
    for attachment in attachments:
        kind = attachment.get("msgtype") if isinstance(attachment, dict) else None
        if kind not in ("image", "link", "miniprogram", "video", "file") or not attachment.get(kind):
            raise Refusal(40058, "invalid Request Parameter: attachments.msgtype")


def _users(corp: Corp, call: Call) -> list[str]:
    kind, scene, users = (call.body.get(name) for name in ("type", "scene", "user"))
    if kind not in (1, 2) or scene not in (1, 2):
        raise Refusal(40058, "invalid Request Parameter: type and scene are 1 or 2")
    if not isinstance(users, list) or not users or len(users) > (1 if kind == _FOR_ONE else _WAY_USERS):
        raise Refusal(40058, "invalid Request Parameter: user, one for type 1, to 100 for type 2")
    found = [corp.member(user_id) for user_id in users if isinstance(user_id, str)]
    if len(found) < len(users) or None in found:
        raise Refusal(40003, "invalid userid")
    return [member[0] for member in found if member is not None]


def _follow(customer: Customer, user_id: str, relation: Relation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "userid": user_id,
        "remark": customer.name,
        "description": "",
        "createtime": int(relation.since),
        "tags": [{"group_name": "", "tag_name": tag, "tag_id": tag, "type": 1} for tag in sorted(customer.tags)],
        "add_way": 1,
    }
    if relation.state:
        told["state"] = relation.state
    return told
