"""People buy because of the campaign, or anyway, and not because of what others say."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from tidegate.demo.calendar import Calendar
from tidegate.demo.shop import open_shop
from tidegate.demo.world import FLASH, World

CALENDAR = Calendar(2026, ZoneInfo("Asia/Shanghai"))
NOW = datetime(2026, 10, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(("said", "buy"), [("This week: free lenses", 1), (f"{FLASH}: half price", 0)])
def test_only_the_campaign_persuades(tmp_path: Path, said: str, buy: int) -> None:
    shop = open_shop(1, seed=1, opening=CALENDAR.opening)
    person = replace(shop.people[0], persuaded=True, buys_anyway=False)
    world = World(replace(shop, people=(person,)), CALENDAR, Random(1))
    (file := tmp_path / "sms.jsonl").write_text(json.dumps({"address": person.phone, "text": said}) + "\n")
    world.read([], [file], NOW)
    assert len(list(world.orders(NOW + timedelta(days=1)))) == buy
