"""Histories of customers in which much happens at one time, and at the very edges of windows.

All instants lie on a lattice: whole hours around a midnight of the company's zone, and a microsecond beside them.
Values are few, of all kinds, and properties have values of more than one kind.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tidegate.api.identity.v1 import changes_pb2

from support import segmentation_words as w

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
MIDNIGHTS = (
    (datetime(2026, 11, 11), "Asia/Shanghai"),  # noqa: DTZ001
    (datetime(2026, 9, 6), "America/Santiago"),  # noqa: DTZ001  (a midnight that no clock shows)
    (datetime(2026, 10, 29, 23), "Africa/Cairo"),  # noqa: DTZ001  (the hour before midnight comes twice)
    (datetime(2026, 3, 8), "America/New_York"),  # noqa: DTZ001  (a day of 23 hours)
)
"""What the clocks of a zone show at the instant around which everything happens."""

NAMES = ("buy", "view", "order")
NUMBERS = (-2, 0, 1, 2, 3, 0.5, 1.0, 2.25, -0.0, -1.75)
TEXTS = ("", "r", "red", "Red", "redder", "é", "😀", "\uffff", "%", "r_d")
LISTS = ((), ("red",), ("r", "red"), ("",), ("red", "r"))
TAGS = ("vip", "level=1", "level=2", "levels=1", "color=red", "color")
NAMESPACES = ("phone", "phones", "wechat.openid:wx1", "wechat.openid:wx2", "wechat.openid.old:wx1", "wechat")
PURPOSES, CHANNELS, BRANDS = ("marketing", "service"), ("", "sms", "email"), ("", "nova")
SEGMENTS, MODELS, STAGE_MODELS = ("large", "small"), ("rfm", "churn"), ("cycle",)
COMPONENTS, TIERS, STAGES = ("recency", "money"), ("gold", "silver"), ("new", "active", "lost")
EXPERIMENTS, ARMS = ("colour", "price"), ("none", "one", "two")
FIELDS = ("amount", "colour", "flag", "at", "items", "any")
"""Names of properties and of attributes alike; nothing is ever called `never`."""

KINDS_OF_CHANGES = (("event", "attributes", "tags", "consent", "identifiers", "merge"), (65, 13, 8, 8, 4, 1))
"""What may be told, with how often it is."""


class Chance:
    """Draws the histories of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        hour, zone = MIDNIGHTS[seed % len(MIDNIGHTS)]
        self.zone = ZoneInfo(zone)
        self.base = hour.replace(tzinfo=self.zone)

    def instant(self) -> datetime:
        """An instant of the lattice, more often near the middle."""
        hours = self.random.choice((0, 0, 1, -1, 2, -2, 3, -3, -6, -12, -24, -25, -30, 24, 25))
        beside = self.random.choice((0, 0, 0, 0, 1, -1))
        utc = self.base.astimezone(ZoneInfo("UTC"))  # what is added to a time of a zone is added to its clock's hands
        return utc + hours * HOUR + beside * MICROSECOND

    def value(self, name: str) -> Any:
        kinds: dict[str, tuple[Any, ...]] = {
            "amount": NUMBERS,
            "colour": TEXTS,
            "flag": (True, False),
            "at": (self.instant(),),
            "items": LISTS,
        }
        of = name if name in kinds and self.random.random() < 0.85 else self.random.choice(tuple(kinds))
        return self.random.choice(kinds[of])

    def values(self) -> dict[str, Any]:
        return {name: self.value(name) for name in FIELDS if self.random.random() < 0.6}

    def some(self, of: tuple[Any, ...], most: int) -> list[Any]:
        return self.random.sample(of, self.random.randint(0, min(most, len(of))))

    def changes(self, people: int) -> Iterator[changes_pb2.Change]:
        """All that is told, in its order: customers first, then what becomes of them."""
        for customer_id in range(1, people + 1):
            yield w.created(customer_id, *self.some(NAMESPACES, 3))
        for _ in range(people * 12):
            yield self._change(self.random.randint(1, people), self.random.randint(1, people))

    def _change(self, customer_id: int, other: int) -> changes_pb2.Change:
        match self.random.choices(*KINDS_OF_CHANGES)[0]:
            case "event":
                time = self.instant()
                received = time + self.random.choice((timedelta(0), MICROSECOND, HOUR))
                name = self.random.choice(NAMES)
                return w.happened(customer_id, name, time, received=received, **self.values())
            case "attributes":
                cleared = dict.fromkeys(self.some(FIELDS, 2))
                return w.set_attributes(customer_id, **(self.values() | cleared))
            case "tags":
                return w.tagged(customer_id, self.some(TAGS, 3), self.some(TAGS, 1))
            case "consent":
                return w.consented(
                    customer_id,
                    self.random.choice(PURPOSES),
                    self.instant(),
                    granted=self.random.random() < 0.5,
                    channel=self.random.choice(CHANNELS),
                    brand=self.random.choice(BRANDS),
                )
            case "identifiers":
                return w.identified(customer_id, *self.some(NAMESPACES, 3))
            case _:
                return w.merged(customer_id, other)
