"""WeCom's mass messages wait for staff; welcomes, contact ways and what is told of customers."""

from typing import Any
from xml.etree import ElementTree

import pytest
from simulators.conftest import WeCom
from support.weixin import Caller, Server, serving
from tidegate_simulators.weixin import Sealing

TOKEN = "token"
KEY = "k" * 43
MASS = "externalcontact/add_msg_template"
TASK = "externalcontact/get_groupmsg_task"
RESULT = "externalcontact/get_groupmsg_send_result"
REMIND = "externalcontact/remind_groupmsg_send"
CANCEL = "externalcontact/cancel_groupmsg_send"
WELCOME = "externalcontact/send_welcome_msg"
LINK = {"msgtype": "link", "link": {"title": "t", "url": "https://m.example"}}


def mass(*customers: str, **more: object) -> dict[str, Any]:
    named = {"external_userid": list(customers)} if customers else {}
    return {"chat_type": "single", **named, "text": {"content": "新品到店"}, "attachments": [LINK], **more}


def made(wecom: WeCom, caller: Caller, body: dict[str, Any]) -> str:
    """The msgid of a mass message that has reached staff."""
    answer = caller.post(MASS, body)
    assert answer["errcode"] == 0, answer
    wecom.clock.advance(5)
    return str(answer["msgid"])


def statuses(caller: Caller, msgid: str, user_id: str) -> dict[str, int]:
    rows = caller.post(RESULT, {"msgid": msgid, "userid": user_id})["send_list"]
    return {row.get("external_userid") or row["chat_id"]: row["status"] for row in rows}


def test_each_customer_falls_to_who_chatted_last_and_waits_for_them(wecom: WeCom) -> None:
    for customer in ("wm1", "wm2"):
        wecom.company.adds(customer, "ZhangSan")
        wecom.company.adds(customer, "lisi")
        wecom.clock.advance(1)
    wecom.company.chats("wm1", "ZhangSan")
    wecom.company.chats("wm2", "lisi")
    caller = wecom.caller()
    answer = caller.post(MASS, mass("wm1", "wm2", "wm-none"))
    assert (answer["errcode"], answer["fail_list"]) == (0, ["wm-none"])
    asked = {"msgid": answer["msgid"]}
    assert caller.code(TASK, asked) == 41063
    wecom.clock.advance(5)
    waiting = [{"userid": "ZhangSan", "status": 0}, {"userid": "lisi", "status": 0}]
    assert caller.post(TASK, asked)["task_list"] == waiting
    wecom.company.confirms("ZhangSan", answer["msgid"])
    now = int(wecom.clock())
    told = caller.post(TASK, asked)
    assert (told["task_list"][0], told["next_cursor"]) == ({"userid": "ZhangSan", "status": 2, "send_time": now}, "")
    assert caller.post(RESULT, {**asked, "userid": "ZhangSan"})["send_list"] == [
        {"external_userid": "wm1", "userid": "ZhangSan", "status": 1, "send_time": now}
    ]
    assert statuses(caller, answer["msgid"], "lisi") == {"wm2": 0}
    assert caller.code(RESULT, {**asked, "userid": "wangwu"}) == 60111
    assert caller.code(TASK, {"msgid": "none"}) == 40058
    with pytest.raises(ValueError, match="nothing to confirm"):
        wecom.company.confirms("ZhangSan", answer["msgid"])


def test_what_becomes_of_customers_when_staff_send(wecom: WeCom) -> None:
    for number in range(4):
        wecom.company.adds(f"wm{number}", "lisi")
    wecom.corp.members["lisi"].confirms = True
    caller = wecom.caller()
    msgid = made(wecom, caller, mass(*(f"wm{number}" for number in range(4)), sender="lisi"))
    wecom.company.leaves("wm1", "lisi")
    wecom.corp.customers["wm2"].received = [wecom.clock.now] * 31
    wecom.corp.customers["wm3"].fate = 0
    assert statuses(caller, msgid, "lisi") == {"wm0": 1, "wm1": 2, "wm2": 3, "wm3": 0}
    selecting = made(wecom, caller, mass("wm0", allow_select=True))
    assert statuses(caller, selecting, "lisi") == {"wm0": 1}


def test_a_customer_gets_as_many_in_a_month_as_it_has_days_or_what_the_company_sets(wecom: WeCom) -> None:
    customer = wecom.corp.add_customer("wm1", "lisi")
    wecom.corp.members["lisi"].confirms = True
    customer.received = [wecom.clock.now] * 30
    caller = wecom.caller()
    assert [statuses(caller, made(wecom, caller, mass("wm1")), "lisi")["wm1"] for _ in range(2)] == [1, 3]
    wecom.clock.advance(31 * 86400)
    caller = wecom.caller()
    assert statuses(caller, made(wecom, caller, mass("wm1")), "lisi") == {"wm1": 1}
    wecom.corp.quota_days, wecom.corp.quota = 1, 1
    assert statuses(caller, made(wecom, caller, mass("wm1")), "lisi") == {"wm1": 3}
    wecom.clock.advance(86400)
    caller = wecom.caller()
    assert statuses(caller, made(wecom, caller, mass("wm1")), "lisi") == {"wm1": 1}


def test_staff_are_reminded_three_times_a_day_and_a_task_can_be_cancelled(wecom: WeCom) -> None:
    wecom.company.adds("wm1", "lisi")
    caller = wecom.caller()
    msgid = made(wecom, caller, mass("wm1"))
    assert [caller.code(REMIND, {"msgid": msgid}) for _ in range(4)] == [0, 0, 0, 41094]
    wecom.clock.advance(86400)
    caller = wecom.caller()
    assert caller.code(REMIND, {"msgid": msgid}) == 0
    assert len(wecom.corp.tasks[msgid].reminders) == 4
    assert [caller.code(CANCEL, {"msgid": msgid}) for _ in range(2)] == [0, 41093]
    assert caller.code(REMIND, {"msgid": msgid}) == 41093
    with pytest.raises(ValueError, match="nothing to confirm"):
        wecom.company.confirms("lisi", msgid)
    assert statuses(caller, msgid, "lisi") == {"wm1": 0}


def test_staff_leave_customers_out_only_where_the_task_lets_them(wecom: WeCom) -> None:
    for customer in ("wm1", "wm2"):
        wecom.company.adds(customer, "lisi")
    caller = wecom.caller()
    msgid = made(wecom, caller, mass("wm1", "wm2", allow_select=True))
    wecom.company.confirms("lisi", msgid, leaving_out=["wm1"])
    assert statuses(caller, msgid, "lisi") == {"wm1": 0, "wm2": 1}
    strict = made(wecom, caller, mass("wm1"))
    with pytest.raises(ValueError, match="select"):
        wecom.company.confirms("lisi", strict, leaving_out=["wm1"])


def test_results_come_in_pages(wecom: WeCom) -> None:
    names = [f"wm{number}" for number in range(7)]
    for name in names:
        wecom.corp.add_customer(name, "lisi")
    caller = wecom.caller()
    msgid = made(wecom, caller, mass(sender="lisi"))
    seen: list[str] = []
    cursor = ""
    for size in (3, 3, 1):
        page = caller.post(RESULT, {"msgid": msgid, "userid": "lisi", "limit": 3, "cursor": cursor})
        assert len(page["send_list"]) == size
        seen += [row["external_userid"] for row in page["send_list"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (names, "")
    assert len(caller.post(RESULT, {"msgid": msgid, "userid": "lisi", "limit": 2000})["send_list"]) == 7
    assert caller.code(RESULT, {"msgid": msgid, "userid": "lisi", "cursor": "x"}) == 40058


def test_whom_a_mass_message_may_be_for(wecom: WeCom) -> None:
    for name, tags in (("wm1", {"vip"}), ("wm2", {"vip", "new"}), ("wm3", set())):
        wecom.corp.add_customer(name, "lisi").tags = frozenset(tags)
    caller = wecom.caller()
    refused = {
        "nobody named": mass(),
        "too many": mass(*(f"x{number}" for number in range(10_001))),
        "nothing in it": {"external_userid": ["wm1"]},
        "too many attachments": mass("wm1", attachments=[LINK] * 10),
        "attachment of no kind": mass("wm1", attachments=[{"msgtype": "smoke"}]),
        "groups without sender": mass(chat_type="group"),
        "neither": mass("wm1", chat_type="all"),
        "filter without tags": mass(tag_filter={"group_list": []}),
    }
    assert {name: caller.code(MASS, body) for name, body in refused.items()} == dict.fromkeys(refused, 40058)
    assert caller.code(MASS, mass("wm1", text={"content": "长" * 1334})) == 45002
    assert caller.code(MASS, mass("wm1", sender="nobody")) == 40003
    assert caller.code(MASS, mass("wm-none")) == 41048
    both = {"group_list": [{"tag_list": ["vip", "gold"]}, {"tag_list": ["new"]}]}
    for body, reached in (
        (mass(tag_filter=both), ["wm2"]),
        (mass(tag_filter=both, external_userid=["wm3"]), ["wm3"]),
        (mass(sender="lisi", text={"content": "长" * 1333}), ["wm1", "wm2", "wm3"]),
    ):
        assert list(statuses(caller, made(wecom, caller, body), "lisi")) == reached


def test_groups_get_it_from_their_owner(wecom: WeCom) -> None:
    wecom.corp.chats = {"wr1": "lisi", "wr2": "ZhangSan"}
    caller = wecom.caller()
    answer = caller.post(MASS, mass(chat_type="group", sender="lisi", chat_id_list=["wr1", "wr2"]))
    assert answer["fail_list"] == ["wr2"]
    wecom.clock.advance(5)
    wecom.company.confirms("lisi", answer["msgid"])
    assert statuses(caller, answer["msgid"], "lisi") == {"wr1": 1}


def test_a_welcome_goes_once_within_twenty_seconds(wecom: WeCom) -> None:
    with serving() as server:
        wecom.company.call_back(server.url, token=TOKEN, encoding_aes_key=KEY)
        caller = wecom.caller()

        def code_of(customer: str) -> str:
            push = wecom.company.adds(customer, "lisi")
            assert push
            return str(push.event["WelcomeCode"])

        def welcome(code: str) -> int:
            return caller.code(WELCOME, {"welcome_code": code, "text": {"content": "你好"}})

        assert welcome("invented") == 41050
        code = code_of("wm1")
        wecom.clock.advance(20)
        assert [welcome(code), welcome(code)] == [0, 41051]
        code = code_of("wm2")
        wecom.clock.advance(20.1)
        assert welcome(code) == 41050
        code = code_of("wm3")
        wecom.company.chats("wm3", "lisi")
        assert welcome(code) == 41051
        code = code_of("wm4")
        wecom.corp.welcomes[code].contested = True
        assert welcome(code) == 41096
        wecom.corp.welcomes[code].contested = False
        assert caller.code(WELCOME, {"welcome_code": code}) == 40058
        assert welcome(code) == 0
        wecom.company.welcomed_by_admin.add("lisi")
        push = wecom.company.adds("wm5", "lisi")
        assert push
        assert "WelcomeCode" not in push.event
        assert wecom.cloud.inbox.taken_by_recipient == {"wm1": 1, "wm4": 1}


def test_a_contact_way_gives_its_state_to_who_comes_by_it(wecom: WeCom) -> None:
    caller = wecom.caller()
    way = {"type": 1, "scene": 2, "user": ["lisi"], "state": "store-7", "remark": "门店"}
    answer = caller.post("externalcontact/add_contact_way", way)
    assert answer["qr_code"].startswith("https://")
    named = {"config_id": answer["config_id"]}
    told = caller.post("externalcontact/get_contact_way", named)["contact_way"]
    assert (told["state"], told["user"], told["qr_code"]) == ("store-7", ["lisi"], answer["qr_code"])
    now, listed = int(wecom.clock()), "externalcontact/list_contact_way"
    assert caller.post(listed, {})["contact_way"] == [named]
    assert caller.post(listed, {"start_time": now + 1, "end_time": now + 9})["contact_way"] == []
    wecom.clock.advance(91 * 86_400)
    caller = wecom.caller()
    assert caller.post(listed, {"start_time": now, "end_time": now})["contact_way"] == [named]
    assert caller.post(listed, {})["contact_way"] == [], "the last 90 days, where none are named"
    wecom.company.scans("wm1", answer["config_id"])
    wecom.corp.customers["wm1"].unionid = "u1"
    contact = caller.get("externalcontact/get", external_userid="wm1")
    assert contact["external_contact"]["unionid"] == "u1"
    assert [(row["userid"], row["state"]) for row in contact["follow_user"]] == [("lisi", "store-7")]
    wecom.corp.has_unionid = False
    assert "unionid" not in caller.get("externalcontact/get", external_userid="wm1")["external_contact"]
    assert caller.code("externalcontact/del_contact_way", named) == 0
    assert caller.code("externalcontact/get_contact_way", named) == 40058
    for change, code in (
        ({"state": "x" * 31}, 40058),
        ({"type": 3}, 40058),
        ({"user": ["lisi", "ZhangSan"]}, 40058),
        ({"user": ["nobody"]}, 40003),
    ):
        assert caller.code("externalcontact/add_contact_way", {**way, **change}) == code
    assert "qr_code" not in caller.post("externalcontact/add_contact_way", {**way, "scene": 1})
    assert caller.get("externalcontact/get", external_userid="none")["errcode"] == 40096
    wecom.company.removes("lisi", "wm1")
    assert caller.get("externalcontact/get", external_userid="wm1")["errcode"] == 84061


def told(server: Server) -> list[dict[str, str]]:
    """The events that a server was told, their signatures checked."""
    sealing = Sealing(TOKEN, KEY, "ww1")
    events = []
    for query, body in server.told:
        outer = {element.tag: element.text or "" for element in ElementTree.fromstring(body)}
        assert (outer["ToUserName"], outer["AgentID"]) == ("ww1", "")
        text = sealing.open_signed(outer["Encrypt"], query["msg_signature"], query["timestamp"], query["nonce"])
        events.append({element.tag: element.text or "" for element in ElementTree.fromstring(text)})
    return events


def test_changes_of_customers_are_told_sealed_and_again(wecom: WeCom) -> None:
    with serving() as server:
        wecom.company.call_back(server.url, token=TOKEN, encoding_aes_key=KEY)
        server.answers = [(500, ""), (500, ""), (500, ""), (200, "")]
        added = wecom.company.adds("wm1", "lisi", state="store-7", half=True)
        assert added
        assert added.wait().answers == ["500", "500", "500", "200"]
        for push in (
            wecom.company.adds("wm1", "lisi", state="store-7"),
            wecom.company.edits("lisi", "wm1"),
            wecom.company.refuses_transfer("wm1", "ZhangSan"),
            wecom.company.leaves("wm1", "lisi"),
        ):
            assert push
            push.wait()
        for push in (wecom.company.adds("wm2", "lisi"), wecom.company.removes("lisi", "wm2")):
            assert push
            push.wait()
        events = told(server)
    assert len(events) == 10
    assert events[:3] == [events[3]] * 3
    changes = [event["ChangeType"] for event in events[3:8]]
    assert changes == [
        "add_half_external_contact",
        "add_external_contact",
        "edit_external_contact",
        "transfer_fail",
        "del_follow_user",
    ]
    first = events[3]
    assert (first["Event"], first["FromUserName"], first["UserID"]) == ("change_external_contact", "sys", "lisi")
    assert (first["ExternalUserID"], first["State"]) == ("wm1", "store-7")
    assert first["WelcomeCode"] != events[4]["WelcomeCode"]
    assert [event["ChangeType"] for event in events[8:]] == ["add_external_contact", "del_external_contact"]


def test_an_address_must_open_the_echo(wecom: WeCom) -> None:
    with serving() as server:
        server.echo = Sealing(TOKEN, KEY, "ww1").open
        wecom.company.call_back(server.url, token=TOKEN, encoding_aes_key=KEY)
        assert wecom.company.check_address()
        server.echo = str.lower
        assert not wecom.company.check_address()
    with pytest.raises(ValueError, match="call_back"):
        type(wecom.company)(wecom.corp, wecom.clock, wecom.cloud.pusher, wecom.cloud._state).check_address()
