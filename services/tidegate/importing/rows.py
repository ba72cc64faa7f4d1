"""The rows of a file: CSV, JSONL, or columns separated by runs of blanks."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tidegate.importing.cells import Fields
from tidegate.importing.grammar import MappingError
from tidegate.importing.lines import LineError, Lines, is_utf8
from tidegate.importing.mapping import FileMapping, FileShape


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number (from 1, blank ones not counted), where it ends in the file, its text and fields.

    ``fault`` says why it can't be read; ``fields`` is empty then.
    """

    number: int
    end: int
    text: str
    fields: Fields
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """A position between two rows: bytes and rows before it."""

    offset: int = 0
    rows: int = 0


def read_rows(file: BinaryIO, mapping: FileMapping, *, jsonl: bool, start: Position) -> Iterator[Row]:
    """The rows of ``file`` behind ``start``. Raises MappingError when a mapped column does not exist."""
    return _objects(file, start) if jsonl else _records(file, mapping, start)


def is_jsonl(path: Path, shape: FileShape) -> bool:
    """Whether ``path`` is read as JSONL: as the mapping says, else by the file's name."""
    return shape.format == "jsonl" if shape.format else path.suffix in {".jsonl", ".ndjson"}


def _objects(file: BinaryIO, start: Position) -> Iterator[Row]:
    file.seek(start.offset)
    lines, number = Lines(file), start.rows
    while (line := _next_line(lines)) is not None:
        text = lines.take()
        if text.strip():
            number += 1
            fields, fault = _parsed(line)
            yield Row(number, lines.end, text, fields, fault)


def _next_line(lines: Lines) -> str | LineError | None:
    try:
        return next(lines, None)
    except LineError as error:
        return error


def _parsed(line: str | LineError) -> tuple[Fields, str]:
    if isinstance(line, LineError):
        return {}, str(line)
    try:
        document = json.loads(line) if is_utf8(line) else None
    except (ValueError, RecursionError) as error:
        return {}, f"is not JSON: {error}"
    if document is None:
        return {}, "is not an object in UTF-8"
    return (document, "") if isinstance(document, dict) else ({}, "is JSON, but not an object")


def _records(file: BinaryIO, mapping: FileMapping, start: Position) -> Iterator[Row]:
    header, first = _header(file, mapping.file)
    _require(mapping.columns(), header)
    file.seek(max(first, start.offset))
    lines, number = Lines(file), start.rows
    for record in _split(lines, mapping.file.delimiter):
        text = lines.take()
        if record:
            number += 1
            fields, fault = _matched(header, record, text)
            yield Row(number, lines.end, text, fields, fault)


def _header(file: BinaryIO, shape: FileShape) -> tuple[Sequence[str], int]:
    """The columns' names, and where the rows begin."""
    if shape.columns:
        return shape.columns, 0
    file.seek(0)
    lines = Lines(file)
    for record in _split(lines, shape.delimiter):
        if isinstance(record, str):
            raise MappingError(f"the header line can't be read: {record}")
        if record:
            return [name.strip() for name in record], lines.end
    raise MappingError("the file is empty: there is no header line; name the columns in [file] columns")


def _require(columns: set[str], header: Sequence[str]) -> None:
    doubled = sorted({name for name in header if header.count(name) > 1} & columns)
    if doubled:
        raise MappingError(f"the file has several columns {', '.join(doubled)}; give each a name of its own")
    missing = sorted(columns - set(header))
    if missing:
        raise MappingError(f"the file has no column {', '.join(missing)}; its columns are {', '.join(header)}")


def _split(lines: Lines, delimiter: str) -> Iterator[list[str] | str]:
    """Each record's fields (none: a blank line), or why there are none."""
    source = _source(lines, delimiter)
    while True:
        try:
            yield next(source)
        except StopIteration:
            return
        except (LineError, csv.Error) as error:
            yield str(error)


def _source(lines: Lines, delimiter: str) -> Iterator[list[str]]:
    """Goes on after an error, as a generator would not."""
    if delimiter == "whitespace":
        return map(str.split, lines)
    return csv.reader(lines, delimiter="\t" if delimiter == "tab" else delimiter, strict=True)


def _matched(header: Sequence[str], record: list[str] | str, text: str) -> tuple[Fields, str]:
    if isinstance(record, str):
        return {}, record
    if len(record) != len(header):
        return {}, f"has {len(record)} columns where there should be {len(header)}"
    if not text.isascii() and not is_utf8(text):
        return {}, "is not UTF-8; convert the file first"
    return dict(zip(header, record, strict=True)), ""
