"""The page of what a customer gets, behind the unsubscribe link: over plain HTTP, and in a browser."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from support import feeds
from support.delivery.shop import Shop
from support.delivery.visits import ONE_CLICK, Answer, visit
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import changes_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, references_pb2
from tidegate.delivery.links.model import Choice
from tidegate.delivery.links.pages import Language
from tidegate.delivery.links.preference_page import ended, preference_page


def customer(shop: Shop, *purposes: str) -> int:
    """A customer who has agreed to marketing and to these purposes, on all channels."""
    granted = [
        consents_pb2.Consent(purpose=purpose, decision=consents_pb2.DECISION_GRANTED, source="test")
        for purpose in ("marketing", *purposes)
    ]
    identifiers = [
        Identifier(namespace="phone", value="+8613912345678"),
        Identifier(namespace="email", value="ada@example.com"),
    ]
    one = customers_pb2.CustomerUpsert(identifiers=identifiers, consents=granted, source="test")
    [made] = shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[one])).results
    return made.customer_id


def link(shop: Shop, customer_id: int, brand: str = "") -> str:
    """The unsubscribe address of an e-mail that went out to them."""
    [message_id] = shop.send(shop.message(customer_id, "email", brand=brand))
    shop.final(message_id)
    return next(one for one in shop.told.sent if one.message_id == message_id).unsubscribe_url


def boxes(answer: Answer) -> Mapping[str, bool]:
    """The boxes by what they are of, `sms/marketing`; those that are off by their label."""
    on = re.findall(r'<input type="checkbox" name="keep" value="([^"]+)" checked>', answer.text)
    off = re.findall(r'<input type="checkbox" disabled> ([^<]+)</label>', answer.text)
    return dict.fromkeys(on, True) | dict.fromkeys(off, False)


def save(url: str, shown: Mapping[str, bool], *kept: str) -> Answer:
    form = [
        ("preferences", "1"),
        *(("shown", one) for one, on in shown.items() if on),
        *(("keep", one) for one in kept),
    ]
    return visit(url, method="POST", body=urlencode(form))


def withdrawn(shop: Shop) -> list[tuple[int, changes_pb2.ConsentWithdrawn]]:
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest(page_size=10_000)))
    return [(one.customer_id, one.consent_withdrawn) for one in changes if one.HasField("consent_withdrawn")]


def test_a_customer_ends_what_they_do_not_want(shop: Shop) -> None:
    one = customer(shop, "birthday_club")
    url = link(shop, one, brand="b")
    page = visit(url)
    assert page.status == 200
    shown = boxes(page)
    every = {f"{channel}/{purpose}" for channel in ("sms", "email") for purpose in ("marketing", "birthday_club")}
    assert shown == dict.fromkeys(every, True)
    assert "birthday club" in page.text
    for personal in ("ada@", "13912345678", "5678"):
        assert personal not in page.text, "nothing of the person is shown"
    assert withdrawn(shop) == [], "looking changes nothing"

    saved = save(url, shown, *(every - {"sms/marketing", "email/birthday_club"}))
    assert saved.status == 200
    assert '<p role="status">' in saved.text
    assert boxes(saved) == boxes(visit(url))
    assert [name for name, on in boxes(saved).items() if on] == ["email/marketing", "sms/birthday_club"]
    told = withdrawn(shop)
    assert {(whose, one.purpose, one.channel, one.brand, one.source) for whose, one in told} == {
        (one, "marketing", "sms", "b", "preferences"),
        (one, "birthday_club", "email", "b", "preferences"),
    }
    sms, email, other_brand = shop.send(
        shop.message(one, "sms", brand="b"), shop.message(one, "email", brand="b"), shop.message(one, "sms", brand="c")
    )
    assert shop.state_of(sms).startswith("dropped:")
    assert [shop.state_of(message) for message in (email, other_brand)] == ["sent", "sent"]

    shop.suite.settle()
    request = customers_pb2.GetCustomerRequest(customer=references_pb2.CustomerReference(customer_id=one))
    kept = shop.identity.GetCustomer(request).customer.consents
    denied = {(c.purpose, c.channel, c.brand) for c in kept if c.decision == consents_pb2.DECISION_DENIED}
    assert denied == {("marketing", "sms", "b"), ("birthday_club", "email", "b")}, "identity keeps it"
    assert boxes(visit(url)) == boxes(saved)


def test_what_ended_is_ended_once_and_not_begun_again(shop: Shop) -> None:
    url = link(shop, customer(shop))
    shown = boxes(visit(url))
    for _ in range(2):
        assert boxes(save(url, shown, "sms/marketing")) == {"sms/marketing": True, "E-mail (off)": False}
    assert len(withdrawn(shop)) == 1
    save(url, {}, "email/marketing", "sms/marketing")
    assert boxes(visit(url))["E-mail (off)"] is False, "a tick that was not there turns nothing on"
    save(url, {"push/marketing": True, "sms/other": True, "rubbish": True, "/": True})
    assert len(withdrawn(shop)) == 1
    assert visit(url, method="POST", body=ONE_CLICK).status == 200
    shop.suite.settle()
    assert "List-Unsubscribe" not in visit(url).text, "there is nothing left to unsubscribe from in one click"


def test_only_the_link_of_a_message_opens_the_page(shop: Shop) -> None:
    url = link(shop, customer(shop))
    for wrong in (url[:-2] + "AA", url.replace("/u/", "/u/x"), url.rpartition("/")[0] + "/x"):
        assert visit(wrong).status == 404
        assert save(wrong, {"email/marketing": True}).status == 404
    assert save(url, {"email/marketing" + "x" * 9_000: True}).status == 413
    assert visit(url, method="HEAD").status == 405
    assert withdrawn(shop) == []
    headers = visit(url).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store, private")


def test_the_language_is_the_browsers_unless_it_is_chosen(shop: Shop) -> None:
    url = link(shop, customer(shop))
    assert "<h1>Your messages</h1>" in visit(url).text
    chinese = visit(url, language="zh-CN,zh;q=0.9,en;q=0.8").text
    assert '<html lang="zh-CN">' in chinese
    assert all(word in chinese for word in ("消息设置", "优惠与资讯", "短信", "电子邮件", "保存", "退订"))


def test_pages_escape_what_callers_named() -> None:
    choices = [Choice("<b>", 'a"b', is_on=True), Choice("<b>", "<i>", is_on=False)]
    text = preference_page(choices, ("<b>", 'a"b'), Language.ENGLISH, is_saved=False)
    assert not re.search(r'<b>|<i>|a"b', text)


@pytest.mark.parametrize(
    ("shown", "kept", "gone"),
    [
        (["sms/marketing", "email/marketing"], ["sms/marketing"], {("marketing", "email")}),
        (["sms/a/b"], [], {("a/b", "sms")}),
        ([], ["sms/marketing"], set()),
        (["rubbish"], [], set()),
    ],
)
def test_what_a_form_ends(shown: list[str], kept: list[str], gone: set[tuple[str, str]]) -> None:
    assert ended(shown, kept) == gone
