"""Rows gathered into batches of items for the service, with what could not become an item."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

from google.protobuf.message import Message

from tidegate.api.common.v1.common_pb2 import ItemError
from tidegate.importing.cells import Fields, Problem, RowRejected
from tidegate.importing.mapping import FileMapping
from tidegate.importing.rejects import Reject
from tidegate.importing.rows import Position, Row, is_jsonl, read_rows

Item = TypeVar("Item", bound=Message)

MOST_ITEMS = 1000
_MOST_BYTES = 4 * 1024 * 1024


class Maker(Protocol[Item]):
    """Makes items, such as events, of rows."""

    def make(self, number: int, fields: Fields, /) -> Item:
        """The item of row ``number`` (from 1). Raises RowRejected with all that is wrong with it."""
        ...

    def column_at(self, item: Item, path: str, /) -> str:
        """The column behind the field at ``path`` of a request that carries ``item``; else the path itself."""
        ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that the service refused: its place in the batch, from 0, and why."""

    index: int
    error: ItemError


@dataclass(slots=True)
class Batch(Generic[Item]):
    """Rows that are acknowledged together. ``rows`` are those of the ``items``, in the same order.

    ``size`` is about how many bytes they take: a short row may become a long message, with the names in the mapping.
    """

    sequence: int
    items: list[Item] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    end: Position = field(default_factory=Position)
    size: int = 0

    @property
    def full(self) -> bool:
        """Whether another row might be too much for one message."""
        return len(self.rows) + len(self.rejects) >= MOST_ITEMS or self.size >= _MOST_BYTES

    def add(self, row: Row, maker: Maker[Item]) -> None:
        """Takes ``row`` in, as an item or as a reject."""
        try:
            self._take(row, maker)
        except RowRejected as rejected:
            self.rejects.append(Reject(row, rejected.problems))
        self.end = Position(offset=row.end, rows=row.number)
        self.size += len(row.text)

    def all_rejects(self, refused: Sequence[Refusal], maker: Maker[Item]) -> list[Reject]:
        """The rows that could not be mapped and those that the service ``refused``, in the file's order."""
        theirs = [self._reject(each, maker) for each in refused]
        return sorted((*self.rejects, *theirs), key=lambda reject: reject.row.number)

    def _take(self, row: Row, maker: Maker[Item]) -> None:
        if row.fault:
            raise RowRejected([Problem("", row.fault)])
        item = maker.make(row.number, row.fields)
        self.items.append(item)
        self.rows.append(row)
        self.size += item.ByteSize()

    def _reject(self, refused: Refusal, maker: Maker[Item]) -> Reject:
        item = self.items[refused.index]
        found = (
            Problem(maker.column_at(item, violation.field), violation.description)
            for violation in refused.error.field_violations
        )
        problems = list(dict.fromkeys(found))  # one column may stand behind several fields
        return Reject(self.rows[refused.index], problems or [Problem("", refused.error.message)])


def read_batches(
    path: Path, file: BinaryIO, mapping: FileMapping, *, maker: Maker[Item], start: Position
) -> Iterator[Batch[Item]]:
    """What ``file``, opened at ``path``, holds behind ``start``. Raises MappingError when it does not fit."""
    rows = read_rows(file, mapping, jsonl=is_jsonl(path, mapping.file), start=start)
    return _gather(rows, maker)


def _gather(rows: Iterable[Row], maker: Maker[Item]) -> Iterator[Batch[Item]]:
    """Batches of at most 1,000 rows and some 4 MiB, in the file's order."""
    batch: Batch[Item] = Batch(sequence=1)
    for row in rows:
        batch.add(row, maker)
        if batch.full:
            yield batch
            batch = Batch(sequence=batch.sequence + 1)
    if batch.rows or batch.rejects:
        yield batch
