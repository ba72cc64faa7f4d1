"""Pure: the codes at the end of links, and how many short ones may be live."""

import os
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SHORT = 6
LONG = 22
SHORT_MOST = len(ALPHABET) ** SHORT // 100_000
"""With fewer live codes of 6 characters, a try hits one with a chance below 1 in 100,000: 568,002."""


def new_code(length: int) -> str:
    """A code that can't be guessed from others: 6 characters for SMS, 22 (131 bits) for the rest."""
    number = int.from_bytes(os.urandom(length + 4))  # of so many bits that no character is favoured
    characters = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(characters)
