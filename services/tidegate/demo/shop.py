"""Pure: a synthetic shop whose customers, duplicates, purchases and reactions follow from one seed.

Every person has potential outcomes drawn beforehand: whether they buy during the campaign anyway, and whether
being talked to persuades them. So the true effect of the campaign is known, and the report's estimate can be
held against it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.demo.sayings import SUBSCRIBED

CITIES = ("Shanghai", "Beijing", "Guangzhou", "Shenzhen", "Chengdu", "Hangzhou", "Wuhan", "Urumqi")
CATEGORIES = ("frames", "lenses", "sunglasses", "care")
HISTORY = timedelta(days=365)
_BUYS_ANYWAY = 0.06
_PERSUADED = 0.06
_LINKED = 0.95
_CONSENTS = {"email": 0.9, "sms": 0.75, "push": 0.6, "wechat.subscription": 0.9, "wecom": 0.8}
_CONTACTS = 0.5
_SUBSCRIBES = 0.7
_ASKED_ONE_IN = 3
APPID, CORPID = "wxdemo", "wwdemo"
"""The shop's mini-program, and its company at WeCom."""


@dataclass(frozen=True, slots=True)
class Person:
    """One human being, as the shop can never see them whole.

    The fields hold what each of the sources knows them by, empty where it does not; amounts are in fen. Those whom
    staff at the till have as a contact have an external_userid; ``subscribes`` are the templates that a user of the
    mini-program says yes to when asked, of those in tidegate.demo.sayings.
    """

    number: int
    member_id: str
    phone: str
    email: str
    openid: str
    unionid: str
    device: str
    external_userid: str
    city: str
    consents: frozenset[str]
    subscribes: frozenset[str]
    linked: bool
    purchases: int
    spend: int
    recent: float
    opens: float
    buys_anyway: bool
    persuaded: bool
    decides: float

    @property
    def asked(self) -> bool:
        """Whether they used the mini-program lately, and it asked them what they want to be told."""
        return bool(self.openid) and self.number % _ASKED_ONE_IN == 0

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the person turns up: each source makes a customer of its own until something links them."""
        seen = (("pos", self.member_id), ("web", self.email), ("mini", self.openid))
        return tuple(name for name, known in seen if known)


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of the shop, before it is put into a contract's words."""

    source: str
    event_id: str
    name: str
    time: datetime
    identifiers: tuple[tuple[str, str], ...]
    amount: int = 0
    category: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """The people of a shop and the day its campaign begins.

    ``past`` holds what has happened before, where it is known; otherwise it is drawn from the seed.
    """

    people: tuple[Person, ...]
    opening: datetime
    seed: int
    past: tuple[Fact, ...] = ()

    def facts(self) -> Iterator[Fact]:
        """What happened in the year before the campaign, source by source."""
        if self.past:
            yield from self.past
            return
        chance = random.Random(self.seed + 1)  # noqa: S311
        for person in self.people:
            yield from _history(person, self.opening, chance)

    def humans(self) -> int:
        """How many customers there ought to be once everything that can be known is known."""
        return sum(1 if person.linked else len(person.sources) for person in self.people)


def open_shop(size: int, *, seed: int, opening: datetime) -> Shop:
    """A shop of ``size`` people; the same seed gives the same shop."""
    chance = random.Random(seed)  # noqa: S311
    return Shop(tuple(make_person(number, chance) for number in range(size)), opening, seed)


def identifiers(person: Person, source: str) -> tuple[tuple[str, str], ...]:
    """What ``source`` knows the person by, as (namespace, value)."""
    known = {
        "pos": (("member_id", person.member_id), ("phone", person.phone)),
        "web": (("email", person.email),),
        "mini": ((f"wechat.openid:{APPID}", person.openid), ("wechat.unionid", person.unionid)),
    }
    return known[source]


def make_person(number: int, chance: random.Random) -> Person:
    """Somebody drawn by ``chance``."""
    pos, web, mini = chance.random() < 0.55, chance.random() < 0.6, chance.random() < 0.4
    if not (pos or web or mini):
        web = True
    keen = chance.gammavariate(1.2, 0.8)
    return Person(
        number=number,
        member_id=f"M{number:07d}" if pos else "",
        phone=f"+8613{800000000 + number * 7:09d}",
        email=f"customer{number}@shop.example" if web else "",
        openid=f"o{number:09x}demo" if mini else "",
        unionid=f"u{number:09x}demo" if mini else "",
        device=f"d{number:09x}demo",
        external_userid=f"wm{number:09x}demo" if pos and chance.random() < _CONTACTS else "",
        city=chance.choices(CITIES, weights=range(len(CITIES), 0, -1))[0],
        consents=frozenset(channel for channel, share in _CONSENTS.items() if chance.random() < share),
        subscribes=frozenset(one.template_id for one in SUBSCRIBED if mini and chance.random() < _SUBSCRIBES),
        linked=chance.random() < _LINKED,
        purchases=min(int(keen * 1.7), 12),
        spend=int(8000 + 30000 * chance.random() * (1 + keen)),
        recent=chance.random(),
        opens=0.15 + 0.3 * chance.random(),
        buys_anyway=chance.random() < _BUYS_ANYWAY * (0.5 + min(keen, 2)),
        persuaded=chance.random() < _PERSUADED * (0.5 + min(keen, 2)),
        decides=chance.random(),
    )


def order(person: Person, source: str, time: datetime, *, number: str) -> Fact:
    """A purchase during the campaign."""
    return Fact(
        source,
        f"order-{person.number}-{number}",
        "order.paid",
        time,
        identifiers(person, source),
        amount=int(person.spend * 1.1),
        category="frames",
    )


def _history(person: Person, opening: datetime, chance: random.Random) -> Iterator[Fact]:
    joined = opening - HISTORY * (0.6 + 0.4 * chance.random())
    purchases = [_purchase(person, number, opening, chance) for number in range(person.purchases)]
    sold = {purchase.source for purchase in purchases}
    for source in person.sources:
        if source not in sold:
            yield Fact(source, f"seen-{person.number}", "profile.seen", joined, identifiers(person, source))
    yield from purchases
    if person.linked and len(person.sources) > 1:
        everything = tuple(pair for source in person.sources for pair in identifiers(person, source))
        yield Fact("crm", f"bound-{person.number}", "profile.bound", joined + timedelta(hours=1), everything)


def _purchase(person: Person, number: int, opening: datetime, chance: random.Random) -> Fact:
    source = chance.choice(person.sources)
    age = HISTORY * (0.01 + 0.99 * person.recent * chance.random())
    return Fact(
        source,
        f"order-{person.number}-{number}",
        "order.paid",
        opening - age,
        identifiers(person, source),
        amount=int(person.spend * (0.6 + 0.8 * chance.random())),
        category=chance.choice(CATEGORIES),
    )
