"""An account that has sent all that it may is not asked about until it may send again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.delivery.adapter import Told
from support.delivery.recount import DAY, Message, instant
from support.delivery.rig import Rig, ToldIdentity
from support.delivery.wire import outgoing
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import Limit, Per, Period
from tidegate.delivery.allowances import caps
from tidegate.delivery.allowances.rules import Platform
from tidegate.delivery.gatekeeper import Gatekeeper, Lane
from tidegate.delivery.instants import SECOND
from tidegate.delivery.store import caps as store
from tidegate.runtime.clock import ManualClock, micros

START = datetime(2026, 10, 22, 2, 0, tzinfo=UTC)


def platform(most: int) -> Platform:
    """One that takes so many messages of an account a day."""
    return Platform(caps=[Limit(per=Per.ACCOUNT, most=most, within=Period.DAY)])


class Post:
    """Three messages that wait for an account which may send two a day."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.clock, identity = rig, ManualClock(START), ToldIdentity()
        rig.begin(self.clock, Told(), identity, ["sms"])
        identity.addresses[1] = {"sms": "+8613900000000"}
        identity.zones[1], identity.owner[1] = "Asia/Shanghai", 1
        request = pb.SendRequest()
        for number in range(3):
            wanted = Message(
                message_id="",
                customer_id=1,
                channels=("sms",),
                kind="transactional",
                caller="crm",
                expire_time=instant(START) + 3 * DAY,
            )
            request.messages.append(outgoing(wanted, f"k{number}", None))
        rig.call("Send", request)
        self.keeper: Gatekeeper = rig._dispatcher._gatekeeper
        [line] = rig._dispatcher._lines.active()
        self.lane: Lane = replace(line.lane, platform=platform(2))
        self.asked: list[str] = []
        sa.event.listen(rig._database.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.asked.append(statement.split()[0])

    def due(self) -> tuple[bool, list[str]]:
        """Whether the account finds anything, and what it asked the database for that."""
        self.asked.clear()
        return bool(self.keeper.due(self.lane).sections), [*self.asked]

    def send(self) -> int:
        """Decides what the account may send, and begins the calls."""
        granted = self.keeper.decide(self.lane, 10, self.keeper.due(self.lane)).granted
        now = micros(self.clock.now())
        for one in granted:
            called = {one.lease_token: 1}
            self.rig.rows.run(lambda connection, of=called: caps.call(connection, "sms-1", self.lane.platform, of, now))  # type: ignore[misc]
        return len(granted)


@pytest.fixture
def post(tmp_path: Path, database_url: str) -> Iterator[Post]:
    """The account, by which nobody else sends."""
    rig = Rig(tmp_path, database_url)
    yield Post(rig)
    rig.end()
    rig.rows.close()


READING = {"SELECT", "WITH", "BEGIN"}


def test_a_full_account_costs_nothing_until_its_next_day(post: Post) -> None:
    assert post.send() == 2
    is_due, asked = post.due()
    assert not is_due
    assert asked
    assert {*asked} <= READING, "nothing is written to learn that"
    for _ in range(5):
        assert post.due() == (False, [])
    midnight = datetime(2026, 10, 22, 16, 0, tzinfo=UTC)  # in China
    post.clock.advance(midnight - START - timedelta(microseconds=1))
    assert post.due() == (False, [])
    post.clock.advance(timedelta(microseconds=1))
    assert post.due()[0]
    assert post.send() == 1


def test_a_full_account_sends_on_when_it_may_send_more(post: Post) -> None:
    assert post.send() == 2
    assert not post.due()[0]
    assert post.due() == (False, [])
    post.lane = replace(post.lane, platform=platform(3))
    assert post.due()[0]
    assert post.send() == 1


def test_what_another_process_gives_back_is_found_in_a_while(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "_LOOK_AGAIN_SECONDS", 0.0)
    assert post.send() == 2
    assert not post.due()[0]
    post.rig.rows.run(lambda connection: store.uncall(connection, [("sms-1", micros(post.clock.now()))]))
    assert post.due()[0]
    assert post.send() == 1


def test_room_that_is_leased_to_others_is_looked_for_again_and_nothing_is_written(post: Post) -> None:
    now = micros(post.clock.now())
    spans = caps._spans(post.lane.platform.caps, now)
    others = {"token": "of others"}
    rows = post.rig.rows
    assert rows.run(lambda connection: store.take(connection, "sms-1", spans, 9, lasting=60 * SECOND, **others)) == 2
    for _ in range(2):
        is_due, asked = post.due()
        assert not is_due
        assert asked
        assert {*asked} <= READING
    rows.run(lambda connection: store.keep(connection, "sms-1", count=0, **others))
    assert post.due()[0]
    assert post.send() == 2
