"""A courier, step by step: what it no longer has is counted once, and what is not called for counts for nothing."""

import asyncio
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
from tidegate.delivery.allowances.rules import Platform
from tidegate.delivery.dispatch import courier as courier_module
from tidegate.delivery.dispatch.courier import Courier
from tidegate.delivery.dispatch.queue import Room, Waiting
from tidegate.delivery.instants import SECOND
from tidegate.delivery.store.tables import CAPS, STATES
from tidegate.runtime.clock import ManualClock

START = datetime(2026, 10, 22, 2, 0, tzinfo=UTC)
COUNT = 3


class Desk:
    """Three messages that have passed the gate, and the clock; a courier that nobody runs has them."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.clock, identity = rig, ManualClock(START), ToldIdentity()
        rig.begin(self.clock, Told(), identity, ["sms"])
        identity.addresses[1] = {"sms": "+8613900000000"}
        identity.zones[1], identity.owner[1] = "Asia/Shanghai", 1

    def courier(self, **lane: Any) -> Courier:
        """One whose lane is like this, with what is written for it."""
        self.send(*(f"k{number}" for number in range(COUNT)))
        granted = self.rig.decide("sms", COUNT)
        dispatcher = self.rig._dispatcher
        [line] = dispatcher._lines.active()
        made = Courier(replace(line, lane=replace(line.lane, **lane)), dispatcher._tools)
        dispatcher._tools.calls.hold(COUNT)
        room = line.queue.promise(COUNT)
        assert room is not None
        waiting = [Waiting(one, granted.contents[one.message.message_id]) for one in granted.granted]
        line.queue.arrive(room, waiting, decided=COUNT)
        made._write(line.queue.take())
        assert line.queue.on_their_way == COUNT
        return made

    def send(self, *keys: str) -> None:
        """Transactional messages, which wait for the gate."""
        wanted = Message(
            message_id="",
            customer_id=1,
            channels=("sms",),
            kind="transactional",
            caller="crm",
            expire_time=instant(START) + DAY,
        )
        request = pb.SendRequest(messages=[outgoing(wanted, key, None) for key in keys])
        self.rig.call("Send", request)

    def states(self) -> list[str]:
        with self.rig.rows.read() as connection:
            return [*connection.scalars(sa.select(STATES.c.state).order_by(STATES.c.state))]

    def used(self) -> list[int]:
        """What counts of the account's caps."""
        with self.rig.rows.read() as connection:
            return [*connection.scalars(sa.select(CAPS.c.used))]


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """The desk, of which nobody else does anything."""
    rig = Rig(tmp_path, database_url)
    yield Desk(rig)
    rig.end()
    rig.rows.close()


def test_what_comes_too_late_is_let_go_once_though_the_database_fails(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is late, and neither can it be put back, nor anything be begun."""
    made = desk.courier(deadline=SECOND)
    desk.clock.advance(timedelta(seconds=2))

    def fail(*_: object, **__: object) -> None:
        raise OSError("the database is out of reach")

    monkeypatch.setattr(courier_module, "put_back", fail)
    monkeypatch.setattr(Courier, "_commit_calls", fail)
    while made._written:
        asyncio.run(made._call_next())
    assert made.line.queue.on_their_way == 0
    assert not made._places.locked()


def test_what_is_urgent_is_called_for_before_what_is_written_already(desk: Desk) -> None:
    made = desk.courier()
    queue, written = made.line.queue, list(made._written)
    asyncio.run(made._write_urgent())
    assert list(made._written) == written
    desk.send("late")
    granted = desk.rig.decide("sms", 1)
    waiting = [Waiting(one, granted.contents[one.message.message_id]) for one in granted.granted]
    queue.arrive(Room(0, 0), waiting, decided=1)
    asyncio.run(made._write_urgent())
    first, *others = made._written
    assert [one.waiting for one in first] == waiting
    assert others == written


def test_calls_that_are_begun_and_not_made_count_for_nothing(desk: Desk) -> None:
    """Of three that are written the account takes two; the loop in which they were to be called for is given up."""
    made = desk.courier(platform=Platform(caps=[Limit(per=Per.ACCOUNT, most=2, within=Period.DAY)]))
    begun = made._begin(made._written)
    assert (sum(map(len, begun)), desk.used(), desk.states()) == (2, [2], ["accepted", "calling", "calling"])
    made._written.clear()
    made.give_up()
    assert (desk.used(), desk.states(), made.line.queue.on_their_way) == ([0], ["accepted"] * COUNT, 0)
