"""Delivery's HTTP edge: clicks, opens, and one-click unsubscribe.

GET  /c/<token>   a link in a message: leads to its target
GET  /<code>      a short link, or one that a caller made
GET  /o/<token>   the picture that shows that a message was opened
GET  /u/<token>   asks whether to unsubscribe; changes nothing, since scanners follow links
POST /u/<token>   unsubscribes, given `List-Unsubscribe=One-Click` (RFC 8058)
POST /callbacks/… receipts that providers push, where an adapter brings handlers for them
"""

import asyncio
import base64
from collections.abc import Sequence
from string import ascii_letters, digits, punctuation
from urllib.parse import quote

import structlog
from aiohttp import web

from tidegate.delivery.links.pages import Page, page
from tidegate.delivery.links.visits import Gone, Visitor, Visits

LOG = structlog.get_logger(__name__)

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_FOLLOW_ONCE_MORE = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer"}
_PLAIN = {
    **_FOLLOW_ONCE_MORE,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Robots-Tag": "noindex",
}
_LARGEST_BODY = 64 * 1024
_UNSUBSCRIBE_SECONDS = 10.0
_ADDRESS_CHARACTERS = ascii_letters + digits + punctuation.translate(str.maketrans("", "", '"<>\\^`{|}'))
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


def create_app(visits: Visits, callbacks: Sequence[web.RouteDef] = ()) -> web.Application:
    """The app; ``callbacks`` are routes below /callbacks/."""
    edge = _Edge(visits)
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

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    async def click(self, request: web.Request) -> web.Response:
        target = self._visits.follow_token(request.match_info["token"], _visitor(request))
        return _not_found(request) if target is None else _redirect(target)

    async def code(self, request: web.Request) -> web.Response:
        code, visitor = request.match_info["code"], _visitor(request)
        try:
            if self._visits.is_kept(code):
                target = self._visits.follow_code(code, visitor)
            else:
                target = await asyncio.to_thread(self._visits.follow_code, code, visitor)
        except Gone:
            return _answer(request, Page.GONE, 410)
        return _not_found(request) if target is None else _redirect(target)

    async def open(self, request: web.Request) -> web.Response:
        self._visits.open(request.match_info["token"], _visitor(request))
        return web.Response(body=_PIXEL, content_type="image/gif", headers=_FOLLOW_ONCE_MORE)

    async def ask(self, request: web.Request) -> web.Response:
        if not self._visits.may_unsubscribe(request.match_info["token"]):
            return _not_found(request)
        return _answer(request, Page.ASK, 200)

    async def unsubscribe(self, request: web.Request) -> web.Response:
        name, value = _ONE_CLICK
        if (await request.post()).get(name) != value:
            return _answer(request, Page.ASK, 400)
        token = request.match_info["token"]
        try:
            ours = await asyncio.to_thread(self._visits.unsubscribe, token, _UNSUBSCRIBE_SECONDS)
        except TimeoutError:
            LOG.exception("unsubscribe.failed", seconds=_UNSUBSCRIBE_SECONDS)
            return _answer(request, Page.LATER, 503)
        return _answer(request, Page.DONE, 200) if ours else _not_found(request)


def _visitor(request: web.Request) -> Visitor:
    return Visitor(request.method, request.headers.get("User-Agent", ""))


def _redirect(target: str) -> web.Response:
    location = quote(target, safe=_ADDRESS_CHARACTERS)
    return web.Response(status=302, headers={**_FOLLOW_ONCE_MORE, "Location": location})


def _not_found(request: web.Request) -> web.Response:
    return _answer(request, Page.UNKNOWN, 404)


def _answer(request: web.Request, which: Page, status: int) -> web.Response:
    text = page(which, request.headers.get("Accept-Language", ""))
    return web.Response(text=text, status=status, content_type="text/html", headers=_PLAIN)
