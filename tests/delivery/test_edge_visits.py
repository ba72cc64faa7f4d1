"""Clicks, opens and one-click unsubscribe through the HTTP edge, on messages that went out."""

import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from support import feeds
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import Shop, state_name
from support.delivery.visits import ONE_CLICK, visit
from support.server import serving
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import changes_pb2, links_pb2, messages_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.channels import OutboundMessage
from tidegate.delivery.service import build
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

HTML = """<html><body><a href="{{ target | track('banner') }}">Sale</a> {{ unsubscribe_url }}</body></html>"""
TARGET = "https://shop.example/sale?utm=double11&item=42"


@pytest.fixture
def linked(shop: Shop) -> Shop:
    """The shop with a template that has links, for e-mail and SMS."""
    email = templates_pb2.TemplateContent(
        channel="email",
        parts={
            "subject": "Sale",
            "text": "{{ target | track('text link') }}",
            "html": HTML,
        },
    )
    sms = templates_pb2.TemplateContent(
        channel="sms", parts={"text": "Sale: {{ target | track('sms') }} {{ target | track_code }}"}
    )
    target = templates_pb2.TemplateVariable(name="target", type=templates_pb2.VARIABLE_TYPE_URL)
    template = templates_pb2.Template(template_id="linked", contents=[email, sms], variables=[target])
    shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=template))
    return shop


def sent(shop: Shop, channel: str = "email", **changes: Any) -> tuple[str, OutboundMessage]:
    """A message that went out, and what its adapter saw of it."""
    variables = {"target": Value(string_value=TARGET)}
    [customer] = shop.customers(1)
    [message_id] = shop.send(shop.message(customer, channel, template_id="linked", variables=variables, **changes))
    [message] = shop.final(message_id)
    assert state_name(message) == "sent"
    return message_id, next(one for one in shop.told.sent if one.message_id == message_id)


def link_in(message: OutboundMessage) -> str:
    found = re.search(r'href="([^"]+)"', message.content.html)
    assert found is not None
    return found[1]


def interactions(shop: Shop) -> list[changes_pb2.MessageInteraction]:
    shop.suite.settle()
    told = list(feeds.changes(shop.delivery, pb.ListChangesRequest()))
    return [change.interaction for change in told if change.HasField("interaction")]


def test_a_click_leads_to_its_target_and_is_told(linked: Shop) -> None:
    message_id, message = sent(linked, campaign_id="double11", phase_id="peak", tier="high", brand="optik")
    answer = visit(link_in(message))
    assert (answer.status, answer.location) == (302, TARGET)
    [told] = interactions(linked)
    assert (told.kind, told.message_id, told.link_label, told.campaign_id, told.channel, told.scanner) == (
        changes_pb2.INTERACTION_KIND_CLICKED,
        message_id,
        "banner",
        "double11",
        "email",
        False,
    )
    assert (told.phase_id, told.tier, told.brand) == ("peak", "high", "optik")
    assert state_name(linked.get(message_id)) == "clicked"


def test_all_parts_carry_their_own_links_and_none_the_target(linked: Shop) -> None:
    _, message = sent(linked)
    content = message.content
    assert TARGET not in content.text + content.html
    assert visit(content.text).location == TARGET
    assert content.html.endswith("></body></html>"), "the pixel is at the end of the body"
    assert message.unsubscribe_url in content.html
    labels = {told.link_label for told in interactions(linked)}
    assert labels == {"text link"}


def test_an_opening_is_told(linked: Shop) -> None:
    message_id, message = sent(linked)
    pixel = re.search(r'<img src="([^"]+)"', message.content.html)
    assert pixel is not None
    answer = visit(pixel[1])
    assert (answer.status, answer.headers["Content-Type"], answer.body[:6]) == (200, "image/gif", b"GIF89a")
    [told] = interactions(linked)
    assert told.kind == changes_pb2.INTERACTION_KIND_OPENED
    assert state_name(linked.get(message_id)) == "opened"
    visit(link_in(message))
    assert len(interactions(linked)) == 2
    visit(pixel[1])
    linked.suite.settle()
    assert state_name(linked.get(message_id)) == "clicked", "states only move forward"


def test_a_scanner_is_no_engagement(linked: Shop) -> None:
    message_id, message = sent(linked)
    link = link_in(message)
    visits = [
        visit(link, method="HEAD", agent="Mozilla/5.0"),
        visit(link, agent="Googlebot/2.1"),
        visit(link, agent=""),
        visit(link, headers={"Sec-Purpose": "prefetch;prerender"}),
        visit(link, headers={"X-Purpose": "preview"}),
    ]
    assert [one.status for one in visits] == [302] * 5
    pixel = message.content.html.rpartition('<img src="')[2].partition('"')[0]
    visit(pixel, agent="Mozilla/5.0")  # as Apple's proxies fetch pictures, read or not
    told = interactions(linked)
    assert len(told) == 6
    assert all(one.scanner for one in told)
    assert state_name(linked.get(message_id)) == "sent"


def test_who_guesses_codes_is_stopped(tmp_path: Path, database_url: str, clock: ManualClock, told: Told) -> None:
    builders: dict[str, Builder] = {"delivery": partial(build, registry=told_registry(told))}
    settings = {"tries_per_minute": 3, "trusted_proxies": ["127.0.0.1/32"]}
    with serving(
        tmp_path, "delivery", clock=clock, database_url=database_url, builders=builders, delivery=settings
    ) as suite:
        delivery = suite.stub("delivery", DeliveryServiceStub)

        def made(form: links_pb2.LinkForm) -> str:
            request = pb.CreateTrackedLinkRequest(link=links_pb2.TrackedLink(target_url=TARGET, form=form))
            return delivery.CreateTrackedLink(request).link.url

        short, full = made(links_pb2.LINK_FORM_SHORT), made(links_pb2.LINK_FORM_FULL)
        guess = short[:-6] + "zzzzzz"
        mine, others = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
        assert [visit(short, headers=mine).status for _ in range(6)] == [302] * 6, "who follows links does not guess"
        assert [visit(guess, headers=mine).status for _ in range(4)] == [404, 404, 404, 429]
        stopped = visit(short, headers=mine)
        assert stopped.status == 429, "a hit would tell"
        assert 1 <= int(stopped.headers["Retry-After"]) <= 20
        assert visit(full, headers=mine).status == 302, "which nobody guesses"
        assert visit(short, headers=others).status == 302
        assert visit(short, headers={"X-Forwarded-For": "9.9.9.9, 203.0.113.7"}).status == 429


def test_a_link_that_was_tampered_with_leads_nowhere(linked: Shop) -> None:
    _, message = sent(linked)
    link = link_in(message)
    pixel = message.content.html.rpartition('<img src="')[2].partition('"')[0]
    for wrong in (link[:-1], link[:-2] + "AA", link + "AA", pixel.replace("/o/", "/c/")):
        answer = visit(wrong)
        assert answer.status == 404
        assert "Location" not in answer.headers
    assert interactions(linked) == []


def test_getting_the_unsubscribe_address_unsubscribes_nobody(linked: Shop) -> None:
    _, message = sent(linked)
    answer = visit(message.unsubscribe_url)
    assert answer.status == 200
    assert '<form method="post">' in answer.text
    assert "退订" in visit(message.unsubscribe_url, language="zh-CN,zh;q=0.9").text
    assert visit(message.unsubscribe_url, method="POST", body="something=else").status == 400
    assert visit(message.unsubscribe_url, method="POST", body=ONE_CLICK + "&x=" + "x" * 10_000).status == 413
    assert interactions(linked) == []


def test_one_click_withdraws_consent_at_once(linked: Shop) -> None:
    message_id, message = sent(linked, brand="b")
    customer = linked.get(message_id).customer_id
    answer = visit(message.unsubscribe_url, method="POST", body=ONE_CLICK)
    assert answer.status == 200
    told = list(feeds.changes(linked.delivery, pb.ListChangesRequest()))
    [withdrawn] = [change for change in told if change.HasField("consent_withdrawn")]
    consent = withdrawn.consent_withdrawn
    assert (withdrawn.customer_id, consent.purpose, consent.channel, consent.brand, consent.message_id) == (
        customer,
        "marketing",
        "email",
        "b",
        message_id,
    )
    same, other_brand, other_channel, service = linked.send(
        linked.message(customer, "email", brand="b"),
        linked.message(customer, "email", brand="c"),
        linked.message(customer, "sms", brand="b"),
        linked.message(customer, "email", brand="b", message_class=messages_pb2.MESSAGE_CLASS_TRANSACTIONAL),
    )
    assert linked.state_of(same).startswith("dropped:")
    assert [linked.state_of(one) for one in (other_brand, other_channel, service)] == ["sent"] * 3
    again = visit(message.unsubscribe_url, method="POST", body=ONE_CLICK)
    assert again.status == 200, "once more changes nothing"


def test_what_is_no_marketing_has_no_unsubscribe_address(linked: Shop) -> None:
    _, message = sent(linked, message_class=messages_pb2.MESSAGE_CLASS_TRANSACTIONAL)
    assert message.unsubscribe_url == ""


def test_sms_carry_short_links_that_lapse(linked: Shop) -> None:
    message_id, message = sent(linked, "sms")
    found = re.fullmatch(r"Sale: (http://[^/]+/([0-9A-Za-z]{6})) ([0-9A-Za-z]{6})", message.content.text)
    assert found is not None
    link, first, second = found.groups()
    assert first != second
    assert visit(link).location == TARGET
    assert visit(link.replace(first, second)).location == TARGET
    told = interactions(linked)
    assert {(one.message_id, one.link_code, one.link_label) for one in told} == {
        (message_id, first, "sms"),
        (message_id, second, ""),
    }
    linked.clock.advance(timedelta(days=30))
    lapsed, unknown = visit(link), visit(link.replace(first, "zzzzzz"))
    assert (lapsed.status, lapsed.body) == (unknown.status, unknown.body) == (404, unknown.body), "no guess is told"


def make(shop: Shop, **fields: Any) -> links_pb2.TrackedLink:
    request = pb.CreateTrackedLinkRequest(link=links_pb2.TrackedLink(target_url=TARGET, **fields))
    return shop.delivery.CreateTrackedLink(request).link


def test_links_that_callers_make(shop: Shop) -> None:
    full = make(shop, customer_id=7, label="poster")
    short = make(shop, form=links_pb2.LINK_FORM_SHORT)
    assert (len(full.code), len(short.code)) == (22, 6)
    assert not full.HasField("expire_time")
    assert short.expire_time.ToDatetime(shop.clock.now().tzinfo) == shop.clock.now() + timedelta(days=30)
    assert visit(full.url).location == visit(short.url).location == TARGET
    told = {change.customer_id: change.interaction for change in _changes(shop)}
    assert (told[7].link_code, told[7].link_label) == (full.code, "poster")
    assert told[0].link_code == short.code


def _changes(shop: Shop) -> list[changes_pb2.Change]:
    shop.suite.settle()
    told = list(feeds.changes(shop.delivery, pb.ListChangesRequest()))
    return [change for change in told if change.HasField("interaction")]


def test_a_link_leads_to_the_web_alone(shop: Shop) -> None:
    for target in ("javascript:alert(1)", "shop.example", "https://shop.example/\r\nX: y"):
        request = pb.CreateTrackedLinkRequest(link=links_pb2.TrackedLink(target_url=target))
        failed = failure(lambda request=request: shop.delivery.CreateTrackedLink(request))  # type: ignore[misc]
        assert (failed.code, set(failed.violations)) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            {"link.target_url"},
        )


def test_addresses_of_other_scripts_are_escaped_in_the_redirect(shop: Shop) -> None:
    target = "https://shop.example/促销?q=双11&x=%20#页"
    request = pb.CreateTrackedLinkRequest(link=links_pb2.TrackedLink(target_url=target))
    made = shop.delivery.CreateTrackedLink(request).link
    assert visit(made.url).location == ("https://shop.example/%E4%BF%83%E9%94%80?q=%E5%8F%8C11&x=%20#%E9%A1%B5")


def test_nothing_else_is_there(shop: Shop) -> None:
    made = make(shop)
    base = made.url.removesuffix(made.code)
    for path in ("", "c/", "c/x", "o/", "u/x", "abc", "../etc/passwd", "callbacks/x"):
        assert visit(base + path).status in (200, 404), path
    assert visit(base + "u/x", method="POST", body=ONE_CLICK).status == 404
    assert visit(base + "o/rubbish").status == 200, "a picture is a picture"
