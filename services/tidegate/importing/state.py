"""How far an import has come: a small file that is replaced as a whole, and removed when all is done."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from tidegate.importing.paths import FilesError
from tidegate.importing.rows import Position

_PIECE_BYTES = 1024 * 1024
_REMEMBER = (
    "remove it to import from the start (from another source, where row numbers are the event ids), "
    "or name another with --state"
)


@dataclass(frozen=True, slots=True)
class Work:
    """How a file is imported, where to, and where its rejects are: known again by these texts."""

    mapping: str
    address: str
    rejects: str


@dataclass(frozen=True, slots=True)
class Reached:
    """What the service has acknowledged: rows and bytes of the file and of the rejects."""

    rows: int = 0
    offset: int = 0
    rejected: int = 0
    rejected_bytes: int = 0

    @property
    def position(self) -> Position:
        """Where reading goes on."""
        return Position(offset=self.offset, rows=self.rows)


class Beginning:
    """The first bytes of a file, known by a hash of all of them: a file that has only grown keeps it.

    The end of what was read would tell most other files, but not one in which a row changed long before. To
    read all of it again takes about a second for a gigabyte: next to nothing beside importing it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file.fileno()
        self._hash = hashlib.sha256()
        self._length = 0

    def digest(self, length: int) -> str:
        """The hash of the first ``length`` bytes, or of all where there are fewer. It only ever goes on."""
        while piece := os.pread(self._file, min(length - self._length, _PIECE_BYTES), self._length):
            self._hash.update(piece)
            self._length += len(piece)
        return self._hash.hexdigest()


class StateFile:
    """The state file of one import."""

    def __init__(self, path: Path, work: Work, beginning: Beginning) -> None:
        self._path = path
        self._work = work
        self._beginning = beginning

    def load(self) -> Reached:
        """How far the import has come; from the start when there is no file.

        Raises FilesError when the state is another import's, or another file's, or can't be read.
        """
        try:
            document = json.loads(self._path.read_text())
            work, reached, digest = Work(**document["work"]), Reached(**document["reached"]), document["beginning"]
        except FileNotFoundError:
            return Reached()
        except (ValueError, TypeError, KeyError) as error:
            raise FilesError(f"{self._path}: can't be read as a state file; {_REMEMBER}") from error
        except OSError as error:
            raise FilesError(f"{self._path}: can't be read: {error.strerror}") from error
        if reached == Reached():
            return reached  # nothing is imported yet that another import could skip
        self._refuse_other(work)
        if digest != self._beginning.digest(reached.offset):
            raise FilesError(
                f"{self._path}: belongs to another file, or the rows that were imported of it have changed; {_REMEMBER}"
            )
        return reached

    def save(self, reached: Reached) -> None:
        """Notes how far the import has come. Raises FilesError."""
        draft = self._path.with_name(f"{self._path.name}.new")
        document = {
            "work": asdict(self._work),
            "reached": asdict(reached),
            "beginning": self._beginning.digest(reached.offset),
        }
        try:
            draft.write_text(json.dumps(document))
            draft.replace(self._path)
        except OSError as error:
            raise FilesError(
                f"{self._path}: can't be written ({error.strerror}); name another place with --state"
            ) from error

    def remove(self) -> None:
        """All is done: the next import of the same file begins at its start."""
        self._path.unlink(missing_ok=True)

    def _refuse_other(self, work: Work) -> None:
        for what, known, ours in (
            ("mapping", work.mapping, self._work.mapping),
            ("address", work.address, self._work.address),
            ("file of rejects", work.rejects, self._work.rejects),
        ):
            if known != ours:
                raise FilesError(f"{self._path}: belongs to an import with another {what}; {_REMEMBER}")
