"""WeChat tells an account's server what users do: sealed, in XML or JSON, and again until it is answered."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from xml.etree import ElementTree

import pytest
from simulators.conftest import FIELDS, TEMPLATE, WeChat
from support.weixin import Server, serving
from tidegate_simulators.weixin import Sealing

TOKEN = "token"
KEY = "k" * 43
DATA = {"thing1": {"value": "到店礼"}, "date2": {"value": "2026-10-05"}, "amount3": {"value": "¥30"}}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(TOKEN) as running:
        yield running


def opened(told: tuple[dict[str, str], str], appid: str) -> str:
    """What a call says, its signatures checked."""
    query, body = told
    outer = json.loads(body) if body.startswith("{") else fields(body)
    sealing = Sealing(TOKEN, KEY, appid)
    assert query["encrypt_type"] == "aes"
    assert query["signature"] == sealing.sign(query["timestamp"], query["nonce"])
    return sealing.open_signed(outer["Encrypt"], query["msg_signature"], query["timestamp"], query["nonce"])


def fields(text: str) -> dict[str, str]:
    """The elements of an XML without elements in them."""
    return {element.tag: element.text or "" for element in ElementTree.fromstring(text)}


def last(server: Server, appid: str) -> dict[str, str]:
    return fields(opened(server.told[-1], appid))


def test_an_address_must_echo(wechat: WeChat, server: Server) -> None:
    wechat.mini.call_back(server.url, token=TOKEN)
    assert wechat.mini.check_address()
    wechat.mini.call_back(server.url, token="another")
    assert not wechat.mini.check_address()
    with pytest.raises(ValueError, match="call_back"):
        wechat.official.check_address()


def test_what_users_decide_in_xml(wechat: WeChat, server: Server) -> None:
    wechat.mini.account.add_template("T2", FIELDS)
    wechat.mini.call_back(server.url, token=TOKEN, encoding_aes_key=KEY)
    push = wechat.mini.decides("o1", accept=[TEMPLATE], reject=["T2"], scene=2)
    assert push
    assert push.wait().taken
    root = ElementTree.fromstring(opened(server.told[0], "wx-mini"))
    assert [root.findtext(name) for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event")] == [
        "gh_mini",
        "o1",
        "1790904600",
        "event",
        "subscribe_msg_popup_event",
    ]
    items = [{part.tag: part.text for part in item} for item in root.findall("SubscribeMsgPopupEvent/List")]
    assert items == [
        {"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "2"},
        {"TemplateId": "T2", "SubscribeStatusString": "reject", "PopupScene": "2"},
    ]
    assert "<![CDATA[subscribe_msg_popup_event]]>" in opened(server.told[0], "wx-mini")
    assert server.told[0][0]["openid"] == "o1"


def test_in_json_a_list_of_one_is_an_object_at_the_root(wechat: WeChat, server: Server) -> None:
    wechat.mini.account.add_template("T2", FIELDS)
    wechat.mini.call_back(server.url, token=TOKEN, encoding_aes_key=KEY, json=True)
    decided = wechat.mini.decides("o1", accept=[TEMPLATE, "T2"])
    assert decided
    assert decided.wait().taken
    cancelled = wechat.mini.cancels("o1", "T2")
    assert cancelled
    assert cancelled.wait().taken
    both, one = (json.loads(opened(told, "wx-mini")) for told in server.told)
    assert [item["TemplateId"] for item in both["List"]] == [TEMPLATE, "T2"]
    assert one == {
        "ToUserName": "gh_mini",
        "FromUserName": "o1",
        "CreateTime": "1790904600",
        "MsgType": "event",
        "Event": "subscribe_msg_change_event",
        "List": {"TemplateId": "T2", "SubscribeStatusString": "reject"},
    }


def test_a_user_is_asked_about_five_templates_of_one_kind_at_most(wechat: WeChat) -> None:
    for number in range(6):
        wechat.mini.account.add_template(f"S{number}", FIELDS)
    wechat.mini.account.add_template("L", FIELDS, lasting=True)
    for accept in ([f"S{number}" for number in range(6)], ["S1", "L"], []):
        with pytest.raises(ValueError, match="one to five"):
            wechat.mini.decides("o1", accept=accept)


def test_what_became_of_messages(wechat: WeChat, server: Server) -> None:
    mini_pushes = wechat.mini.call_back(server.url, token=TOKEN, encoding_aes_key=KEY, json=True)
    official_pushes = wechat.official.call_back(server.url, token=TOKEN, encoding_aes_key=KEY)
    for push in (wechat.mini.decides("o1", accept=[TEMPLATE]), wechat.official.follows("o1")):
        assert push
        push.wait()
    body = {"touser": "o1", "template_id": TEMPLATE, "data": DATA}
    message_id = wechat.caller(wechat.mini).post("message/subscribe/send", body)["msgid"]
    mini_pushes.pushes[-1].wait()
    sent = json.loads(opened(server.told[-1], "wx-mini"))
    assert (sent["Event"], sent["List"]) == (
        "subscribe_msg_sent_event",
        {"TemplateId": TEMPLATE, "MsgID": str(message_id), "ErrorCode": "0", "ErrorStatus": "success"},
    )
    caller = wechat.caller(wechat.official)
    told = []
    for fate in ("success", "user block", "system failed"):
        wechat.official.account.users["o1"].fate = fate
        message_id = caller.post("message/template/send", body)["msgid"]
        official_pushes.pushes[-1].wait()
        event = last(server, "wx-official")
        assert (event["Event"], event["MsgID"]) == ("TEMPLATESENDJOBFINISH", str(message_id))
        told.append(event["Status"])
    assert told == ["success", "failed:user block", "failed: system failed"]


def test_what_followers_do(wechat: WeChat, server: Server) -> None:
    wechat.official.call_back(server.url, token=TOKEN, encoding_aes_key=KEY)
    told: list[dict[str, Any]] = []
    for do, *what in (
        (partial(wechat.official.follows, scene="store-7"), "o1"),
        (wechat.official.follows, "o2"),
        (wechat.official.scans, "o1", "store-8"),
        (wechat.official.clicks, "o1", "COUPONS"),
        (wechat.official.says, "o1", "你好 & <b>"),
        (wechat.official.unfollows, "o1"),
    ):
        push = do(*what)
        assert push
        assert push.wait().taken
        told.append(last(server, "wx-official"))
    assert [(event.get("Event", ""), event.get("EventKey", "")) for event in told] == [
        ("subscribe", "qrscene_store-7"),
        ("subscribe", ""),
        ("SCAN", "store-8"),
        ("CLICK", "COUPONS"),
        ("", ""),
        ("unsubscribe", ""),
    ]
    assert bool(told[0]["Ticket"])
    assert "Ticket" not in told[1]
    assert (told[4]["MsgType"], told[4]["Content"]) == ("text", "你好 & <b>")
    assert int(told[4]["MsgId"]) > 0


def test_an_event_is_told_again_until_it_is_answered(wechat: WeChat, server: Server) -> None:
    pusher = wechat.mini.call_back(server.url, token=TOKEN, encoding_aes_key=KEY, answer_within=0.2)
    server.answers = [(500, "no"), (200, "what?"), (200, "")]
    push = wechat.mini.enters("o1", "page")
    assert push
    assert push.wait().answers == ["500 no", "200 what?", "200"]
    assert push.taken
    assert len({opened(told, "wx-mini") for told in server.told}) == 1
    assert len({told[0]["nonce"] for told in server.told}) == 3
    server.answers = [(500, "")] * 9
    push = wechat.mini.enters("o1")
    assert push
    assert (push.wait().taken, push.answers) == (False, ["500"] * 4)
    server.answers = []
    server.silent = 1
    push = wechat.mini.enters("o1")
    assert push
    assert (push.wait().taken, push.answers) == (True, ["no answer", "200 success"])
    assert len(pusher.pushes) == 3


def test_events_come_twice_late_and_out_of_order_on_request(wechat: WeChat, server: Server) -> None:
    pusher = wechat.mini.call_back(server.url, token=TOKEN)
    pusher.copies = 2
    pusher.hold()
    pushes = [wechat.mini.says("o1", text) for text in ("first", "second")]
    assert server.told == []
    pusher.release(reverse=True)
    for push in pushes:
        assert push
        push.wait()
    assert [fields(body)["Content"] for _, body in server.told] == ["second", "second", "first", "first"]
    assert "msg_signature" not in server.told[0][0]
