"""The outside: people, their mail server, providers, and the shop's platform, in a process of their own as in life.

They would otherwise share one interpreter with the services, and half of what the demo takes would be theirs.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from random import Random
from typing import Generic, NamedTuple, TypeVar, cast

from tidegate_simulators.mail import MailSink

from tidegate.demo.audience import people_of
from tidegate.demo.calendar import Calendar
from tidegate.demo.platform import Ingested, Refused, ingest, introduce
from tidegate.demo.providers import Providers, providers
from tidegate.demo.shop import Fact, Shop
from tidegate.demo.world import World
from tidegate.runtime.client import Credentials, Peers

T = TypeVar("T")
Told = Callable[[int], None]

_END_SECONDS = 10.0


class Meeting(NamedTuple):
    """Where the mail server and the providers listen, and how much the platform has to tell of the year before."""

    host: str
    port: int
    urls: Mapping[str, str]
    facts: int


@dataclass(frozen=True, slots=True)
class Outside:
    """The services' end of a pipe to the outside.

    Every method raises RuntimeError when the process has ended (what ended it stands in its output), and Refused
    when identity does not take what it is told.
    """

    _pipe: Connection

    def meet(self, identity: str, token: str) -> Meeting:
        """Tells the platform where identity is, and what to prove itself with. Comes first."""
        return self._ask(_Meet(identity, token))

    def tell_history(self, *, told: Told) -> Ingested:
        """Has the platform tell the year before the campaign; ``told`` hears how many more events were taken."""
        return self._ask(_TellHistory(), told)

    def introduce(self, cities: Sequence[str], time: datetime, *, told: Told) -> None:
        """Has the platform tell, as of ``time``, where people of ``cities`` can be reached and what they agreed to."""
        self._ask(_Introduce(cities, time), told)

    def subscribe(self, cities: Sequence[str], callbacks: Mapping[str, str], time: datetime) -> int:
        """Has people of ``cities`` say what they want to hear by the mini-program; how many events that were.

        ``callbacks`` is where providers tell of receipts and events from then on.
        """
        return self._ask(_Subscribe(cities, callbacks, time))

    def expect(self, instant: datetime) -> None:
        """Has providers' clocks show an instant that is about to come."""
        self._ask(_Expect(instant))

    def live(self, until: datetime, files: Sequence[Path]) -> int:
        """Lets people read, click and decide up to ``until``; the platform tells what they bought.

        ``files`` are those into which phones' messages are written. Returns how many receipts and events providers
        have told.
        """
        return self._ask(_Live(until, files))

    def _ask(self, request: "_Request[T]", told: Told | None = None) -> T:
        try:
            self._pipe.send(request)
            while isinstance(answer := self._pipe.recv(), _More):
                if told:
                    told(answer.count)
        except (EOFError, OSError) as error:
            raise RuntimeError("the process of the demo's people has ended") from error
        if isinstance(answer, Refused):
            raise answer
        return cast("T", answer)


@contextmanager
def outside(shop: Shop, calendar: Calendar, seed: int) -> Iterator[Outside]:
    """Runs the process; it ends with the block, or with this process, however that ends."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, shop, calendar, seed), name="outside", daemon=True)
    with ExitStack() as stack:
        process.start()
        stack.callback(_end, process, ours)
        theirs.close()
        yield Outside(ours)


def _end(process: SpawnProcess, pipe: Connection) -> None:
    pipe.close()
    process.join(_END_SECONDS)
    process.kill()


@dataclass(slots=True)
class _There:
    """What lives in the process. ``services`` are known once they were met."""

    world: World
    sink: MailSink
    providers: Providers
    facts: list[Fact]
    services: Peers = field(default_factory=lambda: Peers({}, Credentials("")))


@dataclass(frozen=True, slots=True)
class _More:
    """So many more are done; the answer is still to come."""

    count: int


class _Request(Generic[T]):
    """What goes through the pipe: something that is done at the other end."""

    @abstractmethod
    def do(self, there: _There, told: Told) -> T:
        """Does it and returns the answer."""


@dataclass(frozen=True, slots=True)
class _Meet(_Request[Meeting]):
    identity: str
    token: str

    def do(self, there: _There, told: Told) -> Meeting:
        del told
        there.services = Peers({"identity": self.identity}, Credentials(self.token))
        return Meeting(there.sink.host, there.sink.port, there.providers.urls, len(there.facts))


class _TellHistory(_Request[Ingested]):
    def do(self, there: _There, told: Told) -> Ingested:
        return ingest(there.services.identity(), there.facts, told=told)


@dataclass(frozen=True, slots=True)
class _Introduce(_Request[None]):
    cities: Sequence[str]
    time: datetime

    def do(self, there: _There, told: Told) -> None:
        people = people_of(self.cities, there.world.shop)
        there.providers.know(people)
        introduce(there.services.identity(), people, self.time, told=told)


@dataclass(frozen=True, slots=True)
class _Subscribe(_Request[int]):
    cities: Sequence[str]
    callbacks: Mapping[str, str]
    time: datetime

    def do(self, there: _There, told: Told) -> int:
        del told
        there.providers.time.now = self.time.timestamp()
        there.providers.call_back(self.callbacks)
        there.providers.ask(people_of(self.cities, there.world.shop))
        return there.providers.tell()


@dataclass(frozen=True, slots=True)
class _Expect(_Request[None]):
    instant: datetime

    def do(self, there: _There, told: Told) -> None:
        del told
        there.providers.time.now = self.instant.timestamp()


@dataclass(frozen=True, slots=True)
class _Live(_Request[int]):
    until: datetime
    files: Sequence[Path]

    def do(self, there: _There, told: Told) -> int:
        there.world.read(there.sink.mails, self.files, there.providers.reached(), self.until)
        ingest(there.services.identity(), there.world.orders(self.until), told=told)
        return there.providers.tell()


def _serve(pipe: Connection, shop: Shop, calendar: Calendar, seed: int) -> None:
    """Does what it is asked until the other end is closed."""
    world = World(shop, calendar, Random(seed))  # noqa: S311
    with MailSink() as sink, providers(calendar.opening, seed) as simulated:
        there = _There(world, sink, simulated, list(shop.facts()))
        with suppress(EOFError, ConnectionError):
            while True:
                pipe.send(_answer(pipe.recv(), there, told=lambda count: pipe.send(_More(count))))


def _answer(request: _Request[T], there: _There, *, told: Told) -> T | Refused:
    try:
        return request.do(there, told)
    except Refused as refused:
        return refused
