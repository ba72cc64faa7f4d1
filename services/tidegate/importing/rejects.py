"""The file of rejected rows: the row's number, its columns at fault, the reasons, and the row as it was."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from tidegate.importing.events import Problem
from tidegate.importing.rows import Row
from tidegate.importing.state import FilesError

_HEADER = ("row", "columns", "reason", "original")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken, and why."""

    row: Row
    problems: Sequence[Problem]


class RejectsFile:
    """Written as CSV; made at the first rejected row. A resumed import cuts off what was not acknowledged."""

    def __init__(self, path: Path, *, keep_bytes: int) -> None:
        """Keeps the first ``keep_bytes`` of the file at ``path``; 0 begins anew. Raises FilesError."""
        if not os.access(path.parent, os.W_OK):
            raise FilesError(f"{path}: can't be written there; name another place with --rejects")
        self._path = path
        self._file: BinaryIO | None = None
        self.size = 0
        if keep_bytes and path.exists():
            self._open(keep_bytes)
        else:
            path.unlink(missing_ok=True)

    def write(self, rejects: Sequence[Reject]) -> None:
        """Adds rows and hands them to the operating system."""
        if not rejects:
            return
        file = self._file or self._open(0)
        lines = [_HEADER] if self.size == 0 else []
        file.write(_encoded([*lines, *map(_line, rejects)]))
        file.flush()
        self.size = file.tell()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, keep_bytes: int) -> BinaryIO:
        file = self._file = self._path.open("r+b" if keep_bytes else "wb")
        file.truncate(keep_bytes)
        file.seek(keep_bytes)
        self.size = keep_bytes
        return file


def _line(reject: Reject) -> tuple[str, str, str, str]:
    columns = "; ".join(problem.column for problem in reject.problems if problem.column)
    reasons = "; ".join(_reason(problem) for problem in reject.problems)
    return str(reject.row.number), columns, reasons, reject.row.text.rstrip("\r\n")


def _reason(problem: Problem) -> str:
    return f"{problem.column}: {problem.reason}" if problem.column else problem.reason


def _encoded(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode(errors="surrogateescape")
