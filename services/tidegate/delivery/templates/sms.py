"""Pure: how many parts an SMS is charged as (3GPP TS 23.038, TS 23.040)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM_ALONE, _GSM_JOINED = 160, 153
_UCS2_ALONE, _UCS2_JOINED = 70, 67


def part_count(text: str) -> int:
    """1 for up to 160 characters of the GSM alphabet, or 70 of any other; joined parts hold 153, or 67.

    Characters outside of the basic plane, such as most emoji, count as two.
    """
    if all(character in _BASIC or character in _EXTENDED for character in text):
        length = len(text) + sum(character in _EXTENDED for character in text)
        return _parts(length, _GSM_ALONE, _GSM_JOINED)
    return _parts(len(text.encode("utf-16-be")) // 2, _UCS2_ALONE, _UCS2_JOINED)


def _parts(length: int, alone: int, joined: int) -> int:
    return 1 if length <= alone else -(-length // joined)
