"""Visits in bursts, and visits just before the end: none is lost, and they cost few transactions."""

import asyncio
import re
from collections import Counter
from functools import partial
from pathlib import Path

import aiohttp
from support import feeds
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import Shop, state_name
from support.delivery.visits import BROWSER, ONE_CLICK, visit
from support.server import serving
from tidegate.api.delivery.v1 import changes_pb2, delivery_service_pb2, messages_pb2, templates_pb2
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.channels import OutboundMessage
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

_VISITORS = 40


def sent(shop: Shop, count: int) -> list[OutboundMessage]:
    """Messages with a link that went out."""
    html = "<a href=\"{{ 'https://shop.example' | track }}\">Sale</a>"
    contents = [templates_pb2.TemplateContent(channel="email", parts={"html": html})]
    template = templates_pb2.Template(template_id="linked", contents=contents)
    shop.delivery.CreateTemplate(delivery_service_pb2.CreateTemplateRequest(template=template))
    customers = shop.customers(count)
    ids = shop.send(*(shop.message(customer, "email", template_id="linked") for customer in customers))
    shop.final(*ids)
    return [message for message in shop.told.sent if message.message_id in set(ids)]


def link_in(message: OutboundMessage) -> str:
    found = re.search(r'href="([^"]+)"', message.content.html)
    assert found is not None
    return found[1]


async def follow(links: list[str]) -> Counter[int]:
    """Follows all links, by many visitors at once; the statuses."""
    waiting = iter(links)

    async def visitor(session: aiohttp.ClientSession) -> list[int]:
        statuses = []
        for link in waiting:
            async with session.get(link, allow_redirects=False) as response:
                statuses.append(response.status)
        return statuses

    async with aiohttp.ClientSession(headers={"User-Agent": BROWSER}) as session:
        found = await asyncio.gather(*(visitor(session) for _ in range(_VISITORS)))
    return Counter(status for statuses in found for status in statuses)


def test_a_burst_of_clicks_is_recorded_whole(shop: Shop) -> None:
    messages = sent(shop, 100)
    links = [link_in(message) for message in messages] * 10
    assert asyncio.run(follow(links)) == {302: 1000}
    shop.suite.settle()
    changes = list(feeds.changes(shop.delivery, delivery_service_pb2.ListChangesRequest(page_size=10_000)))
    clicks = Counter(
        change.interaction.message_id
        for change in changes
        if change.interaction.kind == changes_pb2.INTERACTION_KIND_CLICKED
    )
    assert clicks == dict.fromkeys((message.message_id for message in messages), 10)
    moved = Counter(change.message_changed.state for change in changes if change.HasField("message_changed"))
    clicked = moved[messages_pb2.MESSAGE_STATE_CLICKED]
    assert clicked == 100, "a message becomes clicked once"


def test_what_came_just_before_the_end_is_recorded(
    tmp_path: Path, database_url: str, clock: ManualClock, told: Told
) -> None:
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        clicked, ended = sent(Shop(suite, clock, told), 2)
        assert visit(link_in(clicked)).status == 302
        assert visit(ended.unsubscribe_url, method="POST", body=ONE_CLICK).status == 200
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        again = suite.stub("delivery", DeliveryServiceStub)
        request = delivery_service_pb2.GetMessageRequest(message_id=clicked.message_id)
        assert state_name(again.GetMessage(request).message) == "clicked"
        told_again = list(feeds.changes(again, delivery_service_pb2.ListChangesRequest(page_size=10_000)))
        assert sum(change.HasField("consent_withdrawn") for change in told_again) == 1
