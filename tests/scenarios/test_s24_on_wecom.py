"""S24 on WeCom, at the level of delivery: the adapter of WeCom against the platform's simulator.

The test plays the platform of the company that greets: it reads what identity was told, and sends a welcome.
"""

from datetime import UTC, timedelta

import pytest
from support.delivery.clouds import EXTERNAL, KEY, TOKEN, Clouds
from support.delivery.shop import TRANSACTIONAL, state_name
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import events_pb2, sources_pb2
from tidegate_simulators.wecom import Company
from tidegate_simulators.wecom.corp import WELCOME_SECONDS
from tidegate_simulators.weixin import Push

WELCOME, CALL = "wecom.welcome", "externalcontact/send_welcome_msg"
KINDS = {"poster-7": sources_pb2.SOURCE_CODE_KIND_CONTACT_WAY, "desk-1": sources_pb2.SOURCE_CODE_KIND_QR_CODE}


@pytest.fixture
def store(clouds: Clouds) -> Clouds:
    """A chain of stores: staff who greet, and codes on posters and at desks that lead to them."""
    clouds.wecom_account("customers", "wecom")
    url = clouds.wecom_account("welcomes", WELCOME)
    clouds.company.call_back(url, token=TOKEN, encoding_aes_key=KEY)
    assert clouds.company.check_address()
    clouds.company.corp.add_member("zhangsan")
    for name in ("new-poster", "known-poster", "new-desk"):
        parts = {"text": f"{name}: {{{{ staff }}}}", "welcome_code": "{{ code }}"}
        clouds.template(name, {WELCOME: parts}, staff=64, code=200)
    codes = [
        sources_pb2.SourceCode(code=code, kind=kind, channel="wecom", staff_id="zhangsan")
        for code, kind in KINDS.items()
    ]
    clouds.shop.identity.CreateSourceCodes(sources_pb2.CreateSourceCodesRequest(source_codes=codes))
    return clouds


def way(store: Clouds, code: str) -> str:
    """The code as customers scan it, by which the platform knows it."""
    request = pb.CreateContactWayRequest(account_id="customers", source_code=code, staff_ids=["zhangsan"])
    url = store.shop.delivery.CreateContactWay(request).url
    assert store.shop.delivery.CreateContactWay(request).url == url
    (found,) = (one for one in store.company.corp.ways.values() if one.qr_code == url)
    return found.config_id


def scanned(store: Clouds, company: Company, external_userid: str, config_id: str) -> events_pb2.Event:
    """The event that identity has of it."""
    known = {one.event_id for one in store.events(who)} if (who := found(store, external_userid)) else set()
    push = company.scans(external_userid, config_id)
    assert isinstance(push, Push)
    assert push.wait().taken
    store.shop.suite.settle()
    (event,) = (one for one in store.events(found(store, external_userid)) if one.event_id not in known)
    return event


def found(store: Clouds, external_userid: str) -> int:
    return store.customer(EXTERNAL, external_userid)


def greet(store: Clouds, external_userid: str, event: events_pb2.Event, template_id: str) -> str:
    """A welcome by an event; it expires with its code."""
    properties = event.properties
    message = store.shop.message(
        found(store, external_userid),
        WELCOME,
        template_id=template_id,
        message_class=TRANSACTIONAL,
        variables={
            "staff": Value(string_value=properties["staff_id"].string_value),
            "code": Value(string_value=properties["welcome_code"].string_value),
        },
    )
    ends = event.time.ToDatetime(UTC) + timedelta(seconds=WELCOME_SECONDS)
    if ends > store.shop.clock.now():
        message.expire_time.FromDatetime(ends)
    return store.shop.send(message)[0]


def texts(store: Clouds) -> dict[str, str]:
    """What customers were greeted with."""
    return {one.recipient: one.body["text"]["content"] for one in store.wecom.received if one.action == CALL}


def new_by(store: Clouds, code: str) -> tuple[int, int]:
    """How many a code brought, and how many of them are new."""
    request = sources_pb2.GetSourceCodeStatisticsRequest(codes=[code])
    (counted,) = store.shop.identity.GetSourceCodeStatistics(request).statistics
    return counted.customers, counted.new_customers


def test_s24_who_scans_is_greeted_by_the_code_and_by_whether_they_are_known(store: Clouds) -> None:
    poster, desk = way(store, "poster-7"), way(store, "desk-1")
    assert len(store.company.corp.ways) == 2, "asked again, it is the same one"
    assert store.company.corp.ways[poster].state == "poster-7"
    member = store.lead(("wechat.unionid", "union-2"), ("phone", "+8613800000002"))
    store.company.corp.add_customer("wm-known", unionid="union-2")
    store.passes(minutes=1)

    sent = {}
    for external_userid, config_id in (("wm-new", poster), ("wm-known", poster), ("wm-desk", desk)):
        event = scanned(store, store.company, external_userid, config_id)
        assert (event.name, event.source) == ("wecom_contact_added", "channel.welcomes")
        code = store.company.corp.ways[config_id].state
        told = {name: one.string_value for name, one in event.properties.items()}
        assert (told["source_code"], told["staff_id"]) == (code, "zhangsan")
        assert store.company.corp.welcomes[told["welcome_code"]].external_userid == external_userid
        is_known = len(store.events(found(store, external_userid))) > 1 or found(store, external_userid) == member
        place = {"poster-7": "poster", "desk-1": "desk"}[code]
        sent[external_userid] = greet(store, external_userid, event, f"{'known' if is_known else 'new'}-{place}")
        store.passes(seconds=2)
    assert found(store, "wm-known") == member, "their unionid says that they are a member"
    assert [state_name(one) for one in store.shop.final(*sent.values())] == ["sent"] * 3
    assert texts(store) == {
        "wm-new": "new-poster: zhangsan",
        "wm-known": "known-poster: zhangsan",
        "wm-desk": "new-desk: zhangsan",
    }
    assert (new_by(store, "poster-7"), new_by(store, "desk-1")) == ((2, 1), (1, 1))
    late_by = [one.time - store.company.corp.welcomes[one.body["welcome_code"]].begun for one in store.wecom.received]
    assert all(seconds <= WELCOME_SECONDS for seconds in late_by)


def test_s24_a_welcome_that_comes_too_late_is_dropped_and_never_sent(store: Clouds) -> None:
    poster = way(store, "poster-7")
    first = scanned(store, store.company, "wm-1", poster)
    store.shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="welcomes"))
    waiting = greet(store, "wm-1", first, "new-poster")
    store.shop.suite.settle()
    store.passes(seconds=21)
    store.shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="welcomes"))
    assert store.shop.state_of(waiting) == "dropped:expired"

    second = scanned(store, store.company, "wm-2", poster)
    assert store.company.callbacks is not None
    assert store.company.callbacks.pusher.pushes[-1].answers == ["200 success"]
    store.passes(seconds=21)
    late = greet(store, "wm-2", second, "new-poster")
    assert store.shop.state_of(late) == "failed:permanent", "WeCom takes its code no more"
    assert texts(store) == {}

    third = scanned(store, store.company, "wm-3", poster)
    store.company.chats("wm-3", "zhangsan")
    talked = greet(store, "wm-3", third, "new-poster")
    assert store.shop.state_of(talked) == "failed:permanent", "the two are talking already"
    assert texts(store) == {}
    assert store.wecom.calls[CALL] == 2
