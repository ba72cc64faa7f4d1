"""Who follows all links of a message at once is a scanner, whatever it calls itself."""

from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from support.delivery.vault import VAULT
from tidegate.delivery.links.bursts import Bursts
from tidegate.delivery.links.model import Engagement
from tidegate.delivery.links.recording import EngagementRecorder
from tidegate.delivery.links.tokens import Tokens
from tidegate.delivery.links.visits import Visitor, Visits
from tidegate.delivery.schema import METADATA
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.ids import new_id
from tidegate.runtime.loops import Activity

PERSON = Visitor("GET", "Mozilla/5.0 (iPhone) Safari/604.1")
LINKS = [f"https://shop.example/{name}" for name in ("sale", "news", "imprint")]


@pytest.mark.parametrize(
    ("visits", "is_scanner"),
    [
        pytest.param([(0.0, "a"), (0.3, "b"), (0.6, "c")], True, id="three at once"),
        pytest.param([(0.0, "a"), (0.3, "b")], False, id="two"),
        pytest.param([(0.0, "a"), (0.1, "a"), (0.2, "a"), (0.3, "b")], False, id="one again and again"),
        pytest.param([(0.0, "a"), (1.5, "b"), (3.0, "c")], False, id="one after the other"),
        pytest.param([(0.0, "a"), (0.3, "b"), (0.6, "c"), (9.0, "d")], True, id="the rest of a long mail"),
        pytest.param([(0.0, "a"), (0.3, "b"), (0.6, "c"), (60.0, "a")], False, id="a person, later"),
    ],
)
def test_the_last_visit_is_a_scanners(visits: Sequence[tuple[float, str]], is_scanner: bool) -> None:
    times = iter([time for time, _ in visits])
    bursts = Bursts(now=lambda: next(times))
    seen = [bursts.seen("m", link) for _, link in visits]
    assert seen[-1].is_scanner is is_scanner


def test_messages_are_told_apart_and_forgotten() -> None:
    time = iter([0.0, 0.1, 0.2, 100.0])
    bursts = Bursts(now=lambda: next(time))
    assert not any(bursts.seen(message, message).is_scanner for message in "abc")
    bursts.seen("d", "d")
    assert list(bursts._bursts) == ["d"]


def test_all_clicks_of_a_burst_are_the_scanners(open_database: Callable[..., Database], clock: ManualClock) -> None:
    recorded: list[Engagement] = []

    def record(_: sa.Connection, interactions: Sequence[Engagement]) -> None:
        recorded.extend(interactions)

    tokens = Tokens(b"k" * 32)
    activity = Activity()
    database = open_database(METADATA)
    recorder = EngagementRecorder(database, record, activity, holds=True)
    visits = Visits(database, clock, vault=VAULT, tokens=tokens, recorder=recorder)
    scanned, read = new_id(), new_id()
    for link in LINKS[:2]:
        assert visits.follow_token(tokens.click(scanned, link), PERSON) == link
        assert visits.follow_token(tokens.click(read, link), PERSON) == link
    assert visits.look_at_unsubscribing(tokens.unsubscribe(scanned))
    visits.open(tokens.open(read), PERSON)
    assert recorder.loop.meter.status().busy, "whoever waits for quiet waits for what is held"
    recorder.flush()
    scanners = {one.message_id for one in recorded if one.scanner}
    assert (scanners, len(recorded)) == ({scanned}, 5)
    assert not recorder.loop.meter.status().busy
