"""Logs are one JSON object a line and hold no personal data."""

import io
import json
import logging
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
def configured(settings: LogSettings, mode: Mode) -> Iterator[io.StringIO]:
    """Logs into a text, and leaves logging as it was."""
    stream = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    log.configure(settings, mode, stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
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
        "2026-10-10T02:00:00Z",
        "01a2090f-70f7-7346-bc20-7a96383e4111",
        "127.0.0.1:41381",
        "9223372036854775807",
        "1760061600000000",
        "shop-13812345678-x",
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
