"""A command that the tests fork is what an operator starts: its files, status, surroundings and end are the same."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.nursery import Hatched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tests start all commands here")

SHOWN = """
import os, sys, tempfile, time
print(os.getcwd(), sys.argv[1:], sys.argv[0] == __file__, __name__, sorted(os.environ), tempfile.gettempdir())
print(time.tzname, os.getpgrp() == os.getpid(), sys.stdin.read(), sys.stdout.isatty(), sys.flags.optimize)
print("said", file=sys.stderr)
"""
Start = Callable[..., "subprocess.Popen[Any]"]


def ended(start: Start, folder: Path, source: str, **how: Any) -> tuple[int, str, str]:
    """How a script of this ``source`` ends, and what it writes."""
    script = folder / "script.py"
    script.write_text(source)
    begin = [str(script), "--one", "two"] if start is Hatched else [sys.executable, str(script), "--one", "two"]
    pipe = subprocess.PIPE
    with start(begin, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **how) as process:
        shown, said = process.communicate("asked", timeout=60)
    return process.returncode, shown, said


def both(folder: Path, source: str, **how: Any) -> tuple[Any, Any]:
    return ended(Hatched, folder, source, **how), ended(subprocess.Popen, folder, source, **how)


@pytest.mark.parametrize("group", [None, 0])
def test_it_has_the_surroundings_that_it_is_given(tmp_path: Path, group: int | None) -> None:
    env = {"TZ": "Asia/Shanghai", "TIDEGATE_ZONE": "Mars", "TMPDIR": str(tmp_path), "LANG": "C.UTF-8"}
    hatched, started = both(tmp_path, SHOWN, cwd=tmp_path, env=env, process_group=group)
    assert hatched == started
    assert (started[0], started[2]) == (0, "said\n")


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "import sys; sys.exit(3)",
        "import sys; sys.exit(-1)",
        "import sys; sys.exit('a sentence')",
        "import os; os._exit(7)",
        "raise KeyboardInterrupt",
        "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "import os, signal; signal.signal(signal.SIGTERM, lambda *_: exit(9)); os.kill(os.getpid(), signal.SIGTERM)",
        "import atexit; atexit.register(print, 'last'); print('first')",
        "import threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()",
    ],
)
def test_it_ends_as_a_script_does(tmp_path: Path, ending: str) -> None:
    hatched, started = both(tmp_path, ending)
    assert hatched[:2] == started[:2]
    assert hatched[2].splitlines()[-1:] == started[2].splitlines()[-1:]


def test_an_error_that_nobody_expects_is_shown(tmp_path: Path) -> None:
    status, shown, said = ended(Hatched, tmp_path, "print('so far'); raise ValueError('odd')")
    assert (status, shown) == (1, "so far\n")
    assert said.startswith("Traceback")
    assert said.endswith("ValueError: odd\n")


def test_it_is_a_child_that_can_be_killed_and_leaves_nothing(tmp_path: Path) -> None:
    (script := tmp_path / "script.py").write_text("import time; print('begun', flush=True); time.sleep(60)")
    process = Hatched([str(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    parent = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1]
    assert int(parent) == os.getpid()
    assert process.poll() is None
    process.kill()
    assert process.wait(60) == -signal.SIGKILL
    assert process.stdout.read() == ""
    process.stdout.close()
    assert not Path(f"/proc/{process.pid}").exists()


def test_two_make_different_identifiers(tmp_path: Path) -> None:
    source = "from tidegate.runtime.ids import new_id; import random, os; print(new_id()[-12:], random.random())"
    first, second = (ended(Hatched, tmp_path, source)[1].split() for _ in range(2))
    assert len(set(first) | set(second)) == 4


def test_a_script_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Hatched([str(tmp_path / "none.py")], stderr=subprocess.PIPE, text=True) as process:
        assert "FileNotFoundError" in process.communicate(timeout=60)[1]
    assert process.returncode == 1
