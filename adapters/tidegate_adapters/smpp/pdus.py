"""The PDUs of SMPP 3.4 that are needed, as bytes and back.

What a peer sends is read leniently: a status, an alphabet or a parameter that is not known must not lose a receipt.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

HEADER: Final = struct.Struct("!IIII")
LONGEST: Final = 65_536
_RESPONSE: Final = 0x8000_0000
_VERSION: Final = 0x34
_RECEIPT: Final = 0x04
_KINDS: Final = 0x3C
_WITH_HEADER: Final = 0x40
_PAYLOAD: Final = 0x0424
_RECEIPTED_ID: Final = 0x001E
_STATE: Final = 0x0427


class Command(IntEnum):
    """What a PDU is."""

    GENERIC_NACK = 0x8000_0000
    SUBMIT_SM = 0x0000_0004
    SUBMIT_SM_RESP = 0x8000_0004
    DELIVER_SM = 0x0000_0005
    DELIVER_SM_RESP = 0x8000_0005
    UNBIND = 0x0000_0006
    UNBIND_RESP = 0x8000_0006
    BIND_TRANSCEIVER = 0x0000_0009
    BIND_TRANSCEIVER_RESP = 0x8000_0009
    ENQUIRE_LINK = 0x0000_0015
    ENQUIRE_LINK_RESP = 0x8000_0015


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU: its command, the status of a response, its number, and its body."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = field(default=b"", repr=False)

    @property
    def is_response(self) -> bool:
        """Whether it answers one of ours."""
        return bool(self.command & _RESPONSE)

    @property
    def message_id(self) -> str:
        """The SMSC's id of a message, in the response to its submission."""
        return _text(self.body.partition(b"\0")[0])

    def encoded(self) -> bytes:
        """As it is sent."""
        return HEADER.pack(HEADER.size + len(self.body), self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Number:
    """An address with its type and plan."""

    digits: str
    ton: int
    npi: int

    @classmethod
    def of(cls, text: str) -> Number:
        """Of a sender or a recipient: an E.164 number, a short code, or a name."""
        digits = text.removeprefix("+")
        if not digits.isdigit():
            return cls(text, 5, 0)
        return cls(digits, 1, 1) if text.startswith("+") else cls(digits, 0, 1)

    def encoded(self) -> bytes:
        """As it stands in a PDU."""
        return bytes((self.ton, self.npi)) + self.digits.encode("ascii") + b"\0"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a deliver_sm says. `data` is without the header that parts have."""

    source: str
    kind: int
    coding: int
    data: bytes = field(repr=False)
    parameters: Mapping[int, bytes] = field(repr=False)

    @property
    def is_receipt(self) -> bool:
        """Whether it is a delivery receipt."""
        return self.kind == _RECEIPT

    @property
    def receipted_id(self) -> str:
        """The message that a receipt is about, where it says so by a parameter; else ""."""
        return _text(self.parameters.get(_RECEIPTED_ID, b"").rstrip(b"\0"))

    @property
    def state(self) -> int:
        """The state of that message, where a parameter says it; else 0."""
        return int.from_bytes(self.parameters.get(_STATE, b"")[:1], "big")


def bind(system_id: str, password: str, system_type: str) -> bytes:
    """The body of bind_transceiver."""
    names = b"".join(one.encode("ascii") + b"\0" for one in (system_id, password, system_type))
    return names + bytes((_VERSION, 0, 0, 0))


def submission(source: Number, destination: Number, coding: int, data: bytes, *, is_part: bool) -> bytes:
    """The body of submit_sm; a receipt is asked for. A part begins with its header."""
    before = b"\0" + source.encoded() + destination.encoded()
    flags = bytes((_WITH_HEADER if is_part else 0, 0, 0, 0, 0, 1, 0, coding, 0, len(data)))
    return before + flags + data


def delivery(body: bytes) -> Delivered:
    """What a deliver_sm says.

    Raises:
        ValueError: The body is none.
    """
    try:
        return _delivery(body)
    except (IndexError, struct.error) as error:
        raise ValueError("the body of deliver_sm ends too early") from error


def _delivery(body: bytes) -> Delivered:
    _, at = _string(body, 0)
    source, at = _string(body, at + 2)
    _, at = _string(body, at + 2)
    esm_class = body[at]
    _, at = _string(body, at + 3)
    _, at = _string(body, at)
    coding, length = body[at + 2], body[at + 4]
    at += 5
    data, parameters = body[at : at + length], _parameters(body[at + length :])
    data = data or parameters.get(_PAYLOAD, b"")
    if esm_class & _WITH_HEADER and data:
        data = data[1 + data[0] :]
    return Delivered(_text(source), esm_class & _KINDS, coding, data, parameters)


def _parameters(rest: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(rest):
        tag, length = struct.unpack_from("!HH", rest, at)
        found[tag] = rest[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def _string(body: bytes, at: int) -> tuple[bytes, int]:
    end = body.find(b"\0", at)
    if end < 0:
        raise IndexError
    return body[at:end], end + 1


def _text(data: bytes) -> str:
    return data.decode("latin-1")
