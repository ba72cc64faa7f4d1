"""What template and customer-service messages look like to the provider, and what is refused before it is called."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from tidegate.channels import Content, OutboundMessage, Outcome, OutcomeKind, Scope, Secret, Trigger
from tidegate_adapters.wechat import AppType, ServiceChannel, ServiceSettings, TemplateChannel, TemplateSettings

CHINA = timezone(timedelta(hours=8))
TEMPLATE = TemplateSettings(appid="wx1", app_secret=Secret("s"))
PROGRAM = ServiceSettings(appid="wx1", app_secret=Secret("s"))
OFFICIAL = replace(PROGRAM, app_type=AppType.OFFICIAL_ACCOUNT, miniprogram_appid="wx2")
NOTICE = Content(provider_template="T1", variables={"thing1": "咖啡", "keyword1": "杯"})
LINK = Content(
    subject="News", text="Read this", link="https://shop.example.com/1", variables={"picture": "https://p/1"}
)
CARD = Content(subject="Order 1", link="pages/order?id=1", variables={"thumb_media_id": "media-1"})


def message(content: Content) -> OutboundMessage:
    return OutboundMessage(message_id="m1", address="openid-1", content=content)


def said(composed: bytes | Outcome) -> dict[str, Any]:
    assert isinstance(composed, bytes)
    found: dict[str, Any] = json.loads(composed)
    assert found.pop("touser") == "openid-1"
    return found


def why_not(composed: bytes | Outcome, scope: Scope = Scope.TEMPLATE) -> str:
    assert isinstance(composed, Outcome)
    assert (composed.kind, composed.scope) == (OutcomeKind.CONTENT_REJECTED, scope)
    return composed.detail


def template(content: Content, settings: TemplateSettings = TEMPLATE) -> bytes | Outcome:
    return TemplateChannel().compose(settings, message(content))


def service(content: Content, settings: ServiceSettings = PROGRAM) -> bytes | Outcome:
    return ServiceChannel().compose(settings, message(content))


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("", {}),
        ("https://shop.example.com", {"url": "https://shop.example.com"}),
        ("pages/order", {"miniprogram": {"appid": "wx2", "pagepath": "pages/order"}}),
    ],
)
def test_a_template_message_opens_what_it_links_to(link: str, target: Mapping[str, object]) -> None:
    settings = replace(TEMPLATE, miniprogram_appid="wx2")
    data = {"thing1": {"value": "咖啡"}, "keyword1": {"value": "杯"}}
    assert said(template(replace(NOTICE, link=link), settings)) == {"template_id": "T1", **target, "data": data}


def test_a_template_message_that_would_be_refused_is_not_sent() -> None:
    assert "miniprogram_appid" in why_not(template(replace(NOTICE, link="pages/order")))
    assert "no id" in why_not(template(replace(NOTICE, provider_template="")))
    assert "thing1 takes" in why_not(template(replace(NOTICE, variables={"thing1": "x" * 21})), Scope.MESSAGE)


def test_texts_links_and_cards_of_a_mini_program() -> None:
    assert said(service(Content(text="Hello\n再见"))) == {"msgtype": "text", "text": {"content": "Hello\n再见"}}
    link = {"title": "News", "description": "Read this", "url": LINK.link, "thumb_url": "https://p/1"}
    assert said(service(LINK)) == {"msgtype": "link", "link": link}
    card = {"title": "Order 1", "pagepath": "pages/order?id=1", "thumb_media_id": "media-1"}
    assert said(service(CARD)) == {"msgtype": "miniprogrampage", "miniprogrampage": card}
    assert said(service(CARD, OFFICIAL))["miniprogrampage"] == {**card, "appid": "wx2"}


def test_an_official_accounts_link_is_news() -> None:
    article = {"title": "News", "description": "Read this", "url": LINK.link, "picurl": "https://p/1"}
    assert said(service(LINK, OFFICIAL)) == {"msgtype": "news", "news": {"articles": [article]}}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (Content(), "says nothing"),
        (Content(text="a", variables={"thing1": "x"}), "no part thing1"),
        (replace(LINK, subject=""), "needs a subject"),
        (replace(LINK, link="pages/order"), "thumb_media_id"),
        (replace(CARD, subject=""), "a card needs a subject"),
        (replace(CARD, link="https://shop.example.com"), "a page of its mini-program"),
    ],
)
def test_what_a_service_desk_cannot_say(content: Content, why: str) -> None:
    assert why in why_not(service(content))


def test_an_official_accounts_card_needs_a_mini_program() -> None:
    assert "miniprogram_appid" in why_not(service(CARD, replace(OFFICIAL, miniprogram_appid="")))


def test_windows_are_those_of_the_day() -> None:
    def in_force(day: date) -> dict[Trigger, tuple[timedelta, int | None]]:
        at = datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)
        windows = ServiceChannel.manifest.windows
        return {rule.trigger: (rule.lifetime, rule.messages) for rule in windows if rule.in_force(at)}

    long, short, session = (timedelta(hours=48), 5), (timedelta(minutes=1), 3), (timedelta(minutes=1), 2)
    assert in_force(date(2023, 6, 11)) == {Trigger.MESSAGE: long, Trigger.SESSION: session}
    assert in_force(date(2023, 6, 12)) == {
        Trigger.MESSAGE: long,
        Trigger.MENU_CLICK: short,
        Trigger.FOLLOW: short,
        Trigger.SCAN: short,
        Trigger.SESSION: session,
    }
