"""JSON to an interface of WeChat's or WeCom's, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote

from tidegate_adapters.calls import Answer, Http, Limits, NoAnswer
from tidegate_adapters.calls.answers import Document

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


def as_json(document: Mapping[str, object]) -> bytes:
    """What is posted."""
    return _ENCODER.encode(document).encode()


class WebSettings(Limits, Protocol):
    """What an account says of its calls, and where they go."""

    @property
    def base_url(self) -> str: ...


class Web(Http):
    """The interface of one account."""

    def __init__(self, settings: WebSettings) -> None:
        super().__init__(settings)
        self._base = settings.base_url.rstrip("/")

    async def post_json(self, path: str, parameters: Mapping[str, str], body: bytes) -> Document:
        """Post JSON.

        Raises:
            NotSent: No connection could be made.
            NoAnswer: Anything else than JSON came back, or nothing.
        """
        return _read(await self.post(self._url(path, parameters), _JSON, body))

    async def get_json(self, path: str, parameters: Mapping[str, str]) -> Document:
        """The same for what is only asked."""
        return _read(await self.get(self._url(path, parameters)))

    def _url(self, path: str, parameters: Mapping[str, str]) -> str:
        query = "&".join([f"{name}={quote(value, safe='')}" for name, value in parameters.items()])
        return f"{self._base}{path}?{query}" if query else f"{self._base}{path}"


def _read(answer: Answer) -> Document:
    document = answer.document
    if document is None:
        raise NoAnswer(answer.unreadable())
    return document
