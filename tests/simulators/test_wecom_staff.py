"""WeCom gives out one token for each app, and takes messages to staff and of robots within its limits."""

from typing import Any

import pytest
from simulators.conftest import WeCom
from support.weixin import Caller, status_of
from tidegate_simulators.registry import make
from tidegate_simulators.web import Entry, Fault
from tidegate_simulators.wecom import WeComSimulator

SEND = "message/send"
ROBOT = "webhook/send"


def text(to: str, content: str = "来客", **more: object) -> dict[str, Any]:
    return {"touser": to, "msgtype": "text", "agentid": 7, "text": {"content": content}, **more}


def test_a_token_is_the_same_until_it_ends(wecom: WeCom) -> None:
    first = Caller(wecom.cloud.url).get("gettoken", corpid="ww1", corpsecret="s-staff")
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    wecom.clock.advance(7199)
    caller = wecom.caller("s-staff")
    assert caller.token == first["access_token"]
    assert caller.token != wecom.caller("s-contacts").token
    wecom.clock.advance(1)
    assert caller.code(SEND, text("lisi")) == 42001
    caller = wecom.caller("s-staff")
    assert caller.code(SEND, text("lisi")) == 0
    wecom.corp.apps["s-staff"].tokens.invalidate()
    assert caller.code(SEND, text("lisi")) == 40014
    assert wecom.caller("s-staff").code(SEND, text("lisi")) == 0


def test_who_asks_wrongly_gets_no_token_and_is_banned_in_the_end(wecom: WeCom) -> None:
    caller = Caller(wecom.cloud.url)

    def code(**query: str) -> object:
        return caller.get("gettoken", **query)["errcode"]

    assert code(corpsecret="x") == 41002
    assert code(corpid="ww1") == 41004
    assert code(corpid="ww-none", corpsecret="x") == 40013
    assert {code(corpid="ww1", corpsecret="wrong") for _ in range(20)} == {40001}
    assert code(corpid="ww1", corpsecret="s-staff") == 45009
    wecom.clock.advance(3600)
    assert code(corpid="ww1", corpsecret="s-staff") == 0


def test_calls_need_a_token_of_an_app_that_may(wecom: WeCom) -> None:
    caller = Caller(wecom.cloud.url)
    assert caller.code(SEND, text("lisi")) == 41001
    caller.token = "invented"
    assert caller.code(SEND, text("lisi")) == 40014
    assert wecom.caller("s-staff").code("externalcontact/add_msg_template", {"sender": "lisi"}) == 48002
    assert wecom.caller().code(SEND, text("lisi")) == 40056
    caller = wecom.caller("s-staff")
    assert caller.get(SEND)["errcode"] == 43002
    assert caller.code(SEND, b"{") == 47001
    wecom.corp.whitelist = frozenset({"10.0.0.1"})
    assert caller.code(SEND, text("lisi")) == 60020


def test_those_who_can_get_a_message_get_it_and_the_others_are_named(wecom: WeCom) -> None:
    wecom.corp.add_member("wangwu", licensed=False)
    caller = wecom.caller("s-staff")
    answer = caller.post(SEND, text("zhangsan|Nobody|wangwu|lisi"))
    assert (answer["errcode"], answer["invaliduser"], answer["unlicenseduser"]) == (0, "nobody", "wangwu")
    assert [(sent.recipient, sent.message_id) for sent in wecom.cloud.received] == [
        ("ZhangSan", answer["msgid"]),
        ("lisi", answer["msgid"]),
    ]
    assert caller.code(SEND, text("nobody|wangwu")) == 81013
    assert caller.code(SEND, text("|".join(f"u{number}" for number in range(1001)))) == 40058
    wecom.corp.members["lisi"].parties = frozenset({"2"})
    wecom.corp.members["ZhangSan"].tags = frozenset({"9"})
    assert caller.code(SEND, text("", toparty="1|2", totag="9")) == caller.code(SEND, text("@all")) == 0
    assert wecom.cloud.inbox.taken_by_recipient == {"ZhangSan": 3, "lisi": 3}


def test_a_message_has_a_kind_and_something_in_it(wecom: WeCom) -> None:
    caller = wecom.caller("s-staff")
    assert caller.code(SEND, text("lisi", "")) == 44004
    assert caller.code(SEND, text("lisi", msgtype="smoke")) == 40008
    assert caller.code(SEND, text("lisi", msgtype="markdown")) == 44004
    assert caller.code(SEND, text("lisi", "长" * 700)) == 0
    assert wecom.cloud.received[-1].body["text"]["content"] == "长" * 682


def test_the_same_message_is_not_got_twice_where_that_is_checked(wecom: WeCom) -> None:
    caller = wecom.caller("s-staff")
    body = text("lisi", enable_duplicate_check=1)
    for after in (0, 1799, 1):
        wecom.clock.advance(after)
        assert caller.code(SEND, body) == 0
    assert (wecom.cloud.inbox.taken, wecom.cloud.staff_messages.duplicates) == (2, 1)
    long = text("lisi", enable_duplicate_check=1, duplicate_check_interval=10 * 3600)
    for after in (0, 4 * 3600 - 1, 1):
        wecom.clock.advance(after)
        assert wecom.caller("s-staff").code(SEND, long) == 0
    assert (wecom.cloud.inbox.taken, wecom.cloud.staff_messages.duplicates) == (4, 2)


def test_what_is_too_much_for_a_member_is_dropped_in_silence(wecom: WeCom) -> None:
    caller = wecom.caller("s-staff")
    assert {caller.code(SEND, text("lisi", str(number))) for number in range(31)} == {0}
    assert (wecom.cloud.inbox.taken, wecom.cloud.staff_messages.dropped) == (30, 1)
    wecom.clock.advance(60)
    assert caller.code(SEND, text("lisi")) == 0
    assert wecom.cloud.inbox.taken == 31


def test_a_company_has_two_hundred_messages_a_day_for_each_account(wecom: WeCom) -> None:
    caller = wecom.caller("s-staff")
    for number in range(200):
        assert caller.code(SEND, text("@all", str(number))) == 0
    assert caller.code(SEND, text("lisi")) == 45009
    wecom.clock.advance(86400)
    assert wecom.caller("s-staff").code(SEND, text("lisi")) == 0


def test_calls_are_limited_by_company_and_action_and_by_address(wecom: WeCom) -> None:
    assert (wecom.cloud.corp_limits, wecom.cloud.peer_limits) == ((10_000, 150_000), (20_000, 600_000))
    caller = wecom.caller("s-staff")
    wecom.cloud.corp_limits = (2, 3)
    assert [caller.code(SEND, text("lisi", str(number))) for number in range(3)] == [0, 0, 45009]
    wecom.clock.advance(60)
    assert [caller.code(SEND, text("lisi", str(number))) for number in range(2)] == [0, 45009]
    wecom.clock.advance(3600)
    wecom.cloud.peer_limits = (1, 100)
    assert [caller.code(SEND, text("lisi", str(number))) for number in range(2)] == [0, 45009]


def test_only_so_many_calls_may_be_under_way(wecom: WeCom) -> None:
    caller = wecom.caller("s-staff")
    wecom.cloud.most_at_once = 1
    assert [caller.code(SEND, text("lisi", str(number))) for number in range(2)] == [0, 0]
    wecom.cloud.script.add(Entry(Fault.SLOW, action=SEND, delay=60.0), times=1)
    with pytest.raises(TimeoutError):
        Caller(caller.url, caller.token, seconds=0.5).post(SEND, text("lisi"))
    wecom.cloud.inbox.wait_for(3)
    assert caller.code(SEND, text("ZhangSan")) == 45033
    assert wecom.caller().code("externalcontact/get_groupmsg_task", {"msgid": "x"}) == 45033


def test_a_robot_needs_its_key_and_writes_twenty_times_a_minute(wecom: WeCom) -> None:
    robot = wecom.corp.add_robot("k1")
    caller = Caller(wecom.cloud.url)
    hello = {"msgtype": "text", "text": {"content": "早"}}

    def code(body: dict[str, Any], key: str = "k1") -> object:
        return caller.post(ROBOT, body, key=key)["errcode"]

    assert code(hello, "k2") == 93000
    assert [code({"msgtype": "text", "text": {"content": str(number)}}) for number in range(21)] == [0] * 20 + [45009]
    wecom.clock.advance(60)
    assert code({"msgtype": "text", "text": {"content": "长" * 683}}) == 40058
    assert code({"msgtype": "markdown", "markdown": {"content": "长" * 683}}) == 0
    assert code({"msgtype": "markdown", "markdown": {"content": "长" * 1366}}) == 40058
    assert code({"msgtype": "video", "video": {"content": "x"}}) == 40008
    robot.enabled = False
    assert code(hello) == 93004
    assert wecom.cloud.inbox.taken_by_recipient == {"k1": 21}


def test_the_script_provokes_codes_and_names_members_invalid(wecom: WeCom) -> None:
    caller = wecom.caller("s-staff")
    wecom.cloud.script.add(Entry(Fault.REFUSE, "6000", action=SEND), times=1)
    assert caller.code(SEND, text("lisi")) == 6000
    wecom.cloud.script.add(Entry(Fault.REFUSE, "60111", action=SEND, address="lisi"))
    assert caller.post(SEND, text("lisi|ZhangSan"))["invaliduser"] == "lisi"
    wecom.cloud.script.add(Entry(Fault.REFUSE, "http:502"), times=1)
    assert status_of(caller, SEND, text("lisi")) == 502
    wecom.cloud.script.add(Entry(Fault.SILENT_AFTER_TAKING, action=SEND), times=1)
    with pytest.raises(TimeoutError):
        Caller(caller.url, caller.token, seconds=0.5).post(SEND, text("ZhangSan", "again"))
    assert wecom.cloud.received[-1].body["text"]["content"] == "again"


def test_by_name_it_knows_everybody_and_staff_confirm() -> None:
    simulator = make("wecom")
    assert isinstance(simulator, WeComSimulator)
    with simulator:
        settings = simulator.settings
        caller = Caller(simulator.url)
        asked = {"corpid": settings["corpid"], "corpsecret": settings["corp_secret"]}
        caller.token = caller.get("gettoken", **asked)["access_token"]
        assert caller.code(SEND, text("anyone", agentid=settings["agentid"])) == 0
        simulator.campaigns.dispatch_seconds = 0
        task = {"external_userid": ["wm1"], "text": {"content": "x"}}
        msgid = caller.post("externalcontact/add_msg_template", task)["msgid"]
        asked = {"msgid": msgid, "userid": "zhangsan"}
        assert caller.post("externalcontact/get_groupmsg_send_result", asked)["send_list"][0]["status"] == 1
        assert (simulator.taken, simulator.received) == (2, [])
