"""Texts as an SMSC takes them: GSM 03.38, one octet for each place, or UCS-2; long ones in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

GSM: Final = 0
UCS2: Final = 8
_ALONE: Final = {GSM: 160, UCS2: 140}
_JOINED: Final = {GSM: 153, UCS2: 134}
"""Octets of a message that goes alone, and of a part, whose header takes six (of the packed 140)."""

_MOST_PARTS: Final = 255
_ESCAPE: Final = 0x1B
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40,
                    "€": 0x65}  # fmt: skip
_CODES: Final = {
    **{character: bytes((code,)) for code, character in enumerate(_BASIC) if code != _ESCAPE},
    **{character: bytes((_ESCAPE, code)) for character, code in _EXTENDED.items()},
}
_CHARACTERS: Final = {codes: character for character, codes in _CODES.items()}


class TooLong(ValueError):
    """A text of too many parts."""


def parts_of(text: str, reference: int, *, gsm: bool) -> tuple[int, Sequence[bytes]]:
    """The alphabet, and the octets of each part.

    Args:
        text: What is to be said.
        reference: What the parts of one message have in common, 0 to 255.
        gsm: Whether the GSM alphabet may be used.

    Raises:
        TooLong: There is no counting so many parts.
    """
    coding = GSM if gsm and all(character in _CODES for character in text) else UCS2
    units = [_CODES[one] for one in text] if coding == GSM else [one.encode("utf-16-be", "replace") for one in text]
    if sum(map(len, units)) <= _ALONE[coding]:
        return coding, [b"".join(units)]
    bodies = list(_packed(units, _JOINED[coding]))
    if len(bodies) > _MOST_PARTS:
        raise TooLong(f"{len(bodies)} parts, and there may be {_MOST_PARTS}")
    heads = (bytes((5, 0, 3, reference, len(bodies), number)) for number in range(1, len(bodies) + 1))
    return coding, [head + body for head, body in zip(heads, bodies, strict=True)]


def text_of(data: bytes, coding: int) -> str:
    """A text that came: by its alphabet, else as Latin-1."""
    if coding == UCS2:
        return data.decode("utf-16-be", "replace")
    if coding == GSM:
        return "".join(_decoded(data))
    return data.decode("latin-1")


def _packed(units: Sequence[bytes], most: int) -> Iterator[bytes]:
    """Parts that hold the units in their order, none divided."""
    part = bytearray()
    for unit in units:
        if len(part) + len(unit) > most:
            yield bytes(part)
            part.clear()
        part += unit
    yield bytes(part)


def _decoded(data: bytes) -> Iterator[str]:
    octets = iter(data)
    for octet in octets:
        codes = bytes((octet, next(octets, 0))) if octet == _ESCAPE else bytes((octet,))
        yield _CHARACTERS.get(codes, "?")
