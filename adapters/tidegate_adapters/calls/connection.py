"""One connection to a provider, which carries one call at a time. Answers are read by llhttp.

A general client costs four times the processor's time for a call, which is most of what a message costs that goes in
one of its own.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

import httptools
from tidegate.channels import Outcome

from tidegate_adapters.calls.answers import Answer
from tidegate_adapters.calls.failures import NoAnswer

_LONGEST_HEAD: Final = 64 * 1024
"""Bytes of an answer's status and headers."""

_BROKEN: Final = (httptools.HttpParserError, httptools.HttpParserUpgrade)


class Connection(asyncio.Protocol):
    """Made by an event loop's `create_connection`, and used there."""

    def __init__(self, longest: int) -> None:
        """`longest` is how many bytes of an answer's body are read; then the rest is cut off, and the connection."""
        self._longest = longest
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._headers: dict[str, str] = {}
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._keeps = True
        self._begin()

    @property
    def is_usable(self) -> bool:
        """Whether another call can be made."""
        return self._keeps and not self._transport.is_closing()

    async def ask(self, request: bytes, seconds: float) -> Answer:
        """Write a request, and wait for its answer.

        Raises:
            NoAnswer: None came within so many seconds.
        """
        loop = asyncio.get_running_loop()
        self._begin()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._answer = answer
        timer = loop.call_later(seconds, self._fail, "in time")
        try:
            self._transport.write(request)
            return await answer
        finally:
            timer.cancel()
            self._answer = None
            if not answer.done() or answer.cancelled():
                self.abort()

    def abort(self) -> None:
        """End it at once."""
        self._transport.abort()

    async def wait_closed(self) -> None:
        """Wait until it has ended."""
        await asyncio.shield(self._lost)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.abort()
            return
        if not self._status:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except _BROKEN as error:
            self._fail(f": {type(error).__name__}")
        if not self._status and self._head > _LONGEST_HEAD:
            self._fail(": its head is too long")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._status and not self._has_end and exc is None:
            self._done()
        self._fail(f": {type(exc).__name__}" if exc else ": the connection ended")
        if not self._lost.done():
            self._lost.set_result(None)

    # What llhttp calls.

    def on_message_begin(self) -> None:
        if self._answer is None or self._answer.done():
            self._keeps = False  # what follows an answer answers nothing

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status
            self._keeps = self._keeps and self._parser.should_keep_alive()
            self._has_end = "content-length" in self._headers or "transfer-encoding" in self._headers

    def on_body(self, data: bytes) -> None:
        self._body += data
        if len(self._body) >= self._longest:
            self._done()
            self.abort()

    def on_message_complete(self) -> None:
        if self._status:
            self._done()
        else:
            self._headers.clear()  # those of an interim answer

    def _begin(self) -> None:
        self._status = 0
        self._headers = {}
        self._body = b""
        self._head = 0
        self._has_end = False

    def _done(self) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(Answer(self._status, self._body[: self._longest], self._headers))

    def _fail(self, why: str) -> None:
        """What was written may have been taken."""
        if self._answer and not self._answer.done():
            detail = f"no answer{why}" if why.startswith(":") else f"no answer {why}"
            self._answer.set_exception(NoAnswer(Outcome.uncertain(detail)))
            self.abort()
