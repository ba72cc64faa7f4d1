"""Rows gathered into the batches of an ingest stream, with what could not become an event."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tidegate.api.identity.v1.events_pb2 import Event, RefusedEvent
from tidegate.importing.events import EventMaker, Problem, RowRejected
from tidegate.importing.mapping import EventMapping
from tidegate.importing.rejects import Reject
from tidegate.importing.rows import Position, Row, is_jsonl, read_rows

MOST_EVENTS = 1000
_MOST_CHARACTERS = 4 * 1024 * 1024


@dataclass(slots=True)
class Batch:
    """Rows that are acknowledged together. ``rows`` are those of the ``events``, in the same order."""

    sequence: int
    events: list[Event] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    end: Position = field(default_factory=Position)
    characters: int = 0

    @property
    def full(self) -> bool:
        """Whether another row might be too much for one message."""
        return len(self.rows) + len(self.rejects) >= MOST_EVENTS or self.characters >= _MOST_CHARACTERS

    def add(self, row: Row, maker: EventMaker) -> None:
        """Takes ``row`` in, as an event or as a reject."""
        try:
            self._take(row, maker)
        except RowRejected as rejected:
            self.rejects.append(Reject(row, rejected.problems))
        self.end = Position(offset=row.end, rows=row.number)
        self.characters += len(row.text)

    def all_rejects(self, refused: Sequence[RefusedEvent], maker: EventMaker) -> list[Reject]:
        """The rows that could not be mapped and those that the service ``refused``, in the file's order."""
        theirs = [self._refusal(each, maker) for each in refused]
        return sorted((*self.rejects, *theirs), key=lambda reject: reject.row.number)

    def _take(self, row: Row, maker: EventMaker) -> None:
        if row.fault:
            raise RowRejected([Problem("", row.fault)])
        self.events.append(maker.event(row.number, row.fields))
        self.rows.append(row)

    def _refusal(self, refused: RefusedEvent, maker: EventMaker) -> Reject:
        event = self.events[refused.index]
        problems = [
            Problem(maker.column_at(event, violation.field), violation.description)
            for violation in refused.error.field_violations
        ]
        return Reject(self.rows[refused.index], problems or [Problem("", refused.error.message)])


def read_batches(
    path: Path, file: BinaryIO, mapping: EventMapping, *, maker: EventMaker, start: Position
) -> Iterator[Batch]:
    """What ``file``, opened at ``path``, holds behind ``start``. Raises MappingError when it does not fit."""
    rows = read_rows(file, mapping, jsonl=is_jsonl(path, mapping.file), start=start)
    return _gather(rows, maker)


def _gather(rows: Iterable[Row], maker: EventMaker) -> Iterator[Batch]:
    """Batches of at most 1,000 rows and some 4 MiB of text, in the file's order."""
    batch = Batch(sequence=1)
    for row in rows:
        batch.add(row, maker)
        if batch.full:
            yield batch
            batch = Batch(sequence=batch.sequence + 1)
    if batch.rows or batch.rejects:
        yield batch
