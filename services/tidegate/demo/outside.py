"""The outside: people and their mail server, in a process of their own as in life.

They would otherwise share one interpreter with the services, and half of what the demo takes would be theirs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from tidegate_simulators.mail import MailSink

from tidegate.demo.calendar import Calendar
from tidegate.demo.shop import Fact, Shop
from tidegate.demo.world import World

_END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outside:
    """Everybody's mailbox and phone, behind a pipe; ``host`` and ``port`` are those of the mail server."""

    host: str
    port: int
    _pipe: Connection

    def live(self, until: datetime, files: Sequence[Path]) -> list[Fact]:
        """Lets people read, click and decide up to ``until``; returns what they bought since the last time.

        ``files`` are those into which phones' messages are written. Raises RuntimeError when the process has
        ended; what ended it stands in its output.
        """
        try:
            self._pipe.send((until, files))
            return list(self._pipe.recv())
        except (EOFError, OSError) as error:
            raise RuntimeError("the process of the demo's people has ended") from error


@contextmanager
def outside(shop: Shop, calendar: Calendar, seed: int) -> Iterator[Outside]:
    """Runs the process; it ends with the block, or with this process, however that ends."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, shop, calendar, seed), name="outside", daemon=True)
    process.start()
    theirs.close()
    try:
        host, port = ours.recv()
        yield Outside(host, port, ours)
    finally:
        ours.close()
        process.join(_END_SECONDS)


def _serve(pipe: Connection, shop: Shop, calendar: Calendar, seed: int) -> None:
    """Answers until the other end is closed."""
    world = World(shop, calendar, Random(seed))  # noqa: S311
    with MailSink() as sink:
        pipe.send((sink.host, sink.port))
        while True:
            try:
                until, files = pipe.recv()
            except EOFError:
                return
            world.read(sink.mails, files, until)
            pipe.send(list(world.orders(until)))
