"""The demo plays to its end on a small shop, and what it shows is what happened."""

import io
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from support.figures import figure
from tidegate.demo import audience
from tidegate.demo.play import play
from tidegate.demo.shop import CITIES, Shop, open_shop


def test_a_small_shop_lives_through_its_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "REGION", CITIES)  # one region of so few would meet too few of the limits
    shops: list[Shop] = []

    def make(opening: datetime) -> Shop:
        shops.append(open_shop(300, seed=5, opening=opening))
        return shops[0]

    console = Console(file=io.StringIO(), width=140)
    zone = ZoneInfo("Asia/Shanghai")
    sound = play(console, make, after=datetime(2026, 1, 1, tzinfo=UTC), zone=zone, seed=5)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert sound, shown
    assert re.search(r"Recounted from raw rows: [\d,]+ slots", shown)
    assert figure(shown, "events told") == len(list(shops[0].facts()))
    assert figure(shown, "customers left") == shops[0].humans()
    assert figure(shown, "talked-to") > 5 * figure(shown, "control") > 0
    for held_back in ("held_out", "no_consent", "one-channel-a-day"):
        assert held_back in shown, shown
    all_four_channels_are_used(shown, shops[0])


def all_four_channels_are_used(shown: str, shop: Shop) -> None:
    """What the table of channels says agrees with the shop, and with the other tables."""
    channels = shown[shown.index("Channels") :]
    known = [person for person in shop.people if person.asked and (person.linked or person.sources[0] == "mini")]
    assert figure(channels, "subscription messages that people allowed") == sum(len(one.subscribes) for one in known)
    assert figure(channels, "credits used") == figure(channels, "wechat.subscription") > 0
    sms, parts, cost = re.findall(r"│ sms +│ +(\d+) .*│ +(\d+) │ +([\d.]+) │", channels)[0]
    assert int(sms) < int(parts) < 2 * int(sms), "the flash sale's texts have two parts each"
    assert float(cost) == round(int(parts) * 0.045, 2)
    found = re.findall(r"│ (confirmed, and sent|taken back|waiting for staff).*│ +(\d+|-) │", channels)
    confirmed, taken_back, waiting = (0 if count == "-" else int(count) for _, count in found)
    handed = figure(channels, "WeCom messages handed to staff")
    assert confirmed + taken_back + waiting == handed > 0
    assert confirmed > taken_back > 0, "four of six of the staff confirm"
