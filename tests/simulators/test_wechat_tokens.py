"""WeChat gives out one token at a time, renews it early, and takes it back by force."""

import pytest
from simulators.conftest import WeChat
from support.weixin import Caller


def ask(wechat: WeChat, **changes: object) -> dict[str, object]:
    asked = {"grant_type": "client_credential", "appid": "wx-mini", "secret": "s-mini", **changes}
    return Caller(wechat.cloud.url).post("stable_token", asked)


def code_with(wechat: WeChat, token: object) -> object:
    """What a send with a token is refused with; 40003 is what follows on a valid one."""
    return Caller(wechat.cloud.url, str(token)).code("message/subscribe/send", {"touser": "stranger"})


def test_a_token_is_the_same_until_its_last_five_minutes(wechat: WeChat) -> None:
    first = ask(wechat)
    assert first["expires_in"] == 7200
    wechat.clock.advance(6899)
    assert ask(wechat) == {"access_token": first["access_token"], "expires_in": 301}
    wechat.clock.advance(1)
    second = ask(wechat)
    assert second["access_token"] != first["access_token"]
    assert second["expires_in"] == 7200
    assert code_with(wechat, first["access_token"]) == code_with(wechat, second["access_token"]) == 40003
    wechat.clock.advance(300)
    assert code_with(wechat, first["access_token"]) == 42001
    assert code_with(wechat, second["access_token"]) == 40003


def test_force_ends_the_token_before_but_not_twice_in_half_a_minute(wechat: WeChat) -> None:
    first = ask(wechat)["access_token"]
    second = ask(wechat, force_refresh=True)["access_token"]
    assert second != first
    assert code_with(wechat, first) == 40001
    wechat.clock.advance(29)
    assert ask(wechat, force_refresh=True)["access_token"] == second
    wechat.clock.advance(1)
    assert ask(wechat, force_refresh=True)["access_token"] != second
    for _ in range(17):
        assert "access_token" in ask(wechat, force_refresh=True)
    assert ask(wechat, force_refresh=True)["errcode"] == 45009
    assert "access_token" in ask(wechat)
    wechat.clock.advance(86400)
    assert "access_token" in ask(wechat, force_refresh=True)


def test_a_token_can_be_taken_back_before_its_time(wechat: WeChat) -> None:
    for code in (40001, 42001, 40014):
        token = ask(wechat)["access_token"]
        wechat.mini.account.tokens.invalidate(code)
        assert code_with(wechat, token) == code
        assert code_with(wechat, ask(wechat)["access_token"]) == 40003


def test_tokens_are_asked_for_10_000_times_a_minute_at_most(wechat: WeChat) -> None:
    tokens = wechat.mini.account.tokens
    for _ in range(10_000):
        tokens.issue(force=False)
    assert ask(wechat)["errcode"] == 45011
    wechat.clock.advance(60)
    assert "access_token" in ask(wechat)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wx-nobody"}, 40013),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_who_asks_wrongly_gets_no_token(wechat: WeChat, changes: dict[str, object], code: int) -> None:
    assert ask(wechat, **changes)["errcode"] == code


def test_only_listed_addresses_get_a_token(wechat: WeChat) -> None:
    wechat.mini.account.whitelist = frozenset({"10.0.0.1"})
    answer = ask(wechat)
    assert answer["errcode"] == 40164
    assert str(answer["errmsg"]).startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist")
    wechat.mini.account.whitelist = frozenset({"127.0.0.1"})
    assert "access_token" in ask(wechat)


def test_calls_need_a_token_of_the_account_and_the_right_method(wechat: WeChat) -> None:
    caller = Caller(wechat.cloud.url)
    assert caller.code("message/subscribe/send", {}) == 41001
    assert code_with(wechat, "invented") == 40014
    assert caller.get("stable_token")["errcode"] == 43002
    sender = wechat.caller(wechat.mini)
    assert sender.code("message/subscribe/send", b"") == 44002
    assert sender.code("message/subscribe/send", b"not json") == 47001
