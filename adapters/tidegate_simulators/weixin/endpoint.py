"""The calls of an endpoint that answers JSON with `errcode` and `errmsg`."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl

from tidegate_simulators.web import Entry, Fault, Script
from tidegate_simulators.weixin.inbox import Inbox, Sent
from tidegate_simulators.weixin.limits import Clock, Limits
from tidegate_simulators.weixin.pushing import Pusher
from tidegate_simulators.weixin.serving import LeanServed, Manner, Reply, Request

OK: Final = {"errcode": 0, "errmsg": "ok"}
_PREFIX: Final = "/cgi-bin/"
_BEFORE: Final = (Fault.REFUSE, Fault.CLOSE_BEFORE_TAKING)
"""What happens before anything is taken."""


class Refusal(Exception):
    """A call that is refused: the provider's code and what it says to it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class Call:
    """One request.

    Attributes:
        action: The path without `/cgi-bin/`, such as `message/subscribe/send`.
        method: `GET` or `POST`.
        query: The address's parameters.
        body: The JSON object that was posted; empty for a GET.
        content: What was posted, as it came.
        peer: The caller's IP address.
        caller: Whose token it came with, as the endpoint knows it; None = no token is asked for.
    """

    action: str
    method: str
    query: Mapping[str, str]
    body: dict[str, Any]
    content: bytes
    peer: str
    caller: Any = None

    def text(self, *names: str) -> str:
        """The string at a path of names in the body, "" if there is none."""
        value: Any = self.body
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""


Answer = Mapping[str, object] | bytes
"""A JSON object, or one already written."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a call is answered.

    Attributes:
        take: Does it, and answers.
        method: The only one allowed.
        address: The body's field with the one address it goes to, by which the script may pick it; "" = none.
        alone: The code that refuses a second call for the same address while one is under way; 0 = none does.
        token: Whether it needs an access token.
    """

    take: Callable[[Call], Answer]
    method: str = "POST"
    address: str = ""
    alone: int = 0
    token: bool = True


@dataclass(frozen=True, slots=True)
class Lane:
    """Calls of which only so many may be under way at a time.

    Attributes:
        key: Which.
        room: How many.
        refusal: What one too many is refused with.
    """

    key: tuple[str, ...]
    room: int
    refusal: Refusal


class Endpoint(LeanServed):
    """An endpoint whose subclass names its routes and checks tokens.

    Attributes:
        script: What goes wrong; actions are paths without `/cgi-bin/`, addresses are openids or user ids.
        pace: Seconds that a call is under way of which only so many may be.
        limits: What has been used of any limit.
        calls: How many calls came, by action.
        inbox: What was taken.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock = time.time,
        pace: float = 0.0,
        keep: bool = True,
        on_message: Callable[[Sent], None] | None = None,
    ) -> None:
        super().__init__(self._handle, port=port)
        self.clock = clock
        self.script = Script()
        self.pace = pace
        self.limits = Limits(clock)
        self.calls: dict[str, int] = {}
        self.inbox = Inbox(keep=keep, on_message=on_message)
        self._state = threading.RLock()
        self._pushers: list[Pusher] = []
        self._under_way: dict[tuple[str, ...], int] = {}
        self._routes: dict[str, Route] = {}

    @property
    def received(self) -> list[Sent]:
        """The messages that were taken, in order, where they are kept."""
        return self.inbox.received

    def authenticate(self, call: Call) -> object:
        """Whose token a call came with.

        Raises:
            Refusal: Nobody's.
        """
        raise NotImplementedError

    def admit(self, call: Call) -> None:
        """Refuse, with a Refusal, what is above the limits of all calls."""

    def pusher(self, url: str, *, answer_within: float = 5.0) -> Pusher:
        """What delivers events to an address, as long as the endpoint runs."""
        pusher = Pusher(url, self._spawn, answer_within=answer_within)
        self._pushers.append(pusher)
        return pusher

    async def _close(self) -> None:
        for pusher in self._pushers:
            await pusher.close()
        await super()._close()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _handle(self, request: Request) -> Reply:
        path, _, query = request.target.partition("?")
        action = path.removeprefix(_PREFIX)
        route = self._routes.get(action)
        if route is None:
            return Reply(b"no such call", status=404)
        self.calls[action] = self.calls.get(action, 0) + 1
        entry = self.script.next(action)
        if entry is not None and entry.fault in _BEFORE:
            return _failed(entry)
        before = None
        try:
            call = self._read(request, route, action, query)
            if entry is None and route.address:
                entry = self._script_of(route, call)
                if entry is not None and entry.fault in _BEFORE:
                    return _failed(entry)
            lane = self.lane(route, call)
            if lane is not None:
                before = self._begin(lane)
            with self._state:
                answer = route.take(call)
        except Refusal as refusal:
            answer = refused(refusal.code, refusal.message)
        return self._reply(answer, entry, before)

    def _read(self, request: Request, route: Route, action: str, query: str) -> Call:
        if request.method != route.method:
            raise Refusal(43002 if route.method == "POST" else 43001, f"require {route.method} method")
        call = Call(action, request.method, _parameters(query), {}, request.content, request.peer)
        if route.token:
            call.caller = self.authenticate(call)
        if route.method == "POST":
            call.body = _object(request.content)
        self.admit(call)
        return call

    def _script_of(self, route: Route, call: Call) -> Entry | None:
        address = call.text(route.address)
        return self.script.next(call.action, address) if address else None

    def lane(self, route: Route, call: Call) -> Lane | None:
        """Where a call must find room; None = nothing limits how many are under way."""
        if not route.alone:
            return None
        return Lane((call.action, call.text(route.address)), 1, Refusal(route.alone, "concurrent sending to one user"))

    def _begin(self, lane: Lane) -> Callable[[], None]:
        """Take room, until what is returned has been called."""
        under_way = self._under_way.get(lane.key, 0)
        if under_way >= lane.room:
            raise lane.refusal
        self._under_way[lane.key] = under_way + 1
        return lambda: self._end(lane)

    def _end(self, lane: Lane) -> None:
        self._under_way[lane.key] -= 1
        if not self._under_way[lane.key]:
            del self._under_way[lane.key]

    def _reply(self, answer: Answer, entry: Entry | None, before: Callable[[], None] | None) -> Reply:
        body = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
        after = None if before is None else self.pace
        if entry is None:
            return Reply(body, after=after, before=before)
        if entry.fault is Fault.SLOW:
            return Reply(body, after=(after or 0.0) + entry.delay, before=before)
        if before is not None:
            before()
        return Reply(body, manner=Manner.CLOSED if entry.fault is Fault.CLOSE_AFTER_TAKING else Manner.KEPT)


def _failed(entry: Entry) -> Reply:
    if entry.fault is Fault.CLOSE_BEFORE_TAKING:
        return Reply(b"", manner=Manner.CLOSED)
    if entry.code.startswith("http:"):
        return Reply(b"as the script says", status=int(entry.code.removeprefix("http:")))
    return Reply(json.dumps(refused(int(entry.code), "as the script says")).encode())


def refused(code: int, message: str) -> dict[str, object]:
    """A refusal, with a request id in its text as the platforms write it."""
    return {"errcode": code, "errmsg": f"{message} rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"}


@lru_cache(maxsize=256)
def _parameters(query: str) -> Mapping[str, str]:
    return MappingProxyType(dict(parse_qsl(query)))


def _object(content: bytes) -> dict[str, Any]:
    if not content:
        raise Refusal(44002, "empty post data")
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(47001, "data format error")
    return value
