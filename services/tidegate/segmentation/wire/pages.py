"""Pages: sizes within bounds, and tokens that say where the next one begins."""

import base64
import binascii

from tidegate.runtime.errors import InvalidArgument

_DEFAULT, _MOST = 100, 1_000


def page_size(asked: int, *, default: int = _DEFAULT, most: int = _MOST) -> int:
    """The size of a page: ``default`` when 0, lowered to ``most``. Raises InvalidArgument when negative."""
    if asked < 0:
        raise InvalidArgument.at("page_size", "must not be negative; 0 takes the default")
    return min(asked or default, most)


def token(after: object) -> str:
    """A token for the page behind ``after``."""
    return base64.urlsafe_b64encode(f"1:{after}".encode()).decode()


def after_token(text: str) -> str:
    """What the token's page comes behind; '' for the first page. Raises InvalidArgument for one not ours."""
    if not text:
        return ""
    try:
        version, _, after = base64.urlsafe_b64decode(text.encode()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _bad_token() from error
    if version != "1":
        raise _bad_token()
    return after


def after_number(text: str) -> int:
    """Like after_token, for pages that go by number; 0 for the first page."""
    after = after_token(text)
    if after and not after.isdecimal():
        raise _bad_token()
    return int(after or 0)


def after_place(text: str) -> tuple[int, int]:
    """Like after_token, for pages that go by two numbers; what comes before all of them for the first page."""
    after = after_token(text)
    if not after:
        return -1, 0
    first, _, second = after.partition(":")
    if not (first.isdecimal() and second.isdecimal()):
        raise _bad_token()
    return int(first), int(second)


def _bad_token() -> InvalidArgument:
    return InvalidArgument.at("page_token", "is not a next_page_token of this method")
