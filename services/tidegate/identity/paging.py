"""Pages (AIP-158): sizes, and tokens that say where the next page begins."""

import base64
import binascii
import json
from typing import Any

from tidegate.identity.model import NUL
from tidegate.runtime.errors import InvalidArgument

DEFAULT_SIZE = 100
LARGEST_SIZE = 1000
_LARGEST_INT = 2**63 - 1


def size(asked: int) -> int:
    """The size of a page when ``asked`` for. Raises InvalidArgument for a negative one."""
    if asked < 0:
        raise InvalidArgument.at("page_size", "must not be negative; 0 means 100")
    return min(asked or DEFAULT_SIZE, LARGEST_SIZE)


def token(*place: Any) -> str:
    """A token for the page behind ``place``."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def place(given: str, *kinds: type) -> tuple[Any, ...] | None:
    """The place in a token, None for the first page. Raises InvalidArgument for one that we did not make."""
    if not given:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(given.encode()))
    except (ValueError, binascii.Error) as error:
        raise foreign() from error
    if not isinstance(found, list) or [type(part) for part in found] != list(kinds):
        raise foreign()
    if any(isinstance(part, int) and abs(part) > _LARGEST_INT for part in found):
        raise foreign()
    if any(isinstance(part, str) and NUL in part for part in found):
        raise foreign()
    return tuple(found)


def foreign() -> InvalidArgument:
    """The error for a token that we did not make."""
    return InvalidArgument.at("page_token", "is not a token of this list; pass next_page_token unchanged")
