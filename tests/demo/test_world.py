"""People buy because of the campaign, or anyway, and not because of what others say."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from tidegate.demo.calendar import Calendar
from tidegate.demo.sayings import FLASH
from tidegate.demo.shop import Person, open_shop
from tidegate.demo.world import World

CALENDAR = Calendar(2026, ZoneInfo("Asia/Shanghai"))
NOW = datetime(2026, 10, 29, 12, tzinfo=UTC)


def world_of_one() -> tuple[World, Person]:
    """Somebody who buys only if the campaign reaches them."""
    shop = open_shop(1, seed=1, opening=CALENDAR.opening)
    person = replace(shop.people[0], persuaded=True, buys_anyway=False, openid="o1demo", external_userid="wm1demo")
    return World(replace(shop, people=(person,)), CALENDAR, Random(1)), person


@pytest.mark.parametrize(("said", "buy"), [("This week: free lenses", 1), (f"{FLASH.headline}: half price", 0)])
def test_only_the_campaign_persuades(tmp_path: Path, said: str, buy: int) -> None:
    world, person = world_of_one()
    (file := tmp_path / "push.jsonl").write_text(json.dumps({"address": person.device, "text": said}) + "\n")
    world.read([], [file], [], NOW)
    assert len(list(world.orders(NOW + timedelta(days=1)))) == buy


@pytest.mark.parametrize("field", ["phone", "openid", "external_userid"])
def test_who_is_reached_by_a_provider_is_persuaded_once(field: str) -> None:
    world, person = world_of_one()
    assert not list(world.orders(NOW + timedelta(days=1)))
    world.read([], [], [getattr(person, field)] * 2, NOW)
    assert len(list(world.orders(NOW + timedelta(days=1)))) == 1
