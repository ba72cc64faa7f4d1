"""A history made up at random, as rows and as identity tells it; and reports over it without a server."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import changes_pb2
from tidegate.runtime.clock import ManualClock, micros
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.describing import Descriptions
from tidegate.segmentation.naming import Names

from support import segmentation_words as w
from support.segmentation_rig import START, ZONE, Rig, rig, sqlite_database

CUSTOMERS = 30
DAYS = 20
CHANNELS = ("sms", "email", "push")
CAMPAIGNS = ("spring", "")
MINUTE = timedelta(minutes=1)


class Row(NamedTuple):
    """One event, under the customer that it belongs to after all merges; ``serial`` is its place in the feed."""

    serial: int
    customer: int
    name: str
    time: datetime
    amount: int | None
    channel: str
    campaign: str


@dataclass
class History:
    """The rows, and how to ask for reports of them."""

    told: Rig
    descriptions: Descriptions
    rows: list[Row] = field(default_factory=list)
    customers: set[int] = field(default_factory=set)

    def named(self, *names: str) -> list[Row]:
        """Rows with one of the names, by time, of several at one time the one told first ahead."""
        return sorted((row for row in self.rows if row.name in names), key=lambda row: (row.time, row.serial))


def span(start: datetime | None, end: datetime | None) -> common_pb2.Interval:
    """A span of time."""
    made = common_pb2.Interval()
    if start is not None:
        made.start.FromDatetime(start)
    if end is not None:
        made.end.FromDatetime(end)
    return made


def length(delta: timedelta) -> Duration:
    """A length of time."""
    made = Duration()
    made.FromTimedelta(delta)
    return made


def instant(stamp: Timestamp) -> datetime:
    """The instant as rows have it."""
    return stamp.ToDatetime(tzinfo=START.tzinfo)


@contextmanager
def history(folder: Path, seed: int, *, empty: bool = False) -> Iterator[History]:
    """Customers who look, click and buy at random, some of them merged afterwards; ``empty``: who do nothing."""
    folder.mkdir()
    database = sqlite_database(folder)
    clock = ManualClock(START + timedelta(days=DAYS))
    questions = Questions(ZONE)
    with rig(folder, database, clock=clock, questions=questions) as told:
        names = Names(told.facts, questions)
        describe = Descriptions(database, told.analytics, told.facts, questions, names, told.mirror, clock)
        made = History(told, describe)
        _tell(made, random.Random(seed), 0 if empty else 400)
        yield made
    database.close()


def _tell(made: History, chance: random.Random, events: int) -> None:
    people = range(1, CUSTOMERS + 1)
    survivors = _merges(chance)
    made.told.hear([w.created(each) for each in people])
    made.told.hear([w.tagged(each, ["vip"]) for each in people if each % 3 == 0])
    rows = [_row(serial, chance) for serial in range(events)]
    for half in (rows[: events // 2], rows[events // 2 :]):
        made.told.hear([_heard(row) for row in half])
        made.rows += [row._replace(customer=survivors.get(row.customer, row.customer)) for row in half]
    made.told.hear([w.merged(survivor, gone) for gone, survivor in survivors.items()])
    made.customers = {survivors.get(each, each) for each in people}
    made.told.settle()


def _heard(row: Row) -> changes_pb2.Change:
    properties = {"channel": row.channel or None, "campaign_id": row.campaign or None, "amount": row.amount}
    given: dict[str, Any] = {name: value for name, value in properties.items() if value is not None}
    return w.happened(row.customer, row.name, row.time, **given)


def _merges(chance: random.Random) -> Mapping[int, int]:
    gone: Sequence[int] = chance.sample(range(CUSTOMERS // 2 + 1, CUSTOMERS + 1), 5)
    return {each: chance.randint(1, CUSTOMERS // 2) for each in gone}


def _row(serial: int, chance: random.Random) -> Row:
    """Whole minutes, few of them, so that much happens at one time; some of it in the future."""
    name = chance.choices(("look", "click", "buy"), (3, 4, 2))[0]
    time = START + MINUTE * 60 * chance.randrange(24 * (DAYS + 1))
    amount = chance.choice((None, 0, 100, 250, 999)) if name == "buy" else None
    channel = chance.choice(CHANNELS) if name == "click" else ""
    return Row(serial, chance.randint(1, CUSTOMERS), name, time, amount, channel, chance.choice(CAMPAIGNS))


def before(row: Row, end: datetime) -> bool:
    """Whether a row happened when reports are asked at ``end``: what arrives at its own instant counts then."""
    return micros(row.time) <= micros(end)
