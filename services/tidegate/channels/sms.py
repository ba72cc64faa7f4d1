"""Pure: how many parts an SMS is charged as (3GPP TS 23.038, TS 23.040; within China as providers there count)."""

from collections.abc import Iterable

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_CHINA = "+86"
_GSM_ALONE, _GSM_JOINED = 160, 153
_UCS2_ALONE, _UCS2_JOINED = 70, 67


def part_count(text: str) -> int:
    """1 for up to 160 characters of the GSM alphabet, or 70 of any other; joined parts hold 153, or 67.

    Characters outside of the basic plane, such as most emoji, count as two, as those do for which the GSM
    alphabet needs two places; neither is divided between parts.
    """
    if all(character in _BASIC or character in _EXTENDED for character in text):
        return _packed((1 + (character in _EXTENDED) for character in text), _GSM_ALONE, _GSM_JOINED)
    return _packed(map(_units, text), _UCS2_ALONE, _UCS2_JOINED)


def domestic_part_count(text: str, signature: str = "") -> int:
    """The same for a number of mainland China: 70 characters of any alphabet, or parts of 67 each.

    ``signature`` is the name that the provider puts before the text; it counts, with its brackets.
    """
    whole = f"【{signature}】{text}" if signature else text
    return _packed(map(_units, whole), _UCS2_ALONE, _UCS2_JOINED)


def parts_to(number: str, text: str, signature: str = "") -> int:
    """The same for a number in E.164: as within China for its numbers, and for one that is not known (empty).

    Where they are others', providers put no ``signature`` before the text.
    """
    if number and not number.startswith(_CHINA):
        return part_count(text)
    return domestic_part_count(text, signature)


def _units(character: str) -> int:
    return 2 if character > "\uffff" else 1


def _packed(sizes: Iterable[int], alone: int, joined: int) -> int:
    """The parts that hold characters of these sizes, in their order."""
    parts = filled = total = 0
    for size in sizes:
        total += size
        filled += size
        if parts == 0 or filled > joined:
            parts, filled = parts + 1, size
    return parts if total > alone else 1
