"""Delivery's HTTP edge: clicks, opens, and one-click unsubscribe.

GET  /c/<token>   a link in a message: leads to its target
GET  /<code>      a short link, or one that a caller made
GET  /o/<token>   the picture that shows that a message was opened
GET  /u/<token>   shows what the customer gets, and asks what to end; changes nothing, since scanners follow links
POST /u/<token>   unsubscribes, given `List-Unsubscribe=One-Click` (RFC 8058), or ends what that page's form says
GET, POST /callbacks/<account>/<secret>   what providers tell: see callbacks/
"""

import asyncio
import base64
import math
import time
from collections.abc import Callable, Mapping, Sequence
from string import ascii_letters, digits, punctuation
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

import structlog
from aiohttp import web
from multidict import MultiDictProxy

from tidegate.delivery.links import preference_page as form
from tidegate.delivery.links.model import Found
from tidegate.delivery.links.pages import Language, Page, language_of, page
from tidegate.delivery.links.preferences import Preferences
from tidegate.delivery.links.visits import Visitor, Visits
from tidegate.delivery.tries import Tries
from tidegate.runtime.forwarded import Network, client_of, is_in

P = ParamSpec("P")
T = TypeVar("T")
LOG = structlog.get_logger(__name__)

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_FOLLOW_ONCE_MORE = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer"}
_PLAIN = {
    **_FOLLOW_ONCE_MORE,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_LARGEST_BODY = 64 * 1024
_LARGEST_FORM = 8 * 1024
_FORM_SECONDS = 10.0
_UNSUBSCRIBE_SECONDS = 10.0
_MOST_LOOKUPS = 200
_GUESSABLE = 12
_ADDRESS_CHARACTERS = ascii_letters + digits + punctuation.translate(str.maketrans("", "", '"<>\\^`{|}'))
_PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


def create_app(
    visits: Visits,
    preferences: Preferences,
    callbacks: Sequence[web.RouteDef] = (),
    *,
    trusted: Sequence[Network] = (),
    tries_per_minute: int = 30,
) -> web.Application:
    """The app; ``callbacks`` are routes below /callbacks/.

    ``trusted`` are the proxies that are believed about clients, each of which may try so many short links a minute
    that don't exist.
    """
    edge = _Edge(visits, preferences, trusted, Tries(tries_per_minute, now=time.monotonic))
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.add_routes(
        [
            web.get("/c/{token}", edge.click),
            web.get("/o/{token}", edge.open, allow_head=False),
            web.get("/u/{token}", edge.ask, allow_head=False),
            web.post("/u/{token}", edge.unsubscribe),
            *callbacks,
            web.get("/{code:[0-9A-Za-z]{4,32}}", edge.code),
        ]
    )
    return app


class _Edge:
    """The handlers. What asks the database runs outside of the event loop."""

    def __init__(self, visits: Visits, preferences: Preferences, trusted: Sequence[Network], tries: Tries) -> None:
        self._visits = visits
        self._preferences = preferences
        self._trusted = trusted
        self._tries = tries
        self._lookups = 0
        self._warned = False

    async def click(self, request: web.Request) -> web.Response:
        target = self._visits.follow_token(request.match_info["token"], _visitor(request))
        return _not_found(request) if target is None else _redirect(target)

    async def code(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        if len(code) >= _GUESSABLE:
            return await self._follow(request, code)
        client = self._client(request)
        wait = self._tries.take(client)
        if wait:
            return _answer(request, Page.TOO_MANY, 429, {"Retry-After": str(math.ceil(wait))})
        answer = await self._follow(request, code)
        if answer.status != 404:  # only what leads nowhere is a guess
            self._tries.give_back(client)
        return answer

    async def _follow(self, request: web.Request, code: str) -> web.Response:
        visitor = _visitor(request)
        if self._visits.is_kept(code):
            target = self._visits.follow_code(code, visitor)
        elif self._lookups >= _MOST_LOOKUPS:
            return _answer(request, Page.LATER, 503, {"Retry-After": "10"})
        else:
            target = await self._look_up(self._visits.follow_code, code, visitor)
        return _not_found(request) if target is None else _redirect(target)

    async def open(self, request: web.Request) -> web.Response:
        self._visits.open(request.match_info["token"], _visitor(request))
        return web.Response(body=_PIXEL, content_type="image/gif", headers=_FOLLOW_ONCE_MORE)

    async def ask(self, request: web.Request) -> web.Response:
        if not self._visits.look_at_unsubscribing(request.match_info["token"]):
            return _not_found(request)
        if self._lookups >= _MOST_LOOKUPS:
            return _answer(request, Page.ASK, 200)
        try:
            found = await self._look_up(self._preferences.look, request.match_info["token"])
        except Exception:  # whatever is broken, who wants to unsubscribe is asked
            LOG.exception("preferences.failed")
            return _answer(request, Page.ASK, 200)
        if not found.is_kept:
            return _not_found(request)
        return _choose(request, found, is_saved=False) if found.choices else _answer(request, Page.ASK, 200)

    async def unsubscribe(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if not self._visits.may_unsubscribe(token):
            return _not_found(request)
        name, value = _ONE_CLICK
        said = await _form(request)
        if form.MARK in said:
            return await self._end(request, token, form.ended(_texts(said, form.SHOWN), _texts(said, form.KEPT)))
        if said.get(name) != value:
            return _answer(request, Page.ASK, 400)
        try:
            ours = await asyncio.to_thread(self._visits.unsubscribe, token, _UNSUBSCRIBE_SECONDS)
            ours = ours or await self._look_up(self._preferences.unsubscribe, token)
        except TimeoutError:
            LOG.exception("unsubscribe.failed", seconds=_UNSUBSCRIBE_SECONDS)
            return _answer(request, Page.LATER, 503)
        return _answer(request, Page.DONE, 200) if ours else _not_found(request)

    async def _end(self, request: web.Request, token: str, ways: set[tuple[str, str]]) -> web.Response:
        try:
            found = await self._look_up(self._preferences.end, token, ways)
        except Exception:  # the customer has to know that it was not done
            LOG.exception("preferences.failed")
            return _answer(request, Page.LATER, 503)
        return _choose(request, found, is_saved=True) if found.choices else _not_found(request)

    async def _look_up(self, ask: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What asks the database, counted while it does."""
        self._lookups += 1
        try:
            return await asyncio.to_thread(ask, *arguments, **named)
        finally:
            self._lookups -= 1

    def _client(self, request: web.Request) -> str:
        peer, forwarded = request.remote or "", request.headers.getall("X-Forwarded-For", ())
        if forwarded and not self._warned and not is_in(peer, self._trusted):
            self._warned = True
            LOG.warning("http.forwarded_for_ignored", remedy="name the proxy's network in delivery.trusted_proxies")
        return client_of(peer, forwarded, self._trusted)


def _visitor(request: web.Request) -> Visitor:
    said = (request.headers.get(name, "") for name in _PURPOSES)
    return Visitor(request.method, request.headers.get("User-Agent", ""), " ".join(said))


async def _form(request: web.Request) -> MultiDictProxy[Any]:
    """What a small form says; who sends a large or a slow one is turned away."""
    if (request.content_length or 0) > _LARGEST_FORM:
        raise web.HTTPRequestEntityTooLarge(max_size=_LARGEST_FORM, actual_size=request.content_length or 0)
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            return await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout(headers={"Connection": "close"}) from None


def _texts(said: MultiDictProxy[Any], name: str) -> list[str]:
    return [one for one in said.getall(name, ()) if isinstance(one, str)]


def _redirect(target: str) -> web.Response:
    location = quote(target, safe=_ADDRESS_CHARACTERS)
    return web.Response(status=302, headers={**_FOLLOW_ONCE_MORE, "Location": location})


def _not_found(request: web.Request) -> web.Response:
    return _answer(request, Page.UNKNOWN, 404)


def _answer(request: web.Request, which: Page, status: int, headers: Mapping[str, str] = _NO_HEADERS) -> web.Response:
    text = page(which, _language(request))
    return web.Response(text=text, status=status, content_type="text/html", headers={**_PLAIN, **headers})


def _choose(request: web.Request, found: Found, *, is_saved: bool) -> web.Response:
    text = form.preference_page(found.choices, found.way, _language(request), is_saved=is_saved)
    return web.Response(text=text, content_type="text/html", headers=_PLAIN)


def _language(request: web.Request) -> Language:
    return language_of(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
