"""The page of what a customer gets, in headless Chromium: by keyboard alone, and as assistive technology is told."""

import asyncio
import os
from pathlib import Path

import pytest
from support import feeds
from support.browser import Tab, browsing, chromium
from support.delivery.shop import Shop
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
PICTURES = os.environ.get("TIDEGATE_PICTURES", "")
"""A folder for pictures of what was seen, for people to look at."""


def address(shop: Shop) -> str:
    """The unsubscribe address of an e-mail that went out."""
    [customer] = shop.customers(1)
    [message_id] = shop.send(shop.message(customer, "email"))
    shop.final(message_id)
    return shop.told.sent[-1].unsubscribe_url


async def focus(tab: Tab, selector: str) -> None:
    """Goes there by the Tab key."""
    for _ in range(20):
        await tab.press("Tab")
        if await tab.run(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


async def picture(tab: Tab, name: str) -> None:
    if PICTURES:
        (Path(PICTURES) / f"{name}.png").write_bytes(await tab.picture())


async def check_accessible(tab: Tab, language: str) -> None:
    """Language, title, one heading of the first level, a name for everything that can be used."""
    assert await tab.run("document.documentElement.lang") == language
    seen = await tab.seen()
    assert [name for role, name, facts in seen if role == "heading" and facts.get("level") == 1] == [
        await tab.run("document.title")
    ]
    usable = [(role, name) for role, name, _ in seen if role in ("checkbox", "button", "link", "group", "form")]
    assert all(name for role, name in usable if role != "form"), usable
    assert {"checkbox", "button", "link", "group"} <= {role for role, _ in usable}
    assert await tab.run("document.documentElement.scrollWidth <= window.innerWidth"), "it fits a phone"


async def unsubscribe_from_sms(url: str, folder: Path) -> None:
    async with browsing(folder, language="en") as tab:
        await tab.open(url)
        await check_accessible(tab, "en")
        await picture(tab, "preferences-en")
        await focus(tab, "input[value='sms/marketing']")
        await tab.press("Space")
        assert not await tab.run("document.activeElement.checked")
        await focus(tab, "fieldset ~ button")
        await tab.press("Enter", leads_on=True)
        boxes = {name: facts for role, name, facts in await tab.seen() if role == "checkbox"}
        assert boxes["Text message (off)"]["disabled"]
        assert boxes["E-mail"]["checked"] == "true"
        assert any(role == "status" for role, _, _ in await tab.seen()), "the change is told"
        await picture(tab, "preferences-saved-en")
        await focus(tab, "a[hreflang=zh-CN]")
        await tab.press("Enter", leads_on=True)
        await check_accessible(tab, "zh-CN")
        await picture(tab, "preferences-zh")
        await focus(tab, "button")
        await tab.press("Enter", leads_on=True)
        assert await tab.run("document.title") == "已退订"


def test_a_customer_chooses_by_keyboard(shop: Shop, tmp_path: Path) -> None:
    chromium()
    asyncio.run(unsubscribe_from_sms(address(shop), tmp_path / "browser"))
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest(page_size=10_000)))
    told = [one.consent_withdrawn for one in changes if one.HasField("consent_withdrawn")]
    assert [(one.channel, one.source) for one in told] == [("sms", "preferences"), ("email", "one_click")]
