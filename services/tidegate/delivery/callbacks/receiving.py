"""The door at which providers call: checked by the adapter, kept, and answered within a second."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from tidegate.channels import Callback, Reply
from tidegate.delivery.callbacks.keeping import Keeper
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.model import Arrival
from tidegate.delivery.callbacks.paths import PREFIX, Paths
from tidegate.delivery.dispatch.lines import Line
from tidegate.runtime.clock import Clock
from tidegate.runtime.log import summary

LOG = structlog.get_logger(__name__)
LARGEST_BODY = 1024 * 1024
MOST_IN_FLIGHT = 512
"""So many callbacks of one account at a time: those of ten seconds at 50 ms each and 1,000 a second, and more."""
_ANSWER_SECONDS = 1.0
_BODY_SECONDS = 10.0
_CHUNK = 64 * 1024
_AGAIN = {"Retry-After": "5"}


@dataclass(slots=True)
class Receiving:
    """Answers providers. ``answers`` runs what adapters answer; ``count`` is told of each (account, what became of it).

    ``patience`` is how many seconds an answer may take.
    """

    clock: Clock
    paths: Paths
    listeners: Listeners
    keeper: Keeper
    answers: Executor
    count: Callable[[str, str], None]
    patience: float = _ANSWER_SECONDS
    _in_flight: Counter[str] = field(default_factory=Counter)

    def routes(self) -> Sequence[web.RouteDef]:
        """For the edge."""
        path = f"{PREFIX}/{{account_id}}/{{secret}}"
        return web.get(path, self.receive, allow_head=False), web.post(path, self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        account_id = request.match_info["account_id"]
        if not self.paths.knows(account_id, request.match_info["secret"]):
            self.count("", "unknown")
            raise web.HTTPNotFound
        if self._in_flight[account_id] >= MOST_IN_FLIGHT:
            self.count(account_id, "busy")
            return web.Response(status=503, headers=_AGAIN)
        self._in_flight[account_id] += 1
        try:
            return await self._receive(request, account_id)
        finally:
            self._in_flight[account_id] -= 1
            if not self._in_flight[account_id]:
                del self._in_flight[account_id]

    async def _receive(self, request: web.Request, account_id: str) -> web.Response:
        body = await _body(request)
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.patience):
                reply, what = await self._reply(request, account_id, body)
        except TimeoutError:
            reply, what = None, "late"
        self.count(account_id, what)
        status = reply.status if reply else 503
        taken = round(time.monotonic() - began, 4)
        LOG.info("callback.answered", account_id=account_id, status=status, what=what, bytes=len(body), seconds=taken)
        if reply is None:
            return web.Response(status=503, headers=_AGAIN)
        return web.Response(status=status, text=reply.body, content_type=reply.content_type)

    async def _reply(self, request: web.Request, account_id: str, body: bytes) -> tuple[Reply | None, str]:
        """What the provider is answered (None: to come again), and what became of what it said."""
        line = await self._line(account_id)
        if line is None:
            return None, "no_account"
        callback = Callback(
            method=request.method,
            query=dict(request.query.items()),  # the last of each name
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            time=self.clock.now(),
        )
        try:
            running = asyncio.get_running_loop().run_in_executor
            reply = await running(self.answers, line.channel.answer, line.bound, callback)
        except Exception as error:
            LOG.exception("callback.not_answered", account_id=account_id, error=summary(error))
            return Reply(status=500), "failed"
        if not reply.key:
            return reply, "refused" if reply.status >= 400 else "answered"
        try:
            await asyncio.wrap_future(self.keeper.keep(Arrival(account_id, reply.key, callback, callback.time)))
        except Exception:  # noqa: BLE001  (the keeper has told why)
            return None, "not_kept"
        return reply, "kept"

    async def _line(self, account_id: str) -> Line | None:
        if self.listeners.remembers(account_id):
            return self.listeners.line(account_id)
        return await asyncio.to_thread(self.listeners.line, account_id)


async def _body(request: web.Request) -> bytes:
    """The body; who sends a large or a slow one is turned away."""
    parts, size = list[bytes](), request.content_length or 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while size <= LARGEST_BODY and (part := await request.content.read(_CHUNK)):
                parts.append(part)
                size = sum(map(len, parts))
    except TimeoutError:
        raise web.HTTPRequestTimeout(headers={"Connection": "close"}) from None
    if size > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=size)
    return b"".join(parts)
