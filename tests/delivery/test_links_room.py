"""How many short codes may be live, and what happens when there is no room for more."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from support.delivery.vault import VAULT
from tidegate.channels import Content
from tidegate.delivery.instants import DAY
from tidegate.delivery.links import store
from tidegate.delivery.links.codes import SHORT_MOST
from tidegate.delivery.links.decorate import Crowded, Decorator, Rendered
from tidegate.delivery.links.making import LinkMaking
from tidegate.delivery.links.marks import mark_code, mark_link
from tidegate.delivery.links.model import TrackedLink
from tidegate.delivery.links.room import MOST, Room
from tidegate.delivery.links.tokens import Tokens
from tidegate.delivery.schema import METADATA
from tidegate.runtime.clock import ManualClock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import ResourceExhausted
from tidegate.runtime.ids import new_id

URL = "https://go.example"
TARGET = "https://shop.example"


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Database:
    return open_database(METADATA)


def rendered(text: str) -> Rendered:
    return Rendered(new_id(), 7, "sms", "", marketing=True, content=Content(template="t@1", text=text))


def room_of(database: Database, clock: ManualClock, most: int, shown: list[int]) -> Room:
    return Room(database, clock, most=most, pause=0.0, shown=shown.append)


def test_a_guess_hits_with_less_than_one_in_a_hundred_thousand() -> None:
    assert SHORT_MOST / 62**6 <= 1e-5
    assert MOST < SHORT_MOST


def test_without_room_links_are_long_and_codes_wait(database: Database, clock: ManualClock) -> None:
    shown: list[int] = []
    room = room_of(database, clock, 2, shown)
    tokens = Tokens(b"k" * 32)
    decorator = Decorator(database, clock, vault=VAULT, tokens=tokens, public_url=URL, room=room, short_life=DAY)
    making = LinkMaking(database, clock, vault=VAULT, public_url=URL, room=room, short_life=DAY)

    def text() -> str:
        [one] = decorator.decorate([rendered(mark_link(TARGET))])
        assert isinstance(one, Rendered)
        return one.content.text

    assert len(text()) == len(making.url(making.make_short(TrackedLink(code="", target_url=TARGET)))) == len(URL) + 7
    long = text().removeprefix(f"{URL}/c/")
    click = tokens.read_click(long)
    assert click is not None
    assert click.target == TARGET
    [first, second] = decorator.decorate([rendered(mark_code(TARGET)), rendered("no link")])
    assert isinstance(first, Crowded)
    assert isinstance(second, Rendered)
    with pytest.raises(ResourceExhausted, match="short_link_days"):
        making.make_short(TrackedLink(code="", target_url=TARGET))
    making.make_full(TrackedLink(code="", target_url=TARGET))
    assert shown[-1] == 2
    clock.advance(timedelta(days=1))
    assert len(text()) == len(URL) + 7, "what has lapsed makes room before it is removed"


def test_links_that_lapsed_are_removed(database: Database, clock: ManualClock) -> None:
    now = micros(clock.now())
    lapses = {"lapsed": now, "older1": now - DAY, "livest": now + 1, "long" * 5: None}
    links = [TrackedLink(code=code, target_url=TARGET, expire_time=lapse) for code, lapse in lapses.items()]
    database.run(lambda connection: store.add(connection, links))
    shown: list[int] = []
    room = room_of(database, clock, 100, shown)
    assert room.tidy()
    assert not room.tidy()
    with database.read() as connection:
        left = {code for code in lapses if store.find(connection, code)}
    assert left == {"livest", "long" * 5}
    assert shown[-1] == 1


def test_replicas_together_keep_to_the_room(database: Database, clock: ManualClock) -> None:
    rooms = [room_of(database, clock, 160, []) for _ in range(16)]
    made = 0
    for _ in range(30):
        for room in rooms:
            if room.take(1):
                link = TrackedLink(code=f"{made:06}", target_url=TARGET, expire_time=micros(clock.now()) + DAY)
                database.run(lambda connection, link=link: store.add(connection, [link]))  # type: ignore[misc]
                made += 1
    assert made == 160


def test_while_there_is_no_room_it_is_not_counted_each_time(database: Database, clock: ManualClock) -> None:
    shown: list[int] = []
    room = Room(database, clock, most=0, pause=3600.0, shown=shown.append)
    assert [room.take(1) for _ in range(5)] == [False] * 5
    assert shown == [0]
