"""S03 and S04 on WeChat and the SMS clouds: the adapters in the box against the platforms' simulators.

One official account has two accounts here, for template messages and for those of its service desk, and one address at
which the platform calls: that of the service desk. Followers do what they do on the platform, which tells it sealed.
"""

import re
from collections import Counter

import pytest
from support.delivery.clouds import KEY, OFFICIAL, OPENID, TOKEN, Clouds
from support.delivery.shop import state_name
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import receipts_pb2

COMMITTED = pb.LEDGER_STATE_COMMITTED
WINDOW, TEMPLATE, SMS = "wechat.service", "wechat.template", "sms"
ARTICLE = "https://example.com/articles/42"
CUSTOM_CALL, TEMPLATE_CALL = "message/custom/send", "message/template/send"


@pytest.fixture
def maker(clouds: Clouds) -> Clouds:
    """A maker of machines: an official account, SMS through one cloud for one brand and through another for another."""
    desk = clouds.wechat_account("desk", WINDOW, OFFICIAL, app_type="official_account")
    clouds.wechat_account("notices", TEMPLATE, OFFICIAL)
    clouds.sms_account("sms-a", clouds.aliyun, brands=["a"])
    clouds.sms_account("sms-t", clouds.tencent, brands=["t"])
    clouds.official.account.add_template("T-lead", ["thing1", "time2"])
    clouds.official.call_back(desk, token=TOKEN, encoding_aes_key=KEY)
    assert clouds.official.check_address()
    in_wechat = {
        WINDOW: {"text": "{{ name }}: {{ target | track('article') }}"},
        TEMPLATE: {"thing1.value": "{{ name }}", "time2.value": "10:00", "link": "{{ target | track('article') }}"},
    }
    by_sms = {
        "a": {"name": "{{ name }}", "code": "{{ target | track_code('article') }}"},
        "t": {"1": "{{ name }}", "2": "{{ target | track_code('article') }}"},
    }
    for brand, parts in by_sms.items():
        clouds.template(f"answer-{brand}", {**in_wechat, SMS: parts}, name=6, target=200)
        clouds.approved(f"answer-{brand}", notices="T-lead")
    clouds.approved("answer-a", sms_a="SMS_LEAD")
    clouds.approved("answer-t", sms_t="1007")
    return clouds


def said(maker: Clouds, customer_id: int, *channels: str, brand: str = "a", **changes: object) -> str:
    """A message to a customer, on its way."""
    values = {"name": Value(string_value="客户"), "target": Value(string_value=ARTICLE)}
    message = maker.shop.message(
        customer_id, *channels, template_id=f"answer-{brand}", variables=values, brand=brand, **changes
    )
    return maker.shop.send(message)[0]


def taken(maker: Clouds, action: str) -> list[str]:
    """Whom WeChat was given messages for."""
    return [one.recipient for one in maker.wechat.received if one.action == action]


def slot(maker: Clouds, message_id: str) -> tuple[int, str]:
    entry = maker.shop.explain(message_id).ledger_entry
    return entry.state, entry.channel


def test_s03_a_lead_is_served_where_it_can_be_reached_by_one_reservation(maker: Clouds) -> None:
    shop, chain = maker.shop, (WINDOW, TEMPLATE, SMS)
    shop.rule("daily", 1, 1)
    for openid in ("o-now", "o-before"):
        maker.official.follows(openid, scene="poster-7")
    shop.suite.settle()
    maker.official.account.add_user("o-left")
    leads = {
        "o-before": maker.lead((OPENID, "o-before"), ("phone", "+8613800000002")),
        "o-left": maker.lead((OPENID, "o-left"), ("phone", "+8613800000003")),
        "": maker.lead(("phone", "+8613800000004")),
    }
    maker.passes(minutes=2)
    maker.official.follows("o-now")
    shop.suite.settle()
    leads["o-now"] = maker.lead((OPENID, "o-now"), ("phone", "+8613800000001"))
    ids = {openid: said(maker, customer_id, *chain, brand="a") for openid, customer_id in leads.items()}
    shop.final(*ids.values())
    assert {openid: shop.get(one).channel for openid, one in ids.items()} == {
        "o-now": WINDOW,
        "o-before": TEMPLATE,
        "o-left": SMS,
        "": SMS,
    }
    assert taken(maker, CUSTOM_CALL) == ["o-now"]
    assert taken(maker, TEMPLATE_CALL) == ["o-before"]
    assert maker.wechat.calls[CUSTOM_CALL] == 1, "a closed window costs no call"
    for number in ("+8613800000003", "+8613800000004"):
        (sms,) = maker.aliyun.received[number]
        assert re.fullmatch(r"【潮汐】客户您好，资料见 t\.example/[A-Za-z0-9]{1,6} 拒收请回复R", sms.text)
    assert {one: slot(maker, ids[one]) for one in ids} == {one: (COMMITTED, shop.get(ids[one]).channel) for one in ids}
    assert [one.provider_code for one in maker.attempts(ids["o-left"])] == ["43004", "OK"]
    again = [said(maker, customer_id, *chain) for customer_id in leads.values()]
    assert {state_name(one) for one in shop.final(*again)} == {"dropped:frequency"}, "one slot is one message a day"

    other = maker.lead(("phone", "+8613800000005"))
    by_tencent = said(maker, other, *chain, brand="t")
    shop.final(by_tencent)
    (sms,) = maker.tencent.received["+8613800000005"]
    assert re.fullmatch(r"【潮汐】客户您好，资料见 t\.example/[A-Za-z0-9]{1,6} 拒收请回复R", sms.text)

    assert maker.aliyun.push() == 2
    assert maker.tencent.push() == 1
    shop.suite.settle()
    ends = {one: state_name(shop.get(ids[one])) for one in ids} | {"t": state_name(shop.get(by_tencent))}
    assert ends == {"o-now": "sent", "o-before": "delivered", "o-left": "delivered", "": "delivered", "t": "delivered"}
    assert not [one for one in maker.receipts() if one.state == receipts_pb2.RECEIPT_STATE_WAITING]
    told = {one.name: one for one in maker.events(leads["o-before"])}
    assert told["wechat_followed"].properties["source_code"].string_value == "poster-7"


def rounds(maker: Clouds, *customer_ids: int, channels: tuple[str, ...] = (WINDOW,)) -> Counter[str]:
    """What becomes of one more message to each."""
    ids = [said(maker, one, *channels) for one in customer_ids]
    return Counter(f"{state_name(one)} {one.channel}".strip() for one in maker.shop.final(*ids))


def test_s04_rounds_follow_while_the_window_and_its_allowance_last(maker: Clouds) -> None:
    shop = maker.shop
    people = {f"o{number}": maker.lead((OPENID, f"o{number}")) for number in range(5)}
    for openid in people:
        maker.official.account.add_user(openid, follows=True)
    maker.official.account.users["o4"].refuses_templates = True
    invited = [said(maker, one, TEMPLATE) for one in people.values()]
    assert [state_name(one).replace("delivered", "sent") for one in shop.final(*invited)] == [
        *["sent"] * 4,
        "failed:not_subscribed",
    ]
    shop.suite.settle()
    assert [state_name(shop.get(one)) for one in invited[:4]] == ["delivered"] * 4, "the platform says so at the desk"

    *clicking, silent, _ = people.values()
    assert rounds(maker, *clicking, silent) == {"dropped:window_closed wechat.service": 4}
    pusher = maker.official.callbacks.pusher if maker.official.callbacks else None
    assert pusher is not None
    pusher.copies = 2
    pushes = [maker.official.clicks(openid, "survey") for openid in list(people)[:3]]
    for push in pushes:
        assert push is not None
        assert push.wait().answers == ["200 success"] * 2
    shop.suite.settle()
    assert [maker.left(one, "desk") for one in (*clicking, silent)] == [3, 3, 3, 0]
    for left in (2, 1, 0):
        assert rounds(maker, *clicking) == {"sent wechat.service": 3}
        assert [maker.left(one, "desk") for one in clicking] == [left] * 3
    assert rounds(maker, *clicking) == {"dropped:window_closed wechat.service": 3}
    assert rounds(maker, *clicking, channels=(WINDOW, TEMPLATE)) == {"sent wechat.template": 3}, "the next channel"

    maker.passes(seconds=1)
    maker.official.says("o0", "I'd like to see one")
    maker.official.clicks("o1", "survey")
    shop.suite.settle()
    assert [maker.left(one, "desk") for one in clicking[:2]] == [5, 3]
    maker.passes(seconds=61)
    assert rounds(maker, *clicking[:2]) == {"sent wechat.service": 1, "dropped:window_closed wechat.service": 1}
    maker.passes(hours=48)
    assert rounds(maker, clicking[0]) == {"dropped:window_closed wechat.service": 1}
    assert maker.wechat.calls[CUSTOM_CALL] == len(taken(maker, CUSTOM_CALL)) == 10, "WeChat refused none"

    channels = shop.delivery.ListChannels(pb.ListChannelsRequest()).channels
    (desk,) = (one for one in channels if one.adapter == WINDOW)
    rules = {receipts_pb2.WindowTrigger.Name(one.trigger)[15:]: one for one in desk.manifest.windows}
    assert {name: (one.lifetime.seconds, one.max_messages, one.since_day) for name, one in rules.items()} == {
        "MESSAGE": (48 * 3600, 5, ""),
        "MENU_CLICK": (60, 3, "2023-06-12"),
        "FOLLOW": (60, 3, "2023-06-12"),
        "SCAN": (60, 3, "2023-06-12"),
        "SESSION": (60, 2, ""),
    }
