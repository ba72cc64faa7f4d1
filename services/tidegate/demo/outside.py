"""The outside: people and their mail server, in a process of their own as in life.

They would otherwise share one interpreter with the services, and half of what the demo takes would be theirs.
"""

import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.resource_tracker import ensure_running
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
    _process: SpawnProcess

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
        except KeyboardInterrupt:
            self._process.kill()  # nobody waits for the answer, and the services won't be there for long
            raise


@contextmanager
def outside(shop: Shop, calendar: Calendar, seed: int) -> Iterator[Outside]:
    """Runs the process; it ends with the block, or with this process, however that ends."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, shop, calendar, seed), name="outside", daemon=True)
    with ExitStack() as stack:
        with _held_signals():
            process.start()
            stack.callback(_end, process, ours)
        theirs.close()
        host, port = ours.recv()
        yield Outside(host, port, ours, process)


@contextmanager
def _held_signals() -> Iterator[None]:
    """Holds back what ends this process. A process that is started meanwhile never gets it: it ends by its pipe.

    Ctrl-C comes to all processes of a terminal, and would end that one with a traceback of its own.
    """
    ensure_running()  # else it comes with the first process, and lets signals through again
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _end(process: SpawnProcess, pipe: Connection) -> None:
    pipe.close()
    process.join(_END_SECONDS)
    process.kill()


def _serve(pipe: Connection, shop: Shop, calendar: Calendar, seed: int) -> None:
    """Answers until the other end is closed."""
    world = World(shop, calendar, Random(seed))  # noqa: S311
    with MailSink() as sink:
        _answer(pipe, (sink.host, sink.port))
        for until, files in _requests(pipe):
            world.read(sink.mails, files, until)
            _answer(pipe, list(world.orders(until)))


def _requests(pipe: Connection) -> Iterator[tuple[datetime, Sequence[Path]]]:
    with suppress(EOFError, ConnectionError):
        while True:
            yield pipe.recv()


def _answer(pipe: Connection, answer: object) -> None:
    """Nobody may be there any more to hear it."""
    with suppress(ConnectionError):
        pipe.send(answer)
