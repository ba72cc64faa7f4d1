"""Commands of the product that begin at once: forked by a process that has imported everything.

A test's command would else spend a second on imports before it does anything. Hatched is a Popen in all that a test
can see: its process is a child of the test's, with an environment, a folder, arguments and files of its own, and
runs the installed script. Run as a program, this is the process that forks.
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, AnyStr, NamedTuple, Never

_MODULES = (
    *(f"tidegate.cli.{name}" for name in ("serve", "migrate", "import_", "demo", "export_customer", "health")),
    *(f"tidegate.cli.{name}" for name in ("doctor", "channels", "token", "keys", "work")),
    *(f"tidegate.{name}.service" for name in ("identity", "segmentation", "journey", "delivery")),
    *("tidegate.demo.play", "tidegate.importing", "tidegate.runtime.process", "tidegate.runtime.db.migrations"),
    *("tidegate_adapters.email", "tidegate_adapters.console", "psycopg", "psycopg_pool", "ibis.backends.duckdb"),
    *("sqlalchemy.dialects.sqlite.pysqlite", "sqlalchemy.dialects.postgresql.psycopg", "alembic.command"),
    *("rich.console", "rich.table", "rich.progress"),
)
_FILES = 3
_REQUEST_BYTES = 1 << 17
_SET_CHILD_SUBREAPER = 36  # prctl(2)
_turn = threading.Lock()


class Request(NamedTuple):
    """What a child is to be. ``group`` is the process group that it joins; 0: one of its own."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    group: int


class Hatched(subprocess.Popen[AnyStr]):
    """A Popen of a Python script that is forked where another is started; for Linux."""

    def _execute_child(self, args: Any, executable: Any, *others: Any) -> None:
        preexec, _, passed, folder, environment, _, _, shell, *rest = others
        pipes, group = rest[:6], rest[-1]
        assert not any((executable, preexec, passed, shell))
        request = Request(
            [os.fspath(each) for each in args],
            os.fspath(folder or Path.cwd()),
            dict(os.environ if environment is None else environment),
            os.getpgrp() if group < 0 else group,
        )
        files = (pipes[0], pipes[3], pipes[5])
        try:
            self.pid = _hatch(request, [standard if file < 0 else file for standard, file in enumerate(files)])
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]
        self._child_created = True


def _hatch(request: Request, files: Sequence[int]) -> int:
    """The id of a new child of this process.

    It is born as an orphan, and this process takes in those at that moment: so it is waited for as any child.
    """
    with _turn:
        nursery = _nursery()
        _take_orphans(1)
        try:
            socket.send_fds(nursery, [json.dumps(request).encode()], files)
            answer = nursery.recv(64)
        finally:
            _take_orphans(0)
    if not answer.isdigit():
        raise RuntimeError(f"no child was made: {answer!r}")
    return int(answer)


def _take_orphans(whether: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, whether, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


@cache
def _nursery() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")},
            pass_fds=[theirs.fileno()],
            process_group=0,  # Ctrl-C is not for it
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _serve(requests: socket.socket) -> Request:
    """Forks a child for each request, and returns in the child. Ends with whoever asks."""
    while True:
        asked, files, _, _ = socket.recv_fds(requests, _REQUEST_BYTES, _FILES)
        if not asked:
            raise SystemExit
        if between := os.fork():
            if os.waitpid(between, 0)[1]:
                requests.send(b"it can't fork")
            for file in files:
                os.close(file)
        elif _is_orphan():
            return _born(Request(*json.loads(asked)), requests, files)


def _is_orphan() -> bool:
    """Forks once more, so that the parent ends; True in the child, when somebody else has taken it in."""
    between = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == between:
        time.sleep(0)
    return True


def _born(request: Request, requests: socket.socket, files: Sequence[int]) -> Request:
    os.setpgid(0, request.group)
    for standard, file in enumerate(files):
        os.dup2(file, standard)
        os.close(file)
    requests.send(str(os.getpid()).encode())
    requests.close()
    return request


def _run(request: Request) -> Never:
    """Runs the script as the interpreter does, and ends as it does, without taking everything apart first."""
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    time.tzset()
    tempfile.tempdir = None
    sys.argv[:] = request.arguments
    status = 1
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
        status = 0
    except SystemExit as ending:
        status = _status(ending.code)
    except BaseException as error:  # noqa: BLE001  (as at the end of any program)
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def main() -> None:
    """Imports what commands import, then forks until the socket given by its number is closed."""
    sys.path[0] = str(Path(sys.executable).parent)  # where the scripts are
    gc.disable()
    for module in _MODULES:
        importlib.import_module(module)
    gc.enable()
    gc.collect()
    gc.freeze()
    with warnings.catch_warnings(action="ignore"):  # libraries' threads, which run nothing yet
        request = _serve(socket.socket(fileno=int(sys.argv[1])))
    _run(request)


if __name__ == "__main__":
    main()
