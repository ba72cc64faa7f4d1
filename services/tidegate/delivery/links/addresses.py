"""Pure: which addresses links may lead to."""

from urllib.parse import urlsplit

LONGEST = 2048
"""Characters of an address, at most."""


def is_web_address(text: str) -> bool:
    """Whether ``text`` is an absolute http or https address of at most 2,048 characters."""
    if len(text) > LONGEST or any(character <= " " or character == "\x7f" for character in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
