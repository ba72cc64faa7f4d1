"""The text part of a mail that was written in HTML alone."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

_BREAKING: Final = frozenset(
    (
        "p",
        "div",
        "br",
        "tr",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "ul",
        "ol",
        "blockquote",
        "section",
    )
)
_SILENT: Final = frozenset(("script", "style", "head", "title"))
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_SPACES: Final = re.compile(r"[ \t\r\f\v\n]+")


@lru_cache(maxsize=256)
def plain_text(html: str) -> str:
    """What a reader sees, without mark-up; a link's address follows its text in <>."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._silent = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKING:
            self._pieces.append("\n")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKING:
            self._pieces.append("\n")
        elif tag == "a" and self._links:
            link = self._links.pop()
            self._pieces.append(f" <{link}>" if link else "")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._pieces.append(_SPACES.sub(" ", data))

    def text(self) -> str:
        lines = "".join(self._pieces).split("\n")
        joined = "\n".join(_SPACES.sub(" ", line).strip() for line in lines)
        return _BLANK_LINES.sub("\n\n", joined).strip() + "\n"
