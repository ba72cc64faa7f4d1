"""The demo ends when it is told to, or with whoever started it, and leaves nothing behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.command import environment, start
from support.processes import children, lives

LONGEST = 150.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where temporary folders are made."""
    (made := tmp_path / "temporary").mkdir()
    return made


@contextmanager
def demo(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Runs in a process group of its own, as from a shell."""
    with start(
        *("demo", "--customers", "1000"),
        env=environment(TMPDIR=str(folder)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def await_(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def its_people_are_born(process: subprocess.Popen[str], _folder: Path) -> bool:
    return len(started(process)) > 1


def its_stage_is_set(_process: subprocess.Popen[str], folder: Path) -> bool:
    return any(folder.glob("*/*"))


def its_campaign_is_on(_process: subprocess.Popen[str], folder: Path) -> bool:
    return any(folder.glob("*/*/*.jsonl"))


def started(process: subprocess.Popen[str]) -> list[int]:
    """The processes that the command has started: the play, and those that this has."""
    played = children(process.pid)
    return [*played, *(each for play in played for each in children(play))]


MOMENTS = [its_people_are_born, its_stage_is_set, its_campaign_is_on]
Moment = Callable[[subprocess.Popen[str], Path], bool]


@pytest.mark.parametrize(
    ("moment", "signum", "send"),
    [
        *((moment, signal.SIGTERM, os.kill) for moment in MOMENTS),
        (its_stage_is_set, signal.SIGINT, os.killpg),
    ],
)
def test_a_signal_ends_it_with_a_sentence(
    folder: Path, moment: Moment, signum: int, send: Callable[[int, int], None]
) -> None:
    """Ctrl-C comes to the whole group, `kill` to one process."""
    with demo(folder) as process:
        await_(lambda: moment(process, folder))
        others = started(process)
        send(process.pid, signum)
        _, said = process.communicate(timeout=LONGEST)
    assert said == "tidegate: stopped; nothing is left behind\n"
    assert process.returncode == 128 + signum
    assert list(folder.iterdir()) == []
    await_(lambda: not any(lives(pid) for pid in others))


def test_its_people_end_with_it_when_it_is_killed(folder: Path) -> None:
    with demo(folder) as process:
        await_(lambda: its_stage_is_set(process, folder))
        others = started(process)
        process.kill()
        assert others
        await_(lambda: not any(lives(pid) for pid in others))
