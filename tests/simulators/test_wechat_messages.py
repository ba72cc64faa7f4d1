"""WeChat's messages are taken and refused as the platform does, and the limits go by the clock."""

import urllib.error
from typing import Any

import pytest
from simulators.conftest import TEMPLATE, WeChat
from support.patience import wait_until
from support.weixin import Caller, status_of
from tidegate_simulators.registry import make
from tidegate_simulators.web import Entry, Fault
from tidegate_simulators.wechat import WeChatSimulator

DATA = {"thing1": {"value": "到店礼"}, "date2": {"value": "2026-10-05"}, "amount3": {"value": "¥30"}}
SUBSCRIBE = "message/subscribe/send"
OFFICIAL = "message/template/send"
CUSTOM = "message/custom/send"


def message(openid: str = "o1", **changes: object) -> dict[str, Any]:
    return {"touser": openid, "template_id": TEMPLATE, "data": DATA, **changes}


def text(openid: str, content: str = "在吗") -> dict[str, Any]:
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


def sends(caller: Caller, action: str, body: dict[str, Any], *codes: int) -> None:
    """What so many sends in a row are answered with."""
    assert tuple(caller.code(action, body) for _ in codes) == codes


def test_each_grant_is_one_send(wechat: WeChat) -> None:
    wechat.mini.decides("o1", accept=[TEMPLATE])
    wechat.mini.decides("o1", accept=[TEMPLATE])
    caller = wechat.caller(wechat.mini)
    answer = caller.post(SUBSCRIBE, message(page="index?foo=bar", lang="zh_CN", miniprogram_state="formal"))
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    sends(caller, SUBSCRIBE, message(), 0, 43101)
    assert [(sent.recipient, sent.body["data"]) for sent in wechat.cloud.received] == [("o1", DATA)] * 2
    assert wechat.cloud.received[0].message_id == str(answer["msgid"])
    assert wechat.cloud.inbox.taken_by_recipient == {"o1": 2}
    wechat.mini.decides("o1", accept=[TEMPLATE])
    wechat.mini.decides("o1", reject=[TEMPLATE])  # no to one question: what was allowed before stays allowed
    sends(caller, SUBSCRIBE, message(), 0, 43101)


def test_what_is_refused_costs_no_credit(wechat: WeChat) -> None:
    wechat.mini.decides("o1", accept=[TEMPLATE])
    wechat.mini.account.pages = frozenset({"index"})
    wechat.mini.account.sensitive = ("赌博",)
    caller = wechat.caller(wechat.mini)
    refusals = {
        40003: message("stranger"),
        40037: message(template_id="T-none"),
        41030: message(page="gone?x=1"),
        47003: message(data={**DATA, "thing1": {"value": "长" * 21}}),
        45168: message(data={**DATA, "thing1": {"value": "赌博"}}),
    }
    assert {code: caller.code(SUBSCRIBE, body) for code, body in refusals.items()} == {code: code for code in refusals}
    assert caller.post(SUBSCRIBE, refusals[47003])["errmsg"].startswith("argument invalid! data.thing1.value invalid")
    sends(caller, SUBSCRIBE, message(miniprogram_state="beta"), 47003)
    wechat.mini.account.banned = True
    sends(caller, SUBSCRIBE, message(), 43107)
    wechat.mini.account.banned = False
    sends(caller, SUBSCRIBE, message(page="index?x=1"), 0, 43101)
    assert wechat.cloud.inbox.taken == 1


def test_a_lasting_template_goes_until_it_is_refused(wechat: WeChat) -> None:
    wechat.mini.account.add_template("T-lasting", ["thing1"], lasting=True)
    wechat.mini.decides("o1", accept=["T-lasting"])
    caller = wechat.caller(wechat.mini)
    sends(caller, SUBSCRIBE, message(template_id="T-lasting"), 0, 0, 0)
    wechat.mini.cancels("o1", "T-lasting")
    sends(caller, SUBSCRIBE, message(template_id="T-lasting"), 43101)


def test_two_at_once_to_one_openid_are_one_too_many(wechat: WeChat) -> None:
    for openid in ("o1", "o2"):
        wechat.mini.decides(openid, accept=[TEMPLATE])
        wechat.mini.decides(openid, accept=[TEMPLATE])
    caller = wechat.caller(wechat.mini)
    wechat.cloud.script.add(Entry(Fault.SLOW, address="o1", delay=60.0), times=1)
    with pytest.raises(TimeoutError):
        Caller(caller.url, caller.token, seconds=0.5).post(SUBSCRIBE, message("o1"))
    wechat.cloud.inbox.wait_for(1)
    sends(caller, SUBSCRIBE, message("o1"), 43108)
    wechat.cloud.script.add(Entry(Fault.SLOW, address="o2", delay=0.01), times=1)
    sends(caller, SUBSCRIBE, message("o2"), 0, 0)


def test_a_days_cap_and_a_minutes_throttle_end_with_the_day_and_the_minute(wechat: WeChat) -> None:
    account = wechat.mini.account
    assert account.caps[SUBSCRIBE] == 10_000_000
    paying = wechat.cloud.add_account("wx-paying", "s", payment=True)
    assert paying.account.caps[SUBSCRIBE] == 30_000_000
    account.everyone, account.credits_at_first = True, 100
    account.caps[SUBSCRIBE] = 3
    account.per_minute[SUBSCRIBE] = 2
    caller = wechat.caller(wechat.mini)
    sends(caller, SUBSCRIBE, message(), 0, 0, 45011)
    wechat.clock.advance(60)
    sends(caller, SUBSCRIBE, message(), 0, 45009)
    wechat.clock.advance(86400)
    sends(wechat.caller(wechat.mini), SUBSCRIBE, message(), 0)


def test_template_messages_go_to_followers(wechat: WeChat) -> None:
    wechat.official.account.add_user("o1")
    caller = wechat.caller(wechat.official)
    sends(caller, OFFICIAL, message("o1"), 43004)
    sends(caller, OFFICIAL, message("stranger"), 40003)
    user = wechat.official.account.add_user("o1")
    wechat.official.follows("o1")
    answer = caller.post(OFFICIAL, message("o1", url="https://m.example", miniprogram={"appid": "wx-mini"}))
    assert answer["errcode"] == 0
    assert wechat.cloud.received[0].message_id == str(answer["msgid"])
    user.refuses_templates = True
    sends(caller, OFFICIAL, message("o1"), 48002)
    user.blacklisted = True
    sends(caller, OFFICIAL, message("o1"), 43019)


def test_a_mini_programs_windows(wechat: WeChat) -> None:
    caller = wechat.caller(wechat.mini)
    wechat.mini.account.add_user("o1")
    sends(caller, CUSTOM, text("o1"), 45015)
    wechat.mini.enters("o1")
    sends(caller, CUSTOM, text("o1"), 0, 0, 45047)
    wechat.clock.advance(60)
    sends(caller, CUSTOM, text("o1"), 45015)
    wechat.mini.says("o1", "你好")
    sends(caller, CUSTOM, text("o1"), 0, 0, 0, 0, 0, 45047)
    wechat.mini.enters("o1")
    sends(caller, CUSTOM, text("o1"), 0, 0, 45047)
    wechat.mini.says("o1", "在")
    wechat.clock.advance(48 * 3600 - 1)
    caller = wechat.caller(wechat.mini)
    sends(caller, CUSTOM, text("o1"), 0)
    wechat.clock.advance(1)
    sends(caller, CUSTOM, text("o1"), 45015)


def test_an_official_accounts_windows(wechat: WeChat) -> None:
    caller = wechat.caller(wechat.official)
    for does, *more in (
        (wechat.official.follows, "o1"),
        (wechat.official.clicks, "o1", "MENU"),
        (wechat.official.scans, "o1", "7"),
    ):
        does(*more)
        sends(caller, CUSTOM, text("o1"), 0, 0, 0, 45047)
        wechat.clock.advance(60)
        sends(caller, CUSTOM, text("o1"), 45015)
    wechat.official.says("o1", "你好")
    sends(caller, CUSTOM, text("o1"), 0)
    wechat.official.unfollows("o1")
    sends(caller, CUSTOM, text("o1"), 45015)


def test_before_june_2023_every_interaction_opened_48_hours(wechat: WeChat) -> None:
    wechat.clock.now = 1_686_000_000.0
    wechat.official.clicks("o1", "MENU")
    wechat.clock.advance(3600)
    sends(wechat.caller(wechat.official), CUSTOM, text("o1"), *[0] * 20, 45047)


def test_a_custom_message_has_a_kind_and_something_in_it(wechat: WeChat) -> None:
    wechat.mini.says("o1", "你好")
    caller = wechat.caller(wechat.mini)
    sends(caller, CUSTOM, {"touser": "o1", "msgtype": "smoke"}, 40008)
    sends(caller, CUSTOM, {"touser": "o1", "msgtype": "text"}, 44004)
    sends(caller, CUSTOM, text("o1", "长" * 700), 45002)
    wechat.mini.account.add_user("o1").minor = True
    sends(caller, CUSTOM, text("o1"), 70000)


def test_the_script_provokes_any_code_for_a_call_or_an_openid(wechat: WeChat) -> None:
    wechat.mini.account.everyone, wechat.mini.account.credits_at_first = True, 100
    caller = wechat.caller(wechat.mini)
    wechat.cloud.script.add(Entry(Fault.REFUSE, "-1", action=SUBSCRIBE), times=2)
    sends(caller, SUBSCRIBE, message(), -1, -1, 0)
    wechat.cloud.script.add(Entry(Fault.REFUSE, "43101", address="o2"))
    sends(caller, SUBSCRIBE, message("o2"), 43101)
    sends(caller, SUBSCRIBE, message("o1"), 0)
    wechat.cloud.script.clear()
    wechat.cloud.script.add(Entry(Fault.REFUSE, "http:503"), times=1)
    assert status_of(caller, SUBSCRIBE, message()) == 503
    assert status_of(caller, "message/unknown", {}) == 404


def test_what_was_taken_without_an_answer_was_taken(wechat: WeChat) -> None:
    wechat.mini.account.everyone, wechat.mini.account.credits_at_first = True, 100
    caller = wechat.caller(wechat.mini)
    script = wechat.cloud.script
    script.add(Entry(Fault.CLOSE_BEFORE_TAKING), times=1)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        caller.post(SUBSCRIBE, message())
    assert wechat.cloud.inbox.taken == 0
    script.add(Entry(Fault.CLOSE_AFTER_TAKING), times=1)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        caller.post(SUBSCRIBE, message())
    script.add(Entry(Fault.SILENT_AFTER_TAKING), times=1)
    hasty = Caller(caller.url, caller.token, seconds=0.5)
    with pytest.raises(TimeoutError):
        hasty.post(SUBSCRIBE, message())
    wait_until(lambda: wechat.cloud.inbox.taken == 2)
    assert wechat.cloud.inbox.repeated == 1
    script.add(Entry(Fault.SLOW, action=CUSTOM, delay=0.05), times=1)
    wechat.mini.says("o1", "你好")
    sends(caller, CUSTOM, text("o1"), 0)
    assert wechat.cloud.calls[SUBSCRIBE] == 3
    assert wechat.mini.account.credit("o1", TEMPLATE) == 98


def test_by_name_it_knows_every_openid_and_every_template() -> None:
    simulator = make("wechat")
    assert isinstance(simulator, WeChatSimulator)
    with simulator:
        settings = simulator.settings
        caller = Caller(simulator.url)
        asked = {"grant_type": "client_credential", "appid": settings["appid"], "secret": settings["app_secret"]}
        caller.token = caller.post("stable_token", asked)["access_token"]
        sends(caller, SUBSCRIBE, message("anyone", template_id="T-any"), 0, 0)
        wrong = {**DATA, "date2": {"value": "tomorrow"}}
        sends(caller, SUBSCRIBE, message("anyone", template_id="T-any", data=wrong), 47003)
        assert (simulator.taken, simulator.received) == (2, [])
