"""The world outside: people who open, click, and buy, because of a message or anyway.

What a person does follows from their potential outcomes (tidegate.demo.shop) and from whether a message
really reached them: a mail that stands in the sink, what the providers say, a line that the console adapter wrote.
What other platforms say persuades nobody: it reaches the control group too, and would hide what the campaign does.
"""

import asyncio
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import aiohttp
from tidegate_simulators.mail import Mail

from tidegate.demo.calendar import Calendar
from tidegate.demo.sayings import FLASH
from tidegate.demo.shop import Fact, Person, Shop, order

_PIXEL = re.compile(r'<img[^>]+src="([^"]+)"')
_LINK = re.compile(r'<a[^>]+href="([^"]+)"')
_CLICKS_AMONG_OPENS = 0.3
_CONNECTIONS = 32
_CAMPAIGN_DAYS = timedelta(days=36)
_HESITATION = timedelta(hours=2)


@dataclass(slots=True)
class World:
    """Everybody's mailbox and phone, and what they make of it. ``talked_to``: whom the campaign has reached."""

    shop: Shop
    calendar: Calendar
    chance: random.Random
    talked_to: set[int] = field(default_factory=set)
    _wishes: list[tuple[datetime, Person]] = field(default_factory=list)
    _bought: set[int] = field(default_factory=set)
    _by_address: dict[str, Person] = field(default_factory=dict)
    _mails_read: int = 0
    _bytes_read: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for person in self.shop.people:
            self._by_address |= dict.fromkeys(
                (person.email, person.phone, person.device, person.openid, person.external_userid), person
            )
            if person.buys_anyway:
                self._wishes.append((self.calendar.opening + _CAMPAIGN_DAYS * person.decides, person))

    def read(self, mails: Sequence[Mail], files: Iterable[Path], reached: Iterable[str], now: datetime) -> None:
        """Everybody reads what has come since; some open it, some click, some are persuaded to buy.

        ``reached`` are addresses at which providers have delivered something of the campaign.
        """
        fresh = mails[self._mails_read :]
        self._mails_read += len(fresh)
        visits = [visit for mail in fresh for visit in self._react(mail, now)]
        for address in (*reached, *(address for file in files for address in self._new_addresses(file))):
            self._reach(self._by_address[address], now)
        asyncio.run(_visit_all(visits))

    def orders(self, until: datetime) -> Iterator[Fact]:
        """What people have bought up to ``until`` and was not told before."""
        due = [(time, person) for time, person in self._wishes if time <= until]
        self._wishes = [(time, person) for time, person in self._wishes if time > until]
        for time, person in due:
            if person.number not in self._bought:
                self._bought.add(person.number)
                yield order(person, person.sources[0], time, number="double11")

    def _react(self, mail: Mail, now: datetime) -> Iterator[list[str]]:
        """The addresses one reader visits, one after the other."""
        person = self._by_address[mail.recipients[0]]
        self._reach(person, now)
        if self.chance.random() < person.opens:
            html = _html(mail)
            clicks = self.chance.random() < _CLICKS_AMONG_OPENS
            yield _PIXEL.findall(html)[-1:] + (_LINK.findall(html)[:1] if clicks else [])

    def _reach(self, person: Person, now: datetime) -> None:
        if person.number not in self.talked_to and person.persuaded:
            self._wishes.append((now + _HESITATION, person))
        self.talked_to.add(person.number)

    def _new_addresses(self, file: Path) -> Iterator[str]:
        if not file.exists():
            return
        with file.open("rb") as lines:
            lines.seek(self._bytes_read.get(file, 0))
            for message in map(json.loads, lines):
                if not message["text"].startswith(FLASH.headline):
                    yield message["address"]
            self._bytes_read[file] = lines.tell()


def _html(mail: Mail) -> str:
    parts = message_from_bytes(mail.text).walk()
    bodies = [part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/html"]
    return bodies[0].decode() if bodies and isinstance(bodies[0], bytes) else ""


async def _visit_all(visits: Sequence[Sequence[str]]) -> None:
    """Follows every list of addresses, some dozens at a time; redirects lead out of the demo."""
    waiting = iter(visits)

    async def visit(session: aiohttp.ClientSession) -> None:
        for addresses in waiting:
            for address in addresses:
                async with session.get(address.replace("&amp;", "&"), allow_redirects=False) as answer:
                    answer.raise_for_status()

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(visit(session) for _ in range(_CONNECTIONS)))
