"""A provider's wire for tests of what comes over it: answers as they are told, byte for byte."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from tidegate_simulators.web import Served


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came: its path, query, and JSON."""

    path: str
    query: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Wire:
    """Answers each path with the next of its answers, and with the last one from then on.

    An answer is a document, or (status, body[, headers]), after `delay` seconds, or those of its path's `delays`;
    None = the connection ends.
    """

    answers: dict[str, list[Any]]
    delay: float = 0.0
    delays: dict[str, float] = field(default_factory=dict)
    most_at_once: int = 0
    under_way: int = 0
    asked: list[Asked] = field(default_factory=list)
    served: Served = field(init=False)

    def __post_init__(self) -> None:
        self.served = Served(self._answer)

    def __enter__(self) -> Self:
        self.served.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.served.stop()

    @property
    def url(self) -> str:
        return self.served.url

    def count(self, path: str) -> int:
        """How many requests came for a path."""
        return sum(one.path == path for one in self.asked)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        text = await request.text()
        self.asked.append(Asked(request.path, dict(request.query), json.loads(text) if text else None))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        await asyncio.sleep(self.delays.get(request.path, self.delay))
        self.under_way -= 1
        answers = self.answers[request.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer is None:
            assert request.transport
            request.transport.close()
            return web.Response()
        if isinstance(answer, tuple):
            status, body, *headers = answer
            return web.Response(status=status, body=body, headers=headers[0] if headers else None)
        return web.json_response(answer)
