"""Work in a process of its own ends with a signal, wherever it is, and says nothing of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.command import environment
from support.patience import wait_until
from support.processes import lives

_PROGRAM = """
import asyncio, os, signal, sys, tempfile, threading, time
from tidegate.cli import apart

def work():
{work}

try:
    status = apart.run(work)
except apart.Stopped as stopped:
    status = stopped.status
sys.exit(status if status >= 0 else 100 - status)
"""

_IN_A_CONSTRUCTOR = """
    def asked(frame, event, _argument):
        if event == "call" and frame.f_code.co_name == "_make_self_pipe":
            os.kill(os.getppid(), {signum})
            time.sleep(600)
    sys.setprofile(asked)
    asyncio.new_event_loop()
"""
_IN_THE_END_OF_AN_OBJECT = """
    class Garbage:
        def __del__(self):
            os.kill(os.getppid(), {signum})
            time.sleep(600)
    Garbage()
"""
_DEAF = """
    tempfile.mkstemp()
    for each in (signal.SIGTERM, signal.SIGINT):
        os.kill(os.getpid(), each)
    os.kill(os.getppid(), {signum})
    time.sleep(600)
"""
_AT_ONCE = """
    os.kill(os.getppid(), {signum})
    os.kill(os.getppid(), {signum})
"""


def program(work: str) -> list[str]:
    return [sys.executable, "-c", _PROGRAM.format(work=work)]


def ended(work: str, folder: Path) -> tuple[int, str]:
    """How a program ends that runs ``work``, and what it says."""
    done = subprocess.run(
        program(work), env=environment(TMPDIR=str(folder)), capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
@pytest.mark.parametrize(
    "work",
    [_IN_A_CONSTRUCTOR, _IN_THE_END_OF_AN_OBJECT, _DEAF],
    ids=["in a constructor", "in the end of an object", "deaf to signals"],
)
def test_a_signal_ends_it_wherever_it_is(work: str, signum: int, tmp_path: Path) -> None:
    assert ended(work.format(signum=int(signum)), tmp_path) == (128 + signum, "")
    assert list(tmp_path.iterdir()) == []


def test_a_second_signal_changes_nothing(tmp_path: Path) -> None:
    work = _AT_ONCE.format(signum=int(signal.SIGTERM)) + "    time.sleep(600)\n"
    assert ended(work, tmp_path) == (128 + signal.SIGTERM, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("work", "status"),
    [
        ("    tempfile.mkstemp()\n    return 7\n", 7),
        ("    sys.exit(5)\n", 5),
        ("    os.kill(os.getpid(), signal.SIGKILL)\n", 100 + signal.SIGKILL),
    ],
    ids=["returns", "exits", "killed"],
)
def test_its_status_is_told_and_its_folder_goes(work: str, status: int, tmp_path: Path) -> None:
    assert ended(work, tmp_path) == (status, "")
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    work = "    print(os.getpid(), flush=True)\n    time.sleep(600)\n"
    with subprocess.Popen(
        program(work), env=environment(TMPDIR=str(tmp_path)), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    wait_until(lambda: not lives(pid))
    assert process.returncode == -signal.SIGKILL
