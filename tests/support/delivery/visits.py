"""Visits to delivery's HTTP edge, as browsers and mail providers make them."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class Answer:
    """What the edge answered; redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers["Location"]


def visit(
    url: str,
    *,
    method: str = "GET",
    agent: str = BROWSER,
    body: str | None = None,
    language: str = "en",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """One request. A body is sent as a form."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    sent = {"User-Agent": agent, "Accept-Language": language, **headers}
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request(method, parts.path, body=body, headers=sent)
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()
