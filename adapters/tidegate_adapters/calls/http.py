"""Calls over connections that are kept, and what it means when one fails.

Before a call is written nothing was taken by the provider; afterwards only its answer tells.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver
from tidegate.channels import Outcome
from yarl import URL

from tidegate_adapters.calls.answers import Answer
from tidegate_adapters.calls.failures import NoAnswer, NotSent
from tidegate_adapters.calls.places import Places
from tidegate_adapters.calls.tls import tls_context

_IDLE: Final = 10.0
"""Seconds after which a kept connection is closed: what is written on one that the provider has just closed may or may
not have been taken, so it must not be the provider who closes it."""

_LONGEST: Final = 1024 * 1024
"""Bytes of an answer that are read."""

_NO_ADDRESS: Final = Outcome.auth_error("the account's address of the provider cannot be called; correct it")
_NO_HEADER: Final = Outcome.permanent("a header of the call has a line break or another control character")
_CLOSED: Final = Outcome.retryable("the account's connections have been closed")


class Limits(Protocol):
    """What an account's settings say of its calls.

    Attributes:
        connections: Most calls at one time.
        connect_timeout: Seconds for name, connection and TLS.
        timeout: Seconds for an answer, once the call is written.
    """

    @property
    def connections(self) -> int: ...
    @property
    def connect_timeout(self) -> float: ...
    @property
    def timeout(self) -> float: ...


class Barred(OSError):
    """What a resolver raises for a name that must not be called; `outcome` says so for a message."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.detail)


class Http:
    """Kept connections of one account to its provider, in the event loop that is running. Follows no redirect.

    Attributes:
        places: Who calls has one of them, or makes a call that others wait for, such as for a token.
    """

    def __init__(
        self, limits: Limits, *, resolver: AbstractResolver | None = None, ca_file: str = "", longest: int = _LONGEST
    ) -> None:
        """A client.

        Args:
            limits: How many calls, and how long they take; as a rule the account's settings.
            resolver: Tells where names lead, and raises Barred for those that must not be called; None = the system's.
            ca_file: File of certificates to trust besides the system's.
            longest: Bytes of an answer that are read; the rest is cut off, and its connection closed.
        """
        self.places: Final = Places(limits.connections)
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | bool = not ca_file
        self._longest = longest
        self._timeout = limits.timeout
        self._last: tuple[str, URL] | None = None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE, resolver=resolver),
            timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect_timeout, sock_read=limits.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            # What the caller has not signed is not sent, and headers that say nothing cost as much as others.
            skip_auto_headers=("Content-Type", "Accept", "Accept-Encoding", "User-Agent"),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post once.

        Args:
            url: Where to, sent as it is written: encoded by the caller.
            headers: All that are sent, beside `Host` where it is not among them, and `Content-Length`.
            body: As it is sent.

        Raises:
            NotSent: No connection was to be had.
            NoAnswer: None came, or not in time: the provider may have taken what was posted.
        """
        return await self._call("POST", url, headers, body)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask once, as `post` posts."""
        return await self._call("GET", url, headers or {}, None)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._session.close()

    async def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        if self._session.closed:
            raise NotSent(_CLOSED)
        try:
            if self._tls is False:
                self._tls = await tls_context(self._ca_file)
        except OSError as error:
            detail = f"the account's ca_file can't be used: {type(error).__name__}"
            raise NotSent(Outcome.auth_error(detail)) from error
        try:
            async with self._session.request(
                method, self._parsed(url), headers=headers, data=body, allow_redirects=False, ssl=self._tls
            ) as response:
                return Answer(response.status, await self._read(response), response.headers)
        except aiohttp.ClientConnectorError as error:
            raise NotSent(_unreachable(error)) from error
        except aiohttp.ConnectionTimeoutError as error:
            raise NotSent(Outcome.retryable("no connection in time")) from error
        except aiohttp.InvalidURL as error:
            raise NotSent(_NO_ADDRESS) from error
        except ValueError as error:  # told before anything is written
            raise NotSent(_NO_HEADER) from error
        except TimeoutError as error:
            raise NoAnswer(Outcome.uncertain("no answer in time")) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(Outcome.uncertain(f"no answer: {type(error).__name__}")) from error

    def _parsed(self, url: str) -> URL:
        """The address, kept from one call to the next while it is the same."""
        if self._last is None or self._last[0] != url:
            self._last = url, _url(url)
        return self._last[1]

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """As a rule all comes at once, without the cost of a timer; what drips in has as long again, as a whole."""
        body = await response.content.readany()
        if not response.content.at_eof():
            async with asyncio.timeout(self._timeout):
                body += await self._rest(response, self._longest - len(body))
        return body[: self._longest]

    async def _rest(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        rest = b""
        while not response.content.at_eof():
            rest += await response.content.readany()
            if len(rest) >= most:
                response.close()
                break
        return rest


def _url(text: str) -> URL:
    try:
        url = URL(text, encoded=True)
    except ValueError as error:
        raise NotSent(_NO_ADDRESS) from error
    if " " in text:  # would end the path in the first line of a request
        raise NotSent(_NO_ADDRESS)
    return url


def _unreachable(error: aiohttp.ClientConnectorError) -> Outcome:
    cause = error.__cause__ or error
    return cause.outcome if isinstance(cause, Barred) else Outcome.retryable(f"no connection: {type(cause).__name__}")
