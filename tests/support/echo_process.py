"""A process of its own that serves the tests' service.

`python -m support.echo_process FOLDER DRAIN_SECONDS [FAIL_TO_STOP]`. Its first line on stdout is the address;
`entered` and `passed` say that a call has begun and a pass has ended. A call with the text `1.5` takes that
many seconds.
"""

import sys
import time
from pathlib import Path

from tidegate.cli.serve import run
from tidegate.runtime import log
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Loop
from tidegate.runtime.process import Process
from tidegate.runtime.service import Context, Service

from support.echo import Echo
from support.server import settings_for


def say(text: str) -> None:
    """One line for the test."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def slowly(texts: list[str]) -> list[str]:
    """Takes as long as the text says."""
    say("entered")
    time.sleep(float(texts[0]))
    return texts


def one_pass() -> bool:
    """A pass that takes its time."""
    time.sleep(0.3)
    say("passed")
    return False


def unprepared(_database: Database, _service: str) -> None:
    """The tests' own service has no tables."""


def main(folder: str, drain_seconds: str, fail_to_stop: str = "") -> None:
    """Serves until a signal ends it."""
    echo = Echo(act=slowly)

    def build(context: Context) -> Service:
        echo.loops.append(Loop("slow", one_pass, activity=context.activity, rest=0.1))
        service = echo.builder()(context)
        return Service(service.name, service.servicers, service.loops, start=lambda: say(address()), stop=stop)

    def stop() -> None:
        if fail_to_stop:
            raise OSError("full disk")

    settings = settings_for(Path(folder), drain_seconds=float(drain_seconds), notice_seconds=0.25)
    log.configure(settings.log, settings.mode)
    process = Process(settings, {"identity": build}, prepare=unprepared)

    def address() -> str:
        return process.addresses["identity"]

    run(process)


if __name__ == "__main__":
    main(*sys.argv[1:])
