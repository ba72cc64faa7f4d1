"""`tidegate serve`: runs services until it is told to end."""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Never

import typer

from tidegate.cli.options import ConfigFile, Services
from tidegate.runtime import collector, log
from tidegate.runtime.config import load

if TYPE_CHECKING:
    from tidegate.runtime.process import Process
    from tidegate.runtime.provision import Provision

_FINISHED = 0
_CUT_SHORT = 1


def serve(
    services: Services = None,
    config: ConfigFile = None,
    migrate: Annotated[bool, typer.Option("--migrate", help="Bring the databases up to date first.")] = False,
) -> None:
    """Runs services: all in one process, or those that are named.

    SIGTERM and SIGINT let calls and background work finish and end with status 0; a second one ends at once.
    """
    from tidegate.runtime.db.migrations import refuse_pending, upgrade
    from tidegate.runtime.process import Process, find_builders
    from tidegate.runtime.provision import secrets_of

    settings = load(config)
    log.configure(settings.log, settings.mode)
    prepare = partial(upgrade, secrets=partial(secrets_of, settings)) if migrate else refuse_pending
    process = Process(settings, find_builders(services or ()), prepare=prepare)
    show_developer_token(process.provision)
    run(process)


def run(process: "Process") -> Never:
    """Runs ``process`` until a signal asks for its end. Work that can't finish in time ends with status 1."""
    wait = end_on_signals()
    process.start()
    collector.ease()
    wait()
    finished = process.drain()
    exit_at_once(_FINISHED if finished else _CUT_SHORT)


def end_on_signals() -> Callable[[], object]:
    """Returns what waits for SIGTERM or SIGINT; the second of them ends the process at once.

    A handler interrupts this thread anywhere, even where it holds the lock of an Event: setting that would
    wait for ever. A SimpleQueue may be put to wherever its reader is.
    """
    asked: SimpleQueue[int] = SimpleQueue()
    is_asked = False

    def handle(signum: int, _frame: FrameType | None) -> None:
        nonlocal is_asked
        if is_asked:
            exit_at_once(128 + signum)
        is_asked = True
        asked.put(signum)

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, handle)
    return asked.get


def exit_at_once(status: int) -> Never:
    """Ends the process without waiting for threads that hang, or for native libraries to count what they leak."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def show_developer_token(provision: "Provision") -> None:
    """Prints the token of development when it has just been made."""
    if provision.made:
        path = provision.settings.data_dir / "developer.token"
        sys.stdout.write(f"A token that may do everything, for development (kept in {path}):\n")
        sys.stdout.write(f"{provision.developer_token}\n")
        sys.stdout.flush()
