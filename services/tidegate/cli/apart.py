"""Work that a signal ends at once, whatever it is about: it runs in a process of its own, and this one clears up.

An exception that a signal's handler raises comes anywhere, be it halfway through a library's constructor, which leaves
things behind that nobody can close, or where exceptions get lost. Here no handler raises anything: the work's process
is killed, with all that it has started, and its folder goes.
"""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

_PREFIX = "tidegate-"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(Exception):
    """A signal asked for the end; ``status`` is what a process ends with for that."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.status = 128 + signum


class _Ended(NamedTuple):
    """The work's process has ended; negative: by that signal."""

    status: int


class _Asked(NamedTuple):
    """A signal has come."""

    signum: int


_News = SimpleQueue[_Ended | _Asked]


def run(work: Callable[[], int]) -> int:
    """Runs ``work`` in a forked process: there this returns what it returns, or raises what it raises.

    Here it returns the status that the process has ended with, negative when a signal did it. Temporary files of the
    work are in a folder of its own, which is gone afterwards. Raises Stopped once SIGTERM or SIGINT has ended the
    work; further ones do nothing. It ends too when this process does, however that ends. To be called once, and
    before there are other threads.
    """
    news = _hear()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    watched, held = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(held)
        _become_work(folder, watched)
        return work()
    os.close(watched)
    try:
        return _await(pid, news)
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def _hear() -> _News:
    """Signals become news, and interrupt nothing: a SimpleQueue may be put to wherever its reader is."""
    news: _News = SimpleQueue()
    for each in _SIGNALS:
        signal.signal(each, lambda signum, _frame: news.put(_Asked(signum)))
    return news


def _await(pid: int, news: _News) -> int:
    _lead(pid)
    threading.Thread(target=_tell_of_end, args=(pid, news), daemon=True).start()
    first = news.get()
    if isinstance(first, _Ended):
        return first.status
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    while not isinstance(news.get(), _Ended):
        pass
    raise Stopped(first.signum)


def _tell_of_end(pid: int, news: _News) -> None:
    _, status = os.waitpid(pid, 0)
    news.put(_Ended(os.waitstatus_to_exitcode(status)))


def _become_work(folder: Path, watched: int) -> None:
    """Signals are the parent's to hear: Ctrl-C comes to it alone, and what the work starts ignores both."""
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    _lead(0)
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
    threading.Thread(target=_end_with_parent, args=(watched,), daemon=True).start()


def _lead(pid: int) -> None:
    """Makes the process the first of a group of its own. Both it and its parent do so: who needs it has it by then."""
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, 0)


def _end_with_parent(watched: int) -> None:
    """The other end of the pipe is closed by the parent's end alone."""
    os.read(watched, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)
