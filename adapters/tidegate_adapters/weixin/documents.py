"""The bodies of callbacks, XML or JSON, as one thing: names to texts, to documents, or to lists of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from xml.parsers import expat

from tidegate_adapters.weixin.crypt import Unreadable

Document = dict[str, Any]
"""Values are texts, numbers (of JSON), documents, and lists of those."""

_LONGEST: Final = 1 << 20
_DEEPEST: Final = 16


def read_document(body: bytes) -> Document:
    """What a body says; the root element of XML is left out.

    Raises:
        Unreadable: It is neither, is larger than a megabyte, or declares a document type: entities are not followed.
    """
    if len(body) > _LONGEST:
        raise Unreadable("the body is larger than a megabyte")
    start = body.lstrip()[:1]
    if start == b"<":
        return _Reader().read(body)
    if start == b"{":
        return _read_json(body)
    raise Unreadable("the body is neither XML nor a JSON object")


def text_of(document: Document, *names: str) -> str:
    """The text under the first of the names that is there; "" where none is, or where it is no text."""
    for name in names:
        value = document.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def documents_of(value: object) -> Sequence[Document]:
    """One document or a list of them, as a list: providers write a list of one without its brackets."""
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, dict)]


def _read_json(body: bytes) -> Document:
    try:
        found = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        raise Unreadable("the body is no JSON") from None
    assert isinstance(found, dict)
    return found


class _Reader:
    """Builds a document from XML, without entities."""

    def __init__(self) -> None:
        self._open: list[tuple[str, Document, list[str]]] = []
        self._root: Document = {}

    def read(self, body: bytes) -> Document:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(body, True)  # noqa: FBT003 - by position only
        except (expat.ExpatError, LookupError, ValueError):  # the last two: an encoding that can't be read
            raise Unreadable("the body is no XML") from None
        return self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEEPEST:
            raise Unreadable(f"the body's elements lie more than {_DEEPEST} deep")
        self._open.append((name, {}, []))

    def _text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def _end(self, name: str) -> None:
        _, children, texts = self._open.pop()
        if not self._open:
            self._root = children
            return
        parent = self._open[-1][1]
        _put(parent, name, children or "".join(texts).strip())


def _put(parent: Document, name: str, value: object) -> None:
    if name not in parent:
        parent[name] = value
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


def _refuse_type(*declared: object) -> None:
    raise Unreadable("the body declares a document type")
