"""What users do, as an account's server is told of it."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from tidegate_simulators.wechat.account import Account
from tidegate_simulators.wechat.windows import Interaction
from tidegate_simulators.weixin import Letter, Push, Pusher, Sealing
from tidegate_simulators.weixin.limits import Clock
from tidegate_simulators.weixin.pushing import Pushing, as_json, as_xml, nonce, stamp
from tidegate_simulators.weixin.sealing import signature

_AT_A_TIME: Final = 5
"""Templates that a user is asked about at a time."""


class Callbacks:
    """Where one account's events go, and how they are written.

    Args:
        account: Whose.
        pusher: What delivers them.
        clock: Tells the time.
        token: What they are signed with.
        encoding_aes_key: What they are encrypted with; "" = they are not (plain mode).
        json: Whether events are JSON, as a mini-program may choose; else XML.
    """

    def __init__(
        self, account: Account, pusher: Pusher, clock: Clock, *, token: str, encoding_aes_key: str, json: bool
    ) -> None:
        self.pusher = pusher
        self._account = account
        self._clock = clock
        self._token = token
        self._sealing = Sealing(token, encoding_aes_key, account.appid) if encoding_aes_key else None
        self._json = json

    def check(self) -> bool:
        """Ask the server to echo, as when its address is saved."""
        now, number, echo = stamp(self._clock), nonce(), secrets.token_hex(8)
        query = {"signature": signature(self._token, now, number), "echostr": echo, "timestamp": now, "nonce": number}
        return self.pusher.ask(query) == echo

    def tell(self, openid: str, fields: Mapping[str, Any], items: Sequence[Mapping[str, Any]] | None = None) -> Push:
        """Tell of something.

        Args:
            openid: Who did it.
            fields: What follows FromUserName and CreateTime.
            items: The `List` of events about templates.
        """
        head = {"ToUserName": self._account.original_id, "FromUserName": openid, "CreateTime": int(self._clock())}
        event = {**head, **fields}
        if items is not None:
            event = self._listed(event, items)
        return self._push(event, openid)

    def tell_again(self, push: Push) -> Push:
        """Tell of something once more, as it was told."""
        return self._push(push.event, push.about)

    def _push(self, event: Mapping[str, Any], openid: str) -> Push:
        text = as_json(event) if self._json else as_xml(event)
        return self.pusher.push(event, lambda: self._letter(openid, text), about=openid)

    def _listed(self, event: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """In JSON the list lies at the root, is an object when it has one element, and everything is a string."""
        if not self._json:
            name = "".join(part.capitalize() for part in str(event["Event"]).split("_"))
            return {**event, name: {"List": list(items)}}
        texts = [{name: str(value) for name, value in item.items()} for item in items]
        return {
            **{name: str(value) for name, value in event.items()},
            "List": texts[0] if len(texts) == 1 else texts,
        }

    def _letter(self, openid: str, text: str) -> Letter:
        now, number = stamp(self._clock), nonce()
        query = {
            "signature": signature(self._token, now, number),
            "timestamp": now,
            "nonce": number,
            "openid": openid,
        }
        if self._sealing is not None:
            sealed = self._sealing.seal(text)
            query |= {"encrypt_type": "aes", "msg_signature": self._sealing.sign(now, number, sealed)}
            wrapped = {"ToUserName": self._account.original_id, "Encrypt": sealed}
            text = as_json(wrapped) if self._json else as_xml(wrapped)
        return Letter(query, text, "application/json" if self._json else "text/xml")


class Audience:
    """What the users of one account do. Each method changes what the platform knows, and tells the server."""

    def __init__(self, account: Account, clock: Clock, pushing: Pushing, state: AbstractContextManager[object]) -> None:
        """`state` is held while what the platform knows is changed."""
        self.account = account
        self._state = state
        self.callbacks: Callbacks | None = None
        self._clock = clock
        self._pushing = pushing
        self._numbers = itertools.count(24_000_000_000_000_000)

    def call_back(
        self,
        url: str,
        *,
        token: str,
        encoding_aes_key: str = "",
        json: bool = False,
        answer_within: float = 5.0,
    ) -> Pusher:
        """Tell events to this address from now on; see `Callbacks` and `Pusher`."""
        pusher = self._pushing(url, answer_within=answer_within)
        self.callbacks = Callbacks(
            self.account, pusher, self._clock, token=token, encoding_aes_key=encoding_aes_key, json=json
        )
        return pusher

    def check_address(self) -> bool:
        """Whether the server echoes as it must before its address is saved."""
        if self.callbacks is None:
            raise ValueError("there is no address: call_back first")
        return self.callbacks.check()

    def decides(
        self, openid: str, *, accept: Sequence[str] = (), reject: Sequence[str] = (), scene: int = 0
    ) -> Push | None:
        """A user was asked about templates: each accepted may be sent once more."""
        asked = [*accept, *reject]
        kinds = {self.account.templates[template_id].lasting for template_id in asked}
        if not 1 <= len(asked) <= _AT_A_TIME or len(kinds) != 1:
            raise ValueError("a user is asked about one to five templates, all lasting or all for one send")
        with self._state:
            user = self.account.add_user(openid)
            for template_id in accept:
                user.credits[template_id] = self.account.credit(openid, template_id) + 1
        items = [
            {"TemplateId": template_id, "SubscribeStatusString": status, "PopupScene": scene}
            for status, ids in (("accept", accept), ("reject", reject))
            for template_id in ids
        ]
        return self._tell(openid, _event("subscribe_msg_popup_event"), items)

    def cancels(self, openid: str, *template_ids: str) -> Push | None:
        """A user refuses templates from now on, in the settings."""
        with self._state:
            user = self.account.add_user(openid)
            for template_id in template_ids:
                user.credits[template_id] = 0
        items = [{"TemplateId": template_id, "SubscribeStatusString": "reject"} for template_id in template_ids]
        return self._tell(openid, _event("subscribe_msg_change_event"), items)

    def says(self, openid: str, text: str) -> Push | None:
        """A user writes."""
        self._interact(openid, Interaction.MESSAGE)
        return self._tell(openid, {"MsgType": "text", "Content": text, "MsgId": next(self._numbers)})

    def enters(self, openid: str, origin: str = "") -> Push | None:
        """A user opens the conversation with a mini-program's service."""
        self._interact(openid, Interaction.ENTER)
        return self._tell(openid, {**_event("user_enter_tempsession"), "SessionFrom": origin})

    def clicks(self, openid: str, key: str) -> Push | None:
        """A follower clicks on an entry of the menu."""
        self._interact(openid, Interaction.CLICK)
        return self._tell(openid, {**_event("CLICK"), "EventKey": key})

    def follows(self, openid: str, *, scene: str = "") -> Push | None:
        """A user follows the account, perhaps by a code with a scene."""
        self.account.add_user(openid).follows = True
        self._interact(openid, Interaction.FOLLOW)
        code = {"EventKey": f"qrscene_{scene}", "Ticket": secrets.token_hex(24)} if scene else {"EventKey": ""}
        return self._tell(openid, {**_event("subscribe"), **code})

    def scans(self, openid: str, scene: str) -> Push | None:
        """A follower scans a code with a scene."""
        self._interact(openid, Interaction.SCAN)
        return self._tell(openid, {**_event("SCAN"), "EventKey": scene, "Ticket": secrets.token_hex(24)})

    def unfollows(self, openid: str) -> Push | None:
        """A user follows the account no more."""
        with self._state:
            user = self.account.add_user(openid)
            user.follows = False
            user.windows.close()
        return self._tell(openid, {**_event("unsubscribe"), "EventKey": ""})

    def sent(self, openid: str, template_id: str, message_id: int, *, fate: str) -> None:
        """A subscription message arrived, or not."""
        failed = fate != "success"
        item = {
            "TemplateId": template_id,
            "MsgID": message_id,
            "ErrorCode": -1 if failed else 0,
            "ErrorStatus": fate,
        }
        self._tell(openid, _event("subscribe_msg_sent_event"), [item])

    def finished(self, openid: str, message_id: int, *, fate: str) -> None:
        """A template message arrived, or not."""
        status = {"user block": "failed:user block", "system failed": "failed: system failed"}.get(fate, fate)
        self._tell(openid, {**_event("TEMPLATESENDJOBFINISH"), "MsgID": message_id, "Status": status})

    def _interact(self, openid: str, interaction: Interaction) -> None:
        with self._state:
            self.account.add_user(openid).windows.begin(interaction, self._clock())

    def _tell(
        self, openid: str, fields: Mapping[str, Any], items: Sequence[Mapping[str, Any]] | None = None
    ) -> Push | None:
        return self.callbacks.tell(openid, fields, items) if self.callbacks is not None else None


def _event(name: str) -> dict[str, Any]:
    return {"MsgType": "event", "Event": name}
