"""The commands that operators use, run as they run them."""

import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from support import command as commands
from support.command import run, start, start_installed
from support.database import fresh_database
from tidegate.cli.doctor import Finding, examine
from tidegate.runtime.callers import Callers
from tidegate.runtime.config import load
from tidegate.runtime.opening import open_database
from tidegate.runtime.work import Job, WorkQueue, work_table

FREE_PORTS = {
    "TIDEGATE_IDENTITY__PORT": "0",
    "TIDEGATE_METRICS__PORT": "0",
    "TIDEGATE_DRAIN_SECONDS": "10",
    "TIDEGATE_LOG__FORMAT": "json",
}


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of these tests, without the settings that it may hold."""
    terminal = {"NO_COLOR": "1", "COLUMNS": "160"}
    return commands.environment(**terminal, **{"TIDEGATE_DATA_DIR": str(folder / "data"), **variables})


def tidegate(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return run(*arguments, env=environment(folder, **variables), timeout=60)


def installed(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in an interpreter of its own."""
    process = start_installed(
        *arguments, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return subprocess.CompletedProcess(arguments, process.wait(60), *process.communicate())


@contextmanager
def serving(
    folder: Path, *arguments: str, start: Callable[..., "subprocess.Popen[str]"] = start, **variables: str
) -> Iterator["subprocess.Popen[str]"]:
    popen = start(
        *("serve", *arguments),
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
    with serving(tmp_path, "identity", start=start_installed) as process:
        token = (tmp_path / "data" / "developer.token").read_text() if wait_for_token(tmp_path) else ""
        address = wait_for_address(process)
        asked = tidegate(tmp_path, "health", "identity", "--address", address)
        assert (asked.returncode, asked.stdout) == (0, f"identity at {address}: SERVING\n")
        process.send_signal(signal.SIGTERM)
        shown, logged = process.communicate(timeout=60)
        assert process.returncode == 0
    assert token.strip() in shown
    assert token.strip() not in logged


def test_a_database_that_is_away_is_waited_for_and_told_in_a_sentence(tmp_path: Path) -> None:
    away = {"TIDEGATE_DATABASE_URL": "postgresql://x:sesame@127.0.0.1:1/x", "TIDEGATE_START_SECONDS": "0.3"}
    for command in (("serve", "identity"), ("migrate", "identity")):
        told = tidegate(tmp_path, *command, **FREE_PORTS, **away)
        assert told.returncode == 2
        *_, last = told.stderr.splitlines()
        assert last.startswith("tidegate: identity: the database can't be reached (connection failed: ")
        assert last.endswith("; start it, or correct identity.database_url or database_url")
        assert "database.unreachable" in told.stderr
        assert "sesame" not in told.stderr
        assert "Traceback" not in told.stderr


def test_a_service_that_starts_first_waits_for_its_database(tmp_path: Path) -> None:
    with fresh_database() as url:
        there = sa.make_url(url).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(there, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        later = f"{there.database}_later"
        with serving(
            tmp_path,
            *("identity", "--migrate"),
            TIDEGATE_DATABASE_URL=there.set(database=later).render_as_string(hide_password=False),
        ) as process:
            assert process.stderr is not None
            assert any('"database.unreachable"' in line for line in process.stderr)
            with engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {later} TEMPLATE template0")
            try:
                assert wait_for_address(process)
            finally:
                process.kill()
                process.wait(30)
                with engine.connect() as connection:
                    connection.exec_driver_sql(f"DROP DATABASE {later} WITH (FORCE)")


@pytest.mark.parametrize("command", ["serve", "migrate", "doctor"])
def test_a_database_of_a_newer_version_is_told_in_a_sentence(tmp_path: Path, command: str) -> None:
    assert tidegate(tmp_path, "migrate", "identity").returncode == 0
    with closing(sqlite3.connect(tmp_path / "data" / "identity.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    told = tidegate(tmp_path, command, *(() if command == "doctor" else ("identity",)), **FREE_PORTS)
    assert told.returncode == (1 if command == "doctor" else 2)
    assert "identity: the database is at revision 9999, which this version does not know" in told.stdout + told.stderr
    assert "Traceback" not in told.stderr


def test_what_was_given_up_is_listed_and_tried_again(tmp_path: Path) -> None:
    settings = load(environment={"TIDEGATE_DATA_DIR": str(tmp_path / "data")})
    assert tidegate(tmp_path, "work", "list").stdout == ""
    assert not (tmp_path / "data").exists()
    assert tidegate(tmp_path, "migrate", "journey", "identity").returncode == 0
    with closing(open_database(settings, "journey")) as database:
        queue = WorkQueue(database, work_table(sa.MetaData()))
        with database.write() as connection:
            queue.enqueue(connection, [Job("cancel", b"1"), Job("cancel", b"2"), Job("cancel", b"3")])
        for job in queue.claim("cancel", limit=3):
            queue.bury(job, "NO_SUCH: 13800138000 is gone")
        first, second, third = (job.id for job in queue.dead())
        listed = tidegate(tmp_path, "work", "list")
        assert listed.stdout.splitlines()[0] == (
            f"journey gave up cancel {first} after 1 attempts: NO_SUCH: [redacted] is gone"
        )
        revived = tidegate(tmp_path, "work", "revive", "journey", first, "nonsense")
        assert (revived.returncode, revived.stdout) == (
            1,
            "journey has given up no job nonsense.\njourney will try 1 jobs again.\n",
        )
        assert [job.id for job in queue.dead()] == [second, third]
        assert tidegate(tmp_path, "work", "revive", "journey").returncode == 2
        assert tidegate(tmp_path, "work", "revive", "journey", "--all").stdout == "journey will try 2 jobs again.\n"
        assert queue.dead() == []
        assert len(queue.claim("cancel", limit=10)) == 3
    assert tidegate(tmp_path, "work", "revive", "identity", "--all").stdout == "identity will try 0 jobs again.\n"


def test_a_health_check_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    program = """
import sys
from tidegate.cli import app
try:
    app(["health", "identity", "--address", "127.0.0.1:1"])
except SystemExit as ended:
    assert ended.code == 1
print(*sorted({"rich.console", "sqlalchemy", "structlog", "aiohttp", "tidegate.importing"} & set(sys.modules)))
"""
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == ["identity at 127.0.0.1:1: UNAVAILABLE", ""]


def test_every_command_says_what_it_does(tmp_path: Path) -> None:
    shown = installed(tmp_path, "--help").stdout
    for command in ("serve", "migrate", "import", "demo", "health", "doctor", "channels", "simulate", "token", "work"):
        assert re.search(rf"^[│|] {command} +[A-Z]", shown, re.MULTILINE)
    unknown = installed(tmp_path, "serv")
    assert unknown.returncode == 2
    assert "No such command 'serv'" in unknown.stderr


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
            Finding("journey's database", "can't be used", "journey: the database can't be reached ("),
        ),
        (
            {"DATABASE_URL": "nonsense"},
            Finding("journey's database", "can't be used", "journey: journey.database_url or database_url can't be"),
        ),
        (
            {"MODE": "production", "DATA_DIR": "/proc/sys"},
            Finding("data_dir", "/proc/sys can't be written", "give the process the right"),
        ),
        (
            {
                "MODE": "production",
                "DATA_DIR": "/proc/sys",
                "DATABASE_URL": "postgresql://x@127.0.0.1:1/x",
                "SEGMENTATION__ADDRESS": "127.0.0.1:1",
            },
            Finding("data_dir", "/proc/sys can't be written, which segmentation alone needs", ""),
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
    assert bool(found.advice) == bool(finding.advice)


def wait_for_token(folder: Path) -> bool:
    deadline = time.monotonic() + 60
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
