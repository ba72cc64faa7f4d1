"""Pure: links that a template asks to be tracked, marked in what it renders until they are made.

A mark is made of characters of the private use area, which no text that goes out has a use for; in what
callers fill in they are taken out.
"""

import enum
import html
import re
from collections.abc import Callable

from markupsafe import Markup

from tidegate.delivery.links.addresses import is_web_address


class MarkKind(enum.Enum):
    """What is to stand in the place of a mark."""

    LINK = "link"
    CODE = "code"
    UNSUBSCRIBE = "unsubscribe"


_LINK, _CODE, _UNSUBSCRIBE, _LABEL, _END = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
_KINDS = {_LINK: MarkKind.LINK, _CODE: MarkKind.CODE, _UNSUBSCRIBE: MarkKind.UNSUBSCRIBE}
_MARK = re.compile(f"([{_LINK}{_CODE}{_UNSUBSCRIBE}])([^{_END}]*?){_LABEL}([^{_END}]*?){_END}")
Made = Callable[[MarkKind, str, str], str]
_PRIVATE = str.maketrans(dict.fromkeys((_LINK, _CODE, _UNSUBSCRIBE, _LABEL, _END), None))


def mark_link(target: str, label: object = "") -> str:
    """Filter `track`: the message's own address for ``target``, under ``label`` in reports."""
    return _mark(_LINK, target, str(label))


def mark_code(target: str, label: object = "") -> str:
    """Filter `track_code`: only the code at the end of a short address, where the rest stands in the text."""
    return _mark(_CODE, target, str(label))


def mark_unsubscribe() -> str:
    """Stands for the address at which the message's recipient ends messages of its kind."""
    return f"{_UNSUBSCRIBE}{_LABEL}{_END}"


def without_marks(text: str) -> str:
    """``text`` from a caller, without characters that would make a mark."""
    return text if text.isascii() else text.translate(_PRIVATE)


def is_marked(text: str) -> bool:
    """Whether there is a link to be replaced."""
    return _END in text


def replace_marks(text: str, made: Made) -> str:
    """``text`` with each mark replaced by what ``made(kind, target, label)`` gives."""
    return _MARK.sub(lambda found: made(_KINDS[found[1]], found[2], found[3]), text)


def replace_marks_in_html(text: str, made: Made) -> str:
    """The same for HTML, in which targets stand escaped."""

    def replacement(found: re.Match[str]) -> str:
        return html.escape(made(_KINDS[found[1]], html.unescape(found[2]), html.unescape(found[3])))

    return _MARK.sub(replacement, text)


def _mark(kind: str, target: str, label: str) -> str:
    if not is_web_address(target):
        raise ValueError(f"{target!r} is no http or https address and can't be tracked")
    if isinstance(target, Markup):
        target = html.unescape(target)
    return f"{kind}{without_marks(target)}{_LABEL}{without_marks(label)}{_END}"
