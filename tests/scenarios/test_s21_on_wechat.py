"""S21 on WeChat: the mini-program's adapter against the platform's simulator, which tells taps in JSON.

The mini-program has two accounts here, for subscription messages and for its service desk; the platform calls the
address of the desk, and tells everything twice.
"""

from collections import Counter
from collections.abc import Iterable

import pytest
from support.delivery.clouds import KEY, MINI, MINI_OPENID, TOKEN, Clouds
from support.delivery.shop import state_name
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import decisions_pb2, messages_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate_simulators.web import Entry, Fault

CHANNEL, CALL = "wechat.subscription", "message/subscribe/send"
PEOPLE = 12


@pytest.fixture
def shop(clouds: Clouds) -> Clouds:
    """A shop with a mini-program whose customers may ask for two kinds of messages."""
    clouds.wechat.pace = 0.02  # a second message to somebody within it is refused
    clouds.wechat_account("mini", CHANNEL, MINI)
    desk = clouds.wechat_account("mini-desk", "wechat.service", MINI)
    pusher = clouds.mini.call_back(desk, token=TOKEN, encoding_aes_key=KEY, json=True)
    pusher.copies = 2
    for name in ("coupon", "stock"):
        clouds.mini.account.add_template(f"T-{name}", ["thing1"])
        clouds.template(name, {CHANNEL: {"thing1.value": "{{ name }}", "link": f"pages/{name}"}}, name=20)
        clouds.approved(name, mini=f"T-{name}")
    return clouds


def tells(shop: Clouds) -> None:
    """What was told has been taken, and applied; a second passes."""
    callbacks = shop.mini.callbacks
    assert callbacks is not None
    for push in callbacks.pusher.pushes:
        assert set(push.wait().answers) == {"200 success"}
    shop.shop.suite.settle()
    shop.passes(seconds=1)


def asked(shop: Clouds, customer_ids: Iterable[int], template_id: str = "coupon") -> list[messages_pb2.OutgoingMessage]:
    """Messages that each say something else."""
    return [
        shop.shop.message(
            one,
            CHANNEL,
            template_id=template_id,
            variables={"name": Value(string_value=f"优惠券{next(shop.shop.numbers)}")},
        )
        for one in customer_ids
    ]


def ends(shop: Clouds, customer_ids: Iterable[int], template_id: str = "coupon") -> Counter[str]:
    """What becomes of a message to each, once the platform has said so."""
    ids = shop.shop.send(*asked(shop, customer_ids, template_id))
    shop.shop.final(*ids)
    tells(shop)
    return Counter(state_name(shop.shop.get(one)) for one in ids)


def test_s21_each_tap_is_one_credit_and_each_send_uses_one(shop: Clouds) -> None:
    people = {f"o-{number}": shop.lead((MINI_OPENID, f"o-{number}")) for number in range(PEOPLE)}
    taps = {openid: number % 3 for number, openid in enumerate(people)}
    for openid, count in taps.items():
        if count:
            shop.mini.decides(openid, accept=["T-coupon", "T-stock"])
        else:
            shop.mini.decides(openid, accept=["T-stock"], reject=["T-coupon"])
    tells(shop)
    for openid, count in taps.items():
        if count == 2:
            shop.mini.decides(openid, accept=["T-coupon"])  # in JSON a list of one is the one
    tells(shop)

    foretold = {openid: shop.left(customer_id, "mini", "coupon") for openid, customer_id in people.items()}
    assert foretold == taps == {one: shop.mini.account.credit(one, "T-coupon") for one in people}
    request = pb.CheckEligibilityRequest(messages=asked(shop, people.values()))
    answers = shop.shop.delivery.CheckEligibility(request).results
    reachable = sum(one.decision.verdict == decisions_pb2.VERDICT_GRANTED for one in answers)
    assert reachable == sum(1 for count in taps.values() if count)

    assert ends(shop, people.values()) == {"delivered": reachable, "dropped:no_credit": PEOPLE - reachable}
    both = [openid for openid, count in taps.items() if count == 2]
    twice = [*asked(shop, map(people.__getitem__, both)), *asked(shop, map(people.__getitem__, both), "stock")]
    ids = shop.shop.send(*twice)
    assert {state_name(one) for one in shop.shop.final(*ids)} <= {"sent", "delivered"}
    assert {tried.provider_code for one in ids for tried in shop.attempts(one)} == {"0"}, "never two at one time"
    assert {shop.left(one, "mini", "coupon") for one in people.values()} == {0}
    assert [shop.left(one, "mini", "stock") for one in people.values()] == [int(one not in both) for one in people]
    assert ends(shop, people.values()) == {"dropped:no_credit": PEOPLE}
    assert shop.wechat.inbox.repeated == 0
    assert shop.wechat.calls[CALL] == len(shop.wechat.received) == sum(taps.values()) + len(both)


def test_s21_what_the_platform_or_the_customer_refuses_leaves_nothing(shop: Clouds) -> None:
    refused, leaving, lost, blocked = (shop.lead((MINI_OPENID, openid)) for openid in ("o-r", "o-l", "o-u", "o-b"))
    for openid in ("o-r", "o-l", "o-u", "o-b"):
        shop.mini.decides(openid, accept=["T-coupon"])
    tells(shop)
    for openid in ("o-r", "o-l", "o-u", "o-b"):
        shop.mini.decides(openid, accept=["T-coupon"])
    tells(shop)
    assert [shop.left(one, "mini", "coupon") for one in (refused, leaving, lost, blocked)] == [2] * 4

    shop.mini.account.users["o-r"].credits["T-coupon"] = 0  # taken back, and nobody was told
    assert ends(shop, [refused]) == {"failed:not_subscribed": 1}
    shop.mini.cancels("o-l", "T-coupon")
    tells(shop)
    assert [shop.left(one, "mini", "coupon") for one in (refused, leaving)] == [0, 0]
    calls = shop.wechat.calls[CALL]
    assert ends(shop, [refused, leaving]) == {"dropped:no_credit": 2}
    assert shop.wechat.calls[CALL] == calls, "what is known to be refused costs no call"

    shop.wechat.script.add(Entry(Fault.REFUSE, code="47003", action=CALL, address="o-u"), times=1)
    assert ends(shop, [lost]) == {"failed:content_rejected": 1}
    assert shop.left(lost, "mini", "coupon") == 2, "what was surely not taken used nothing"
    shop.mini.account.users["o-b"].fate = "user block"
    assert ends(shop, [blocked]) == {"bounced": 1}
    assert shop.left(blocked, "mini", "coupon") == 1

    for openid in ("o-r", "o-l"):
        shop.mini.decides(openid, accept=["T-coupon"])
    tells(shop)
    assert ends(shop, [refused, leaving]) == {"delivered": 2}
