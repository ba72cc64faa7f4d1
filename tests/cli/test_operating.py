"""The commands that operators use, run as they run them."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tidegate.cli.doctor import Finding, examine
from tidegate.runtime.callers import Callers

TIDEGATE = Path(sys.executable).with_name("tidegate")
FREE_PORTS = {
    "TIDEGATE_IDENTITY__PORT": "0",
    "TIDEGATE_METRICS__PORT": "0",
    "TIDEGATE_DRAIN_SECONDS": "10",
    "TIDEGATE_LOG__FORMAT": "json",
}


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of these tests, without the settings that it may hold."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")}
    terminal = {"NO_COLOR": "1", "COLUMNS": "160"}
    return {**others, **terminal, "TIDEGATE_DATA_DIR": str(folder / "data"), **variables}


def tidegate(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [TIDEGATE, *arguments],
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def serving(folder: Path, *arguments: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    popen = subprocess.Popen(
        [TIDEGATE, "serve", *arguments],
        env=environment(folder, **FREE_PORTS, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(90, popen.kill)  # what waits for a line then sees the end instead
    watchdog.start()
    try:
        yield popen
    finally:
        watchdog.cancel()
        popen.kill()
        popen.communicate(timeout=30)


def test_a_new_token_is_printed_once_and_known_by_its_hash(tmp_path: Path) -> None:
    made = tidegate(tmp_path, "token", "new", "shop", "--scope", "identity.*", "--scope", "delivery.send")
    assert made.returncode == 0
    token = made.stdout.strip()
    path = tmp_path / "data" / "callers.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    caller = Callers(path).find(token)
    assert caller is not None
    assert caller.scopes == {"identity.*", "delivery.send"}
    assert token not in path.read_text()
    again = tidegate(tmp_path, "token", "new", "shop", "--scope", "*")
    assert again.returncode == 2
    assert "there is a caller shop already" in again.stderr
    assert again.stdout == ""


def test_wrong_settings_are_told_in_a_sentence(tmp_path: Path) -> None:
    told = tidegate(tmp_path, "serve", TIDEGATE_IDENTITY__PROT="1")
    assert told.returncode == 2
    assert told.stderr == (
        "tidegate: there is no setting TIDEGATE_IDENTITY__PROT; did you mean TIDEGATE_IDENTITY__PORT?\n"
    )


def test_an_unknown_service_is_told_in_a_sentence(tmp_path: Path) -> None:
    told = tidegate(tmp_path, "serve", "billing")
    assert told.returncode == 2
    assert "there is no service billing; there are identity" in told.stderr


def test_the_installed_channels_are_listed(tmp_path: Path) -> None:
    told = tidegate(tmp_path, "channels")
    assert told.returncode == 0
    assert {"console", "email"} <= {line.split()[1] for line in told.stdout.splitlines() if line.startswith("│")}


def test_health_of_a_service_that_is_not_there(tmp_path: Path) -> None:
    told = tidegate(tmp_path, "health", "identity", "--address", "127.0.0.1:1")
    assert (told.returncode, told.stdout) == (1, "identity at 127.0.0.1:1: UNAVAILABLE\n")


def test_serving_refuses_a_database_that_is_behind(tmp_path: Path) -> None:
    told = tidegate(tmp_path, "serve", "identity", **FREE_PORTS)
    assert told.returncode == 2
    assert "run `tidegate migrate identity`, or serve with --migrate" in told.stderr


def test_a_service_is_migrated_served_asked_and_ended(tmp_path: Path) -> None:
    migrated = tidegate(tmp_path, "migrate", "identity")
    assert migrated.returncode == 0
    assert migrated.stdout.startswith("identity: 0001 ")
    assert tidegate(tmp_path, "migrate", "identity").stdout == "identity: is up to date\n"
    with serving(tmp_path, "identity") as process:
        token = (tmp_path / "data" / "developer.token").read_text() if wait_for_token(tmp_path) else ""
        address = wait_for_address(process)
        asked = tidegate(tmp_path, "health", "identity", "--address", address)
        assert (asked.returncode, asked.stdout) == (0, f"identity at {address}: SERVING\n")
        process.send_signal(signal.SIGTERM)
        shown, logged = process.communicate(timeout=20)
        assert process.returncode == 0
    assert token.strip() in shown
    assert token.strip() not in logged


def test_doctor_says_what_to_do(tmp_path: Path) -> None:
    told = tidegate(tmp_path, "doctor")
    assert told.returncode == 1
    assert "!!  identity's database: not made yet\n      run `tidegate migrate identity`\n" in told.stdout
    assert "ok  adapter email: email\n" in told.stdout
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variables", "finding"),
    [
        ({"ZONE": "Mars"}, Finding("settings", "wrong", "zone (TIDEGATE_ZONE): 'Mars' is no IANA time zone")),
        ({"MODE": "production"}, Finding("secrets", "missing", "secret_key is not set")),
        ({"MODE": "production"}, Finding("callers", "there is no", "make a caller: `tidegate token new")),
        (
            {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"},
            Finding("journey's database", "can't be reached", "start it, or correct journey.database_url"),
        ),
        (
            {"JOURNEY__ADDRESS": "127.0.0.1:1"},
            Finding("journey at 127.0.0.1:1", "UNAVAILABLE", "start it, or correct journey.address"),
        ),
    ],
)
def test_doctor_finds_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], finding: Finding
) -> None:
    for name in os.environ:
        if name.startswith("TIDEGATE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TIDEGATE_DATA_DIR", str(tmp_path / "data"))
    for name, value in variables.items():
        monkeypatch.setenv(f"TIDEGATE_{name}", value)
    [found] = [found for found in examine(None) if found.subject == finding.subject]
    assert found.state.startswith(finding.state)
    assert found.advice.startswith(finding.advice)


def wait_for_token(folder: Path) -> bool:
    deadline = time.monotonic() + 20
    while not (folder / "data" / "developer.token").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return True


def wait_for_address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if '"service.ready"' in line:
            return line.partition('"at": "')[2].partition('"')[0]
    raise AssertionError("the service never became ready")
