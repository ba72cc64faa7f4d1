"""Logs are one JSON object a line and hold no personal data."""

import io
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
import structlog
from tidegate.runtime import log
from tidegate.runtime.config import LogSettings, Mode

Logged = Callable[[], list[dict[str, Any]]]


@contextmanager
def configured(settings: LogSettings, mode: Mode, stream: io.StringIO | None = None) -> Iterator[io.StringIO]:
    """Logs into a text, and leaves logging as it was."""
    stream = stream or io.StringIO()
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    handlers, level = logging.root.handlers[:], logging.root.level
    log.configure(settings, mode, stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


@pytest.fixture
def logged() -> Iterator[Logged]:
    """The lines that were written since the test began."""
    with configured(LogSettings(level="debug"), Mode.PRODUCTION) as stream:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_event_with_facts(logged: Logged) -> None:
    structlog.get_logger().info("batch.stored", events=500, source="shop", name="王")
    [line] = logged()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "batch.stored", "level": "info", "events": 500, "source": "shop", "name": "王"}


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "+8613812345678",
        "86 138 1234 5678",
        "138-1234-5678",
        "+4915112345678",
        "li.lei@example.com",
        "li+tag@mail.example.co.uk",
        "o'brien@x.com",
        "sales/cn@x.com",
    ],
)
def test_what_looks_personal_is_left_out(logged: Logged, text: str) -> None:
    structlog.get_logger().info("thing.seen", note=f"saw {text} today", nested={"a": [text]})
    [line] = logged()
    assert text not in json.dumps(line)
    assert line["note"] == "saw [redacted] today"


@pytest.mark.parametrize(
    "text",
    [
        "tel:13800138000",
        "13800138000.",
        "13800138000-1",
        "+8613800138000.",
        "tel:+8613800138000",
        "phone=13800138000,13900139000",
        "shop-13800138000-x",
        "call13800138000",
        "at 8:13800138000",
        "1.+4915112345678.",
    ],
)
def test_what_stands_around_a_number_does_not_show_it(logged: Logged, text: str) -> None:
    structlog.get_logger().info("thing.seen", note=text)
    assert not re.search("138001|139001|151123", logged()[0]["note"])


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-10T02:00:00Z",
        "2026-10-10T02:00:00.138001+08:00",
        "01a2090f-70f7-7346-bc20-7a96383e4111",
        "message 01a2090f-70f7-7138-8123-13800138000a was sent",
        "5d41402abc4b2a76b9719d13800138000f17c592",
        "the feed begins behind position 13631488000; rebuild",
        "127.0.0.1:41381",
        "9223372036854775807",
        "1760061600000000",
        "1.2.3+20261127",
        "127.0.0.1:13812",
    ],
)
def test_what_only_has_digits_stays(logged: Logged, text: str) -> None:
    structlog.get_logger().info("thing.seen", note=text)
    assert logged()[0]["note"] == text


@pytest.mark.parametrize("key", ["phone", "email", "token", "variables", "identifiers", "body"])
def test_nothing_is_written_under_a_personal_key(logged: Logged, key: str) -> None:
    structlog.get_logger().info("thing.seen", **{key: "anything"}, facts={key: "anything"})
    [line] = logged()
    assert "anything" not in json.dumps(line)


def test_an_exception_tells_where_and_what_without_what_it_quotes(logged: Logged) -> None:
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("thing.failed")
    [line] = logged()
    assert "Wang" not in json.dumps(line)
    assert line["error"][0].startswith("ValueError: duplicate Key (name)")
    assert line["error"][1].startswith("ValueError: substring")
    assert "test_log.py" in line["trace"][0]


def fail() -> None:
    try:
        "Wang".index("X")
    except ValueError as cause:
        raise ValueError("duplicate Key (name)=(Wang) of 'Wang' and \"Wang\", Wang@x.cn") from cause


def test_a_failed_call_is_told_by_its_code(logged: Logged) -> None:
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        call: Any = channel.unary_unary("/none/None")
        try:
            call(b"", timeout=2)
        except grpc.RpcError:
            structlog.get_logger().exception("peer.failed")
    assert logged()[0]["error"][0].startswith("_InactiveRpcError: UNAVAILABLE ")


def test_libraries_are_heard_when_something_is_wrong(logged: Logged) -> None:
    logging.getLogger("somelibrary").info("chatter")
    logging.getLogger("somelibrary").warning("lost %s", "13812345678")
    [line] = logged()
    assert (line["event"], line["source"], line["text"]) == (
        "library.logged",
        "somelibrary",
        "lost [redacted]",
    )


def test_a_library_that_logs_wrongly_goes_on() -> None:
    program = """
import logging
from tidegate.runtime import log
from tidegate.runtime.config import LogSettings, Mode
log.configure(LogSettings(), Mode.PRODUCTION)
logging.getLogger("somelibrary").warning("%d customers of 13812345678", "x")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    [line] = map(json.loads, ended.stderr.splitlines())
    assert line["text"] == "%d customers of [redacted]"


def test_a_library_goes_on_when_the_log_is_full() -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError("no space left on device")

    with configured(LogSettings(), Mode.PRODUCTION, Full()):
        logging.getLogger("somelibrary").warning("lost")


def test_what_ends_a_thread_is_told_without_what_is_personal(logged: Logged, capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ValueError("bad number 13800138000")

    thread = threading.Thread(target=fail, name="work")
    thread.start()
    thread.join()
    [line] = logged()
    assert (line["event"], line["thread"]) == ("thread.failed", "work")
    assert line["error"] == ["ValueError: bad number [redacted]"]
    assert "13800138000" not in capfd.readouterr().err


@pytest.mark.parametrize("how", ["raise ValueError('bad number ' + number)", "Torn()"])
def test_what_ends_a_process_is_told_without_what_is_personal(how: str) -> None:
    program = f"""
from tidegate.runtime import log
from tidegate.runtime.config import LogSettings, Mode
number = "13800138000"
class Torn:
    def __del__(self): raise ValueError("bad number " + number)
log.configure(LogSettings(), Mode.PRODUCTION)
{how}
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    [line] = map(json.loads, ended.stderr.splitlines())
    assert line["event"] == "process.failed"
    assert line["error"] == ["ValueError: bad number [redacted]"]


def test_less_than_the_level_is_not_written() -> None:
    with configured(LogSettings(level="warning"), Mode.PRODUCTION) as stream:
        structlog.get_logger().info("thing.seen")
        structlog.get_logger().warning("thing.lost")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["thing.lost"]


def test_development_logs_for_people() -> None:
    with configured(LogSettings(), Mode.DEVELOPMENT) as stream:
        structlog.get_logger().info("thing.seen", phone="13812345678")
    assert "thing.seen" in stream.getvalue()
    assert "13812345678" not in stream.getvalue()
