"""Logs: one JSON object a line in production, text for people in development, and no personal data in either.

Events are named `noun.verb` and carry facts as keys. What looks like a phone number or an e-mail address,
what stands under a key that names personal data, and what an exception quotes is left out, whoever logged it.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO, overload

import grpc
import structlog

from tidegate.runtime.config import LogSettings, Mode
from tidegate.runtime.edge.call import current_request_id

HIDDEN = "[redacted]"
PERSONAL_KEYS = frozenset(
    {
        "address",
        "addresses",
        "authorization",
        "body",
        "email",
        "identifier",
        "identifiers",
        "mobile",
        "openid",
        "password",
        "phone",
        "properties",
        "recipient",
        "secret",
        "subject",
        "token",
        "unionid",
        "value",
        "values",
        "variables",
    }
)
"""Keys under which nothing is written."""

_PERSONAL = re.compile(
    r"(?P<ours>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32,64}\b|\bposition \d+)"
    r"|[\w.!#$%&*+/?^{|}~-]+(?:'[\w.!#$%&*+/?^{|}~-]+)*@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|(?<!\d)(?:\+?\d{1,3}[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"  # a Chinese mobile number
    r"|(?<!\d)\+\d{7,15}(?!\d)"  # a number in E.164
)
"""Whatever stands around a number but further digits, it may be somebody's; not so within an id, a hash, or a
position of a feed, which are found first and stay."""
_SUSPECT = re.compile(r"@|\+\d|\d[\d -]{9}")  # in all of the above, and quickly looked for
_OURS = frozenset({"caller", "code", "event", "level", "method", "timestamp"})
_JSON = json.JSONEncoder(ensure_ascii=False, default=repr)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|=\([^)]*\)")
_LONGEST_MESSAGE = 300

Event = MutableMapping[str, Any]


def configure(settings: LogSettings, mode: Mode, stream: TextIO | None = None) -> None:
    """Sets logging up for the whole process; called by the composition root, never by a module."""
    target = stream or sys.stderr
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    as_json = (settings.format or ("json" if mode is Mode.PRODUCTION else "console")) == "json"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_request_id,
            describe_exception,
            redact,
            render_json if as_json else structlog.dev.ConsoleRenderer(colors=target.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), handlers=[_Forward()], force=True
    )  # libraries speak only when something is wrong
    sys.excepthook, sys.unraisablehook, threading.excepthook = _process_failed, _left_unraised, _thread_failed


def add_request_id(_logger: Any, _method: str, event: Event) -> Event:
    """Names the call that the line belongs to."""
    request_id = current_request_id()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def describe_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Says where an exception came from and what it was, without the values that its message quotes."""
    error = _exception_of(event.pop("exc_info", None))
    if error is not None:
        event["error"] = list(_chain(error))
        event["trace"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def render_json(_logger: Any, _method: str, event: Event) -> str:
    """The line as one JSON object."""
    return _JSON.encode(event)


def redact(_logger: Any, _method: str, event: Event) -> Event:
    """Leaves out what may be personal."""
    for key, value in event.items():
        if key not in _OURS:
            event[key] = HIDDEN if key in PERSONAL_KEYS else redacted(value)
    return event


@overload
def redacted(value: str) -> str: ...
@overload
def redacted(value: Any) -> Any: ...
def redacted(value: Any) -> Any:
    """``value`` without what looks like a phone number or an address, within lists and mappings too."""
    if isinstance(value, str):
        return _PERSONAL.sub(_hidden, value) if _SUSPECT.search(value) else value
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in PERSONAL_KEYS else redacted(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(each) for each in value]
    return value


class _Forward(logging.Handler):
    """Passes what libraries log on to structlog. Whatever is wrong with that does not concern the library."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):
            structlog.get_logger(record.name).log(
                record.levelno,
                "library.logged",
                source=record.name,
                text=_message(record),
                exc_info=record.exc_info,
            )


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001  (it is written in another way than its values need)
        return str(record.msg)


def _hidden(found: re.Match[str]) -> str:
    return found["ours"] or HIDDEN


def _process_failed(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    structlog.get_logger().error("process.failed", exc_info=error)


def _left_unraised(unraised: "sys.UnraisableHookArgs") -> None:
    structlog.get_logger().error("process.failed", exc_info=unraised.exc_value)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_type is not SystemExit:
        thread = None if failed.thread is None else failed.thread.name
        structlog.get_logger().error("thread.failed", thread=thread, exc_info=failed.exc_value)


def _exception_of(given: Any) -> BaseException | None:
    found = given[1] if isinstance(given, tuple) else given
    if isinstance(found, BaseException):
        return found
    return sys.exc_info()[1] if found else None


def summary(error: BaseException) -> str:
    """What ``error`` is and says, in one line and without what may be personal."""
    return redacted(f"{type(error).__qualname__}: {_QUOTED.sub('…', _text(error))[:_LONGEST_MESSAGE]}")


def _text(error: BaseException) -> str:
    """The first line of what ``error`` says. A failed call's own text begins with its type instead."""
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        return f"{error.code().name} {error.details()}"
    return str(error).partition("\n")[0]


def _chain(error: BaseException) -> Iterator[str]:
    """``error`` and what it came from, outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield summary(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
