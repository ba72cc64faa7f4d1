"""One HTTP/2 connection to Apple, by httpx: how long it is of use, and what is known of a request when it fails.

What surely was not carried out (`NotSent`) is told from what may have been (`NoAnswer`): nothing is known of a request
from when its first byte is about to be written, unless the server says that it was not looked at.

A request is never cancelled while others use the connection: part of what was to be written could be lost, headers that
the compression counts on among it, and the server would read later requests as something else. Who gives a request up
leaves it to itself. The connection takes no further ones then, and is closed once nobody waits on it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

import httpx
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, StreamReset
from tidegate.channels import Outcome

from tidegate_adapters.apns.settings import ApnsSettings
from tidegate_adapters.calls import Answer, NoAnswer, NotSent
from tidegate_adapters.calls.tls import tls_context

_IDLE: Final = 60.0
"""Seconds without a request after which a connection is left: httpx does not hear that the server has ended it before
it waits for an answer, and of what was written on such a one it is not known whether it arrived."""

_LARGEST_BODY: Final = 2**16
_BEGINS: Final = "http2.send_request_headers.started"
_BEGINNINGS: Final = frozenset({"connection.connect_tcp.started", _BEGINS})
_IS_ENCRYPTED: Final = "connection.start_tls.complete"
_NOT_WRITTEN: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

_IS_OURS: Final = ContextVar("apns_is_ours", default=False)
_LOGS: Final = ("httpx", "httpcore.connection", "httpcore.http2", "hpack.hpack", "hpack.table")


class Connection:
    """Made by `make`, in the event loop that is running, and used there. Its first request opens it.

    Attributes:
        end: Why it takes no further requests; "" = it does.
    """

    def __init__(self, settings: ApnsSettings, http: httpx.AsyncClient) -> None:
        """`http` has one connection at most, and is closed with this."""
        self.end = ""
        self._url = settings.url
        self._times = httpx.Timeout(None, connect=settings.connect_timeout, pool=settings.connect_timeout).as_dict()
        self._http = http
        self._asking: set[asyncio.Task[Answer]] = set()
        self._waiting = 0
        self._used = time.monotonic()

    @classmethod
    async def make(cls, settings: ApnsSettings) -> Connection:
        """A new one, on which nothing has been said yet.

        Raises:
            NotSent: The account's file of certificates can't be used.
        """
        for name in _LOGS:
            logging.getLogger(name).addFilter(_UNHEARD)
        try:
            tls = await tls_context(settings.ca_file)
        except OSError as error:
            words = f"the account's ca_file can't be used: {type(error).__name__}"
            raise NotSent(Outcome.auth_error(words)) from error
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
        client = httpx.AsyncClient(
            verify=tls, http1=False, http2=True, limits=limits, trust_env=False, follow_redirects=False
        )
        return cls(settings, client)

    @property
    def is_open(self) -> bool:
        """Whether it takes requests."""
        return not self.end and (self._waiting > 0 or time.monotonic() - self._used < _IDLE)

    async def post(self, path: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """Make a request and wait for its answer, so many seconds at most.

        Raises:
            NotSent: It was surely not carried out.
            NoAnswer: It may have been.
        """
        progress = _Progress(lambda: self.end)
        asking = asyncio.create_task(self._ask(progress, path, headers, body))
        self._asking.add(asking)
        asking.add_done_callback(self._forget)
        self._waiting += 1
        try:
            await asyncio.wait([asking], timeout=seconds)
            return _answer(asking, progress, self.end or f"{seconds:g} s have passed")
        except NoAnswer as error:
            self.end = self.end or error.outcome.detail
            raise
        finally:
            await self._leave(asking)

    async def retire(self, why: str) -> None:
        """Take no further requests, and close once nobody waits for an answer any more."""
        self.end = self.end or why
        if not self._waiting:
            await self.close()

    async def close(self) -> None:
        """Close at once; nobody waits for answers any more."""
        self.end = self.end or "the connection was closed"
        asking = list(self._asking)
        for one in asking:
            one.cancel()
        if asking:
            await asyncio.wait(asking)
        await self._http.aclose()

    async def _ask(self, progress: _Progress, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        _IS_OURS.set(True)
        extensions = {"timeout": self._times, "trace": progress}
        request = httpx.Request("POST", self._url + path, headers=headers, content=body, extensions=extensions)
        response = await self._http.send(request, stream=True)
        said = bytearray()
        try:
            async for part in response.aiter_raw():
                said += part
                if len(said) > _LARGEST_BODY:
                    raise no_answer("the answer is too long to be one of Apple's")
        finally:
            await response.aclose()
        return Answer(response.status_code, bytes(said), response.headers)

    async def _leave(self, asking: asyncio.Task[Answer]) -> None:
        """Nobody waits for this request any more; the last one of a connection that is to end closes it."""
        self._waiting -= 1
        self._used = time.monotonic()
        if not asking.done():
            self.end = self.end or "a request was given up"
        if self.end:
            await self.retire(self.end)

    def _forget(self, asking: asyncio.Task[Answer]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            asking.exception()  # it is no loss when nobody waits any more


class _Progress:
    """What httpx tells of a request on its way.

    Attributes:
        is_begun: Whether it was about to be written, or has been.
    """

    def __init__(self, end: Callable[[], str]) -> None:
        """`end` says why nothing is to be begun; "" = it may be."""
        self.is_begun = False
        self._end = end

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpx at each step; what is raised here ends the request."""
        if event in _BEGINNINGS:
            if why := self._end():
                raise not_sent(f"not offered: {why}")
            self.is_begun = self.is_begun or event == _BEGINS
        elif event == _IS_ENCRYPTED:
            await _demand_http2(info["return_value"])

    def stopped(self, why: str) -> NoAnswer:
        """No answer has come until now."""
        return no_answer(f"{why} without an answer") if self.is_begun else not_sent(f"{why} before anything was said")


async def _demand_http2(stream: Any) -> None:
    """httpx offers HTTP/1.1 as well, and would speak HTTP/2 even where the server has chosen that."""
    if stream.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
        await stream.aclose()
        raise not_sent("the server speaks no HTTP/2; see the account's base_url, and any proxy")


def _answer(asking: asyncio.Task[Answer], progress: _Progress, why: str) -> Answer:
    """What has come of a request; `why` says why there may be nothing."""
    if not asking.done() or asking.cancelled():
        raise progress.stopped(why)
    error = asking.exception()
    if error is None:
        return asking.result()
    if isinstance(error, NoAnswer):
        raise error
    raise _failure(error, progress) from error


def _failure(error: BaseException, progress: _Progress) -> NoAnswer:
    said = _said(error)
    if isinstance(said, StreamReset) and said.error_code == ErrorCodes.REFUSED_STREAM:
        return not_sent("APNs refused the request unread")
    if isinstance(said, ConnectionTerminated):
        words = (said.additional_data or b"")[:200].decode(errors="replace")
        return no_answer(f"APNs ended the connection (code {said.error_code}) {words}".rstrip())
    if isinstance(error, _NOT_WRITTEN) or not progress.is_begun:
        return not_sent(f"no connection to APNs: {str(error)[:200] or type(error).__name__}")
    return no_answer(f"no answer from APNs: {type(error).__name__}")  # its text may hold what was ours to say


def _said(error: BaseException) -> object:
    """What the server said of HTTP/2's own that has become an error of httpx's; None = nothing."""
    cause = error.__cause__
    return cause.args[0] if isinstance(error, httpx.RemoteProtocolError) and cause and cause.args else None


def not_sent(detail: str) -> NotSent:
    """Surely not carried out; worth another try."""
    return NotSent(Outcome.retryable(detail))


def no_answer(detail: str) -> NoAnswer:
    """It is not known whether it was carried out."""
    return NoAnswer(Outcome.uncertain(detail))


class _Unheard(logging.Filter):
    """Drops what libraries tell of our requests, at any level: addresses and headers hold tokens.

    What httpx tells of others' requests goes on to be told. hpack tells nothing but headers: of nobody's any more.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return not (_IS_OURS.get() or record.name.startswith("hpack."))


_UNHEARD: Final = _Unheard()
