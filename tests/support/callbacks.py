"""A platform's callback address on loopback, which keeps what it is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from tidegate_simulators.web import Served


@dataclass
class Callbacks:
    """What was posted, in order; answers with the first of `replies` (status, body) as long as there are any."""

    usual: str
    replies: list[tuple[int, str]] = field(default_factory=list)
    posts: list[Any] = field(default_factory=list)
    url: str = ""
    _came: threading.Condition = field(default_factory=threading.Condition)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        post = json.loads(await request.read())
        with self._came:
            self.posts.append(post)
            self._came.notify_all()
        status, body = self.replies.pop(0) if self.replies else (200, self.usual)
        return web.Response(status=status, text=body, content_type="application/json")

    def wait_for(self, posts: int, timeout: float = 10.0) -> None:
        """Wait until so many came."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.posts) >= posts, timeout), f"{len(self.posts)} came"


@contextmanager
def callbacks(usual: str) -> Iterator[Callbacks]:
    """One that answers with `usual`."""
    kept = Callbacks(usual)
    with Served(kept.handle) as served:
        kept.url = f"{served.url}/callback"
        yield kept
