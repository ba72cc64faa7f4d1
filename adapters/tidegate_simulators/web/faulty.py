"""Carries out what a script says of a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from tidegate_simulators.web.script import Entry, Fault

_STATUS = "http:"


async def answer(
    request: web.BaseRequest,
    entry: Entry | None,
    *,
    take: Callable[[], web.StreamResponse],
    refuse: Callable[[str], web.StreamResponse],
) -> web.StreamResponse:
    """Take the request and answer it, unless `entry` says otherwise.

    Args:
        request: What came.
        entry: What is to go wrong; None = nothing.
        take: Does what the request asks, and says the answer.
        refuse: The answer that refuses with a code of the provider's.
    """
    if entry is None:
        return take()
    if entry.fault is Fault.REFUSE:
        return _refusal(entry.code, refuse)
    if entry.fault is Fault.CLOSE_BEFORE_TAKING:
        return _abort(request)
    response = take()
    if entry.fault is Fault.CLOSE_AFTER_TAKING:
        return _abort(request)
    if entry.fault is Fault.SILENT_AFTER_TAKING:
        await asyncio.get_running_loop().create_future()
    await asyncio.sleep(entry.delay)
    return response


def _refusal(code: str, refuse: Callable[[str], web.StreamResponse]) -> web.StreamResponse:
    if code.startswith(_STATUS):
        return web.Response(status=int(code.removeprefix(_STATUS)))
    return refuse(code)


def _abort(request: web.BaseRequest) -> web.StreamResponse:
    """End the connection; the answer that aiohttp wants all the same goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
