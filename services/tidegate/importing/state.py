"""How far an import has come: a small file that is replaced as a whole, and removed when all is done."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from tidegate.importing.mapping import EventMapping
from tidegate.importing.rows import Place

_HEAD_BYTES = 64 * 1024


class FilesError(Exception):
    """A file of the import can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is imported and where to: an interrupted import goes on only as the one it was."""

    file: str
    mapping: str
    address: str


@dataclass(frozen=True, slots=True)
class Reached:
    """What the service has acknowledged: rows and bytes of the file and of the rejects."""

    rows: int = 0
    offset: int = 0
    rejected: int = 0
    rejected_bytes: int = 0

    @property
    def place(self) -> Place:
        """Where reading goes on."""
        return Place(offset=self.offset, rows=self.rows)


def work_of(file: BinaryIO, mapping: EventMapping, *, zone: str, address: str) -> Work:
    """Known by the file's beginning, the mapping with the company's ``zone``, and the service's address."""
    file.seek(0)
    head = file.readline(_HEAD_BYTES) + file.readline(_HEAD_BYTES)
    return Work(
        file=hashlib.sha256(head).hexdigest(),
        mapping=hashlib.sha256(f"{zone} {mapping.model_dump_json()}".encode()).hexdigest(),
        address=address,
    )


class StateFile:
    """The state file of one import."""

    def __init__(self, path: Path, work: Work) -> None:
        self._path = path
        self._work = work

    def load(self, size: int) -> Reached:
        """How far the import has come; from the start when there is no file. ``size`` is the input's.

        Raises FilesError when the state is another import's, or can't be read.
        """
        try:
            document = json.loads(self._path.read_text())
            work, reached = Work(**document["work"]), Reached(**document["reached"])
        except FileNotFoundError:
            return Reached()
        except (ValueError, TypeError, KeyError) as error:
            raise FilesError(f"{self._path}: can't be read as a state file; {_REMEMBER}") from error
        except OSError as error:
            raise FilesError(f"{self._path}: can't be read: {error.strerror}") from error
        self._refuse_other(work, reached, size)
        return reached

    def save(self, reached: Reached) -> None:
        """Notes how far the import has come. Raises FilesError."""
        draft = self._path.with_name(f"{self._path.name}.new")
        try:
            draft.write_text(json.dumps({"work": asdict(self._work), "reached": asdict(reached)}))
            draft.replace(self._path)
        except OSError as error:
            raise FilesError(
                f"{self._path}: can't be written ({error.strerror}); name another place with --state"
            ) from error

    def remove(self) -> None:
        """All is done: the next import of the same file begins at its start."""
        self._path.unlink(missing_ok=True)

    def _refuse_other(self, work: Work, reached: Reached, size: int) -> None:
        for what in ("file", "mapping", "address"):
            if getattr(work, what) != getattr(self._work, what):
                raise FilesError(f"{self._path}: belongs to an import with another {what}; {_REMEMBER}")
        if reached.offset > size:
            raise FilesError(f"{self._path}: the file is shorter than what was imported of it; {_REMEMBER}")


_REMEMBER = "remove it to import from the start, or name another with --state"
