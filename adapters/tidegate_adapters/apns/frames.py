"""Takes the frames apart by which a server says good-bye (GOAWAY, RFC 9113, 6.8).

h2 takes a GOAWAY for the end and lets nothing in after it. But it is the announcement of an end: requests up to the one
that it names are still answered, and the later ones were not carried out. So these frames are read before h2 sees them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEADER: Final = 9
_GOAWAY: Final = 7
_LAST_STREAM: Final = 0x7FFF_FFFF
_SHORTEST: Final = 8
_LONGEST: Final = 2**14
"""Bytes of a frame that we let the server send."""


class TooLong(ValueError):
    """A frame is longer than we let the server send, as what is no HTTP/2 at all seems to be."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The server begins to end the connection.

    Attributes:
        last_stream: The last request that it has carried out or will.
        code: Why, by HTTP/2's codes; 0 = nothing is wrong.
        data: What it says of it.
    """

    last_stream: int
    code: int
    data: bytes


class Frames:
    """Tells good-byes from what h2 reads, as the bytes come in."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, data: bytes) -> Iterator[bytes | Goodbye]:
        """The whole frames that there are by now, in order: as bytes for h2, or as good-byes.

        Raises:
            TooLong: No frame ends where it must.
        """
        data, at, begun = self._left + data, 0, 0
        while (end := _end(data, at)) and end <= len(data):
            if data[at + 3] == _GOAWAY and end - at >= _HEADER + _SHORTEST:
                if begun < at:
                    yield data[begun:at]
                yield _goodbye(data[at + _HEADER : end])
                begun = end
            at = end
        if begun < at:
            yield data[begun:at]
        self._left = data[at:]


def _end(data: bytes, at: int) -> int:
    """Where the frame ends that begins at a place; 0 where its length is not there yet."""
    if len(data) - at < _HEADER:
        return 0
    length = int.from_bytes(data[at : at + 3], "big")
    if length > _LONGEST:
        raise TooLong(f"a frame of {length} bytes")
    return at + _HEADER + length


def _goodbye(payload: bytes) -> Goodbye:
    last = int.from_bytes(payload[:4], "big") & _LAST_STREAM
    return Goodbye(last, int.from_bytes(payload[4:8], "big"), payload[8:])
