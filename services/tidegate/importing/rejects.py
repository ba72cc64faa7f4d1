"""The file of rejected rows: the row's number, its columns at fault, the reasons, and the row as it was."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from tidegate.importing.cells import Problem
from tidegate.importing.paths import FilesError
from tidegate.importing.rows import Row

_HEADER = ("row", "columns", "reason", "original")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken, and why."""

    row: Row
    problems: Sequence[Problem]


class RejectsFile:
    """Written as CSV. What was there before stays until there is a rejected row, or all is done."""

    def __init__(self, path: Path, *, keep_bytes: int) -> None:
        """Keeps the first ``keep_bytes`` of the file at ``path``; 0 begins anew. Raises FilesError."""
        _refuse_other(path, keep_bytes)
        self._path = path
        self._file: BinaryIO | None = None
        self.size = keep_bytes if path.exists() else 0

    def write(self, rejects: Sequence[Reject]) -> None:
        """Adds rows and hands them to the operating system."""
        if not rejects:
            return
        file = self._file or self._open()
        lines = [_HEADER] if self.size == 0 else []
        file.write(_encoded([*lines, *map(_line, rejects)]))
        file.flush()
        self.size = file.tell()

    def finish(self) -> None:
        """All is done: what others than these rows left behind goes, and without any row the file."""
        if self.size == 0:
            self._path.unlink(missing_ok=True)
        elif self._file is None:
            self._open()

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

    def _open(self) -> BinaryIO:
        """Cuts off what a resumed import has not acknowledged."""
        file = self._file = self._path.open("r+b" if self.size else "wb")
        file.truncate(self.size)
        file.seek(self.size)
        return file


def _refuse_other(path: Path, keep_bytes: int) -> None:
    """Whatever is not ours is not touched; what the import goes on with must be there, or be gone as a whole."""
    usable = os.access(path, os.R_OK | os.W_OK) if path.exists() else os.access(path.parent, os.W_OK)
    if not usable:
        raise FilesError(f"{path}: can't be written there; name another place with --rejects")
    if path.exists() and not _is_ours(path, keep_bytes):
        raise FilesError(f"{path}: holds other things than the rows rejected here; name another place with --rejects")


def _is_ours(path: Path, keep_bytes: int) -> bool:
    if not path.is_file() or path.stat().st_size < keep_bytes:
        return False
    header = _encoded([_HEADER])
    with path.open("rb") as file:
        return file.read(len(header)) in (b"", header)


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
