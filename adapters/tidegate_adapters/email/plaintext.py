"""The text part of a mail that was written in HTML alone.

Most mails are HTML of the plainest kind, and most of their tags are the same in every mail: taking them apart here
costs a fraction of what the library's parser does. Whatever is of another kind (an attribute without quotes, a
stray `<`) goes to the parser; what both understand, they understand alike.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from typing import Final, NamedTuple

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
_SPACES: Final = re.compile(r"[ \t\r\f\v]+")

_HIDDEN: Final = frozenset(("script", "style", "title"))
"""Elements in which markup is text, and which are not seen anyway."""

_RAW: Final = frozenset(("textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"))
"""Elements in which markup is text to some versions of the parser."""

_MARKUP: Final = re.compile(r"(<[^<>]*>)")
_SPACE: Final = r"[ \t\r\n\f]"
_NAME: Final = r"[A-Za-z][A-Za-z0-9]*"
_ATTRIBUTE: Final = r'([A-Za-z][A-Za-z0-9:_-]*)="([^"&]*(?:&amp;[^"&]*)*)"'
_START: Final = re.compile(rf"<({_NAME})((?:{_SPACE}+{_ATTRIBUTE})*){_SPACE}*(/?)>")
_END: Final = re.compile(rf"</({_NAME}){_SPACE}*>")
_UNSEEN: Final = re.compile(r"<!(?i:doctype)[^<>]*>|<!--(?!-)(?:[^-]|-(?!-))*-->")
_EACH_ATTRIBUTE: Final = re.compile(_ATTRIBUTE)


@lru_cache(maxsize=256)
def plain_text(html: str) -> str:
    """What a reader sees, without mark-up; a link's address follows its text in <>."""
    text = Text()
    if not _read_plain(html, text):
        text = Text()
        parser = Parser(text)
        parser.feed(html)
        parser.close()
    return text.joined()


class Text:
    """What is visible of a document, put together tag by tag."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._silent = 0
        self._links: list[str] = []

    def start(self, tag: str, href: str) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKING:
            self._pieces.append("\n")
        elif tag == "a":
            self._links.append(href)

    def end(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKING:
            self._pieces.append("\n")
        elif tag == "a" and self._links:
            link = self._links.pop()
            self._pieces.append(f" <{link}>" if link else "")

    def data(self, data: str) -> None:
        if not self._silent:
            self._pieces.append(data.replace("\n", " "))

    def joined(self) -> str:
        lines = _SPACES.sub(" ", "".join(self._pieces)).split("\n")
        joined = "\n".join([line.strip() for line in lines])
        return _BLANK_LINES.sub("\n\n", joined).strip() + "\n"


class _Tag(NamedTuple):
    """The elements that a piece of markup begins and ends; both in one that closes itself, none in a comment."""

    start: str = ""
    end: str = ""
    href: str = ""


def _read_plain(html: str, text: Text) -> bool:
    """Puts a document of the plainest kind into ``text``; False where it is of another kind."""
    pieces = _MARKUP.split(html)
    hidden = ""
    for data, markup in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        tag = _tag(markup)
        if "<" in data or tag is None or (hidden and tag.end != hidden):
            return False
        hidden = tag.start if tag.start in _HIDDEN else ""
        text.data(unescape(data))
        if tag.start:
            text.start(tag.start, tag.href)
        if tag.end:
            text.end(tag.end)
    return True


@lru_cache(maxsize=4_096)
def _tag(markup: str) -> _Tag | None:
    """What one piece of markup is; None where it is not of the plainest kind. Most are the same in every mail."""
    if not markup or _UNSEEN.fullmatch(markup):
        return _Tag()
    if end := _END.fullmatch(markup):
        name = end[1].lower()
        return None if name in _RAW else _Tag(end=name)
    start = _START.fullmatch(markup)
    if start is None:
        return None
    name, closes_itself = start[1].lower(), bool(start[5])
    if name in _RAW or (closes_itself and name in _HIDDEN):
        return None
    attributes = {key.lower(): value for key, value in _EACH_ATTRIBUTE.findall(start[2])} if name == "a" else {}
    return _Tag(name, name if closes_itself else "", attributes.get("href", "").replace("&amp;", "&"))


class Parser(HTMLParser):
    """The library's parser, for any other document."""

    def __init__(self, text: Text) -> None:
        super().__init__(convert_charrefs=True)
        self._text = text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._text.start(tag, dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._text.end(tag)

    def handle_data(self, data: str) -> None:
        self._text.data(data)
