"""Texts that hold a NUL: PostgreSQL stores none, so that callers are told of them by their field."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from tidegate.runtime.errors import InvalidArgument, Violation, Violations

HOLDS_NUL = "holds a NUL character (U+0000), which no text may; leave it out"


def nul_paths(message: Message) -> Iterator[str]:
    """The paths, within ``message``, of its texts that hold a NUL."""
    if b"\0" in message.SerializeToString():  # seldom, so that the fields are seldom walked
        yield from _in_fields(message)


def note_nul(found: Violations, path: str, message: Message) -> None:
    """Notes each text of ``message``, which stands at ``path``, that holds a NUL."""
    for within in nul_paths(message):
        found.add(f"{path}.{within}", HOLDS_NUL)


def refuse_nul(message: Message, path: str) -> None:
    """Raises InvalidArgument when a text of ``message``, which stands at ``path``, holds a NUL."""
    paths = list(nul_paths(message))
    if paths:
        raise InvalidArgument([Violation(f"{path}.{within}", HOLDS_NUL) for within in paths])


def _in_fields(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        for path, one in _values(field, value):
            if isinstance(one, str) and "\0" in one:
                yield path
            elif isinstance(one, Message):
                yield from (f"{path}.{within}" for within in _in_fields(one))


def _values(field: FieldDescriptor, value: Any) -> Iterator[tuple[str, Any]]:
    """What a field holds, each with its path."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        for key in value:
            yield field.name, key
            yield f"{field.name}.{key}", value[key]
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        yield from ((f"{field.name}[{index}]", one) for index, one in enumerate(value))
    else:
        yield field.name, value
