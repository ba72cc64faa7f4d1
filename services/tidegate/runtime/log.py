"""Logs: one JSON object a line in production, text for people in development, and no personal data in either.

Events are named `noun.verb` and carry facts as keys. What looks like a phone number or an e-mail address,
what stands under a key that names personal data, and what an exception quotes is left out, whoever logged it.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
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
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|(?<![\w.:-])(?:\+?\d{1,3}[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w.-])"  # a Chinese mobile number
    r"|(?<![\w.:-])\+\d{7,15}(?![\w.-])"  # a number in E.164
)
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
        return _PERSONAL.sub(HIDDEN, value) if _SUSPECT.search(value) else value
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in PERSONAL_KEYS else redacted(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(each) for each in value]
    return value


class _Forward(logging.Handler):
    """Passes what libraries log on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(
            record.levelno,
            "library.logged",
            source=record.name,
            text=record.getMessage(),
            exc_info=record.exc_info,
        )


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
